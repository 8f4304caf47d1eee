"""The migrations against a real PostgreSQL: one line of them, up, down, and equal to the models."""

import ast
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade

from app import create_app
from smartyard.config import Settings
from smartyard.db import Base, db
from smartyard.launcher.postgres import Cluster
from tests.fixtures.database import ROOT, engine_of

FOLDER = ROOT / "migrations" / "versions"
FILES = sorted(path.stem for path in FOLDER.glob("*.py"))
MakeDatabase = Callable[..., str]

# What of the schema a test can see: columns, constraints, indexes, functions, types.
SEEN = [
    "SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity"
    " FROM information_schema.columns WHERE table_schema = 'public'",
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "SELECT typname, typtype FROM pg_type WHERE typnamespace = 'public'::regnamespace",
]
# Partitions are what `events` says of them; a model has none.
NOT_OURS = re.compile(r"procrastinate_.*|alembic_version|events_(default|[0-9_]+)")


def schema(engine: sa.Engine) -> list[set[tuple[object, ...]]]:
    with engine.connect() as connection:
        return [
            {
                tuple(row)
                for row in connection.execute(sa.text(query))
                if "alembic_version" not in str(row)
            }
            for query in SEEN
        ]


def quietly(config: Config) -> Config:
    """Alembic's own logging settings would replace those of the suite."""
    config.attributes["configure_logger"] = False
    return config


@pytest.fixture
def migrate(settings: Settings) -> Callable[..., None]:
    """Up or down, as `flask db` does it (which made the template of every test database)."""

    def run(database: str, step: Callable[..., None], revision: str = "head") -> None:
        app = create_app(settings.model_copy(update={"pg_dbname": database}))
        app.extensions["migrate"].migrate.configure(quietly)
        with app.app_context():
            step(revision=revision)
            db.engine.dispose()

    return run


def test_they_are_numbered_without_a_gap_and_named_by_hand() -> None:
    assert FILES
    for number, name in enumerate(FILES, 1):
        assert re.fullmatch(rf"{number:04d}(_[a-z]+){{2,}}", name), name


def test_each_follows_the_one_before_it_and_tells_what_it_does() -> None:
    earlier = None
    for name in FILES:
        tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
        told = {
            ast.unparse(line.targets[0]): ast.literal_eval(line.value)
            for line in tree.body
            if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant)
        }
        assert told["revision"] == name[:4]
        assert told["down_revision"] == earlier, name
        assert len(ast.get_docstring(tree) or "") > 20, f"{name}: no docstring"
        functions = {line.name for line in tree.body if isinstance(line, ast.FunctionDef)}
        assert {"upgrade", "downgrade"} <= functions, name
        earlier = told["revision"]


def test_there_is_one_head() -> None:
    scripts = ScriptDirectory(str(ROOT / "migrations"))
    assert scripts.get_heads() == [FILES[-1][:4]]


def test_the_models_are_what_the_migrations_make(
    database_engine: sa.Engine, settings: Settings
) -> None:
    create_app(settings)  # imports every model
    with database_engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, kind, _: not (
                    kind == "table" and NOT_OURS.fullmatch(name or "")
                ),
            },
        )
        assert compare_metadata(context, Base.metadata) == []


def test_checks_and_generated_columns_are_the_same_too(
    database_engine: sa.Engine, settings: Settings
) -> None:
    """Alembic compares neither: PostgreSQL's own wording of both, made once by each."""
    create_app(settings)
    wording = (
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'c' AND connamespace = current_schema()::regnamespace"
        " UNION SELECT table_name, column_name, generation_expression"
        " FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND is_generated = 'ALWAYS'"
    )

    def told(connection: sa.Connection) -> set[tuple[str, ...]]:
        rows = connection.execute(sa.text(wording))
        return {tuple(row) for row in rows if not NOT_OURS.fullmatch(row[0])}

    with database_engine.connect() as connection:
        migrated = told(connection)
        connection.execute(sa.text("CREATE SCHEMA of_the_models"))
        connection.execute(sa.text("SET LOCAL search_path = of_the_models"))
        Base.metadata.create_all(connection)
        assert told(connection) == migrated
        connection.rollback()
    assert migrated


def test_down_one_step_down_to_nothing_and_up_again_is_the_same_schema(
    database_cluster: Cluster, make_database: MakeDatabase, migrate: Callable[..., None]
) -> None:
    database = make_database()
    engine = engine_of(database_cluster, database, poolclass=sa.NullPool)
    before_last = FILES[-2][:4]
    empty = schema(engine)
    migrate(database, upgrade, before_last)
    early = schema(engine)
    assert ("persons", "phone") in {row[:2] for row in early[0]}
    migrate(database, upgrade)
    whole = schema(engine)
    assert whole != early
    migrate(database, downgrade, before_last)
    assert schema(engine) == early
    migrate(database, downgrade, "base")
    assert schema(engine) == empty
    migrate(database, upgrade)
    assert schema(engine) == whole
