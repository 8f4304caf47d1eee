"""Keys that a billing or the operator tells of reach the panels of the flat, and are taken back."""

import json
from typing import Any

import pytest

from smartyard.db import transaction
from smartyard.intercom.pushing.keys.repository import PanelKeyRepository
from smartyard.intercom.pushing.repository import PushRepository
from tests.fixtures.world import NEIGHBOUR
from tests.gateways.servers import reply, serving
from tests.intercom.homes import MINE, NEXT, Home
from tests.intercom.telling import Worker
from tests.provider.conftest import Billing, key_of

B, S = 11, 14  # the numbers of the sandbox's Beward and Sokol panels
MINE_OF, NEXT_OF = "1001", "1003"  # the contracts of the two flats
CODE, FOREIGN = "00000000ABCDEF", "00000000FFFFFF"


@pytest.fixture(name="home")
def home_fixture(home: Home) -> Home:
    """Both panels at the doors of house 101, whose people are known."""
    home.town.open(panel_timeout=5.0, panel_connect_timeout=5.0)
    home.device("beward", B)
    home.device("sokol", S)
    home.who()
    home.who(NEIGHBOUR)
    home.town.change("DELETE FROM panel_pushes")
    home.town.change("DELETE FROM procrastinate_jobs")
    return home


@pytest.fixture(name="caller")
def caller_fixture(home: Home) -> Billing:
    return Billing(home.town, key_of(home.town, "perl", "billing"), "perl")


def keys_at(home: Home, name: str) -> set[str]:
    return set(getattr(home.town.sandbox.panels[name], "keys"))


def asked(home: Home, name: str) -> int:
    """Changes of keys that a panel was asked for."""
    return sum(method == "key" for method, _ in home.town.sandbox.calls(name))


def works(worker: Worker) -> list[int]:
    worker.look()
    return worker.work()


def bring(home: Home, *codes: str) -> None:
    rows = [{"code": code, "flat": MINE} for code in codes]
    assert home.town.app is not None
    done = home.town.app.test_cli_runner().invoke(
        args=["registry", "import", "-"], input=json.dumps({"keys": rows})
    )
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("name", ["beward", "sokol"])
def test_a_key_opens_once_it_is_told_and_no_more_once_it_is_taken(
    home: Home, worker: Worker, caller: Billing, name: str
) -> None:
    device: Any = home.town.sandbox.panels[name]
    device.keys[FOREIGN] = 0
    caller.call("keys_add", uid=MINE_OF, key="ABCDEF", comment="None")
    assert works(worker) == [B, S] and keys_at(home, name) == {CODE, FOREIGN}
    device.key(CODE)
    assert [one["by"] for one in device.openings] == ["key"]
    caller.call("keys_add", uid=MINE_OF, key="ABCDEF", comment="Мама")  # its name alone is new
    assert works(worker) == []
    caller.call("keys_del", uid=MINE_OF, key="abcdef")
    assert works(worker) == [B, S] and keys_at(home, name) == {FOREIGN}
    device.key(CODE)
    assert len(device.openings) == 1
    assert works(worker) == [] and home.town.rows("SELECT 1 FROM panel_keys") == []


def test_a_key_of_two_flats_opens_while_it_is_one_of_theirs(
    home: Home, worker: Worker, caller: Billing
) -> None:
    for uid in (MINE_OF, NEXT_OF):
        caller.call("keys_add", uid=uid, key=CODE, comment="None")
    caller.call("keys_del", uid=MINE_OF, key=CODE)
    works(worker)
    assert keys_at(home, "beward") == keys_at(home, "sokol") == {CODE}
    assert getattr(home.town.sandbox.panels["sokol"], "keys")[CODE] == 12, "the flat's number"
    assert home.town.rows("SELECT flat_id FROM keys") == [(NEXT,)]


def test_a_panel_that_is_silent_or_refuses_is_told_later(
    home: Home, worker: Worker, caller: Billing
) -> None:
    home.town.sandbox.faults.set("beward", "down")
    home.town.sandbox.faults.set("sokol", "refuse", method="key")
    caller.call("keys_add", uid=MINE_OF, key=CODE, comment="None")
    works(worker)
    assert keys_at(home, "beward") == keys_at(home, "sokol") == set()
    assert home.town.app is not None
    shown = home.town.app.test_cli_runner().invoke(args=["panels", "push", "--dry-run"])
    assert shown.exit_code == 1 and shown.output.count("ключей не передано: 1") == 2, shown.output
    assert CODE not in shown.output
    home.town.sandbox.faults.clear()
    home.town.clock.forward(seconds=11)
    home.town.open(panel_timeout=5.0, panel_connect_timeout=5.0)  # its breakers are closed
    assert works(worker) == [B, S]
    assert keys_at(home, "beward") == keys_at(home, "sokol") == {CODE}


def test_a_key_that_a_panel_will_not_take_is_told_again(
    home: Home, worker: Worker, caller: Billing
) -> None:
    with serving(reply(404)) as panel:
        home.town.change("UPDATE panels SET address = :url WHERE id = 14", url=panel.url)
        caller.call("keys_add", uid=MINE_OF, key=CODE, comment="None")
        assert works(worker) == [B, S]
        left = home.town.rows("SELECT panel_id, code, error FROM panel_keys")
        assert left == [(S, CODE, "HTTP 404")]
        seen = len(panel.seen)
        home.town.clock.forward(seconds=11)
        assert works(worker) == [S] and len(panel.seen) > seen


def test_of_many_keys_a_panel_is_told_those_that_it_has_not(home: Home, worker: Worker) -> None:
    codes = [f"{number:014X}" for number in range(1, 11)]
    for name in ("beward", "sokol"):
        known = getattr(home.town.sandbox.panels[name], "keys")
        known.update(dict.fromkeys(codes[:8], 1))
    bring(home, *codes)
    works(worker)
    for name in ("beward", "sokol"):
        assert (keys_at(home, name), asked(home, name)) == (set(codes), 3), name


def test_a_new_panel_is_told_all_keys_when_the_operator_says_so(home: Home, worker: Worker) -> None:
    bring(home, CODE)
    works(worker)
    for table, number in (("doors", "domophone_id"), ("panels", "id")):
        home.town.change(f"DELETE FROM {table} WHERE {number} = :panel", panel=B)
    getattr(home.town.sandbox.panels["beward"], "keys").clear()
    home.device("beward", B)
    assert works(worker) == [] and keys_at(home, "beward") == set()
    assert home.town.app is not None
    command = ["panels", "push", "--panel", str(B), "--keys"]
    assert home.town.app.test_cli_runner().invoke(args=command).exit_code == 0
    assert keys_at(home, "beward") == {CODE}


def test_what_changed_while_it_was_told_is_told_again(home: Home, caller: Billing) -> None:
    caller.call("keys_add", uid=MINE_OF, key=CODE, comment="None")
    assert home.town.app is not None
    keys = PanelKeyRepository(PushRepository(), home.town.clock)
    with home.town.app.app_context(), transaction():
        (before,) = keys.due(B)
    caller.call("keys_del", uid=MINE_OF, key=CODE)
    with home.town.app.app_context(), transaction():
        keys.took(B, before)
        (after,) = keys.due(B)
    assert (before.opens, after.opens) == (True, False)
