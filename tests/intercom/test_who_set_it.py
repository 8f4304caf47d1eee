"""A door opens by itself as one of the flat has set it, and no longer than that one may go in."""

from datetime import timedelta
from typing import Any

import pytest

from smartyard.intercom.service import IntercomService
from smartyard.web import service
from tests.fixtures.world import NOBODY, NORMAL, Resident
from tests.fixtures.yard import BEWARD, FLAT, LONG_AGO, Yard, let_in, press

GUEST = NOBODY
SHUT = {"autoOpen": "2001-01-01 03:00:00", "whiteRabbit": "0"}


def on_clock(yard: Yard, **ahead: float) -> str:
    moment = (yard.town.clock.now + timedelta(**ahead)).astimezone(yard.town.settings.timezone)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def intercom(resident: Resident, **wanted: object) -> dict[str, Any]:
    """What is shown of what opens by itself, after a change where one is wanted."""
    body = {"flatId": FLAT} | ({"settings": wanted} if wanted else {})
    answer = resident.post("address/intercom", body)
    assert answer.status_code == 200, answer.text
    return {name: answer.get_json()["data"][name] for name in SHUT}


def opens(yard: Yard) -> bool:
    assert yard.town.app is not None
    with yard.town.app.app_context():
        return service(IntercomService).opens_by_itself(FLAT, yard.town.clock.now)


@pytest.mark.parametrize("what", ["autoOpen", "whiteRabbit"])
@pytest.mark.parametrize("end", ["put out", "left", "time is over", "account deleted", "outer now"])
def test_what_a_guest_set_ends_with_the_guest(yard: Yard, what: str, end: str) -> None:
    owner, guest = yard.at_home(NORMAL), yard.at_home(GUEST)
    let_in(owner, GUEST, expire=on_clock(yard, minutes=5))
    wanted: dict[str, object] = (
        {"autoOpen": on_clock(yard, hours=1)} if what == "autoOpen" else {"whiteRabbit": 10}
    )
    intercom(guest, **wanted)
    assert press(owner, BEWARD).status_code == 204 and opens(yard)
    yard.town.clock.forward(minutes=1)
    if end == "put out":
        let_in(owner, GUEST, expire=LONG_AGO)
    elif end == "left":
        let_in(guest, GUEST, expire=LONG_AGO)
    elif end == "account deleted":
        guest.post("user/deleteAccount")
        for column in ("auto_open_by", "white_rabbit_by"):
            assert yard.town.one(f"SELECT {column} FROM flat_settings") is None
    elif end == "outer now":
        let_in(owner, GUEST, type="outer", expire=on_clock(yard, minutes=5))
    else:
        yard.town.clock.forward(minutes=4)
    assert not opens(yard)
    assert intercom(owner) == SHUT


def test_guests_are_expected_no_longer_than_who_expects_them_may_go_in(yard: Yard) -> None:
    owner, guest = yard.at_home(NORMAL), yard.at_home(GUEST)
    end = on_clock(yard, minutes=30)
    let_in(owner, GUEST, expire=end)
    assert intercom(guest, autoOpen=on_clock(yard, hours=1))["autoOpen"] == end
    later = on_clock(yard, hours=1)
    assert intercom(owner, autoOpen=later)["autoOpen"] == later
    let_in(owner, GUEST, expire=LONG_AGO)
    assert opens(yard), "the owner's own wish stands"


def test_another_setting_of_somebody_else_does_not_take_it_over(yard: Yard) -> None:
    owner, guest = yard.at_home(NORMAL), yard.at_home(GUEST)
    let_in(owner, GUEST)
    intercom(guest, whiteRabbit=5)
    assert intercom(owner, CMS="f")["whiteRabbit"] == "5"
    let_in(owner, GUEST, expire=LONG_AGO)
    assert intercom(owner)["whiteRabbit"] == "0"
