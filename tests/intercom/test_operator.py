"""`flask panels push` and `flask intercom …`: what an operator reads and does."""

from pathlib import Path

import pytest
from click.testing import Result

from smartyard.config import SettingsError, load
from tests.fixtures.world import SECOND
from tests.intercom.homes import INTERCOM, MINE, UNKNOWN, Home, look, put
from tests.intercom.telling import Worker, code_at, flat_at

B, S = 11, 14


@pytest.fixture(name="home")
def home_fixture(home: Home) -> Home:
    home.town.open(panel_timeout=5.0, panel_connect_timeout=5.0)
    home.device("beward", B)
    home.device("sokol", S)
    return home


def command(home: Home, *words: str) -> Result:
    assert home.town.app is not None
    return home.town.app.test_cli_runner().invoke(args=list(words))


def test_push_tells_the_panels_now(home: Home) -> None:
    code = look(home.who())["doorCode"]
    done = command(home, "panels", "push")
    assert done.exit_code == 0 and "Панелей 2, из них не всё передано на 0." in done.output
    assert code_at(home.town.sandbox.panels["sokol"]) == code


def test_push_shows_what_is_not_yet_on_which_panel_and_no_code(home: Home) -> None:
    home.town.sandbox.faults.set("beward", "down")
    code = look(home.who())["doorCode"]
    done = command(home, "panels", "push")
    assert done.exit_code == 1
    assert f"Панель {B} (Подъезд): не отвечает" in done.output and "  кв. 1" in done.output
    assert f"Панель {S}" not in done.output and code not in done.output
    home.town.sandbox.faults.clear()
    again = command(home, "panels", "push", "--panel", str(B))
    assert again.exit_code == 0, "without waiting for its turn"
    assert code_at(home.town.sandbox.panels["beward"]) == code


def test_push_tells_what_the_inventory_changed(home: Home, worker: Worker) -> None:
    code = look(home.who())["doorCode"]
    worker.work()
    home.town.change("UPDATE flats SET number = '15' WHERE id = :flat", flat=MINE)
    assert command(home, "panels", "push").exit_code == 0
    assert code_at(home.town.sandbox.panels["beward"], 15) == code


def test_a_dry_run_only_shows(home: Home) -> None:
    look(home.who())
    shown = command(home, "panels", "push", "--dry-run")
    assert shown.exit_code == 1 and shown.output.count("  кв. 1") == 2
    assert not home.town.sandbox.calls("beward") and not home.town.sandbox.calls("sokol")


def test_push_of_a_panel_that_is_not_there_says_so(home: Home) -> None:
    refused = command(home, "panels", "push", "--panel", "777")
    assert refused.exit_code == 1 and "в реестре нет" in refused.output


def test_a_new_code_is_for_who_lives_there_now(home: Home, worker: Worker) -> None:
    person = home.who()
    old = look(person)["doorCode"]
    told = command(home, "intercom", "new-code", str(MINE))
    new = look(person)["doorCode"]
    assert told.exit_code == 0 and new in told.output and new != old
    worker.work()
    assert code_at(home.town.sandbox.panels["beward"]) == new
    assert home.town.rows("SELECT action, subject FROM audit WHERE actor LIKE 'cli:%'") == [
        ("door code", f"flat:{MINE}")
    ]


def test_a_log_that_is_closed_and_opened_is_the_owners_first(home: Home) -> None:
    owner, mate = home.who(), home.who(SECOND)
    look(owner)
    for _ in range(2):
        assert command(home, "intercom", "close-log", str(MINE)).exit_code == 0
    assert "disablePlog" not in look(owner)
    assert (
        owner.post(INTERCOM, {"flatId": MINE, "settings": {"hiddenPlog": "f"}}).status_code == 403
    )
    for _ in range(2):
        assert command(home, "intercom", "open-log", str(MINE)).exit_code == 0
    assert look(owner)["hiddenPlog"] == "t" and "hiddenPlog" not in look(mate)
    assert put(owner, hiddenPlog="f")["hiddenPlog"] == "f"
    noted = home.town.rows("SELECT action FROM audit WHERE actor LIKE 'cli:%' ORDER BY id")
    assert [action for (action,) in noted] == ["log closed", "log opened"]


@pytest.mark.parametrize(
    ("form", "dialled"), [("{number}", ["1"]), ("1{flat:09}", ["1000010101"]), ("", [])]
)
def test_what_a_panel_dials_is_a_setting(
    home: Home, worker: Worker, form: str, dialled: list[str]
) -> None:
    home.town.open(panel_timeout=5.0, panel_sip_number=form)
    look(home.who())
    worker.work()
    told = flat_at(home.town.sandbox.panels["beward"])
    assert (told["sip_numbers"], told["sip"]) == (dialled, bool(dialled))


@pytest.mark.parametrize("word", ["new-code", "close-log", "open-log"])
def test_a_flat_that_is_not_there_is_said_to_be_none(home: Home, word: str) -> None:
    refused = command(home, "intercom", word, str(UNKNOWN))
    assert refused.exit_code == 1 and "Такой квартиры нет" in refused.output
    assert home.town.one("SELECT count(*) FROM flat_settings") == 0


@pytest.mark.parametrize(
    "line",
    ["DOOR_CODES=99999-10000", "DOOR_CODES=100-999", "DOOR_CODES=10000", "AUTO_OPEN_MAX=0"]
    + ["DOOR_CODES=01000-09999", "PANEL_SIP_NUMBER=100", "PANEL_SIP_NUMBER='{flat} {flat}'"]
    + [
        "PANEL_SIP_NUMBER={phone}",
        "PANEL_SIP_NUMBER={flat.none}",
        "PANEL_SIP_NUMBER={flat.__class__}",
        "PANEL_SIP_NUMBER={",
    ],
)
def test_a_setting_that_makes_no_sense_stops_the_start(tmp_path: Path, line: str) -> None:
    (tmp_path / ".env").write_text(line, encoding="utf-8")
    with pytest.raises(SettingsError, match=line.split("=", 1)[0]):
        load(tmp_path / ".env")


def test_settings_that_make_sense_are_read(tmp_path: Path) -> None:
    text = "DOOR_CODES=1000-9999\nPANEL_SIP_NUMBER=flat-{flat}\n"
    (tmp_path / ".env").write_text(text, encoding="utf-8")
    settings = load(tmp_path / ".env")
    assert settings.door_codes == (1000, 9999)
    assert settings.panel_sip_number == "flat-{flat}"
