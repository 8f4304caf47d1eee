"""One pulse or none, and never a second: each kind of panel, well, broken and lying."""

import logging
import threading
from socket import socket

import pytest

from smartyard.errors import DependencyUnavailable
from smartyard.gateways.panels import NotSupported, Panel, PanelRefused
from smartyard.gateways.transport import AnswerLost, Rubbish, Unreachable
from smartyard.sandbox import Sandbox
from tests.gateways.panels import BEWARD, RELAY, SOKOL, gateway, name_of, of
from tests.gateways.servers import Seen, drip, raw, reply, serving

PANELS = [BEWARD, SOKOL, RELAY]
each = pytest.mark.parametrize("panel", PANELS, ids=name_of)


@each
@pytest.mark.parametrize("output", [0, 1])
def test_opens_the_output_that_was_asked_for_once(
    sandbox: Sandbox, panel: Panel, output: int
) -> None:
    gateway().open(of(sandbox, panel), output)
    counted = [sandbox.panels.pulses(name_of(panel), one) for one in (0, 1, 2)]
    assert counted == [int(one == output) for one in (0, 1, 2)]


@each
@pytest.mark.parametrize("kind", ["basic", "digest", "both", "none"])
def test_makes_one_pulse_whatever_way_the_password_is_asked_for(
    sandbox: Sandbox, panel: Panel, kind: str
) -> None:
    there = sandbox.panels[name_of(panel)]
    there.account.kind = kind  # type: ignore[assignment]
    gateway().open(of(sandbox, panel, login="admin", password="demo"), 0)
    asked = [method for method, _ in sandbox.calls(name_of(panel))]
    assert asked == (["open"] if kind == "none" else ["challenge", "open"])
    assert there.pulses() == 1


@each
@pytest.mark.parametrize("kind", ["basic", "digest"])
def test_a_wrong_password_opens_nothing(sandbox: Sandbox, panel: Panel, kind: str) -> None:
    sandbox.panels[name_of(panel)].account.kind = kind  # type: ignore[assignment]
    for wrong in ({"login": "admin", "password": "sekret"}, {"login": "", "password": ""}):
        with pytest.raises(PanelRefused) as caught:
            gateway().open(of(sandbox, panel, **wrong), 0)
        assert caught.value.status == 401
    assert sandbox.panels.pulses(name_of(panel)) == 0


@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_calls_a_url_by_its_method(sandbox: Sandbox, method: str) -> None:
    with serving(reply(204)) as server:
        address = f"{server.url}/open/{{door}}?k=1"
        gateway().open(of(sandbox, RELAY, address=address, method=method), 3)
    assert len(server.seen) == 1
    seen = server.seen[0]
    assert (seen.method, seen.target) == (method, "/open/3?k=1")
    assert seen.headers.get("Content-Length") == (None if method == "GET" else "0")


@pytest.mark.parametrize("panel", [BEWARD, SOKOL], ids=name_of)
def test_an_output_that_is_none_is_refused_unasked(sandbox: Sandbox, panel: Panel) -> None:
    for output in (-1, 3, 99):
        with pytest.raises(NotSupported):
            gateway().open(of(sandbox, panel), output)
    with pytest.raises(NotSupported):
        gateway().open(Panel(1, "none"), 0)
    assert sandbox.calls(name_of(panel)) == []


@each
@pytest.mark.parametrize(
    ("mode", "kind", "raised", "pulses"),
    [
        ("refuse", "html", PanelRefused, 0),
        ("error", "html", Rubbish, 0),
        ("hang", "html", AnswerLost, 0),
        ("stall", "html", AnswerLost, 1),
        ("drop", "html", AnswerLost, 1),
        ("rubbish", "huge", Rubbish, 0),
        ("rubbish", "cut", AnswerLost, 0),
        ("rubbish", "drip", Rubbish, 0),
    ],
)
def test_tells_what_is_known_of_a_door_that_did_not_answer_well(
    sandbox: Sandbox, panel: Panel, mode: str, kind: str, raised: type[Exception], pulses: int
) -> None:
    sandbox.faults.set(name_of(panel), mode, kind=kind)
    total = 0.8 if mode in ("hang", "stall") else 20.0
    with pytest.raises(DependencyUnavailable) as caught:
        gateway(total).open(of(sandbox, panel), 0)
    assert caught.type is raised
    sandbox.faults.clear(abandon=True)
    assert sandbox.panels.pulses(name_of(panel)) == pulses, "and nothing came later"


