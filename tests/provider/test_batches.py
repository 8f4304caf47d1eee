"""`/bill/v1`: batches of contracts and rights, row by row, repeated, at once, and held back."""

from typing import Any

import pytest

from tests.fixtures.town import Town, together
from tests.fixtures.world import NORMAL
from tests.provider.conftest import LOSING, Billing, Program, contract, contracts, key_of
from tests.provider.test_rights import at_home, cameras, press


def test_contracts_are_upserted_by_their_ids_and_a_repeat_changes_nothing(program: Program) -> None:
    rows = [contract(1, owners=[NORMAL]), contract(2)]
    assert program.done("contracts", rows, dry_run=True) == ["added", "added"]
    assert program.town.rows("SELECT 1 FROM local_contracts") == []
    assert program.done("contracts", rows) == ["added", "added"]
    assert program.done("contracts", rows) == ["same", "same"]
    assert program.done("contracts", [{"id": "c2", "client_name": "Анна"}]) == ["changed"]
    told = program.town.rows("SELECT action, subject, actor FROM audit WHERE action <> 'token.add'")
    assert told == [
        ("added", "contract:c1", "token:bulk"),
        ("added", "contract:c2", "token:bulk"),
        ("changed", "contract:c2", "token:bulk"),
    ]
    (flat,) = program.town.sign_in(NORMAL).post("address/getSettingsList").get_json()["data"]
    assert (flat["clientId"], flat["services"]) == ("c1", ["cctv", "domophone"])


def test_a_new_word_on_where_it_is_alone_is_a_change_too(program: Program) -> None:
    known = contract(1, owners=[NORMAL], flat_number="1")
    assert program.done("contracts", [known, *contracts(3)[1:]]) == ["added"] * 3
    resident = program.town.sign_in(NORMAL)
    resident.post("address/getSettingsList")
    rows = [
        {"id": "c1", "flat_number": "12"},
        {"id": "c2", "address": "ул. Новейшая, 7"},
        {"id": "c3", "entrance": "2"},
    ]
    for dry_run in (True, False):
        assert program.done("contracts", rows, dry_run=dry_run) == ["changed"] * 3
    assert program.done("contracts", rows) == ["same"] * 3
    told = "SELECT subject, detail FROM audit WHERE action = 'changed' ORDER BY subject"
    assert program.town.rows(told) == [
        ("contract:c1", {"flat_number": {"before": "1", "after": "12"}}),
        ("contract:c2", {"address": {"before": "ул. Новая, 7", "after": "ул. Новейшая, 7"}}),
        ("contract:c3", {"entrance": {"before": "", "after": "2"}}),
    ]
    (flat,) = resident.post("address/getSettingsList").get_json()["data"]
    assert (flat["flatNumber"], flat["address"]) == ("12", "ул. Новейшая, 7")


def test_of_two_rows_about_one_flat_the_last_holds_and_a_repeat_changes_nothing(
    program: Program,
) -> None:
    rows = [
        contract(1, flat_number="1"),
        contract(2, flat=7001, flat_number="2", entrance="1", address="Новая ул., 7"),
        contract(3, flat=7001, flat_number="3"),
    ]
    assert program.done("contracts", rows) == ["added"] * 3
    assert program.town.rows("SELECT number, entrance FROM flats") == [("3", "1")]
    assert program.town.one("SELECT address FROM houses") == "ул. Новая, 7"
    assert program.done("contracts", rows) == ["same"] * 3


WRONG: list[tuple[Any, str]] = [
    ({"id": "x"}, "house и flat"),
    ({"id": "c2", "house": 9, "flat": 7001}, "в доме 7, а не 9"),
    ({"id": "c3", "services": {"cctw": None}}, "допустимы услуги"),
    ({"id": "c3", "services": ["cctv"]}, "допустимы услуги"),
    ({"id": "c3", "owners": "7900"}, "номера из 11 цифр"),
    ({"id": "c3", "owners": 5}, "номера из 11 цифр"),
    ({"id": "c3", "color": "red"}, "такого поля нет"),
    ({"id": "None"}, "нужен номер договора"),
    ({"id": ""}, "id: "),
    ({}, "id: не указано"),
    ({"id": {"a": 1}}, "id: "),
    ({"id": "c1"}, "уже есть в строке 1"),
    ("c1", "нужен объект"),
    (None, "нужен объект"),
]


def test_a_row_that_is_wrong_is_refused_alone_and_says_why(program: Program) -> None:
    rows = [contract(1), *(row for row, _ in WRONG), contract(50)]
    answer = program.put("contracts", rows).get_json()["data"]["rows"]
    assert [answer[0]["result"], answer[-1]["result"]] == ["added", "added"]
    for (row, words), told in zip(WRONG, answer[1:-1], strict=True):
        assert told["result"] == "refused" and words in told["reason"], (row, told)
    assert program.town.rows("SELECT id FROM local_contracts ORDER BY id") == [("c1",), ("c50",)]


@pytest.mark.parametrize(
    "rows", [None, [], "c1", {"id": "c1"}, [{"id": f"c{n}"} for n in range(501)]]
)
@pytest.mark.parametrize("kind", ["contracts", "rights"])
def test_what_is_no_batch_is_422(program: Program, kind: str, rows: Any) -> None:
    answer = program.put(kind, rows)
    assert (answer.status_code, answer.get_json()["code"]) == (422, 422)
    assert "data" not in answer.get_json()


def test_with_an_http_billing_contracts_are_refused_and_rights_are_not(town: Town) -> None:
    town.open()
    program = Program(town, key_of(town, "bulk", "contracts"))
    answer = program.put("contracts", [contract(1)])
    assert answer.status_code == 404 and "BILLING=http" in answer.get_json()["message"]
    assert town.rows("SELECT 1 FROM local_contracts") == []
    assert program.done("rights", [{"id": "c1", "devices": []}]) == ["same"]


