"""Commands of the operator: `flask --app app COMMAND` (see docs/operators-guide.md)."""

import click
from flask import Flask

from smartyard.commands import OperatorGroup
from smartyard.installation import mark_demo
from smartyard.jobs import Jobs


def install(app: Flask, jobs: Jobs, *groups: OperatorGroup) -> None:
    """Add the commands of the house and those of the features."""
    demo = OperatorGroup("demo", help="The demonstration that `make run` shows.")

    @demo.command("mark")
    def _mark() -> None:
        """Mark this (new) database as a demonstration."""
        mark_demo()
        click.echo("The database is marked as a demonstration.")

    @app.cli.command("worker")
    def _worker() -> None:
        """Run background work until SIGTERM; what is running is finished first."""
        jobs.run_worker()

    for group in (demo, *groups):
        there = app.cli.commands.get(group.name or "")
        if isinstance(there, OperatorGroup):  # several features bring commands about panels
            there.commands.update(group.commands)
        else:
            app.cli.add_command(group)
