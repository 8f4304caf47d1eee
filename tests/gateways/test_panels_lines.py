"""One dead panel slows no other: places, breakers, and how many of them are remembered."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from smartyard.config import load
from smartyard.errors import DependencyUnavailable
from smartyard.gateways.panels import PanelGateway, PanelRefused
from smartyard.gateways.transport import Answer, AnswerLost, Request, Rubbish, Unreachable
from smartyard.sandbox import Sandbox
from smartyard.wiring.outsides import Gateways
from tests.fixtures.world import connected
from tests.gateways.panels import BEWARD, RELAY, SOKOL, gateway, lines, of
from tests.gateways.servers import reply, serving


def test_a_panel_that_hangs_slows_no_other(sandbox: Sandbox) -> None:
    sandbox.faults.set("beward", "hang", method="open")
    panels = gateway(20.0)
    with ThreadPoolExecutor(8) as people:
        waiting = [people.submit(panels.open, of(sandbox, BEWARD), 0) for _ in range(8)]
        _wait_for(sandbox, "beward", 2)
        for _ in range(3):
            panels.open(of(sandbox, SOKOL), 0)
            panels.open(of(sandbox, RELAY), 0)
        while len(done := [call for call in waiting if call.done()]) < 4:
            time.sleep(0.01)
        sandbox.faults.clear(abandon=True)
        failures = [call.exception(30) for call in waiting]
    assert sandbox.panels.pulses("sokol") == sandbox.panels.pulses("relay") == 3
    assert all(isinstance(call.exception(), Unreachable) for call in done)
    assert len([one for one in failures if isinstance(one, AnswerLost)]) == 2
    assert sandbox.panels.pulses("beward") == 2, "the two that waited for a place"


def same(answer: Answer) -> Answer:
    return answer


def _wait_for(sandbox: Sandbox, name: str, calls: int) -> None:
    deadline = time.monotonic() + 15
    while len([m for m, _ in sandbox.calls(name) if m == "open"]) < calls:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_silent_panel_is_left_alone_for_a_while_and_no_other_is(sandbox: Sandbox) -> None:
    sandbox.faults.set("beward", "drop", method="open")
    panels = gateway(failures=2)
    for _ in range(2):
        with pytest.raises(AnswerLost):
            panels.open(of(sandbox, BEWARD), 0)
    with pytest.raises(Unreachable, match="breaker"):
        panels.open(of(sandbox, BEWARD), 0)
    assert sandbox.panels.pulses("beward") == 2
    panels.open(of(sandbox, SOKOL), 0)
    sandbox.faults.clear()
    panels.open(of(sandbox, BEWARD), 1)
    assert panels.snapshot(of(sandbox, BEWARD)).startswith(b"\xff\xd8")
    moved = replace(of(sandbox, BEWARD), address=sandbox.beward_url)
    panels.open(moved, 0)


def test_a_refusal_never_leads_to_silence(sandbox: Sandbox) -> None:
    panels = gateway(failures=1)
    sandbox.faults.set("beward", "refuse", method="open")
    for _ in range(3):
        with pytest.raises(PanelRefused):
            panels.open(of(sandbox, BEWARD), 0)
    sandbox.faults.clear()
    panels.open(of(sandbox, BEWARD), 0)


def test_a_camera_that_is_broken_leaves_the_door_alone(sandbox: Sandbox) -> None:
    panels = gateway(failures=1)
    sandbox.faults.set("beward", "error", method="picture")
    with pytest.raises(Rubbish):
        panels.snapshot(of(sandbox, BEWARD))
    with pytest.raises(Unreachable):
        panels.snapshot(of(sandbox, BEWARD))
    panels.open(of(sandbox, BEWARD), 0)


def test_holds_the_cap_over_all_panels(sandbox: Sandbox) -> None:
    sandbox.faults.set("beward", "hang", method="open")
    all_of_them = lines(calls=1)
    panels = PanelGateway(all_of_them)
    with ThreadPoolExecutor(1) as people:
        held = people.submit(panels.open, of(sandbox, BEWARD), 0)
        _wait_for(sandbox, "beward", 1)
        request = Request("PUT", sandbox.sokol_url + "/relay/1/open")
        with pytest.raises(Unreachable, match="too many panels"):
            all_of_them.ask(of(sandbox, SOKOL), "door 0", request, same, within=0.05)
        sandbox.faults.clear(abandon=True)
        assert isinstance(held.exception(30), AnswerLost)
    panels.open(of(sandbox, SOKOL), 0)
    assert sandbox.panels.pulses("sokol") == 1


def test_the_longest_unused_is_forgotten(dead_port: int) -> None:
    panels = gateway(failures=1, kept=2)
    dead = [replace(RELAY, id=n, address=f"http://127.0.0.1:{dead_port}/") for n in range(3)]

    def cause(number: int) -> str:
        with pytest.raises(DependencyUnavailable) as caught:
            panels.open(dead[number], 0)
        return str(caught.value)

    assert [cause(0), cause(1)] == ["COULDNT_CONNECT"] * 2
    assert cause(0) == "the breaker is open"
    assert cause(2) == "COULDNT_CONNECT", "and 1 is forgotten"
    assert [cause(0), cause(1)] == ["the breaker is open", "COULDNT_CONNECT"]


def test_keeps_no_connection_at_a_panel(sandbox: Sandbox) -> None:
    panels = gateway()
    with serving(reply(200, b"\xff\xd8\xff")) as server:
        for _ in range(3):
            panels.snapshot(of(sandbox, BEWARD, address=server.url))
    assert len({seen.port for seen in server.seen}) == 3


def test_the_server_s_own_gateway_opens_by_the_settings(sandbox: Sandbox) -> None:
    panels = Gateways(connected(load(None), sandbox)).panels
    for panel in (BEWARD, SOKOL, RELAY):
        panels.open(of(sandbox, panel), 0)
    assert [there.pulses() for there in sandbox.panels] == [1, 1, 1]
