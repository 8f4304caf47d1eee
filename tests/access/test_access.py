"""Letting somebody into a flat and putting them out: who may, until when, and what follows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from tests.fixtures.world import NEIGHBOUR, NOBODY, NORMAL, SECOND, Resident
from tests.fixtures.yard import (
    BEWARD,
    FLAT,
    FOREVER,
    HOUSE,
    LONG_AGO,
    NEIGHBOURS_FLAT,
    RELAY,
    YEAR_ONE,
    Yard,
    let_in,
    press,
)

GUEST = NOBODY


def homes(resident: Resident) -> list[Any]:
    answer = resident.post("address/getSettingsList")
    return list(answer.get_json()["data"]) if answer.status_code == 200 else []


def roommates(resident: Resident, flat: int = FLAT) -> dict[str, tuple[str, str]]:
    found = next(one for one in homes(resident) if one["flatId"] == str(flat))
    return {mate["phone"]: (mate["type"], mate["expire"]) for mate in found["roommates"]}


def on_clock(yard: Yard, **ahead: float) -> str:
    """A moment ahead as the apps write it, on the operator's clock."""
    moment = yard.town.clock.now + timedelta(**ahead)
    return moment.astimezone(yard.town.settings.timezone).strftime("%Y-%m-%d %H:%M:%S")


def test_a_guest_sees_the_home_its_cameras_and_opens_its_doors(yard: Yard) -> None:
    camera = yard.town.camera("yard", houses=[HOUSE])
    owner, guest = yard.at_home(NORMAL), yard.at_home(GUEST)
    assert press(guest, BEWARD).status_code == 403
    assert let_in(owner, GUEST, type="inner").status_code == 204
    (flat,) = homes(guest)
    assert (flat["flatId"], flat["flatOwner"], flat["contractOwner"]) == (str(FLAT), "f", "f")
    assert "domophone" in flat["services"] and "clientId" not in flat
    assert press(guest, BEWARD).status_code == 204
    seen = guest.post("cctv/all", {"houseId": HOUSE}).get_json()["data"]
    assert [one["id"] for one in seen] == [camera]
    assert verdict(yard, seen[0]["token"]) == 200
    assert roommates(owner)[GUEST] == ("inner", FOREVER)


def verdict(yard: Yard, token: str) -> int:
    assert yard.town.app is not None
    answer = yard.town.app.test_client().get(
        "/api/accessfl", query_string={"name": "yard", "token": token}
    )
    return answer.status_code


def test_a_right_ends_at_its_hour_everywhere(yard: Yard) -> None:
    yard.town.camera("yard", houses=[HOUSE])
    owner, guest = yard.at_home(NORMAL), yard.at_home(GUEST)
    until = on_clock(yard, hours=3)
    assert let_in(owner, GUEST, expire=until).status_code == 204
    assert roommates(owner)[GUEST] == ("inner", until)
    token = guest.post("cctv/all").get_json()["data"][0]["token"]
    yard.town.clock.forward(hours=3, seconds=-1)
    assert press(guest, BEWARD).status_code == 204 and verdict(yard, token) == 200
    yard.town.clock.forward(seconds=1)
    assert verdict(yard, token) == 403
    yard.town.clock.forward(seconds=5)
    assert press(guest, BEWARD).status_code == 403
    assert not homes(guest) and GUEST not in roommates(owner)
    assert guest.post("address/getAddressList").status_code == 204
    assert guest.post("cctv/all", {"houseId": HOUSE}).status_code == 403


def test_an_outer_guest_opens_gates_and_wickets_until_the_hour(yard: Yard) -> None:
    yard.town.camera("yard", houses=[HOUSE])
    owner, guest = yard.at_home(NORMAL), yard.at_home(GUEST)
    let_in(owner, GUEST, type="outer", expire=on_clock(yard, hours=24))
    assert press(guest, BEWARD, 0).status_code == 403
    assert (press(guest, BEWARD, 1).status_code, press(guest, RELAY).status_code) == (204, 204)
    (house,) = guest.post("address/getAddressList").get_json()["data"]
    assert [door["icon"] for door in house["doors"]] == ["wicket", "gate"]
    assert house["cctv"] == 0 and guest.post("cctv/all").status_code in (204, 404)
    (flat,) = homes(guest)
    assert (flat["services"], flat["roommates"], flat["hasGates"]) == (["domophone"], [], "t")
    yard.town.clock.forward(hours=24, seconds=20)
    assert press(guest, RELAY).status_code == 403


@pytest.mark.parametrize("expire", [LONG_AGO, YEAR_ONE, "1970-01-01", "2026-01-01 00:00:00"])
def test_an_owner_puts_out_by_any_past_date(yard: Yard, expire: str) -> None:
    owner, guest = yard.at_home(NORMAL), yard.at_home(GUEST)
    let_in(owner, GUEST)
    assert let_in(owner, GUEST, expire=expire, clientId="1001").status_code == 204
    assert press(guest, BEWARD).status_code == 403
    assert let_in(owner, GUEST, expire=expire).status_code == 204  # again is the same


