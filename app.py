"""The entry points: `gunicorn app:gunicorn_app`, `flask --app app`, and `python app.py`."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smartyard import create_app as build
from smartyard.config import SettingsError

if TYPE_CHECKING:
    from flask import Flask

    from smartyard.config import Settings


def create_app(settings: "Settings | None" = None) -> "Flask":
    """The application, for gunicorn and for each command. Settings that are wrong end the process
    with the list of them."""
    try:
        return build(settings)
    except SettingsError as wrong:
        sys.exit(str(wrong))


def __getattr__(name: str) -> Any:
    """`gunicorn_app` is made when a server asks for it: the commands make their own."""
    if name != "gunicorn_app":
        raise AttributeError(name)
    return create_app()


def main() -> None:
    """Serve as in production: gunicorn takes this process over."""
    folder = Path(__file__).parent
    arguments = ["-m", "gunicorn", "-c", str(folder / "gunicorn.conf.py"), "app:gunicorn_app"]
    os.chdir(folder)
    os.execv(sys.executable, [sys.executable, *arguments])


if __name__ == "__main__":
    main()
