"""A ring at a flat: what the PBX is told, whose phones ring, and whether the door opens."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from smartyard.calls.service import RingService
from tests.calls.conftest import Pbx
from tests.fixtures.world import NEIGHBOUR, NOBODY, NORMAL, SECOND
from tests.fixtures.yard import BEWARD, FLAT, NEIGHBOURS_FLAT, RELAY, let_in, press


def test_the_phones_of_the_flat_ring_each_with_a_login_of_its_own(pbx: Pbx) -> None:
    pbx.phone(NORMAL, "first")
    pbx.phone(SECOND, "second")
    pbx.phone(NEIGHBOUR, "neighbour")
    told = pbx.told()
    assert (told["allowed"], told["flatId"], told["flatNumber"]) == (True, FLAT, "1")
    assert (told["dtmf"], told["opens"], told["handset"]) == ("1", False, True)
    pbx.work()
    rung = [pbx.rung(token) for token in ("first", "second", "neighbour")]
    assert [len(one) for one in rung] == [1, 1, 0]
    logins = {(one["extension"], one["password"]) for one in told["logins"]}
    assert logins == {(one[0]["extension"], one[0]["pass"]) for one in rung[:2]}
    assert len({password for _, password in logins}) == 2
    (push,), _, _ = rung
    assert push["hash"] == push["pass"] and len(push["hash"]) == 32
    assert push["image"] == f"https://smartyard.example/api/call/camshot/{push['hash']}"
    assert push["live"] == f"https://smartyard.example/api/call/live/{push['hash']}"
    assert (push["server"], push["transport"]) == ("sip.example.com", "udp")
    assert push["domophoneId"] == str(BEWARD)


def test_phones_are_told_of_the_pbx_as_the_settings_say(pbx: Pbx) -> None:
    pbx.open(
        sip_port=5061,
        sip_transport="tls",
        sip_stun="stun:stun.example.com:3478",
        server_url="https://smartyard.example/",
    )
    pbx.phone(NORMAL, "first")
    pbx.told()
    pbx.work()
    (push,) = pbx.rung("first")
    assert (push["port"], push["transport"]) == ("5061", "tls")
    assert push["stun"] == "stun:stun.example.com:3478"
    assert push["live"] == f"https://smartyard.example/api/call/live/{push['hash']}"
    assert (push["flatId"], push["flatNumber"], push["ttl"]) == (str(FLAT), "1", "30")


def test_a_call_that_is_told_twice_rings_once_and_has_the_same_answer(pbx: Pbx) -> None:
    pbx.phone(NORMAL, "first")
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: pbx.told(), range(4)))
    pbx.work()
    assert all(answer == answers[0] for answer in answers)
    assert len(pbx.rung("first")) == 1
    pbx.told("call-2")
    pbx.work()
    assert len(pbx.rung("first")) == 2


def test_a_call_told_again_has_no_login_of_a_device_that_was_signed_out(pbx: Pbx) -> None:
    pbx.phone(NORMAL, "lost")
    here = pbx.phone(NORMAL, "here")
    before = pbx.told()["logins"]
    assert here.post("user/sessions/end", {"others": "t"}).status_code == 204
    (login,) = pbx.told()["logins"]
    assert len(before) == 2 and login in before


def expect_guests(pbx: Pbx, flat: int, who: str) -> None:
    """For an hour the flat's door opens to whoever rings."""
    until = pbx.yard.town.clock.now.astimezone(pbx.yard.town.settings.timezone)
    told = f"{until.replace(tzinfo=None, microsecond=0) + timedelta(hours=1)}"
    body = {"flatId": flat, "settings": {"autoOpen": told}}
    assert pbx.yard.at_home(who).post("address/intercom", body).status_code == 200


def test_a_call_that_goes_on_to_another_flat_is_a_ring_of_its_own(pbx: Pbx) -> None:
    expect_guests(pbx, NEIGHBOURS_FLAT, NEIGHBOUR)
    pbx.phone(NORMAL, "first")
    pbx.phone(NEIGHBOUR, "neighbour")
    guests = pbx.told("call-1", flat="12")
    flat = pbx.told("call-1")
    assert (guests["opens"], flat["opens"]) == (True, False)
    assert (guests["flatId"], flat["flatId"]) == (NEIGHBOURS_FLAT, FLAT)
    passwords = {one["password"] for told in (guests, flat) for one in told["logins"]}
    assert len(passwords) == 2
    pbx.work()
    assert [len(pbx.rung(token)) for token in ("first", "neighbour")] == [1, 1]
    assert pbx.told("call-1", flat="12") == guests and pbx.told("call-1") == flat


