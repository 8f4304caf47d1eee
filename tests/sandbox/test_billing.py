"""The provider's billing, as `billing-api.md` has it."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from smartyard.sandbox import Sandbox

NORMAL, SECOND, NEIGHBOUR, NOBODY, UNPAID, MANY = range(79000000001, 79000000007)


def ask(sandbox: Sandbox, method: str, **body: Any) -> dict[str, Any]:
    answer = requests.post(sandbox.billing_url + method, json=body, timeout=10)
    assert answer.headers["Content-Type"].startswith("application/json")
    found: dict[str, Any] = answer.json()
    return found


def data(sandbox: Sandbox, method: str, **body: Any) -> Any:
    found = ask(sandbox, method, **body)
    assert (found["code"], found["name"], found["message"]) == (200, "OK", "")
    return found["data"]


def test_lists_houses_with_doors_and_its_own_cameras(sandbox: Sandbox) -> None:
    first, second = data(sandbox, "getaddresslist", phone=NORMAL)
    assert first["address"] == "г. Примерск, ул. Образцовая, д. 1"
    assert {"domophoneId", "doorId", "icon", "name"} <= first["doors"][0].keys()
    assert "cctv" not in first and second["cctv"] == 2
    assert {first["hasPlog"], second["hasPlog"]} == {"t", "f"}


def test_flats_of_one_house_are_one_row(sandbox: Sandbox) -> None:
    assert len(data(sandbox, "getsettingslist", phone=MANY)) == 18
    assert len(data(sandbox, "getaddresslist", phone=MANY)) == 14


def test_settings_tell_services_debts_and_roommates(sandbox: Sandbox) -> None:
    flat, _ = data(sandbox, "getsettingslist", phone=NORMAL)
    assert flat["contractOwner"] == flat["flatOwner"] == "t"
    assert "cctv" in flat["services"] and flat["unpaid"] == []
    assert [mate["phone"] for mate in flat["roommates"]] == [str(SECOND)]
    (owed,) = data(sandbox, "getsettingslist", phone=UNPAID)
    assert owed["unpaid"] == ["cctv"] and "cctv" in owed["services"]


def test_a_second_phone_sees_the_contract_without_owning_it(sandbox: Sandbox) -> None:
    (flat,) = data(sandbox, "getsettingslist", phone=SECOND)
    assert (flat["clientId"], flat["contractOwner"]) == (1001, "f")
    assert flat["roommates"] == [
        {"phone": str(NORMAL), "expire": "3001-01-01 00:00:00", "type": "owner"}
    ]


@pytest.mark.parametrize("method", ["getlist", "getpaymentslist"])
def test_accounts_stand_under_their_flats(sandbox: Sandbox, method: str) -> None:
    (flat,) = data(sandbox, method, phone=UNPAID)
    assert (flat["houseId"], flat["flatId"]) == (105, 10501)
    (account,) = flat["accounts"]
    assert (account["balance"], account["blocked"]) == (-410, "t")


@pytest.mark.parametrize("phone", [NOBODY, 79999999999])
def test_nobodys_lists_are_empty(sandbox: Sandbox, phone: int) -> None:
    for method in ("getaddresslist", "getsettingslist", "getpaymentslist"):
        assert data(sandbox, method, phone=phone) == []


def test_lists_a_house_s_cameras_at_the_media_server(sandbox: Sandbox) -> None:
    cameras = data(sandbox, "getcctvlist", houseId=102)
    assert cameras == data(sandbox, "getcctvlist", houseId="102")
    assert cameras[0]["url"] == f"{sandbox.media_url}/house102/entrance"
    one = data(sandbox, "getcctvcam", camid=cameras[0]["id"])
    assert one == {"url": cameras[0]["url"], "name": cameras[0]["name"]}


def test_a_number_stands_for_a_list_of_cameras(sandbox: Sandbox) -> None:
    assert data(sandbox, "getcctvlist", houseId=101) == 404


def test_refused_cameras_come_in_both_spellings() -> None:
    houses = [
        {"houseId": 1, "address": "A", "refuseCctv": 402},
        {"houseId": 2, "address": "B", "cctvNumber": 402},
    ]
    with Sandbox({"houses": houses}) as sandbox:
        assert ask(sandbox, "getcctvlist", houseId=1)["code"] == 402
        assert data(sandbox, "getcctvlist", houseId=2) == 402


@pytest.mark.parametrize("phone", ["79000000001", 89000000001, 7900, True, None, [1]])
def test_reads_phones_strictly(sandbox: Sandbox, phone: Any) -> None:
    assert ask(sandbox, "getaddresslist", phone=phone)["code"] == 422


def test_an_unknown_method_is_404_on_the_wire_too(sandbox: Sandbox) -> None:
    answer = requests.post(sandbox.billing_url + "getnothing", json={}, timeout=10)
    assert answer.status_code == answer.json()["code"] == 404
    assert "data" not in answer.json()


@pytest.fixture(scope="module")
def guarded() -> Iterator[Sandbox]:
    with Sandbox(billing_token="right") as sandbox:
        yield sandbox


@pytest.mark.parametrize(("bearer", "code"), [("right", 200), ("wrong", 401), (None, 401)])
def test_asks_for_the_token_when_it_has_one(
    guarded: Sandbox, bearer: str | None, code: int
) -> None:
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    url = guarded.billing_url + "getaddresslist"
    answer = requests.post(url, json={"phone": NORMAL}, headers=headers, timeout=10)
    assert answer.json()["code"] == code


def test_tells_what_it_was_asked(sandbox: Sandbox) -> None:
    ask(sandbox, "getaddresslist", phone=NORMAL)
    assert sandbox.calls("billing") == [("getaddresslist", {"phone": NORMAL})]