@pytest.mark.parametrize("panel", [BEWARD, SOKOL], ids=name_of)
@pytest.mark.parametrize("kind", ["html", "nan"])
def test_what_is_no_answer_of_a_panel_is_no_yes(sandbox: Sandbox, panel: Panel, kind: str) -> None:
    sandbox.faults.set(name_of(panel), "rubbish", kind=kind)
    with pytest.raises(Rubbish):
        gateway().open(of(sandbox, panel), 0)


@each
def test_a_panel_that_hangs_up_did_not_open(sandbox: Sandbox, panel: Panel) -> None:
    """Whether the request was out by then is a race."""
    sandbox.faults.set(name_of(panel), "down")
    with pytest.raises((AnswerLost, Unreachable)):
        gateway().open(of(sandbox, panel), 0)
    assert sandbox.panels.pulses(name_of(panel)) == 0


@each
def test_a_panel_that_lies_is_believed(sandbox: Sandbox, panel: Panel) -> None:
    """Nobody but a sensor at the door could know better."""
    sandbox.faults.set(name_of(panel), "lie", method="open")
    gateway().open(of(sandbox, panel), 0)
    assert sandbox.panels.pulses(name_of(panel)) == 0


@each
def test_a_dead_address_was_surely_not_asked(
    sandbox: Sandbox, panel: Panel, dead_port: int
) -> None:
    with pytest.raises(Unreachable):
        gateway().open(of(sandbox, panel, address=f"http://127.0.0.1:{dead_port}/"), 0)


@each
@pytest.mark.parametrize("status", [301, 302, 307])
def test_follows_no_redirect(sandbox: Sandbox, panel: Panel, status: int) -> None:
    with serving(reply(status, b"", f"Location: {sandbox.relay_url}/open/0")) as server:
        with pytest.raises(Rubbish):
            gateway().open(of(sandbox, panel, address=server.url), 0)
    assert len(server.seen) == 1 and sandbox.panels.pulses("relay") == 0


@pytest.mark.parametrize(
    ("panel", "body"), [(BEWARD, b"Error: busy"), (SOKOL, b'{"errors": ["busy"]}')]
)
def test_a_no_that_comes_with_200_is_a_no(sandbox: Sandbox, panel: Panel, body: bytes) -> None:
    with serving(reply(200, body)) as server, pytest.raises(PanelRefused):
        gateway().open(of(sandbox, panel, address=server.url), 0)


def test_the_light_relay_goes_on_and_off(sandbox: Sandbox) -> None:
    gateway().open(of(sandbox, BEWARD), 2)
    asked = [details["query"] for method, details in sandbox.calls("beward") if method == "open"]
    assert asked == ["action=light&Enable=on", "action=light&Enable=off"]
    assert sandbox.panels.pulses("beward", 2) == 1 and not sandbox.panels.beward.held_open


def test_the_light_relay_is_put_off_though_its_on_was_lost(sandbox: Sandbox) -> None:
    sandbox.faults.set("beward", "drop", method="open", times=1)
    with pytest.raises(AnswerLost):
        gateway().open(of(sandbox, BEWARD), 2)
    assert sandbox.panels.pulses("beward", 2) == 1 and not sandbox.panels.beward.held_open


def test_a_light_relay_that_may_be_on_still_is_told(sandbox: Sandbox) -> None:
    def behave(seen: Seen, connection: socket, closing: threading.Event) -> bool:
        then = reply(200, b"OK") if "Enable=on" in seen.target else raw(b"")
        return then(seen, connection, closing)

    with serving(behave) as server, pytest.raises(AnswerLost, match="may be on still"):
        gateway().open(of(sandbox, BEWARD, address=server.url), 2)
    assert [dict(seen.query)["Enable"] for seen in server.seen] == ["on", "off", "off"]


@each
def test_a_drip_ends_at_the_deadline(sandbox: Sandbox, panel: Panel) -> None:
    with serving(drip(b"HTTP/1.1 200 OK\r\n\r\n", b".")) as server:
        with pytest.raises(AnswerLost, match="OPERATION_TIMEDOUT"):
            gateway(0.8).open(of(sandbox, panel, address=server.url), 0)
    assert len(server.seen) == 1


@each
def test_logs_tell_the_panel_s_id_and_none_of_its_secrets(
    sandbox: Sandbox, panel: Panel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    known = of(sandbox, panel, login="sekret", password="sekret")
    with serving(reply(500, b"sekret")) as server:
        broken = of(sandbox, panel, address=known.address.replace(sandbox.relay_url, server.url))
        for one in (known, broken):
            try:
                gateway().open(one, 0)
            except DependencyUnavailable as error:
                assert "sekret" not in f"{error}{error!r}{error.message}"
    assert f"panel {panel.id}, door 0: " in caplog.text
    assert "sekret" not in caplog.text + repr(known)
