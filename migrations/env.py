"""Alembic's environment: the engine of the app, models of ours, procrastinate's tables left out."""

import re
from logging.config import fileConfig
from typing import Any

from alembic import context
from flask import current_app

from smartyard.db import Base, db

_NOT_MODELS = re.compile("procrastinate_|events_(default|[0-9])")
config = context.config
if config.config_file_name is not None and config.attributes.get("configure_logger", True):
    fileConfig(config.config_file_name, disable_existing_loggers=False)


def include_name(name: str | None, kind: str, _: Any) -> bool:
    """Autogenerate must not drop what procrastinate keeps, nor the partitions of events."""
    return not (kind == "table" and name is not None and _NOT_MODELS.match(name))


def run() -> None:
    """Migrate over one connection; waits at most so long for a lock, so that a migration that
    cannot have a table stops instead of stopping everybody who queues up behind it."""
    with db.engine.connect() as connection:
        connection.exec_driver_sql("SET lock_timeout = '5s'")
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("SET idle_in_transaction_session_timeout = 0")
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_name=include_name,
            compare_server_default=False,
            transaction_per_migration=True,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
