"""Being told when a key, or the flat's code, opens a door."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.events.conftest import Doors, stand_at
from tests.fixtures.town import Town, together
from tests.fixtures.world import NEIGHBOUR, NORMAL, SECOND, Resident

FLAT, OTHERS = 10101, 10112
KEY = "000000A1B2C3D4"
NOON = datetime(2026, 3, 10, 9, tzinfo=UTC)


@pytest.fixture(name="doors")
def doors_fixture(town: Town) -> Doors:
    town.clock.now = NOON
    return Doors(town)


@pytest.fixture(name="parent")
def parent_fixture(doors: Doors) -> Resident:
    resident = stand_at(doors, NORMAL)
    stand_at(doors, NEIGHBOUR)
    doors.town.change(
        f"INSERT INTO keys (code, flat_id, name) VALUES ('{KEY}', 10101, ''),"
        " ('00000000FFFFFF', 10112, '')"
    )
    return resident


def follow(resident: Resident, **body: Any) -> int:
    told = {"flatId": FLAT, "event": "3", "key": KEY, "name": "Вася"} | body
    return resident.post("address/follow", told).status_code


def followed(resident: Resident, flat: int = FLAT) -> list[Any]:
    answer = resident.post("address/followed", {"flatId": str(flat)})
    assert answer.status_code == 200, answer.text
    return list(answer.get_json()["data"])


def messages(doors: Doors) -> list[Any]:
    return doors.town.rows("SELECT phone, action, text, data FROM messages ORDER BY phone, id")


def key_opens(doors: Doors, ago: float = 0, **told: Any) -> None:
    what = {"flat_id": FLAT, "key": KEY, "opened": True, "domophone_id": 11, "door_id": 0} | told
    doors.happened("key", ago, **what)


def test_who_follows_a_key_is_told_once_when_it_opens(doors: Doors, parent: Resident) -> None:
    assert follow(parent) == follow(parent) == 204
    for _ in range(2):
        key_opens(doors, external=("panel", "1"))
    assert messages(doors) == [
        (NORMAL, "eventLog", "Дверь открыта ключом «Вася»: Подъезд 1, 12:00.",
         {"flatId": "10101"}),
    ]  # fmt: skip


def test_another_key_a_refusal_and_an_old_event_are_no_news(doors: Doors, parent: Resident) -> None:
    follow(parent)
    key_opens(doors, key="00000000FFFFFF")
    key_opens(doors, opened=False)
    key_opens(doors, 601)
    key_opens(doors, flat_id=OTHERS)
    key_opens(doors, flat_id=None)
    doors.happened("code", flat_id=FLAT, code="12345", opened=True)
    assert messages(doors) == []


def test_who_follows_the_code_is_told_whichever_it_is(doors: Doors, parent: Resident) -> None:
    mate = stand_at(doors, SECOND)
    assert follow(parent, event=6, key="", name="") == follow(mate, event="6") == 204
    doors.happened("code", flat_id=FLAT, code="12345", opened=True)
    assert [(row[0], row[2]) for row in messages(doors)] == [
        (NORMAL, "Дверь открыта кодом квартиры: 12:00."),
        (SECOND, "Дверь открыта кодом квартиры «Вася»: 12:00."),
    ]


def test_what_is_followed_is_listed_renamed_and_left(doors: Doors, parent: Resident) -> None:
    def listed() -> Any:
        return [(one["event"], one["name"], one["follow"]) for one in followed(parent)]

    assert listed() == [("6", "", "f"), ("3", "", "f")]
    follow(parent)
    follow(parent, key="a1:b2:c3:d4", name="Маша")
    follow(parent, event="6", name="")
    assert listed() == [("6", "", "t"), ("3", "Маша", "t")]
    assert follow(parent, follow="f") == follow(parent, follow="f") == 204
    assert listed() == [("6", "", "t"), ("3", "", "f")]
    key_opens(doors)
    assert messages(doors) == []


def test_a_key_is_followed_by_its_id_and_nobody_is_told_its_code(
    doors: Doors, parent: Resident
) -> None:
    doors.town.change("UPDATE keys SET name = 'Выдан 1 марта' WHERE flat_id = 10101")
    _, key = followed(parent)
    key_id = key.pop("keyId")
    told = {"event": "3", "ending": "C3D4", "label": "Выдан 1 марта"}
    assert key == told | {"name": "Выдан 1 марта", "follow": "f"}
    by_id = {"key": "", "keyId": key_id}
    assert follow(parent, **by_id) == 204
    assert followed(parent)[1] == told | {"keyId": key_id, "name": "Вася", "follow": "t"}
    key_opens(doors)
    assert [row[2] for row in messages(doors)] == ["Дверь открыта ключом «Вася»: Подъезд 1, 12:00."]
    doors.town.change("UPDATE keys SET flat_id = 10112 WHERE flat_id = 10101")
    assert followed(parent)[1]["keyId"] == key_id, "what is no key of the flat any more is left too"
    assert follow(parent, **by_id, follow="f") == 204
    assert doors.town.one("SELECT count(*) FROM event_follows") == 0
    assert len(followed(parent)) == 1 and follow(parent, **by_id) == 404
    neighbour = stand_at(doors, NEIGHBOUR)
    others = {one["keyId"] for one in followed(neighbour, OTHERS) if one["event"] == "3"}
    assert len(others) == 2 and key_id not in others, "a key is told by another id in each flat"


def test_however_many_keys_a_flat_has_they_are_listed_in_as_many_statements(
    doors: Doors, parent: Resident
) -> None:
    more = "INSERT INTO keys SELECT lpad(n::text, 14, '0'), 10101, '' FROM generate_series(1, 29) n"
    counts = []
    for number in (1, 30):
        if number == 30:
            doors.town.change(more)
        with doors.town.counting(doors.app) as sent:
            assert len(followed(parent)) == 1 + number
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 8


def test_only_keys_of_the_flat_and_only_by_its_people(doors: Doors, parent: Resident) -> None:
    assert follow(parent, key="00000000FFFFFF") == 404
    assert follow(parent, key="") == 404
    assert follow(parent, flatId=OTHERS) == 403
    neighbour = stand_at(doors, NEIGHBOUR)
    assert follow(neighbour) == 403
    assert neighbour.post("address/followed", {"flatId": FLAT}).status_code == 403
    for wrong in (
        {"event": "4"},
        {"event": None},
        {"key": "xyz"},
        {"keyId": "0" * 17},
        {"keyId": "xyz"},
        {"follow": True},
        {"name": "x" * 101},
    ):
        assert follow(parent, **wrong) == 422, wrong


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM flat_members WHERE phone = '79000000001'",
        "INSERT INTO flat_settings (flat_id, log) VALUES (10101, 'none')",
        "UPDATE flat_members SET unpaid = '{domophone}'",
    ],
)
def test_who_may_not_read_the_log_any_more_is_told_nothing(
    doors: Doors, parent: Resident, change: str
) -> None:
    follow(parent)
    doors.town.change(change)
    key_opens(doors)
    assert messages(doors) == []


def test_billing_is_not_asked_about_followers_while_an_event_is_written(
    doors: Doors, parent: Resident
) -> None:
    follow(parent)
    doors.town.change("DELETE FROM flat_members WHERE phone = :phone", phone=NORMAL)
    doors.town.clock.forward(seconds=doors.town.settings.billing_ttl)
    doors.town.sandbox.faults.set("billing", "hang")
    before = doors.town.asked()
    key_opens(doors)
    assert doors.town.asked() == before and messages(doors) == []
    assert doors.rows("kind, flat_id") == [("key", FLAT)]


def test_who_deletes_the_account_follows_nothing(doors: Doors, parent: Resident) -> None:
    follow(parent)
    assert parent.post("user/deleteAccount").status_code == 204
    assert doors.town.one("SELECT count(*) FROM event_follows") == 0


def test_following_twice_at_once_is_following_once(doors: Doors, parent: Resident) -> None:
    clients = [Resident(doors.app.test_client(), parent.phone, parent.token) for _ in range(4)]
    assert together(4, lambda number: follow(clients[number])) == [204] * 4
    assert doors.town.one("SELECT count(*) FROM event_follows") == 1
