"""Events that a program of the provider's sends: one by one, in batches, again, and wrong."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from smartyard.events.kinds import KINDS
from smartyard.sandbox import Sandbox
from tests.events.listening import BEWARD, FLAT, HOUSE, KEY, NEXT, OTHER, SHARED, furnish
from tests.fixtures.town import Town, together
from tests.fixtures.world import NEIGHBOUR, NORMAL

NOON = datetime(2026, 3, 10, 9, tzinfo=UTC)
AT = "2026-03-10T12:00:00+03:00"
Send = Callable[[Any], TestResponse]


def key_of(app: Flask, name: str, scope: str = "events") -> str:
    told = app.test_cli_runner().invoke(
        args=["tokens", "add", name, "--scope", scope, "--from", "127.0.0.1"]
    )
    (key,) = re.findall(r"sy_[A-Za-z0-9_-]{43}", told.stdout)
    return str(key)


def sender(app: Flask, key: str) -> Send:
    def send(body: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {key}"}
        return app.test_client().post("/api/hooks/events", json=body, headers=headers)

    return send


@pytest.fixture(name="send")
def send_fixture(town: Town) -> Send:
    town.clock.now = NOON
    furnish(town)
    app = town.open()
    return sender(app, key_of(app, "panels-1"))


def results(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["result"] for row in answer.get_json()["data"]]


def rows(town: Town, columns: str) -> list[Any]:
    return town.rows(f"SELECT {columns} FROM events ORDER BY at, id")


def test_one_event_is_written_with_all_that_is_told(town: Town, send: Send) -> None:
    answer = send({
        "id": "e-1", "kind": "gate_call", "at": AT, "domophoneId": "11", "doorId": 0,
        "houseId": 101,
        "flatId": FLAT, "phone": "89000000001", "called": "84951112233", "opened": True,
        "outcome": "ok", "key": "a1:b2:c3:d4", "code": 12345, "plate": "А001АА77", "cameraId": 5,
        "face": {"faceId": 7, "left": 1, "top": 2, "width": 3, "height": 4}, "unheard": "of",
    })  # fmt: skip
    ((event_id, *told),) = rows(
        town,
        "id, at, kind, domophone_id, door_id, house_id, flat_id, phone, called, opened, outcome,"
        " key, code, plate, camera_id, face ->> 'face_id', source",
    )
    assert told == [
        NOON, "gate_call", 11, 0, HOUSE, FLAT, NORMAL, "84951112233", True, "ok",
        KEY, "12345", "А001АА77", 5, "7", "hook:panels-1",
    ]  # fmt: skip
    assert answer.get_json()["data"] == [
        {"id": "e-1", "result": "written", "uuid": [str(event_id)]}
    ]


def test_in_a_batch_each_has_its_own_result(town: Town, send: Send) -> None:
    answer = send({"events": [
        {"id": 1, "kind": "key", "key": KEY, "domophoneId": BEWARD, "opened": True},
        {"id": 2, "kind": "door"},
        {"kind": "key"},
        {"id": 3, "kind": "exit", "at": AT, "domophoneId": BEWARD},
        {"id": 1, "kind": "key", "key": KEY, "domophoneId": BEWARD, "opened": True},
        {"id": 4, "kind": "key", "flatId": 424242},
        {"id": 5, "kind": "key", "at": "2026-03-10T12:05:01+03:00"},
        {"id": 6, "kind": "key", "at": "2025-09-01T00:00:00Z"},
        {"id": 7, "kind": "key", "at": "2026-03-10 12:00:00"},
        {"id": 8, "kind": "key", "key": "A1 B2"},
        {"id": 9, "kind": "key", "domophoneId": -1},
        {"id": 10, "kind": "motion", "phone": "123"},
        {"id": "\x00", "kind": "motion"},
    ]})  # fmt: skip
    assert results(answer) == [
        "written", "refused", "refused", "written", "repeated", *["refused"] * 8
    ]  # fmt: skip
    reasons = [row.get("reason", "") for row in answer.get_json()["data"]]
    assert reasons[1] == "wrong: kind" and reasons[2] == "wrong: id"
    assert reasons[5].startswith("flatId") and reasons[6].startswith("at")
    assert len(rows(town, "id")) == 2


def test_a_batch_that_is_sent_again_writes_what_was_missing(town: Town, send: Send) -> None:
    batch = [{"id": n, "kind": "key", "at": AT, "flatId": FLAT} for n in range(10)]
    assert set(results(send({"events": batch[:5]}))) == {"written"}
    orders = [batch, batch[::-1], batch]
    told = together(3, lambda number: results(send({"events": orders[number]})))
    told[1].reverse()
    written = [sum(one[number] == "written" for one in told) for number in range(10)]
    assert written == [0] * 5 + [1] * 5
    assert len(rows(town, "id")) == 10
    other = sender(town.app, key_of(town.app, "panels-2")) if town.app else None
    assert other and results(other(batch[0])) == ["written"]  # its own numbers


def test_whose_it_was_is_found_where_the_sender_does_not_say(town: Town, send: Send) -> None:
    town.sign_in(NORMAL).post("address/getAddressList")
    town.sign_in(NEIGHBOUR).post("address/getAddressList")
    sent: list[tuple[dict[str, Any], list[int | None]]] = [
        ({"kind": "key", "key": KEY}, [FLAT]),
        ({"kind": "key", "key": SHARED, "domophoneId": BEWARD}, [NEXT]),
        ({"kind": "key", "key": SHARED}, [NEXT, OTHER]),
        ({"kind": "key", "key": "FFFFFFFF", "domophoneId": BEWARD}, [None]),
        ({"kind": "code", "code": "12345", "domophoneId": BEWARD}, [FLAT]),
        ({"kind": "code", "code": "12345", "houseId": 103}, [OTHER]),
        ({"kind": "code", "code": "12345"}, [None]),
        ({"kind": "call_missed", "flatNumber": "12", "domophoneId": BEWARD}, [NEXT]),
        ({"kind": "call_missed", "flatNumber": "77", "domophoneId": BEWARD}, [None]),
        ({"kind": "gate_call", "phone": NORMAL, "domophoneId": BEWARD}, [FLAT]),
        ({"kind": "gate_call", "phone": NEIGHBOUR, "domophoneId": BEWARD}, [NEXT]),
        ({"kind": "gate_call", "phone": NORMAL}, [None]),
    ]
    for number, (told, flats) in enumerate(sent):
        assert results(send({"id": number, **told})) == ["written"]
        found = town.rows("SELECT flat_id FROM events ORDER BY flat_id")
        assert [flat for (flat,) in found] == flats, told
        town.change("DELETE FROM events")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_taken(town: Town, send: Send, kind: str) -> None:
    assert results(send({"id": kind, "kind": kind, "at": AT})) == ["written"]
    assert rows(town, "kind, at") == [(kind, NOON)]


def test_at_most_five_hundred_are_taken_at_once(town: Town, send: Send) -> None:
    many = [{"id": n, "kind": "motion", "at": AT} for n in range(501)]
    assert send({"events": many}).status_code == 422
    assert rows(town, "id") == []
    assert results(send({"events": many[:500]})) == ["written"] * 500


@pytest.mark.parametrize(
    "body", [[], "x", 1, {"events": {}}, {"events": [1]}, {"events": "x"}, {"events": [None]}]
)
def test_what_is_no_batch_is_422(send: Send, body: Any) -> None:
    assert send(body).status_code == 422


def test_an_empty_batch_has_no_results_and_an_empty_event_is_refused(send: Send) -> None:
    assert send({"events": []}).get_json()["data"] == []
    assert results(send({})) == ["refused"]


def test_only_a_key_for_events_opens_the_door_of_hooks(town: Town, send: Send) -> None:
    assert send({"id": 1, "kind": "exit"}).status_code == 200
    app = town.app or town.open()
    event = {"id": 2, "kind": "exit"}
    assert sender(app, key_of(app, "billing-1", "billing"))(event).status_code == 403
    assert sender(app, "sy_" + "x" * 43)(event).status_code == 401
    assert app.test_client().post("/api/hooks/events", json=event).status_code == 422
    resident = town.sign_in(NORMAL)
    assert resident.post("hooks/events", event).status_code == 401
    assert len(rows(town, "id")) == 1


def test_no_event_opens_a_door(sandbox: Sandbox, send: Send) -> None:
    for number, kind in enumerate(("face", "plate", "gate_call", "app", "key")):
        event = {"id": number, "kind": kind, "domophoneId": BEWARD, "opened": True, "flatId": FLAT}
        assert results(send(event)) == ["written"]
    assert sum(sandbox.panels.pulses(name) for name in ("beward", "sokol", "relay")) == 0


def test_who_names_a_flat_looks_through_no_camera_of_others(town: Town, send: Send) -> None:
    """A key for events is none to the cameras: its holder may live in one of the flats."""
    mine = town.camera("yard", houses=[HOUSE])
    own, others = town.camera("own", flats={FLAT: HOUSE}), town.camera("next", flats={NEXT: HOUSE})
    city = town.camera("square")
    town.change("UPDATE cameras SET common = true WHERE id = :id", id=city)
    town.change("UPDATE panels SET camera_id = :id WHERE id = 21", id=town.camera("hall"))
    hall = town.one("SELECT camera_id FROM panels WHERE id = 21")
    panel, foreign = {"domophoneId": BEWARD}, {"domophoneId": 21}
    told: list[tuple[dict[str, Any], bool]] = [
        ({"cameraId": mine}, True),
        ({"cameraId": own}, True),
        ({"cameraId": city}, True),
        (panel, True),
        (panel | {"cameraId": mine}, True),
        ({"domophoneId": 999, "cameraId": mine}, True),  # it has no frame to give
        ({"flatId": OTHER, "cameraId": hall}, True),
        ({"cameraId": others}, False),
        ({"cameraId": hall}, False),
        ({"cameraId": 10**9}, False),
        (foreign, False),
        (foreign | {"cameraId": mine}, False),
        (panel | {"cameraId": others}, False),
        ({"houseId": 103, "cameraId": hall}, False),
    ]
    for number, (event, _) in enumerate(told):
        body = {"id": number, "kind": "app", "flatId": FLAT, "at": AT} | event
        assert results(send(body)) == ["written"]
    jobs = town.rows("SELECT args FROM procrastinate_jobs WHERE task_name = 'take_picture'")
    wanted = [event for event, is_taken in told if is_taken]
    assert len({one for (args,) in jobs for one in args["events"]}) == len(wanted)
    assert {(args["panel"], args["camera"]) for (args,) in jobs} == {
        (event.get("domophoneId"), event.get("cameraId")) for event in wanted
    }
