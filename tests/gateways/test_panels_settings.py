"""Flats, keys, pictures and events on panels: told twice they are the same, and kept apart."""

import logging
import socket
from typing import Any

import pytest

from smartyard.gateways.panels import FlatOnPanel, NotSupported, Panel, PanelRefused
from smartyard.gateways.transport import AnswerLost, Rubbish
from smartyard.sandbox import Sandbox
from tests.gateways.panels import BEWARD, RELAY, SOKOL, gateway, name_of, of
from tests.gateways.servers import drip, reply, serving

INTERCOMS = [BEWARD, SOKOL]
each = pytest.mark.parametrize("panel", INTERCOMS, ids=name_of)
FLAT = FlatOnPanel(12, "54321", handset=True, sip=True, sip_numbers=("1000000012",))
KEY = "00000075BC01AD"


def intercom(sandbox: Sandbox, panel: Panel) -> Any:
    return sandbox.panels[name_of(panel)]


@each
def test_a_flat_has_what_it_was_told_last(sandbox: Sandbox, panel: Panel) -> None:
    there, known = intercom(sandbox, panel), of(sandbox, panel)
    for flat in (
        FLAT,
        FLAT,
        FlatOnPanel(12, "11111", handset=False, sip=True, sip_numbers=("1", "2")),
        FlatOnPanel(12, None, handset=True, sip=False),
        FlatOnPanel(12, None, handset=True, sip=False),
        FLAT,
    ):
        gateway().set_flat(known, flat)
        kept = there.flats[12]
        assert (kept["code"], kept["handset"], kept["sip"]) == (flat.code, flat.handset, flat.sip)
    assert list(there.flats) == [12] and there.pulses() == 0


def test_a_beward_calls_five_numbers_at_most_and_none_without_sip(sandbox: Sandbox) -> None:
    many = tuple(str(number) for number in range(7))
    gateway().set_flat(of(sandbox, BEWARD), FlatOnPanel(1, None, True, True, many))
    assert sandbox.panels.beward.flats[1]["sip_numbers"] == ["0", "1", "2", "3", "4"]
    gateway().set_flat(of(sandbox, BEWARD), FlatOnPanel(1, None, True, True))
    assert not sandbox.panels.beward.flats[1]["sip"], "there is nobody to call"


@each
def test_flats_are_kept_apart(sandbox: Sandbox, panel: Panel) -> None:
    for number, code in ((1, "11111"), (2, "22222")):
        gateway().set_flat(of(sandbox, panel), FlatOnPanel(number, code, True, False))
    gateway().set_flat(of(sandbox, panel), FlatOnPanel(1, None, True, False))
    codes = {number: flat["code"] for number, flat in intercom(sandbox, panel).flats.items()}
    assert codes == {1: None, 2: "22222"}


@pytest.mark.parametrize("mifare", [False, True])
def test_a_beward_writes_to_flash_what_it_was_told(sandbox: Sandbox, mifare: bool) -> None:
    sandbox.panels.beward.mifare = mifare
    gateway().set_flat(of(sandbox, BEWARD), FLAT)
    gateway().add_key(of(sandbox, BEWARD), KEY, 12)
    assert sandbox.panels.beward.saved == 2


@pytest.mark.parametrize("mifare", [False, True])
def test_a_newer_beward_has_its_keys_at_both_readers(sandbox: Sandbox, mifare: bool) -> None:
    there = sandbox.panels.beward
    there.mifare = mifare
    gateway().add_key(of(sandbox, BEWARD), KEY, 12)
    assert (set(there.keys), there.outer_keys) == ({KEY}, {KEY} if mifare else set())
    assert gateway().keys(of(sandbox, BEWARD)) == {KEY}
    gateway().remove_key(of(sandbox, BEWARD), KEY)
    assert (set(there.keys), there.outer_keys) == (set(), set())


@each
def test_a_key_given_twice_or_taken_twice_is_the_same(sandbox: Sandbox, panel: Panel) -> None:
    known = of(sandbox, panel)
    for _ in range(2):
        gateway().add_key(known, "75bc01ad", 12)
        assert gateway().keys(known) == set(intercom(sandbox, panel).keys) == {KEY}
    gateway().add_key(known, "AABBCC", 13)
    for _ in range(2):
        gateway().remove_key(known, KEY)
        assert gateway().keys(known) == {"00000000AABBCC"}
    if panel is SOKOL:
        assert sandbox.panels.sokol.keys == {"00000000AABBCC": 13}


