"""A flat's QR code: who reads it from the card is let in, and a new card ends the old one."""

import csv
import io

import pytest

from tests.fixtures.world import NEIGHBOUR, NOBODY, NORMAL, SECOND, Resident
from tests.fixtures.yard import BEWARD, FLAT, HOUSE, LONG_AGO, Yard, let_in, press

READER = NOBODY


def make(yard: Yard, *arguments: str) -> dict[int, str]:
    assert yard.town.app is not None
    done = yard.town.app.test_cli_runner().invoke(args=["qr", "make", *arguments])
    assert done.exit_code == 0, done.output
    rows = csv.DictReader(io.StringIO(done.output))
    return {int(row["flat"]): row["code"] for row in rows}


def read(resident: Resident, code: str) -> str:
    answer = resident.post("address/registerQR", {"QR": code})
    assert answer.status_code == 200, answer.text
    return str(answer.get_json()["data"])


@pytest.mark.parametrize(
    "form", ["{}", "https://example.com/qr/{}", "https://example.com/?code={}", "flat_{} "]
)
def test_who_reads_the_card_lives_there(yard: Yard, form: str) -> None:
    code = make(yard, "--flat", str(FLAT))[FLAT]
    reader = yard.at_home(READER)
    assert "Готово" in read(reader, form.format(code))
    assert press(reader, BEWARD).status_code == 204
    assert "уже есть" in read(reader, code)


def test_a_new_card_ends_the_old_one(yard: Yard) -> None:
    yard.at_home(NEIGHBOUR)  # and so the house has a second flat
    first = make(yard, "--flat", str(FLAT))[FLAT]
    second = make(yard, "--house", str(HOUSE))
    assert FLAT in second and len(second) > 1
    reader = yard.at_home(READER)
    assert "не открывает" in read(reader, first)
    assert press(reader, BEWARD).status_code == 403
    assert "Готово" in read(reader, second[FLAT])


def test_codes_are_not_in_the_database_and_their_making_is_in_the_audit(yard: Yard) -> None:
    code = make(yard, "--flat", str(FLAT))[FLAT]
    (kept,) = yard.town.rows("SELECT code_hash FROM flat_qr_codes")
    assert code.encode() not in bytes(kept[0]) and bytes.fromhex(code) != bytes(kept[0])
    assert yard.town.one("SELECT subject FROM audit WHERE action = 'QR code made'") == (
        f"flat:{FLAT}"
    )


def test_guesses_have_a_limit(yard: Yard) -> None:
    yard.town.open(qr_tries_per_hour=2)
    code = make(yard, "--flat", str(FLAT))[FLAT]
    reader = yard.at_home(READER)
    for wrong in ("0" * 32, "nonsense"):
        assert "не открывает" in read(reader, wrong)
    assert reader.post("address/registerQR", {"QR": code}).status_code == 429
    assert press(reader, BEWARD).status_code == 403


def test_who_left_by_himself_comes_back_by_the_card_and_the_owner_hears_of_it(yard: Yard) -> None:
    mate, _ = yard.at_home(SECOND), yard.at_home(NORMAL)
    code = make(yard, "--flat", str(FLAT))[FLAT]
    yard.town.clock.forward(seconds=1)
    let_in(mate, SECOND, expire=LONG_AGO)
    assert press(mate, BEWARD).status_code == 403
    assert "Готово" in read(mate, code)
    assert press(mate, BEWARD).status_code == 204
    heard = "SELECT count(*) FROM messages WHERE phone = :phone AND title LIKE 'Новый житель%'"
    assert yard.town.one(heard, phone=NORMAL) == 1


@pytest.mark.parametrize("sold", [False, True])
def test_the_last_who_left_by_himself_comes_back_unless_others_live_there(
    yard: Yard, sold: bool
) -> None:
    owner = yard.at_home(NORMAL)
    code = make(yard, "--flat", str(FLAT))[FLAT]
    assert let_in(owner, NORMAL, expire=LONG_AGO).status_code == 204
    yard.town.clock.forward(seconds=1)
    if sold:
        yard.town.sandbox.world.remove_contract(NORMAL, 1001)
        yard.town.sandbox.world.add_contract(NEIGHBOUR, 1001)
        yard.at_home(NEIGHBOUR)
    assert ("прежних жильцов" if sold else "Готово") in read(owner, code)
    assert press(yard.at_home(NORMAL), BEWARD).status_code == (403 if sold else 204)


@pytest.mark.parametrize("left_before", [False, True], ids=["", "after leaving by himself"])
def test_who_was_put_out_needs_an_owner_or_a_new_card(yard: Yard, left_before: bool) -> None:
    owner, mate = yard.at_home(NORMAL), yard.at_home(SECOND)
    code = make(yard, "--flat", str(FLAT))[FLAT]
    if left_before:
        let_in(mate, SECOND, expire=LONG_AGO)
        code = make(yard, "--flat", str(FLAT))[FLAT]
    yard.town.clock.forward(seconds=1)
    let_in(owner, SECOND, expire=LONG_AGO)
    assert "Попросите владельца" in read(mate, code)
    assert press(mate, BEWARD).status_code == 403
    mate.post("user/deleteAccount")
    assert "Попросите владельца" in read(yard.at_home(SECOND), code), "a new account is nobody new"
    yard.town.clock.forward(seconds=1)
    assert "Готово" in read(yard.at_home(SECOND), make(yard, "--flat", str(FLAT))[FLAT])
    assert press(yard.at_home(SECOND), BEWARD).status_code == 204


def test_a_card_that_was_made_before_a_second_putting_out_is_an_old_one(yard: Yard) -> None:
    owner, mate = yard.at_home(NORMAL), yard.at_home(SECOND)
    let_in(owner, SECOND, expire=LONG_AGO)
    yard.town.clock.forward(seconds=1)
    code = make(yard, "--flat", str(FLAT))[FLAT]
    yard.town.clock.forward(seconds=1)
    let_in(owner, SECOND, expire=LONG_AGO)
    assert "Попросите владельца" in read(mate, code)
    let_in(owner, SECOND)
    assert press(mate, BEWARD).status_code == 204


def test_an_outer_guest_becomes_one_who_lives_there(yard: Yard) -> None:
    owner, guest = yard.at_home(NORMAL), yard.at_home(READER)
    code = make(yard, "--flat", str(FLAT))[FLAT]
    let_in(owner, READER, type="outer")
    assert press(guest, BEWARD, 0).status_code == 403
    assert "Готово" in read(guest, code)
    yard.town.clock.forward(seconds=5)
    assert press(guest, BEWARD, 0).status_code == 204


def test_a_full_flat_takes_nobody_in(yard: Yard) -> None:
    yard.town.open(guests_per_flat=1)
    code = make(yard, "--flat", str(FLAT))[FLAT]
    let_in(yard.at_home(NORMAL), "79007654321")
    assert "слишком много" in read(yard.at_home(READER), code)


@pytest.mark.parametrize("body", [{}, {"QR": ""}, {"QR": "  "}, {"QR": "x" * 501}, {"QR": None}])
def test_a_wrong_shape_is_422(yard: Yard, body: object) -> None:
    assert yard.at_home(READER).post("address/registerQR", body).status_code == 422


@pytest.mark.parametrize("arguments", [[], ["--flat", "1", "--house", "2"], ["--flat", "424242"]])
def test_the_operator_is_told_what_is_wrong(yard: Yard, arguments: list[str]) -> None:
    assert yard.town.app is not None
    done = yard.town.app.test_cli_runner().invoke(args=["qr", "make", *arguments])
    assert done.exit_code != 0 and any("а" <= char <= "я" for char in done.output)
