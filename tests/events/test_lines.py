"""What lines of panels say, and how a call is put together from them."""

import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smartyard.events.incoming.syslog.lines import read
from smartyard.events.incoming.syslog.rings import AFTER, SILENT, Ring, Rings

BEWARD = "<14>1 2026-03-10T12:00:00+03:00 10.0.0.7 beward 1 - - "
SOKOL = "<14>Mar 10 12:00:00 10.0.0.8 sokol 1: "
KEY = "0000A1B2C3D4E5"
NOON = datetime(2026, 3, 10, 9, tzinfo=UTC)

LINES: list[tuple[str, dict[str, Any] | None]] = [
    (f"Opening door by RFID {KEY}, apartment 0", {"what": "key", "opened": True, "key": KEY}),
    (f"Opening door by RFID {KEY}, apartment 12", {"what": "key", "flat": "12", "key": KEY}),
    (f"Opening door by external RFID {KEY}, apartment 0", {"what": "key", "output": 1}),
    ("Opening door by RFID 00000000A1B2C3, apartment 0", {"what": "key", "output": 1}),
    ("Opening door by RFID a1b2c3d4e5, apartment 0", {"key": "a1b2c3d4e5", "output": 0}),
    (f"Main door opened by UUID {KEY}", {"what": "key", "key": KEY, "output": 0}),
    (f"Second door opened by UUID {KEY}", {"what": "key", "key": KEY, "output": 1}),
    (f"RFID {KEY} is not present in database", {"what": "key", "opened": False, "key": KEY}),
    (
        "Opening door by code 12345, apartment 7",
        {"what": "code", "opened": True, "code": "12345", "flat": "7"},
    ),
    ("Got invalid code 54321 from MC", {"what": "code", "opened": False, "code": None}),
    ("Main door button pressed!", {"what": "exit", "output": 0, "opened": True}),
    ("Additional door button pressed!", {"what": "exit", "output": 1}),
    ("Main door button press", {"what": "exit", "output": 0}),
    ("Second door button press", {"what": "exit", "output": 1}),
    ("[61255] Opening door by DTMF command 1 for apartment 5", {"what": "opened", "flat": "5"}),
    ("[612] Opening door by CMS handset for apartment 5", {"what": "opened", "flat": "5"}),
    ("Open main door by DTMF", {"what": "opened", "flat": None, "output": 0}),
    ("Open second door by DTMF", {"what": "opened", "output": 1}),
    ("All calls are done for apartment 5 [61255]", {"what": "over", "flat": "5"}),
    ("All calls are done", {"what": "over", "flat": None}),
    ("CMS handset call done for apartment 5, handset is down", {"what": "over", "flat": "5"}),
    ("SIP call 4 is DISCONNECTED [reason=200 (OK)]", {"what": "over"}),
    ("Calling to 5 flat...", {"what": "ring", "flat": "5"}),
    ("Calling to 101 house 5 flat...", {"what": "ring", "flat": "5"}),
    ("[61255] CMS handset call started for apartment 5", {"what": "ring", "flat": "5"}),
    ("[61255] CMS handset talk started for apartment 5", {"what": "talk", "flat": "5"}),
    ("[61255] SIP call 4 state changed to CONFIRMED", {"what": "talk", "flat": None}),
    ("SS_MAINAPI_ReportAlarmHappen(0, 2)", {"what": "motion"}),
    ("SS_MAINAPI_ReportAlarmFinish(0, 2)", None),
    ("EVENT: Detected motion", {"what": "motion"}),
    ("Opening door by magic", None),
    ("RTSP: Opening", None),
    ("", None),
]


@pytest.mark.parametrize("text, told", LINES, ids=[text for text, _ in LINES])
@pytest.mark.parametrize("frame", [BEWARD, SOKOL], ids=["rfc5424", "rfc3164"])
def test_a_line_says_what_the_reference_says_of_it(
    frame: str, text: str, told: dict[str, Any] | None
) -> None:
    said = read((frame + text).encode())
    if told is None or said is None:
        assert told is said
    else:
        assert asdict(said) == asdict(said) | told


