"""Lines of panels over UDP: whose it was, doubled, reordered, from anybody, with no database."""

import logging
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from smartyard.config import Settings
from smartyard.launcher.postgres import Cluster
from smartyard.sandbox import Sandbox
from tests.events.listening import (
    BEWARD,
    FLAT,
    HOUSE,
    KEY,
    NEXT,
    OTHER,
    SHARED,
    SOKOL,
    Listening,
    furnish,
    listening,
)
from tests.fixtures.processes import wait_for
from tests.fixtures.proxy import DatabaseProxy
from tests.fixtures.town import Town

NOON = datetime(2026, 3, 10, 9, tzinfo=UTC)


@pytest.fixture(name="heard")
def heard_fixture(town: Town, sandbox: Sandbox) -> Iterator[Listening]:
    town.clock.now = NOON
    furnish(town)
    with listening(town, town.open(), town.clock) as heard:
        heard.connect(sandbox)
        for panel in (sandbox.panels.beward, sandbox.panels.sokol):
            panel.keys |= {KEY: 1, SHARED: 12}
            panel.flats |= {1: {"code": "12345"}, 3: {"code": "54321"}}
        yield heard


def stranger_at(address: str) -> socket.socket:
    """Somebody who sends from there."""
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.bind((address, 0))
    return sender


def test_a_key_is_of_the_flat_that_has_it_now(heard: Listening, sandbox: Sandbox) -> None:
    sandbox.panels.beward.key(KEY)
    heard.wait_for(1)
    heard.town.change("UPDATE keys SET flat_id = 10112 WHERE code = :key", key=KEY)
    heard.town.clock.forward(seconds=5)
    sandbox.panels.beward.key(KEY, 1)
    heard.wait_for(2)
    assert heard.rows("kind, flat_id, house_id, domophone_id, door_id, place, key, opened, at") == [
        ("key", FLAT, HOUSE, BEWARD, 0, "Подъезд 1", KEY, True, NOON),
        ("key", NEXT, HOUSE, BEWARD, 1, "Калитка", KEY, True, heard.town.clock.now),
    ]


def test_a_key_of_several_flats_is_of_those_that_the_panel_serves(
    heard: Listening, sandbox: Sandbox
) -> None:
    sandbox.panels.beward.key(SHARED)
    sandbox.panels.sokol.key(SHARED)
    heard.wait_for(2)
    assert sorted(heard.rows("domophone_id, flat_id")) == [(BEWARD, NEXT), (SOKOL, OTHER)]


def test_a_code_is_of_a_flat_of_the_panels_own_house(heard: Listening, sandbox: Sandbox) -> None:
    sandbox.panels.beward.code("12345")
    sandbox.panels.sokol.code("12345")
    heard.wait_for(2)
    assert sorted(heard.rows("flat_id, code")) == [(FLAT, "12345"), (OTHER, "12345")]


def test_who_is_not_known_is_told_to_the_operator_alone(heard: Listening, sandbox: Sandbox) -> None:
    sandbox.panels.beward.key("0000000BADBEEF")
    sandbox.panels.beward.code("99999")
    sandbox.panels.beward.button(1)
    sandbox.panels.sokol.motion()
    heard.wait_for(4)
    assert sorted(heard.rows("kind, flat_id, opened, outcome, code, shown"), key=str) == [
        ("code", None, False, "unknown code", None, False),
        ("exit", None, True, "", None, False),
        ("key", None, False, "unknown key", None, False),
        ("motion", None, None, "", None, False),
    ]


def test_a_key_that_only_the_panel_knows_is_of_the_flat_that_it_tells(
    heard: Listening, sandbox: Sandbox
) -> None:
    panel = sandbox.panels.beward
    panel.tell("Opening door by RFID 0000FFEEDDCCBB, apartment 12")
    panel.tell("Opening door by RFID 0000FFEEDDCCAA, apartment 77")
    heard.wait_for(2)
    assert sorted(heard.rows("flat_id"), key=str) == [(NEXT,), (None,)]


