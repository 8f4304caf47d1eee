"""What an operator's command says when the database is away."""

import pytest

from smartyard.config import Settings
from smartyard.wiring import create_app


@pytest.mark.parametrize(
    "words", [["payments", "list"], ["registry", "list"], ["demo", "mark"]], ids=" ".join
)
def test_a_database_that_is_away_is_one_sentence(settings: Settings, words: list[str]) -> None:
    app = create_app(settings.model_copy(update={"pg_host": "/nowhere/at/all"}))
    done = app.test_cli_runner().invoke(args=words)
    assert done.exit_code == 1
    (line,) = done.output.strip().splitlines()
    assert "База данных не от" in line