@pytest.mark.parametrize(
    "text, name, whole",
    [
        (f"Opening door by RFID {KEY}, apartment 0", "key", KEY),
        ("Opening door by code 12345, apartment 7", "code", "12345"),
    ],
)
def test_a_line_that_was_cut_off_is_never_another_key_or_code(
    text: str, name: str, whole: str
) -> None:
    line = (BEWARD + text).encode()
    read_ones = [getattr(said, name) for end in range(len(line)) if (said := read(line[:end]))]
    assert read_ones and set(read_ones) == {whole}


@pytest.mark.parametrize(
    "datagram",
    [b"", b"<", b"<14>", b"\xff" * 50, b"<14>\xff\xfeOpening door by RFID \x00, apartment",
     b"Opening door by code 12345, apartment 7", b"<99999>Main door button press",
     b"<14>" + b"Opening door " * 5000, b"<14>" + b"9" * 60000],
)  # fmt: skip
def test_rubbish_says_nothing(datagram: bytes) -> None:
    assert read(datagram) is None


def over(*lines: tuple[float, str]) -> list[tuple[float, str | None, bool, bool]]:
    """The calls that these lines, so many seconds after noon, make: when each began, the flat,
    answered, opened."""
    going, done = Rings(), list[Ring]()
    for seconds, text in lines:
        at = NOON + timedelta(seconds=seconds)
        done += going.over(at)
        said = read((SOKOL + text).encode())
        assert said is not None
        going.note(7, said, at)
    done += going.over(NOON + timedelta(days=1))
    return [
        ((one.began_at - NOON).total_seconds(), one.flat, one.answered, one.opened) for one in done
    ]


CALL, TALK = (0, "Calling to 5 flat..."), (9, "SIP talk started for apartment 5")
OPENED, OVER = (12, "Open main door by DTMF"), (15, "All calls are done")


@pytest.mark.parametrize(
    "lines, found",
    [
        ([CALL, OVER], [(0, "5", False, False)]),
        ([CALL, TALK, OVER], [(0, "5", True, False)]),
        ([CALL, TALK, OPENED, OVER], [(0, "5", True, True)]),
        ([CALL, OPENED, OVER], [(0, "5", True, True)]),
        ([CALL, OVER, (15.5, "All calls are done"), (16.9, "All calls are done")],
         [(0, "5", False, False)]),
        ([CALL, OVER, (15.1, "Open main door by DTMF")], [(0, "5", True, True)]),
        ([OVER], []),
        ([(0, "All calls are done for apartment 5 [1]")], [(0, "5", False, False)]),
        ([CALL], [(0, "5", False, False)]),
        ([CALL, (20, "Calling to 6 flat..."), (30, "All calls are done")],
         [(0, "5", False, False), (20, "6", False, False)]),
        ([CALL, (400, "Calling to 5 flat...")], [(0, "5", False, False), (400, "5", False, False)]),
        ([CALL, OVER, (20, "Calling to 5 flat..."), (25, "Open main door by DTMF")],
         [(0, "5", False, False), (20, "5", True, True)]),
        ([OPENED, (13, "All calls are done")], [(12, None, True, True)]),
    ],
)  # fmt: skip
def test_lines_of_a_call_are_one_call(
    lines: list[tuple[float, str]], found: list[tuple[float, str | None, bool, bool]]
) -> None:
    assert over(*lines) == found


def test_no_datagram_keeps_the_listener_busy() -> None:
    began = time.process_time()
    for line in ("Opening door by code " * 30, "Opening door", "Opening door ext " * 60, "Main "):
        for blank in (" ", "\t", "\u2003"):
            assert read(f"<14>{line}".ljust(2048, blank).encode()) is None
    assert time.process_time() - began < 1.0


def test_a_call_is_over_two_seconds_after_its_end_or_when_its_panel_is_silent() -> None:
    going = Rings()
    for text in (CALL[1], OVER[1]):
        said = read((SOKOL + text).encode())
        assert said is not None
        going.note(7, said, NOON)
        going.note(8, said, NOON)
    assert not going.over(NOON + AFTER - timedelta(milliseconds=1))
    assert {one.panel_id for one in going.over(NOON + AFTER)} == {7, 8}
    ringing = read((SOKOL + CALL[1]).encode())
    assert ringing is not None
    going.note(7, ringing, NOON)
    assert not going.over(NOON + SILENT - timedelta(seconds=1))
    assert len(going.over(NOON + SILENT)) == 1 and not going.over(NOON + 2 * SILENT)