def test_a_call_is_one_event_and_the_next_door_may_know_of_it(
    heard: Listening, sandbox: Sandbox
) -> None:
    heard.town.change("INSERT INTO flat_settings (flat_id, white_rabbit) VALUES (10303, 5)")
    sandbox.panels.sokol.dtmf(3)
    sandbox.panels.beward.tell("Calling to 12 flat...")
    sandbox.panels.beward.tell("All calls are done for apartment 12 [7]")
    heard.wait_for_lines(5)
    assert heard.rows("id") == []
    heard.town.clock.forward(seconds=2)
    heard.wait_for(2)
    assert sorted(heard.rows("kind, flat_id, opened, at")) == [
        ("call_answered", OTHER, True, NOON),
        ("call_missed", NEXT, False, NOON),
    ]
    heard.town.change("UPDATE doors SET icon = 'gate'")
    sandbox.panels.sokol.dtmf(3)  # and of what is opened to a car no door knows
    heard.wait_for_lines(8)
    assert heard.town.one("SELECT last_opened_at FROM flat_settings") == NOON


def test_the_picture_of_a_call_is_of_its_beginning_and_asked_for_once(
    heard: Listening, sandbox: Sandbox
) -> None:
    jobs = "SELECT args FROM procrastinate_jobs WHERE task_name = 'take_picture'"
    sandbox.panels.sokol.tell("Calling to 3 flat...")
    heard.wait_for_lines(1)
    ((asked,),) = heard.town.rows(jobs)
    sandbox.panels.sokol.tell("Open main door by DTMF")
    sandbox.panels.sokol.tell("All calls are done")
    heard.wait_for_lines(3)
    heard.town.clock.forward(seconds=2)
    heard.wait_for(1)
    ((event,),) = heard.rows("id")
    assert asked == {"events": [str(event)], "panel": SOKOL, "camera": None}
    assert len(heard.town.rows(jobs)) == 1


def test_what_is_doubled_is_one_and_what_happens_twice_is_two(
    heard: Listening, sandbox: Sandbox
) -> None:
    panel = sandbox.panels.beward
    line = panel.line(f"Opening door by RFID {KEY}, apartment 0", NOON)
    for _ in range(3):
        panel.send(line)
    heard.wait_for_lines(3)
    heard.town.clock.forward(seconds=2)
    panel.send(line)  # a panel whose clock stands still
    heard.wait_for_lines(4)
    assert len(heard.rows("id")) == 2


def test_lines_in_another_order_are_the_same_call(heard: Listening, sandbox: Sandbox) -> None:
    for text in ("All calls are done", "Open main door by DTMF", "Calling to 3 flat..."):
        sandbox.panels.sokol.tell(text)
    heard.wait_for_lines(2)
    heard.town.clock.forward(minutes=4)
    heard.wait_for(1)
    assert heard.rows("kind, flat_id, opened") == [("call_answered", OTHER, True)]