def test_an_id_that_another_panel_uses_too_is_a_ring_of_its_own(pbx: Pbx) -> None:
    pbx.phone(NORMAL, "first")
    first, second = pbx.told("call-1"), pbx.told("call-1", panel=RELAY)
    assert first["logins"] != second["logins"]
    rings = pbx.yard.town.rows("SELECT panel_id FROM call_rings ORDER BY panel_id")
    assert rings == [(BEWARD,), (RELAY,)]


def test_a_ring_that_is_over_is_not_told_again_though_it_is_not_swept(pbx: Pbx) -> None:
    expect_guests(pbx, FLAT, NORMAL)
    pbx.phone(NORMAL, "first")
    old = pbx.told()
    assert old["opens"] is True
    pbx.work()
    pbx.yard.town.clock.forward(hours=2)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: pbx.told(), range(4)))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["opens"] is False
    assert answers[0]["logins"] != old["logins"] and len(answers[0]["logins"]) == 1
    pbx.work()
    assert len(pbx.rung("first")) == 2
    assert pbx.yard.town.one("SELECT count(*) FROM call_rings") == 1


def test_tellers_and_the_sweep_at_once_never_fail(pbx: Pbx) -> None:
    pbx.phone(NORMAL, "first")
    app = pbx.yard.town.app
    assert app is not None

    def sweep(_: int) -> int:
        with app.app_context():
            return app.extensions["smartyard"][RingService].forget_ended(pbx.yard.town.clock.now)

    with ThreadPoolExecutor(6) as threads:
        for _ in range(5):
            sweeps = [threads.submit(sweep, number) for number in range(4)]
            told = [threads.submit(pbx.ring) for _ in range(4)]
            assert {one.result().status_code for one in told} == {200}
            assert sum(one.result() for one in sweeps) <= 1
            pbx.yard.town.clock.forward(minutes=4)


def test_a_panel_is_known_by_its_sip_number_too(pbx: Pbx) -> None:
    pbx.yard.town.change("UPDATE panels SET sip_number = '100011' WHERE id = :id", id=BEWARD)
    assert pbx.told(panel="100011")["flatId"] == FLAT
    assert pbx.told(call="2", panel=str(BEWARD))["flatId"] == FLAT


def test_a_flat_is_known_by_its_id_too_where_the_panel_has_its_door(pbx: Pbx) -> None:
    by_id = pbx.told("1", flat=None, flatId=FLAT)
    assert by_id == pbx.told("1") and by_id["flatNumber"] == "1"
    assert pbx.ring("2", flat=None, flatId=10201).status_code == 404  # of another house
    assert pbx.ring("3", flat="1", flatId=FLAT).status_code == 422


def test_guests_are_rung_and_outer_guests_are_not(pbx: Pbx) -> None:
    owner = pbx.yard.at_home(NORMAL)
    pbx.phone(NOBODY, "guest")
    let_in(owner, NOBODY)
    assert len(pbx.told("1")["logins"]) == 1
    let_in(owner, NOBODY, type="outer")
    assert pbx.told("2")["logins"] == []


@pytest.mark.parametrize(
    ("service", "source", "allowed"),
    [("calls", "operator", False), ("all", "debt", False), ("cctv", "operator", True)],
)
def test_a_block_keeps_calls_out_and_says_why(
    pbx: Pbx, service: str, source: str, allowed: bool
) -> None:
    pbx.phone(NORMAL, "first")
    pbx.yard.block(FLAT, service, source, "Домофон отключён по заявлению.")
    told = pbx.told()
    assert told["allowed"] is allowed
    if not allowed:
        assert (told["cause"], told["logins"]) == ("Домофон отключён по заявлению.", [])
        assert (told["opens"], told["handset"]) == (False, False)
    pbx.work()
    assert len(pbx.rung("first")) == int(allowed)


@pytest.mark.parametrize("change", ["unpaid = '{domophone}'", "services = '{internet}'"])
def test_what_is_unpaid_or_not_connected_is_not_called(pbx: Pbx, change: str) -> None:
    pbx.yard.town.change(f"UPDATE flat_members SET {change} WHERE flat_id = :flat", flat=FLAT)
    told = pbx.told()
    assert told["allowed"] is False and "омофон" in told["cause"]


