"""`ext/options`: every key is a setting."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.fixtures.town import Town
from tests.fixtures.world import NOBODY, NORMAL

OPTIONS = "ext/options"
PLAIN = {
    "cityCams": "t",
    "payments": "t",  # the sandbox's bank
    "chat": "f",
    "timeZone": "Europe/Moscow",
    "guestAccess": "turnOnAndOff",
    "cctvView": "list",
    "activeTab": "addresses",
    "issuesVersion": "2",
}
NO_BANK = {"sber_url": "", "sber_user": ""}
CHAT = {"chat_id": "1", "chat_domain": "chat.example", "chat_token": "of-the-site"}
CASES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"city_cams": False}, {"cityCams": "f"}),
    (NO_BANK, {"payments": "f"}),
    ({"sber_user": ""}, {"payments": "f"}),
    ({"pay_tab": False}, {"payments": "f"}),
    (
        NO_BANK | {"payments_url": "https://pay.example"},
        {"payments": "t", "paymentsUrl": "https://pay.example"},
    ),
    ({"support_phone": "+7 (4752) 42-99-99"}, {"supportPhone": "+7 (4752) 42-99-99"}),
    ({"chat_url": "https://chat.example"}, {"chat": "t", "chatUrl": "https://chat.example"}),
    (
        CHAT,
        {
            "chat": "t",
            "chatOptions": {"id": "1", "domain": "chat.example", "token": "of-the-site"},
        },
    ),
    (CHAT | {"chat_token": ""}, {}),
    ({"timezone": ZoneInfo("Asia/Vladivostok")}, {"timeZone": "Asia/Vladivostok"}),
    ({"timezone": ZoneInfo("UTC")}, {"timeZone": "UTC"}),
    ({"guest_access": "turnOnOnly"}, {"guestAccess": "turnOnOnly"}),
    ({"cctv_view": "tree", "active_tab": "menu"}, {"cctvView": "tree", "activeTab": "menu"}),
    ({"issues_version": "1"}, {"issuesVersion": "1"}),
]


@pytest.mark.parametrize("set_, changed", CASES, ids=[str(list(one)) for one, _ in CASES])
def test_each_key_is_what_its_setting_says(
    town: Town, set_: dict[str, Any], changed: dict[str, Any]
) -> None:
    town.open()
    resident = town.sign_in(NORMAL)
    resident.client = town.open(**set_).test_client()
    assert resident.post(OPTIONS).get_json()["data"] == PLAIN | changed


@pytest.mark.parametrize("name", ["localtime", "posix/Europe/Moscow", "Factory"])
def test_a_zone_that_only_this_host_knows_is_left_out(town: Town, name: str) -> None:
    """Android's ZoneId would throw."""
    with open("/usr/share/zoneinfo/Europe/Moscow", "rb") as file:
        zone = ZoneInfo.from_file(file, key=name)
    town.open(timezone=zone)
    told = town.sign_in(NOBODY).post(OPTIONS, {}).get_json()["data"]
    assert "timeZone" not in told and told == {
        name: value for name, value in PLAIN.items() if name != "timeZone"
    }


def test_nobody_outside_is_asked_and_of_the_database_the_session_alone(town: Town) -> None:
    """iOS shows nothing until it is answered."""
    app = town.open()
    resident = town.sign_in(NORMAL)
    resident.post("user/ping")
    for outside in ("billing", "bank"):
        town.sandbox.faults.set(outside, "error")
    with town.counting(app) as sent:
        assert resident.post(OPTIONS).status_code == 200
    assert len(sent) == 1 and "sessions" in sent[0], sent
