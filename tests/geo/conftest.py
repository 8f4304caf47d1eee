"""An operator's address book: a town with two streets, some houses and what they can have."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.fixtures.town import Town
from tests.fixtures.world import NORMAL, Resident

Import = Callable[..., Result]

BOOK = {
    "locations": "id;name\n1;г. Примерск\n2;с. Дальнее\n",
    "streets": "id;location;name;type\n10;1;Первая;ул.\n11;1;Мира;пр-кт\n12;1;Мира;ул.\n",
    "houses": (
        "id;street;number;lat;lon\n101;10;1;52,1;39,1\n102;10;10;;\n103;10;2;52.2;39.2\n"
        "104;11;5;52.3;39.3\n105;12;5;52.4;39.4\n"
    ),
    "services": (
        "house;service;default;can_change\n101;domophone;t;f\n101;internet;f;t\n103;cctv;;\n"
    ),
}


@pytest.fixture
def bring(town: Town, tmp_path: Path) -> Import:
    """Imports a CSV."""
    town.open()

    def run(content: str | bytes, *options: str) -> Result:
        assert town.app is not None
        path = tmp_path / "file.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return town.app.test_cli_runner().invoke(args=["geo", "import", str(path), *options])

    return run


@pytest.fixture
def book(bring: Import) -> Import:
    """The whole book, imported."""
    for content in BOOK.values():
        done = bring(content)
        assert done.exit_code == 0, done.output
    return bring


@pytest.fixture
def resident(town: Town) -> Resident:
    return town.sign_in(NORMAL)
