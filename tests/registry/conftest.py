"""An operator at the command line, with files of his own."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

Import = Callable[..., Result]
Rows = Callable[..., list[Any]]

SERVER = {"name": "media", "url": "https://media.example"}


@pytest.fixture
def operator(app: Flask) -> Callable[..., Result]:
    """Runs `flask registry ...` within this process."""
    runner = app.test_cli_runner()
    return lambda *words: runner.invoke(args=["registry", *words])


@pytest.fixture
def bring(operator: Callable[..., Result], tmp_path: Path) -> Import:
    """Imports a dict as JSON, a text as CSV, bytes as they are."""

    def run(content: dict[str, Any] | str | bytes, *options: str) -> Result:
        if isinstance(content, dict):
            path = tmp_path / "file.json"
            path.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
        else:
            path = tmp_path / "file.csv"
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return operator("import", str(path), *options)

    return run


@pytest.fixture
def rows(clean_database: sa.Engine) -> Rows:
    """What a query finds, on a connection that is not the application's."""

    def ask(query: str, **values: Any) -> list[Any]:
        with clean_database.begin() as connection:
            found = connection.execute(sa.text(query), values)
            return [tuple(row) for row in found] if found.returns_rows else []

    return ask


def camera(stream: str, **changes: Any) -> dict[str, Any]:
    """A camera's row of a file that nobody sees, unless `changes` say who does."""
    return {"stream": stream, "name": stream, "media_server": "media", "houses": [], **changes}


def inventory_of(*cameras: dict[str, Any], **sections: Any) -> dict[str, Any]:
    """A file with these cameras on one media server."""
    return {"media_servers": [SERVER], "cameras": list(cameras), **sections}


def panels(*numbers: int) -> dict[str, Any]:
    """A section of panels that nothing of ours opens."""
    return {"panels": [{"id": number, "model": "none"} for number in numbers]}


LINKS = """
    SELECT c.stream, l.house_id, l.flat_id, l.source FROM camera_links l
    JOIN cameras c ON c.id = l.camera_id ORDER BY 1, 2, 3 NULLS FIRST
    """
EVERYTHING = """
    SELECT 'house', to_jsonb(t)::text FROM houses t UNION ALL
    SELECT 'flat', to_jsonb(t)::text FROM flats t UNION ALL
    SELECT 'door', to_jsonb(t)::text FROM doors t UNION ALL
    SELECT 'server', to_jsonb(t)::text FROM media_servers t UNION ALL
    SELECT 'camera', to_jsonb(t)::text FROM cameras t UNION ALL
    SELECT 'entrance', to_jsonb(t)::text FROM entrances t UNION ALL
    SELECT 'contract', to_jsonb(t)::text FROM contracts t UNION ALL
    SELECT 'contract flat', to_jsonb(t)::text FROM contract_flats t UNION ALL
    SELECT 'key', to_jsonb(t)::text FROM keys t UNION ALL
    SELECT 'panel', to_jsonb(t)::text FROM panels t UNION ALL
    SELECT 'link', to_jsonb(t)::text FROM camera_links t ORDER BY 1, 2
    """
EMPTY = "TRUNCATE houses, contracts, panels, media_servers RESTART IDENTITY CASCADE"
