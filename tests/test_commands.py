"""What an operator's command says when it cannot work: a sentence, never a trace."""

import logging
import re

import click
import pytest
from flask import Flask

from smartyard.config import Settings
from smartyard.wiring import create_app


@pytest.mark.parametrize(
    "words", [["payments", "list"], ["registry", "list"], ["db", "upgrade"]], ids=" ".join
)
def test_a_database_that_is_away_is_one_sentence(settings: Settings, words: list[str]) -> None:
    app = create_app(settings.model_copy(update={"pg_host": "/nowhere/at/all"}))
    done = app.test_cli_runner().invoke(args=words)
    assert done.exit_code == 1
    (line,) = done.output.strip().splitlines()
    assert "База данных не отвечает (" in line and "/nowhere/at/all" in line


@pytest.mark.parametrize("words", [["payments", "list"], ["registry", "list"]], ids=" ".join)
def test_a_database_without_our_tables_wants_an_upgrade(
    settings: Settings, words: list[str]
) -> None:
    app = create_app(settings.model_copy(update={"pg_dbname": "postgres"}))
    done = app.test_cli_runner().invoke(args=words)
    assert done.exit_code == 1 and "Выполните db upgrade." in done.output
    assert len(done.output.strip().splitlines()) == 1


@pytest.mark.parametrize("what", ["extensions", "youtube", "offices", "webhooks", "tokens"])
def test_an_empty_list_says_that_it_is_empty(app: Flask, what: str) -> None:
    assert " нет." in app.test_cli_runner().invoke(args=[what, "list"]).output


def test_a_worker_without_our_tables_ends_with_a_line_of_the_log(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(settings.model_copy(update={"pg_dbname": "postgres"}))
    done = app.test_cli_runner().invoke(args=["worker"])
    assert done.exit_code == 1 and isinstance(done.exception, SystemExit)
    told = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert ["db upgrade" in one.getMessage() for one in told] == [True]


def test_every_command_has_a_word_in_russian_that_fits_the_list(app: Flask) -> None:
    inner = [one for one in app.cli.commands.values() if isinstance(one, click.Group)]
    for group in (app.cli, *inner):
        for name, command in group.commands.items():
            if group.name != "db" or name == "upgrade":  # the rest of it is a developer's
                told = command.get_short_help_str(65)
                assert re.search("[а-я]", told) and not told.endswith("..."), (name, told)
