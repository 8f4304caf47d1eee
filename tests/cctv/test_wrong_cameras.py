"""Cameras that billing lists wrongly: no crash, and the cameras of other houses are shown."""

from smartyard.sandbox import Sandbox
from tests.fixtures.town import Town
from tests.fixtures.world import NORMAL

# Names of streams stand in an index, of which PostgreSQL takes no longer entry than 2704 bytes.
NOISE = "".join(chr(0x4E00 + number * 7919 % 20000) for number in range(1900))


def test_neither_a_coordinate_nor_a_name_of_billings_is_a_crash(town: Town) -> None:
    def house(number: int, **camera: str) -> dict[str, object]:
        told = {"id": number, "name": "Двор", "url": f"http://media.example/yard{number}"} | camera
        return {"houseId": number, "address": f"д. {number}", "cameras": [told]}

    world = {
        "houses": [
            house(1, lat="131.9", lon="43.1"),
            house(2, lat="+55.7", lon="+37.6"),
            house(3, url=f"http://media.example/{NOISE}"),
        ],
        "contracts": [{"clientId": n, "houseId": n, "flatId": n} for n in (1, 2, 3)],
        "people": [{"phone": NORMAL, "contracts": [1, 2, 3]}],
    }
    with Sandbox(world) as sandbox:
        town.sandbox = sandbox
        resident = town.sign_in(NORMAL)
        answer = resident.post("cctv/all")
        assert answer.status_code == 200, answer.text
        seen = {row["url"][-5:]: (row["lat"], row["lon"]) for row in answer.get_json()["data"]}
        assert seen == {"yard1": ("0", "43.1"), "yard2": ("55.7", "37.6")}
        assert resident.post("cctv/all", {"houseId": 3}).status_code == 503
        assert resident.post("cctv/all", {"houseId": 2}).status_code == 200