def test_a_key_of_another_scope_does_not_open_it(town: Town, program: Program) -> None:
    stranger = Program(town, key_of(town, "perl", "billing"))
    far = Program(town, key_of(town, "far", "contracts", source="192.0.2.7"))
    for kind, rows in (("contracts", contracts(1)), ("rights", [{"id": "c1", "devices": []}])):
        assert {one.put(kind, rows).status_code for one in (stranger, far)} == {403}
        assert program.put(kind, rows).status_code == 200


def test_five_hundred_rows_take_no_more_statements_than_five(town: Town, program: Program) -> None:
    assert town.app is not None
    counts = {}
    for size in (5, 500):
        for name, rows in (("new", contracts(size)), ("old", contracts(size, name="x"))):
            with town.counting(town.app) as sent:
                program.done("contracts", rows)
            counts[name, size] = len(sent)
        town.change("TRUNCATE local_contracts CASCADE")
    assert all(counts[name, 500] <= counts[name, 5] < 30 for name in ("new", "old")), counts


def test_batches_at_once_change_each_contract_once_and_pass_the_guard_together(
    program: Program,
) -> None:
    results = together(4, lambda _: program.done("contracts", contracts(60)))
    assert sorted(results) == [["added"] * 60] + [["same"] * 60] * 3
    assert program.town.one("SELECT count(*) FROM audit WHERE action = 'added'") == 60

    def block(turn: int) -> int:
        rows = [{"id": f"c{number}", **LOSING} for number in range(turn * 15 + 1, turn * 15 + 16)]
        return program.put("contracts", rows).status_code

    assert sorted(together(4, block)) == [200, 422, 422, 422]


@pytest.fixture(name="both")
def both_fixture(town: Town, billing: Billing) -> tuple[Program, Billing]:
    return Program(town, key_of(town, "bulk", "contracts")), billing


def test_rights_are_those_of_the_batch_and_no_others(
    town: Town, both: tuple[Program, Billing]
) -> None:
    program, billing = both
    resident = at_home(town)
    camera, lock = billing.add_camera(stream="yard"), billing.add_lock()
    other, door = billing.add_camera(stream="hall", title="Подъезд"), billing.add_door(lock)
    rows = [{"id": 1001, "devices": [str(camera), lock]}, {"id": "1003", "devices": [other]}]
    assert program.done("rights", rows, dry_run=True) == ["added", "added"]
    assert town.rows("SELECT 1 FROM contract_rights") == [] and cameras(resident) == []
    assert program.done("rights", rows) == ["added", "added"]
    assert (cameras(resident), press(resident, door)) == (["Двор"], 204)
    assert program.done("rights", rows) == ["same", "same"]
    rows[0]["devices"] = [other]
    assert program.done("rights", rows) == ["changed", "same"]
    assert (cameras(resident), press(resident, door)) == (["Подъезд"], 403)
    wrong = [{"id": "1001", "devices": [999]}, {"id": "1003", "devices": []}, {"id": "1003"}, 7]
    assert program.done("rights", wrong) == ["refused", "changed", "refused", "refused"]
    assert cameras(resident) == ["Подъезд"]
    told = town.rows("SELECT action, subject, detail FROM audit WHERE actor = 'token:bulk'")
    assert [one[:2] for one in told].count(("right taken", "contract:1001")) == 1
    assert ("right taken", "contract:1003", {"devices": [other]}) in told


def test_what_a_whole_house_sees_is_refused_in_its_row(
    town: Town, both: tuple[Program, Billing]
) -> None:
    program, billing = both
    resident = at_home(town)
    town.camera("hall", houses=[101])
    (device,) = billing.call("devices_list")["devices"]
    row = {"id": "1001", "devices": [device["device_id"]]}
    assert program.done("rights", [row]) == ["added"]
    told = program.put("rights", [{"id": "1001", "devices": []}]).get_json()["data"]["rows"]
    assert told[0]["result"] == "refused" and "весь дом" in told[0]["reason"]
    assert cameras(resident) == ["hall"]


def test_rights_of_too_many_are_held_back_too(both: tuple[Program, Billing]) -> None:
    program, billing = both
    camera = billing.add_camera()
    rows = [{"id": f"c{number}", "devices": [camera]} for number in range(1, 101)]
    assert program.done("rights", rows) == ["added"] * 100
    empty = [row | {"devices": []} for row in rows]
    assert program.done("rights", empty[:15]) == ["changed"] * 15
    held = program.put("rights", empty[15:30])
    assert held.status_code == 422 and "30 из 85" in held.get_json()["message"]
    assert program.done("rights", empty[15:30], allow_loss=True) == ["changed"] * 15
    assert program.done("rights", empty[30:35]) == ["changed"] * 5
    assert program.town.one("SELECT count(*) FROM contract_rights") == 65
    allowed = "SELECT subject, detail FROM audit WHERE action = 'loss allowed'"
    assert program.town.rows(allowed) == [("rights", {"losing": 15})]


def test_new_rights_let_no_more_be_taken_away(both: tuple[Program, Billing]) -> None:
    program, billing = both
    camera = billing.add_camera()
    for kind in ("old", "new"):
        program.town.clock.forward(days=2)
        rows = [{"id": f"{kind}{number}", "devices": [camera]} for number in range(1, 101)]
        assert program.done("rights", rows) == ["added"] * 100
    empty = [{"id": f"old{number}", "devices": []} for number in range(1, 22)]
    held = program.put("rights", empty)
    assert held.status_code == 422 and "21 из 100" in held.get_json()["message"]
    assert program.done("rights", empty[:20]) == ["changed"] * 20