def test_whom_billing_names_is_put_out_too_and_does_not_come_back_by_billing(yard: Yard) -> None:
    owner, mate = yard.at_home(NORMAL), yard.at_home(SECOND)
    assert SECOND in roommates(owner)
    assert let_in(owner, SECOND, expire=LONG_AGO).status_code == 204
    yard.town.clock.forward(hours=1)
    assert press(mate, BEWARD).status_code == 403
    assert not homes(mate) and SECOND not in roommates(owner)
    assert let_in(owner, SECOND).status_code == 204
    yard.town.clock.forward(hours=1)
    assert press(mate, BEWARD).status_code == 204
    assert roommates(owner)[SECOND] == ("inner", FOREVER)


def test_nobody_else_puts_out_the_owner_whom_billing_names(yard: Yard) -> None:
    owner, guest = yard.at_home(NORMAL), yard.at_home(GUEST)
    let_in(owner, GUEST, type="owner")
    answer = let_in(guest, NORMAL, expire=LONG_AGO)
    assert answer.status_code == 403 and "владелец" in answer.get_json()["message"]
    assert press(owner, BEWARD).status_code == 204
    assert let_in(guest, SECOND, expire=LONG_AGO).status_code == 204  # but others yes: an owner
    assert let_in(owner, GUEST, expire=LONG_AGO).status_code == 204


def test_who_is_no_owner_gives_and_takes_nothing(yard: Yard) -> None:
    yard.at_home(NORMAL)
    mate = yard.at_home(SECOND)
    for more in ({}, {"type": "outer"}, {"type": "owner"}, {"expire": LONG_AGO}):
        assert let_in(mate, GUEST, **more).status_code == 403
        assert let_in(mate, NORMAL, **more).status_code == 403
    assert yard.town.one("SELECT count(*) FROM flat_members WHERE source = 'grant'") == 0
    assert yard.town.one("SELECT count(*) FROM flat_leaves") == 0


@pytest.mark.parametrize("flat", [FLAT, 424242])
def test_a_stranger_has_one_answer_whether_there_is_a_flat_or_not(yard: Yard, flat: int) -> None:
    stranger = yard.at_home(NEIGHBOUR)
    for more in ({}, {"expire": LONG_AGO}):
        answer = let_in(stranger, NEIGHBOUR, flat, **more)
        assert (answer.status_code, answer.get_json()["message"]) == (
            403,
            "У вас нет доступа к этой квартире.",
        )


def test_anybody_may_leave_and_comes_back_by_the_contracts_password(yard: Yard) -> None:
    resident = yard.at_home(NORMAL)
    assert let_in(resident, NORMAL, expire=YEAR_ONE).status_code == 204
    yard.town.clock.forward(hours=1)
    assert str(FLAT) not in {one["flatId"] for one in homes(resident)}
    assert press(resident, BEWARD).status_code == 403
    login = {"login": "1001", "password": "demo-1001"}
    assert resident.post("user/addMyPhone", login).status_code == 204  # billing had it all along
    assert str(FLAT) in {one["flatId"] for one in homes(resident)}
    assert press(resident, BEWARD).status_code == 204
    assert resident.post("user/addMyPhone", login).status_code == 404, "he is there already"


def test_whom_an_owner_put_out_does_not_come_back_by_a_contract_he_has(yard: Yard) -> None:
    owner, mate = yard.at_home(NORMAL), yard.at_home(SECOND)
    assert let_in(owner, GUEST).status_code == 204
    assert let_in(owner, SECOND, expire=LONG_AGO).status_code == 204
    login = {"login": "1001", "password": "demo-1001"}
    assert mate.post("user/addMyPhone", login).status_code == 404
    assert press(mate, BEWARD).status_code == 403


def test_nobody_gives_to_himself(yard: Yard) -> None:
    owner, guest = yard.at_home(NORMAL), yard.at_home(GUEST)
    let_in(owner, GUEST, expire=on_clock(yard, hours=1))
    for more in ({"type": "owner"}, {"type": "inner", "expire": FOREVER}):
        assert guest.post("address/access", {"flatId": FLAT, **more}).status_code == 204
        assert let_in(guest, GUEST, **more).status_code == 204
    yard.town.clock.forward(hours=2)
    assert press(guest, BEWARD).status_code == 403


def test_an_owner_for_a_time_gives_no_longer_than_he_has(yard: Yard) -> None:
    owner, guest = yard.at_home(NORMAL), yard.at_home(GUEST)
    until = on_clock(yard, hours=1)
    let_in(owner, GUEST, type="owner", expire=until)
    assert let_in(guest, "79007654321", expire=FOREVER).status_code == 204
    assert roommates(owner)["79007654321"] == ("inner", until)


