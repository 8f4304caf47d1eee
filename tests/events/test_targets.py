"""`flask panels syslog`: panels of the inventory are told where their lines go."""

import pytest
from click.testing import Result

from tests.fixtures.yard import BEWARD, SOKOL, Yard


def told(yard: Yard, *words: object) -> Result:
    assert yard.town.app is not None
    runner = yard.town.app.test_cli_runner()
    return runner.invoke(args=["panels", "syslog", *(str(word) for word in words)])


def test_every_panel_that_can_is_told_and_the_command_says_what_became_of_each(yard: Yard) -> None:
    sandbox = yard.town.sandbox
    yard.panel(SOKOL, "sokol", sandbox.sokol_url)
    done = told(yard, "--to", "10.0.0.5:514")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        "Панель 11: передано",
        "Панель 12: так не умеет",
        "Панель 13: передано",
    ]
    assert sandbox.panels.beward.events_to == sandbox.panels.sokol.events_to == ("10.0.0.5", 514)
    assert sandbox.panels.beward.saved == 1  # past a loss of power


def test_one_panel_and_the_port_of_the_settings(yard: Yard) -> None:
    sandbox = yard.town.sandbox
    yard.panel(SOKOL, "sokol", sandbox.sokol_url)
    assert told(yard, "--to", "10.0.0.5", "--panel", SOKOL).exit_code == 0
    assert sandbox.panels.sokol.events_to == ("10.0.0.5", 45450)
    assert sandbox.panels.beward.events_to is None
    assert told(yard, "--to", "10.0.0.5", "--panel", 77).exit_code == 1


def test_a_panel_that_fails_holds_up_no_other_and_is_told_of(yard: Yard) -> None:
    sandbox = yard.town.sandbox
    yard.panel(10, "beward", sandbox.beward_url, password="wrong")
    yard.panel(SOKOL, "sokol", sandbox.sokol_url)
    yard.break_panel(BEWARD, "error", method="events")
    yard.town.change("UPDATE panels SET secret = 'x' WHERE id = 12")
    done = told(yard, "--to", "10.0.0.5")
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "Панель 10: не принимает логин и пароль",
        "Панель 11: не отвечает или отвечает не то",
        "Панель 12: логин и пароль зашифрованы другим SECRET_KEY",
        "Панель 13: передано",
    ]
    assert sandbox.panels.sokol.events_to == ("10.0.0.5", 45450)


@pytest.mark.parametrize("address", ["", "panel.example", "10.0.0.5:x", "10.0.0.5:70000"])
def test_what_is_no_address_is_told_to_nobody(yard: Yard, address: str) -> None:
    done = told(yard, "--to", address)
    assert done.exit_code == 1 and "Это не адрес" in done.output
    assert yard.town.sandbox.panels.beward.events_to is None