def test_expected_guests_open_the_door_by_themselves(pbx: Pbx) -> None:
    owner = pbx.yard.at_home(NORMAL)
    until = pbx.yard.town.clock.now.astimezone(pbx.yard.town.settings.timezone).replace(tzinfo=None)
    settings = {"autoOpen": f"{until.replace(microsecond=0)}"}
    pbx.yard.town.clock.forward(minutes=-1)
    owner.post("address/intercom", {"flatId": FLAT, "settings": settings})
    assert pbx.told("1")["opens"] is True
    pbx.yard.town.clock.forward(minutes=2)
    assert pbx.told("1")["opens"] is True  # the same call has the same answer
    assert pbx.told("2")["opens"] is False


def test_the_next_door_opens_by_itself_for_a_while_where_the_flat_wants_it(pbx: Pbx) -> None:
    owner = pbx.yard.at_home(NORMAL)
    owner.post("address/intercom", {"flatId": FLAT, "settings": {"whiteRabbit": 5}})
    assert pbx.told("1")["opens"] is False
    assert press(owner, BEWARD, 1).status_code == 204
    assert pbx.told("2")["opens"] is True
    pbx.yard.town.clock.forward(minutes=6)
    assert pbx.told("3")["opens"] is False


def test_a_guest_for_the_gates_opens_no_next_door(pbx: Pbx) -> None:
    owner, guest = pbx.yard.at_home(NORMAL), pbx.yard.at_home(NOBODY)
    owner.post("address/intercom", {"flatId": FLAT, "settings": {"whiteRabbit": 5}})
    let_in(owner, NOBODY, type="outer")
    assert press(guest, BEWARD, 1).status_code == 204
    assert pbx.told("1")["opens"] is False
    let_in(owner, NOBODY, type="inner")
    pbx.yard.town.clock.forward(seconds=5)
    assert press(guest, BEWARD, 1).status_code == 204
    assert pbx.told("2")["opens"] is True


@pytest.mark.parametrize(
    "who", [{"panel": "424242"}, {"flat": "99"}, {"panel": "x" * 100}, {"flat": "1; DROP"}]
)
def test_an_unknown_panel_or_flat_is_404(pbx: Pbx, who: dict[str, str]) -> None:
    assert pbx.ring(**who).status_code == 404
    assert pbx.yard.town.one("SELECT count(*) FROM call_rings") == 0


def test_without_a_sip_server_nobody_is_rung_and_the_handset_is(pbx: Pbx) -> None:
    pbx.phone(NORMAL, "first")
    pbx.yard.town.open()
    told = pbx.told()
    assert (told["allowed"], told["handset"], told["logins"]) == (True, True, [])


def test_a_resident_is_no_pbx(pbx: Pbx) -> None:
    resident = pbx.yard.at_home(NORMAL)
    body = {"panel": BEWARD, "flat": "1", "callId": "1"}
    assert resident.post("hooks/ring", body).status_code == 401
    pbx.key = "sy_" + "0" * 43
    assert pbx.ring().status_code == 401


@pytest.mark.parametrize("missing", ["panel", "flat", "callId"])
def test_a_wrong_shape_is_422(pbx: Pbx, missing: str) -> None:
    assert pbx.yard.town.app is not None
    body = {"panel": BEWARD, "flat": "1", "callId": "1"}
    del body[missing]
    answer = pbx.yard.town.app.test_client().post(
        "/api/hooks/ring", json=body, headers={"Authorization": f"Bearer {pbx.key}"}
    )
    assert answer.status_code == 422


def test_hashes_are_not_in_the_database_and_rings_are_forgotten(pbx: Pbx) -> None:
    pbx.phone(NORMAL, "first")
    (login,) = pbx.told()["logins"]
    digests = [bytes(row[0]) for row in pbx.yard.town.rows("SELECT digest FROM call_logins")]
    assert bytes.fromhex(login["password"]) not in digests
    app = pbx.yard.town.app
    assert app is not None
    pbx.yard.town.clock.forward(minutes=4)
    with app.app_context():
        app.extensions["smartyard"][RingService].forget_ended(pbx.yard.town.clock.now)
    assert pbx.yard.town.one("SELECT count(*) FROM call_logins") == 0