def test_a_new_grant_changes_the_old_one_and_is_told_once(yard: Yard) -> None:
    owner = yard.at_home(NORMAL)
    for more in ({"type": "outer"}, {"type": "outer"}, {"type": "inner"}):
        assert let_in(owner, GUEST, **more).status_code == 204
    assert roommates(owner)[GUEST] == ("inner", FOREVER)
    told = "SELECT count(*) FROM messages WHERE phone = :phone AND action = 'newAddress'"
    assert yard.town.one(told, phone=GUEST) == 2
    actions = yard.town.rows("SELECT action, actor, subject FROM audit ORDER BY id")
    assert actions == [("access given", f"phone:{NORMAL}", f"flat:{FLAT}")] * 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"flatId": "x"},
        {"flatId": FLAT, "guestPhone": "123"},
        {"flatId": FLAT, "type": "king"},
        {"flatId": FLAT, "expire": "завтра"},
        {"flatId": FLAT, "expire": "2026-13-01 00:00:00"},
        {"flatId": FLAT, "expire": 20261124},
        {"flatId": None},
    ],
)
def test_a_wrong_shape_changes_nothing(yard: Yard, body: dict[str, Any]) -> None:
    assert yard.at_home(NORMAL).post("address/access", body).status_code == 422
    assert yard.town.one("SELECT count(*) FROM flat_leaves") == 0


@pytest.mark.parametrize("phone", ["89000000004", "79000000004"])
def test_both_spellings_of_a_phone_are_one_person(yard: Yard, phone: str) -> None:
    owner, guest = yard.at_home(NORMAL), yard.at_home(GUEST)
    assert (
        owner.post("address/access", {"flatId": str(FLAT), "guestPhone": phone}).status_code == 204
    )
    assert press(guest, BEWARD).status_code == 204


def test_guests_have_a_limit_also_for_those_who_come_at_once(yard: Yard) -> None:
    yard.town.open(guests_per_flat=3)
    owner = yard.at_home(NORMAL)
    with ThreadPoolExecutor(6) as threads:
        statuses = list(
            threads.map(lambda n: let_in(owner, f"7900765432{n}").status_code, range(6))
        )
    assert sorted(statuses) == [204, 204, 204, 429, 429, 429]
    assert yard.town.one("SELECT count(*) FROM flat_members WHERE source = 'grant'") == 3


def test_invitations_have_a_limit_a_day(yard: Yard) -> None:
    yard.town.open(invitations_per_day=2)
    owner = yard.at_home(NORMAL)
    statuses = [let_in(owner, f"7900765432{n}").status_code for n in range(3)]
    assert statuses == [204, 204, 429]
    assert let_in(owner, "79007654320", type="outer").status_code == 204  # known: a change


def test_changes_and_putting_out_have_a_limit_a_day(yard: Yard) -> None:
    yard.town.open(access_changes_per_day=3)
    owner = yard.at_home(NORMAL)
    asked = [{}, {"type": "outer"}, {"expire": LONG_AGO}, {"expire": LONG_AGO}]
    assert [let_in(owner, GUEST, **more).status_code for more in asked] == [204] * 4
    refused = let_in(owner, SECOND, expire=LONG_AGO)
    assert refused.status_code == 429 and "Попробуйте завтра" in refused.get_json()["message"]
    assert yard.town.rows("SELECT phone FROM flat_leaves") == [(GUEST,)]
    assert let_in(owner, NORMAL, expire=LONG_AGO).status_code == 204, "leaving has no limit"


def test_a_guest_has_the_flats_services_as_billing_last_said(yard: Yard) -> None:
    owner, guest = yard.at_home(NORMAL), yard.at_home(GUEST)
    let_in(owner, GUEST)
    yard.town.sandbox.world.set_unpaid(NORMAL, ["domophone"])
    yard.town.clock.forward(minutes=10)
    owner.post("address/getSettingsList")
    assert press(guest, BEWARD).status_code == 402


def test_a_guest_lives_on_while_billing_is_down(yard: Yard) -> None:
    owner, guest = yard.at_home(NORMAL), yard.at_home(GUEST)
    let_in(owner, GUEST)
    yard.town.sandbox.faults.set("billing", "down")
    yard.town.clock.forward(days=10)
    assert [one["flatId"] for one in homes(guest)] == [str(FLAT)]
    assert press(guest, BEWARD).status_code == 204


def test_whom_billing_names_is_no_guest_beside(yard: Yard) -> None:
    neighbour, owner = yard.at_home(NEIGHBOUR), yard.at_home(NORMAL)
    assert let_in(neighbour, NORMAL, NEIGHBOURS_FLAT).status_code == 204
    flats = [one["flatId"] for one in homes(owner)]
    assert flats.count(str(NEIGHBOURS_FLAT)) == 1
    assert let_in(owner, NORMAL, NEIGHBOURS_FLAT, expire=LONG_AGO).status_code == 204
    assert str(NEIGHBOURS_FLAT) not in [one["flatId"] for one in homes(owner)]
    assert str(FLAT) in [one["flatId"] for one in homes(owner)]


def test_an_owner_who_never_was_here_is_put_out_by_nobody_either(yard: Yard) -> None:
    mate = yard.at_home(SECOND)
    yard.town.change("UPDATE flat_members SET flat_owner = true WHERE phone = :p", p=SECOND)
    yard.town.change("DELETE FROM flat_members WHERE phone = :p", p=NORMAL)
    assert let_in(mate, NORMAL, expire=LONG_AGO).status_code == 403
    assert yard.town.one("SELECT count(*) FROM flat_leaves") == 0
