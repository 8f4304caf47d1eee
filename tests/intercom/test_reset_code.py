"""`address/resetCode`: a new code, one a house, and the old one kept from others for a while."""

import pytest

from smartyard.intercom.service import IntercomService
from tests.fixtures.town import together
from tests.fixtures.world import NEIGHBOUR, NOBODY, NORMAL, SECOND, UNPAID, Resident
from tests.intercom.homes import HOUSE, MINE, NEXT, RESET, UNKNOWN, UNPAIDS, Home, look, reset

CURRENT = "SELECT code FROM door_codes WHERE flat_id = :flat AND replaced_at IS NULL"


@pytest.fixture(name="home")
def home_fixture(home: Home) -> Home:
    home.panel()
    return home


def test_a_new_code_is_a_number_and_the_one_that_is_shown_then(home: Home) -> None:
    person = home.who()
    before = look(person)["doorCode"]
    code = reset(person)
    assert 10000 <= code <= 99999 and str(code) != before
    assert look(person)["doorCode"] == str(code)


def test_a_flat_that_nobody_looked_at_gets_one_too(home: Home) -> None:
    code = reset(home.town.sign_in(NORMAL))
    assert home.town.one(CURRENT, flat=MINE) == code


def test_asked_again_within_seconds_it_is_the_same_one(home: Home) -> None:
    person, mate = home.who(), home.who(SECOND)
    code = reset(person)
    home.town.clock.forward(seconds=14)
    assert reset(person) == reset(mate) == code
    home.town.clock.forward(seconds=1)
    assert reset(person) != code


def test_asked_at_once_by_a_flat_it_is_one(home: Home) -> None:
    people = [home.who(), home.who(SECOND)]
    assert len(set(together(6, lambda number: reset(people[number % 2])))) == 1
    assert home.town.one("SELECT count(*) FROM door_codes") == 1


def test_the_old_code_is_still_known_as_the_flats(home: Home) -> None:
    person = home.who()
    old, new = look(person)["doorCode"], str(reset(person))
    assert home.town.app is not None
    with home.town.app.app_context():
        flats: IntercomService = home.town.app.extensions["smartyard"][IntercomService]
        assert {flats.flat_of_code([HOUSE], code) for code in (old, new)} == {MINE}


def take_place(home: Home, first: int, last: int, flat: int = NEXT) -> None:
    """All these codes had been the other flat's."""
    home.town.change(
        "INSERT INTO door_codes (house_id, code, flat_id, made_at, replaced_at)"
        " SELECT :house, code, :flat, :now, :now FROM generate_series(:first, :last) code",
        house=HOUSE,
        flat=flat,
        first=first,
        last=last,
        now=home.town.clock(),
    )


def test_a_code_that_another_flat_has_or_had_lately_is_drawn_by_nobody(home: Home) -> None:
    home.town.open(door_codes=(10000, 10009))
    person, neighbour = home.who(), home.who(NEIGHBOUR)
    assert neighbour.post(RESET, {"flatId": MINE}).status_code == 403
    take_place(home, 10000, 10006)
    drawn = {int(look(person)["doorCode"]), int(look(neighbour, NEXT)["doorCode"]), reset(person)}
    assert drawn == {10007, 10008, 10009}


def test_resets_at_once_in_a_house_never_get_the_same_code(home: Home) -> None:
    """Two flats race for the last code of a house that has room for three."""
    home.town.open(door_codes=(10000, 10002))
    people = [(home.who(), MINE), (home.who(NEIGHBOUR), NEXT)]
    for person, flat in people:
        look(person, flat)

    def try_it(number: int) -> int:
        person, flat = people[number]
        return person.post(RESET, {"flatId": flat}).status_code

    assert sorted(together(2, try_it)) == [200, 503]
    held = home.town.rows("SELECT flat_id, code FROM door_codes WHERE replaced_at IS NULL")
    assert sorted(flat for flat, _ in held) == [MINE, NEXT]
    assert len({code for _, code in held}) == 2


