"""`cctv/allTree`: the cameras of `cctv/all`, in a group for each house."""

from typing import Any

from tests.fixtures.town import Town
from tests.fixtures.world import NEIGHBOUR, NOBODY, NORMAL, UNPAID, Resident


def tree(resident: Resident, **body: Any) -> Any:
    answer = resident.post("cctv/allTree", body)
    assert answer.status_code == 200, answer.text
    return answer.get_json()["data"]


def test_a_house_is_a_group_with_its_cameras_by_name(town: Town) -> None:
    for stream, house in (("b", 101), ("a", 101), ("c", 102), ("elsewhere", 103)):
        town.camera(stream, houses=[house])
    root = tree(town.sign_in(NORMAL))
    groups = root.pop("childGroups")
    assert root == {"groupId": 0, "groupName": "Камеры", "type": "list"}
    shown = [(one["groupId"], [camera["name"] for camera in one["cameras"]]) for one in groups]
    assert shown == [(101, ["a", "b"]), (102, ["c"])]
    assert groups[0]["groupName"] == "г. Примерск, ул. Образцовая, д. 1"
    assert set(groups[0]) == {"groupId", "groupName", "type", "cameras"}


def test_a_camera_in_a_group_is_as_in_the_list_and_plays(town: Town) -> None:
    town.camera("yard", houses=[101])
    resident = town.sign_in(NORMAL)
    (listed,) = resident.post("cctv/all", {"houseId": 101}).get_json()["data"]
    (group,) = tree(resident, houseId=101)["childGroups"]
    (shown,) = group["cameras"]
    assert listed.pop("token") != (token := shown.pop("token"))
    assert shown == listed
    asked = {"name": "yard", "token": token}
    assert resident.client.get("/api/accessfl", query_string=asked).status_code == 200


def test_a_group_is_a_map_where_each_of_its_cameras_has_a_place(town: Town) -> None:
    camera = town.camera("a", houses=[101])
    town.camera("b", houses=[101])
    resident = town.sign_in(NORMAL)
    assert tree(resident, houseId=101)["childGroups"][0]["type"] == "map"
    town.change("UPDATE cameras SET lat = '', lon = '' WHERE id = :camera", camera=camera)
    assert tree(resident, houseId=101)["childGroups"][0]["type"] == "list"


def test_a_camera_of_two_houses_stands_in_one(town: Town) -> None:
    town.camera("between", houses=[101, 102])
    town.camera("yard", houses=[102])
    groups = tree(town.sign_in(NORMAL))["childGroups"]
    names = [camera["name"] for group in groups for camera in group["cameras"]]
    assert sorted(names) == ["between", "yard"]


def test_it_is_refused_as_the_list_is(town: Town) -> None:
    town.camera("owed", houses=[105])
    assert town.sign_in(UNPAID).post("cctv/allTree").status_code == 402
    assert town.sign_in(NEIGHBOUR).post("cctv/allTree", {"houseId": 102}).status_code == 403
    answer = town.sign_in(NOBODY).post("cctv/allTree")
    assert (answer.status_code, answer.data) == (204, b"")


def test_it_costs_as_many_statements_as_the_list_however_many_houses(town: Town) -> None:
    app = town.open()
    resident = town.sign_in(NORMAL)
    for number in range(20):
        town.camera(f"cam{number}", houses=[101 + number % 2])
    for path in ("cctv/all", "cctv/allTree"):  # billing and the session are asked about
        resident.post(path)
    sent = []
    for path in ("cctv/all", "cctv/allTree"):
        with town.counting(app) as statements:
            assert resident.post(path).status_code == 200
        sent.append(len(statements))
    assert sent[0] == sent[1] <= 12