def test_lines_from_unknown_addresses_are_counted_and_dropped(
    heard: Listening, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    line = sandbox.panels.beward.line(f"Opening door by RFID {KEY}, apartment 0")
    with caplog.at_level(logging.INFO):
        with stranger_at("127.0.0.77") as stranger:
            for content in (line, b"", b"\x00" * 60000, line + b"!"):
                stranger.sendto(content, ("127.0.0.1", heard.port))
        heard.wait_for_lines(4)
        sandbox.panels.beward.key(KEY)
        heard.wait_for(1)
    assert len(heard.rows("id")) == 1 and heard.listener.counts["unknown"] == 4
    assert KEY not in caplog.text


def test_a_flood_of_strangers_takes_no_room_and_asks_the_database_nothing(
    settings: Settings, town: Town, sandbox: Sandbox, database_cluster: Cluster
) -> None:
    furnish(town)
    proxy = DatabaseProxy(database_cluster.socket_dir / ".s.PGSQL.5432")
    changes: dict[str, Any] = {"pg_host": "127.0.0.1", "pg_port": proxy.port, "db_pool_wait": 0.2}
    app = Town(settings, sandbox, town.engine, town.clock).open(**changes)
    try:
        with listening(town, app, town.clock, room=5) as heard, town.counting(app) as asked:
            heard.connect(sandbox)
            proxy.down()
            for number in range(600):  # each from an address of its own; the kernel may lose some
                with stranger_at(f"127.7.{number // 200}.{number % 200 + 1}") as stranger:
                    stranger.sendto(b"<14>Main door button press", ("127.0.0.1", heard.port))
            wait_for(lambda: heard.listener.counts["unknown"] > 100, "the flood")
            assert heard.listener.waiting == 0 and asked == []
            for number in range(5):
                sandbox.panels.beward.tell(f"Opening door by RFID {KEY}, apartment {number}")
            proxy.up()
            heard.wait_for(5)
    finally:
        proxy.close()
    assert heard.listener.counts["dropped"] == 0


def test_of_a_datagram_no_more_is_kept_than_a_line_may_have(
    heard: Listening, sandbox: Sandbox
) -> None:
    panel = sandbox.panels.beward
    line = panel.line(f"Opening door by RFID {KEY}, apartment 0 ", NOON)
    for end in (b"x", b"y"):
        panel.send(line + b" " * 60000 + end)  # the same, as far as anybody reads
    heard.wait_for_lines(2)
    assert heard.listener.counts["repeated"] == 1
    assert heard.rows("flat_id, key") == [(FLAT, KEY)]


def test_a_panel_that_was_added_is_heard_from_its_first_line_on(
    heard: Listening, sandbox: Sandbox
) -> None:
    heard.town.change("UPDATE panels SET address = 'http://127.0.0.78:1' WHERE id = 11")
    heard.town.clock.forward(seconds=1)
    line = sandbox.panels.beward.line(f"Opening door by RFID {KEY}, apartment 0")
    with stranger_at("127.0.0.77") as stranger, stranger_at("127.0.0.78") as moved:
        moved.sendto(line, ("127.0.0.1", heard.port))
        heard.wait_for(1)
        for _ in range(3):  # whom nobody adds is asked about once a second, with all the others
            heard.town.clock.forward(seconds=0.4)
            stranger.sendto(line, ("127.0.0.1", heard.port))
        heard.wait_for_lines(4)
        sandbox.panels.beward.send(line)  # from where it was
        heard.wait_for_lines(5)
    assert heard.rows("domophone_id") == [(BEWARD,)]
    assert heard.listener.counts == {"events": 1, "unknown": 4}


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_a_panel_of_ipv4_is_heard_at_a_socket_of_both_kinds(town: Town, sandbox: Sandbox) -> None:
    furnish(town)
    with listening(town, town.open(), town.clock, at="[::]") as heard:
        heard.connect(sandbox)
        sandbox.panels.beward.tell(f"Opening door by RFID {KEY}, apartment 0")
        heard.wait_for(1)
    assert heard.rows("domophone_id") == [(BEWARD,)]


def test_nothing_is_opened_by_a_line(heard: Listening, sandbox: Sandbox) -> None:
    for panel in (sandbox.panels.beward, sandbox.panels.sokol):
        panel.tell(f"Opening door by RFID {KEY}, apartment 0")
        panel.tell("Opening door by code 12345, apartment 1")
        panel.tell("Main door button press")
    heard.wait_for(6)
    assert sum(sandbox.panels.pulses(name) for name in ("beward", "sokol", "relay")) == 0


def test_lines_wait_for_a_database_that_is_away_and_none_is_written_twice(
    settings: Settings, town: Town, sandbox: Sandbox, database_cluster: Cluster
) -> None:
    furnish(town)
    proxy = DatabaseProxy(database_cluster.socket_dir / ".s.PGSQL.5432")
    changes: dict[str, Any] = {"pg_host": "127.0.0.1", "pg_port": proxy.port, "db_pool_wait": 0.2}
    app = Town(settings, sandbox, town.engine, town.clock).open(**changes)
    try:
        with listening(town, app, town.clock, room=5) as heard:
            heard.connect(sandbox)
            sandbox.panels.beward.keys |= {KEY: 1}
            sandbox.panels.beward.key(KEY)
            heard.wait_for(1)
            proxy.down()
            for number in range(4):
                sandbox.panels.beward.tell(f"Opening door by RFID {KEY}, apartment {number}")
            wait_for(lambda: heard.listener.waiting >= 3, "lines that wait")
            for number in range(20):
                sandbox.panels.beward.tell(f"Opening door by RFID {KEY}, apartment 1{number}")
            wait_for(lambda: heard.listener.waiting == 5, "a full queue")
            proxy.up()
            heard.wait_for(7)
    finally:
        proxy.close()
    assert len(heard.rows("id")) == len(set(heard.rows("id"))) <= 25


def test_what_was_taken_in_is_written_at_the_end_calls_too(town: Town, sandbox: Sandbox) -> None:
    furnish(town)
    with listening(town, town.open(), town.clock) as heard:
        heard.connect(sandbox)
        sandbox.panels.sokol.tell("Calling to 3 flat...")
        sandbox.panels.sokol.motion()
        heard.wait_for_lines(2)
    assert sorted(heard.rows("kind, flat_id"), key=str) == [
        ("call_missed", OTHER),
        ("motion", None),
    ]