def test_where_no_code_is_left_the_old_one_stays_and_no_try_is_counted(home: Home) -> None:
    home.town.open(door_codes=(10000, 10000), door_code_resets_per_phone_hour=1)
    person = home.who()
    assert look(person)["doorCode"] == "10000"
    for _ in range(3):
        answer = person.post(RESET, {"flatId": MINE})
        assert answer.status_code == 503 and "ещё раз" in answer.get_json()["message"]
    assert look(person)["doorCode"] == "10000"


def test_a_phone_draws_so_many_codes_an_hour(home: Home) -> None:
    home.town.open(door_code_resets_per_phone_hour=2)
    person, mate = home.who(), home.who(SECOND)
    for _ in range(2):
        code = reset(person)
        home.town.clock.forward(seconds=20)
    assert person.post(RESET, {"flatId": MINE}).status_code == 429
    assert look(person)["doorCode"] == str(code)
    assert reset(mate) != code, "another phone's are its own"
    home.town.clock.forward(hours=1)
    reset(person)


def test_without_a_panel_that_takes_codes_it_is_404(home: Home) -> None:
    home.town.change("UPDATE panels SET model = 'url'")
    answer = home.who().post(RESET, {"flatId": MINE})
    assert answer.status_code == 404 and "коду" in answer.get_json()["message"]
    assert home.town.one("SELECT count(*) FROM door_codes") == 0


def test_without_the_service_it_is_404(home: Home) -> None:
    who, flat = "79001000001", 10150
    contract = {"clientId": 7001, "houseId": HOUSE, "flatId": flat, "services": ["internet"]}
    home.town.sandbox.world.add_contract(who, contract)
    person = home.who(who)
    assert person.post(RESET, {"flatId": flat}).status_code == 404
    assert "doorCode" not in look(person, flat)


def test_an_unpaid_intercom_is_402(home: Home) -> None:
    home.panel(51, house=105)
    home.town.sandbox.world.set_unpaid(UNPAID, ["domophone"])
    answer = home.who(UNPAID).post(RESET, {"flatId": UNPAIDS})
    assert answer.status_code == 402 and "Пополните" in answer.get_json()["message"]


@pytest.mark.parametrize(("source", "status"), [("debt", 402), ("operator", 403)])
@pytest.mark.parametrize("service", ["all", "doors"])
def test_who_is_blocked_reads_why(home: Home, source: str, status: int, service: str) -> None:
    person = home.who()
    code = look(person)["doorCode"]
    home.block(MINE, service, source, "Домофон отключён по вашей просьбе.")
    answer = person.post(RESET, {"flatId": MINE})
    assert answer.status_code == status
    assert answer.get_json()["message"] == "Домофон отключён по вашей просьбе."
    assert look(person)["doorCode"] == code


def strangers(home: Home) -> list[Resident]:
    courier = home.guest(NOBODY, "outer")
    return [home.who(NEIGHBOUR), courier]


def test_a_stranger_or_an_outer_guest_changes_no_code(home: Home) -> None:
    look(home.who())
    people, before = strangers(home), home.rows()
    for person in people:
        for flat in (MINE, UNKNOWN):
            answer = person.post(RESET, {"flatId": flat})
            assert answer.status_code == 403 and "code" not in answer.get_json().get("data", {})
    assert home.rows() == before


@pytest.mark.parametrize("body", [{}, {"flatId": None}, {"flatId": "x"}, {"flatId": True}, []])
def test_a_wrong_shape_is_422(home: Home, body: object) -> None:
    assert home.who().post(RESET, body).status_code == 422


def test_the_code_stands_in_no_log(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    person = home.who()
    codes = {look(person)["doorCode"], str(reset(person))}
    written = caplog.text + str(home.town.rows("SELECT action, subject, detail::text FROM audit"))
    assert not any(code in written for code in codes) and "door code" in written
