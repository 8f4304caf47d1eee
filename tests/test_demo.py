"""`flask demo play`: what an operator of the demonstration does, given again at each `make run`."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from smartyard.sandbox.world import demo_deeds, demo_registry
from tests.fixtures.town import Town
from tests.fixtures.world import BLOCKED, EXPIRED, GUEST, OUTER


def flask(town: Town, *words: str) -> Result:
    return (town.app or town.open()).test_cli_runner().invoke(args=list(words))


@pytest.fixture(name="demo")
def demo_fixture(town: Town) -> Town:
    assert flask(town, "demo", "mark").exit_code == 0
    return town


def play(town: Town, folder: Path, text: str) -> Result:
    file = folder / "commands.txt"
    file.write_text(text, encoding="utf-8")
    return flask(town, "demo", "play", str(file))


def deeds(town: Town, folder: Path) -> str:
    sandbox, registry = town.sandbox, folder / "demo registry.json"  # with a blank in it
    urls = {f"{name}_url": getattr(sandbox, f"{name}_url") for name in ("beward", "sokol", "relay")}
    inventory = demo_registry(sandbox.media_url, **urls)
    registry.write_text(json.dumps(inventory), encoding="utf-8")
    return demo_deeds(registry, "127.0.0.1:45495", folder / "pbx key")


def rights(town: Town) -> list[Any]:
    return town.rows(
        "SELECT phone, flat_id, kind, services, expires_at < now() FROM flat_members"
        " WHERE source = 'grant' ORDER BY phone"
    )


def test_the_demo_world_is_brought_once_however_often_it_is_played(
    demo: Town, tmp_path: Path
) -> None:
    for _ in range(2):
        done = play(demo, tmp_path, deeds(demo, tmp_path))
        assert done.exit_code == 0 and "Refused" not in done.output, done.output
    services = ["cctv", "domophone", "internet"]
    assert rights(demo) == [
        (GUEST, 10101, "inner", services, None),
        (OUTER, 10101, "outer", services, None),
        (EXPIRED, 10101, "inner", services, True),
    ]
    ((flat, service),) = demo.rows("SELECT flat_id, service FROM flat_blocks")
    blocked = demo.sandbox.world.contracts(BLOCKED)
    assert service == "all" and [one["flatId"] for one in blocked] == [flat]
    noted = dict(demo.rows("SELECT action, count(*) FROM audit GROUP BY action"))
    assert (noted["access given"], noted["blocked"], noted.get("changed")) == (3, 1, None)
    assert demo.sandbox.panels.beward.events_to == ("127.0.0.1", 45495)
    assert demo.sandbox.panels.sokol.events_to == ("127.0.0.1", 45495)


def test_the_key_of_the_pbx_is_in_a_file_for_its_owner_and_nowhere_else(
    demo: Town, tmp_path: Path
) -> None:
    done = play(demo, tmp_path, deeds(demo, tmp_path))
    key = tmp_path / "pbx key"
    assert key.stat().st_mode & 0o777 == 0o600
    secret = key.read_text(encoding="ascii").strip()
    assert secret.startswith("sy_") and secret not in done.output
    assert demo.rows("SELECT scopes FROM provider_tokens") == [(["pbx"],)]


def test_what_may_be_refused_is_told_and_the_rest_goes_on(demo: Town, tmp_path: Path) -> None:
    out = tmp_path / "out"
    text = f"# a comment\n\n- access give 424242 {GUEST}\n- tokens add Wrong > {out}\ndemo mark\n"
    done = play(demo, tmp_path, text)
    assert done.exit_code == 0 and done.output.count("Refused") == 2
    assert "424242 неизвестна" in done.output
    assert done.output.endswith("The database is marked as a demonstration.\n")
    assert not out.exists()


@pytest.mark.parametrize(
    "command", ["access give 424242 79000000010", "registry import /nowhere.json", "no such"]
)
def test_what_may_not_be_refused_ends_it(demo: Town, tmp_path: Path, command: str) -> None:
    done = play(demo, tmp_path, f"{command}\ndemo mark\n")
    assert done.exit_code != 0 and "marked" not in done.output


def test_a_live_installation_plays_nothing(town: Town, tmp_path: Path) -> None:
    done = play(town, tmp_path, "demo mark\n")
    assert done.exit_code == 1 and "no demonstration" in done.output
    assert town.one("SELECT count(*) FROM installation") == 0