@each
@pytest.mark.parametrize("wrong", ["", "12345", "x" * 8, "0" * 15, "../../relay/1/open", "АВС123"])
def test_what_is_no_key_is_not_sent(sandbox: Sandbox, panel: Panel, wrong: str) -> None:
    with pytest.raises(ValueError):
        gateway().add_key(of(sandbox, panel), wrong, 1)
    with pytest.raises(ValueError):
        gateway().remove_key(of(sandbox, panel), wrong)
    assert sandbox.calls(name_of(panel)) == []


@each
@pytest.mark.parametrize("method", ["flat", "key"])
def test_a_refusal_of_settings_is_told(sandbox: Sandbox, panel: Panel, method: str) -> None:
    known = of(sandbox, panel, password="sekret")
    for act in (
        lambda: gateway().set_flat(known, FLAT),
        lambda: gateway().add_key(known, KEY, 12),
        lambda: gateway().remove_key(known, KEY),
        lambda: gateway().snapshot(known),
        lambda: gateway().send_events_to(known, "127.0.0.1", 514),
    ):
        with pytest.raises(PanelRefused) as caught:
            act()
        assert caught.value.status == 401
    assert not intercom(sandbox, panel).flats and not intercom(sandbox, panel).keys
    sandbox.faults.set(name_of(panel), "drop", method=method)
    with pytest.raises(AnswerLost):
        if method == "flat":
            gateway().set_flat(of(sandbox, panel), FLAT)
        else:
            gateway().add_key(of(sandbox, panel), KEY, 12)


@each
def test_shows_a_picture(sandbox: Sandbox, panel: Panel) -> None:
    picture = gateway().snapshot(of(sandbox, panel))
    assert picture.startswith(b"\xff\xd8\xff") and picture.endswith(b"\xff\xd9")


@each
@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"GIF89a", b"\xff\xd8", b"\xff\xd8\xff" + b"x" * 2 * 1024 * 1024]
)
def test_a_picture_that_is_none_or_is_endless(sandbox: Sandbox, panel: Panel, body: bytes) -> None:
    with serving(reply(200, body)) as server, pytest.raises(Rubbish):
        gateway().snapshot(of(sandbox, panel, address=server.url))


def test_a_picture_may_have_two_megabytes_and_a_yes_64_kilobytes(sandbox: Sandbox) -> None:
    body = b"\xff\xd8\xff" + b"x" * (2 * 1024 * 1024 - 3)
    with serving(reply(200, body)) as server:
        panel = of(sandbox, BEWARD, address=server.url)
        assert gateway().snapshot(panel) == body
        server.behaviour = reply(200, b"x" * 64 * 1024)
        gateway().open(panel, 0)
        server.behaviour = drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 30_000, 0.01)
        with pytest.raises(Rubbish):
            gateway().open(panel, 0)


@each
def test_tells_its_events_where_it_was_told_to(sandbox: Sandbox, panel: Panel) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(10)
        gateway().send_events_to(of(sandbox, panel), "127.0.0.1", udp.getsockname()[1])
        gateway().add_key(of(sandbox, panel), KEY, 12)
        intercom(sandbox, panel).key(KEY)
        assert f"Opening door by RFID {KEY}".encode() in udp.recv(2000)


def test_a_url_can_open_and_no_more(sandbox: Sandbox) -> None:
    panel, panels = of(sandbox, RELAY), gateway()
    for act in (
        lambda: panels.set_flat(panel, FLAT),
        lambda: panels.keys(panel),
        lambda: panels.add_key(panel, KEY, 1),
        lambda: panels.remove_key(panel, KEY),
        lambda: panels.snapshot(panel),
        lambda: panels.send_events_to(panel, "127.0.0.1", 514),
    ):
        with pytest.raises(NotSupported):
            act()
    assert sandbox.calls("relay") == []


@each
def test_logs_hold_no_code_and_no_key(
    sandbox: Sandbox, panel: Panel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    gateway().set_flat(of(sandbox, panel), FLAT)
    gateway().add_key(of(sandbox, panel), KEY, 12)
    gateway().remove_key(of(sandbox, panel), KEY)
    assert f"panel {panel.id}, keys: " in caplog.text
    assert "54321" not in caplog.text + repr(FLAT) and KEY not in caplog.text
