"""Commands of the operator: `flask --app app COMMAND` (see docs/operators-guide.md)."""

import io
import os
import shlex
from contextlib import nullcontext, redirect_stdout
from copy import copy
from typing import TextIO

import click
from flask import Flask

from smartyard.commands import OperatorGroup
from smartyard.installation import is_demo, mark_demo
from smartyard.jobs import Jobs


def install(app: Flask, jobs: Jobs, *groups: OperatorGroup) -> None:
    """Add the commands of the house and those of the features."""
    demo = OperatorGroup("demo", help="Демонстрация, которую показывает make run.")

    @demo.command("mark")
    def _mark() -> None:
        """Пометить эту (новую) базу как демонстрацию."""
        mark_demo()
        click.echo("The database is marked as a demonstration.")

    @demo.command("play")
    @click.argument("file", metavar="ФАЙЛ", type=click.File(encoding="utf-8"))
    def _play(file: TextIO) -> None:
        """Выполнить команды из ФАЙЛА, по одной в строке.

        Команде после «-» могут и отказать. Что она напечатает, попадёт в файл после «>», который
        прочтёт только его владелец.
        """
        if not is_demo():
            raise click.ClickException("This database is no demonstration.")
        for words in (shlex.split(line, comments=True) for line in file):
            if words:
                _give(app, words)

    @app.cli.command("worker")
    def _worker() -> None:
        """Фоновая работа, пока не остановят; начатое доделывается."""
        jobs.run_worker()

    for group in (_tables(app), demo, *groups):
        there = app.cli.commands.get(group.name or "")
        if isinstance(there, OperatorGroup):  # several features bring commands about panels
            there.commands.update(group.commands)
        else:
            app.cli.add_command(group)


def _tables(app: Flask) -> OperatorGroup:
    """Flask-Migrate's commands, which an operator runs first of all and reads as the others."""
    theirs = app.cli.commands["db"]
    assert isinstance(theirs, click.Group)
    upgrade = copy(theirs.commands["upgrade"])
    upgrade.help = "Довести таблицы до этой версии программы. Повторять можно сколько угодно."
    return OperatorGroup(
        "db",
        {**theirs.commands, "upgrade": upgrade},
        params=theirs.params,
        callback=theirs.callback,
        help="Таблицы базы: db upgrade.",
    )


def _give(app: Flask, words: list[str]) -> None:
    """One command in this process. Raises ClickException where it is refused and may not be."""
    may_be_refused = words[0] == "-"
    words, target = words[may_be_refused:], ""
    if ">" in words:
        words, target = words[:-2], words[-1]
    click.echo(f"$ flask {shlex.join(words)}")
    said = io.StringIO()
    try:
        with redirect_stdout(said) if target else nullcontext():
            app.cli.main(words, "flask", standalone_mode=False)
    except (click.ClickException, SystemExit) as refused:
        if not may_be_refused:
            raise
        why = refused.format_message() if isinstance(refused, click.ClickException) else "see above"
        click.echo(f"Refused: {why}", err=True)
        return
    if target:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(said.getvalue())
