"""Who comes in where: an owner, a roommate, a neighbour, guests of each kind, somebody blocked and
a stranger at the doors of two houses, with nothing of ours replaced. The server is a process, the
world is what `make run` brings, by the same commands; panels of the sandbox count their pulses.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from smartyard.launcher.postgres import Cluster
from smartyard.sandbox import Sandbox
from smartyard.sandbox.world import demo_deeds, demo_registry
from tests.fixtures.database import DATABASE, environment_of
from tests.fixtures.processes import Server, flask, outside_of, serving, wait_for
from tests.fixtures.world import (
    BLOCKED,
    EXPIRED,
    GUEST,
    NEIGHBOUR,
    NOBODY,
    NORMAL,
    OUTER,
    SECOND,
)
from tests.journeys.people import Person

FLAT, CLOSED = 10101, 10206
Door = tuple[int, int]  # as the apps name it: panel and output
ENTRANCE, WICKET, GATE, OTHER_HOUSE = (11, 0), (11, 1), (12, 0), (21, 0)
DOORS = (ENTRANCE, WICKET, GATE, OTHER_HOUSE)
PANELS = {11: "beward", 12: "relay", 21: "sokol"}
COMES_IN: dict[str, set[Door]] = {
    NORMAL: {ENTRANCE, WICKET, GATE, OTHER_HOUSE},
    SECOND: {ENTRANCE, WICKET, GATE},
    NEIGHBOUR: {ENTRANCE, WICKET, GATE},
    GUEST: {ENTRANCE, WICKET, GATE},
    OUTER: {WICKET, GATE},
    EXPIRED: set(),
    BLOCKED: set(),
    NOBODY: set(),
}
LONG_AGO, YEAR_ONE = "2001-01-01 00:00:00", "0001-01-01 02:30:17"  # of Android, of iOS


class World:
    """The people and the pulses."""

    def __init__(self, server: Server, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.people = {phone: Person(server, sandbox, phone) for phone in COMES_IN}

    def pulses(self) -> dict[Door, int]:
        return {door: self.sandbox.panels.pulses(PANELS[door[0]], door[1]) for door in DOORS}

    def shown(self, phone: str) -> set[Door]:
        """The doors that the app shows as open to a person."""
        return {
            (int(door["domophoneId"]), int(door["doorId"]))
            for house in self.people[phone].list("address/getAddressList")
            for door in house["doors"]
            if not door.get("blocked")
        } & set(DOORS)

    def lets(self, by: str, guest: str, **more: str) -> int:
        """Give a right in the first flat, or take it."""
        answer = self.people[by].call("address/access", flatId=FLAT, guestPhone=guest, **more)
        return answer.status_code

    def mates(self) -> set[str]:
        """Who the owner sees in the first flat."""
        homes = self.people[NORMAL].list("address/getSettingsList")
        (flat,) = (home for home in homes if home["flatId"] == str(FLAT))
        return {mate["phone"] for mate in flat["roommates"]}


@pytest.fixture(name="world")
def world_fixture(
    clean_database: sa.Engine, database_cluster: Cluster, sandbox: Sandbox, tmp_path: Path
) -> Iterator[World]:
    assert clean_database is not None
    environment = environment_of(database_cluster, DATABASE, tmp_path / "work")
    environment |= outside_of(sandbox, server_url="http://127.0.0.1:1", panel_timeout=15)
    urls = {name: getattr(sandbox, f"{name}_url") for name in ("media", *PANELS.values())}
    registry, deeds = tmp_path / "registry.json", tmp_path / "operator.txt"
    inventory = demo_registry(**{f"{name}_url": url for name, url in urls.items()})
    registry.write_text(json.dumps(inventory), encoding="utf-8")
    told = demo_deeds(registry, "127.0.0.1:1", tmp_path / "pbx-key")
    deeds.write_text(told, encoding="utf-8")
    flask(environment, "demo", "mark")
    flask(environment, "demo", "play", str(deeds))
    with serving(environment, tmp_path / "server.log") as server:
        yield World(server, sandbox)


def presses_everywhere(world: World) -> None:
    """Everybody at every door: who comes in has one pulse, and nobody else any."""
    for phone, opens in COMES_IN.items():
        person = world.people[phone]
        assert world.shown(phone) == opens, phone
        for door in DOORS:
            assert person.press(*door).status_code == (204 if door in opens else 403), (phone, door)
    assert world.pulses() == {
        door: sum(door in opens for opens in COMES_IN.values()) for door in DOORS
    }


def is_told_why(world: World) -> None:
    """The cause stands at the doors, and is the answer of whoever tries."""
    blocked = world.people[BLOCKED]
    (house,) = blocked.list("address/getAddressList")
    (door,) = house["doors"]
    assert "по просьбе владельца" in door["blocked"]
    assert blocked.press(*OTHER_HOUSE).json()["message"] == door["blocked"]


def only_an_owner_lets_in(world: World) -> None:
    assert world.mates() == {SECOND, GUEST, OUTER}
    for phone in (SECOND, NEIGHBOUR, GUEST, OUTER, EXPIRED, BLOCKED, NOBODY):
        for expire in ("3001-01-01 00:00:00", LONG_AGO):
            assert world.lets(phone, "79000000099", expire=expire) == 403, phone
            assert world.lets(phone, NORMAL, expire=expire) == 403, phone
    assert world.mates() == {SECOND, GUEST, OUTER}


def comes_in_for_seconds(world: World, phone: str) -> None:
    """Let in until a moment that comes soon, without anybody doing anything then."""
    before = world.pulses()
    until = datetime.now(ZoneInfo("Europe/Moscow")) + timedelta(seconds=6)
    assert world.lets(NORMAL, phone, expire=f"{until:%Y-%m-%d %H:%M:%S}") == 204
    assert world.people[phone].press(*ENTRANCE).status_code == 204
    wait_for(lambda: not world.shown(phone), "the end of the hour")
    assert world.people[phone].press(*WICKET).status_code == 403
    assert world.pulses() == before | {ENTRANCE: before[ENTRANCE] + 1}


def comes_in_no_more(world: World) -> None:
    """The owner puts one guest out, another leaves; both at once, wherever they were."""
    before = world.pulses()
    assert world.lets(NORMAL, GUEST, expire=YEAR_ONE) == 204
    assert world.lets(OUTER, OUTER, expire=LONG_AGO) == 204
    for phone in (GUEST, OUTER):
        assert world.shown(phone) == set()
        assert world.people[phone].list("cctv/all") == []
        assert [world.people[phone].press(*door).status_code for door in DOORS] == [403] * 4
    assert world.mates() == {SECOND} and world.pulses() == before


@pytest.mark.timeout(240)
def test_each_comes_in_where_a_right_of_theirs_leads(world: World) -> None:
    presses_everywhere(world)
    is_told_why(world)
    only_an_owner_lets_in(world)
    comes_in_for_seconds(world, EXPIRED)
    comes_in_no_more(world)
