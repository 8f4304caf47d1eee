"""Both doors of accessfl, and a way between us and PostgreSQL that a test may cut."""

import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from smartyard.flussonic.wsgi import VideoDoor
from tests.fixtures.town import Town
from tests.fixtures.world import NORMAL, Resident

PATH = "/api/accessfl"


def route_of(app: Flask) -> Any:
    """The application without the door before it."""
    door = app.wsgi_app
    assert isinstance(door, VideoDoor)
    return door._app  # pylint: disable=protected-access  # what stands behind it is asked here


class Asking:
    """A media server that asks both the door before Flask and the route, and compares."""

    def __init__(self, town: Town) -> None:
        self.town = town

    def raw(self, query: str, method: str = "GET") -> TestResponse:
        """The answer to a query string, byte for byte."""
        app = self.town.app or self.town.open()
        door, route = (
            Client(one).open(PATH, query_string=query, method=method)
            for one in (app.wsgi_app, route_of(app))
        )
        assert door.status_code == route.status_code
        assert sorted(door.headers.items()) == sorted(route.headers.items())
        assert door.data == route.data == b""
        return door

    def __call__(self, token: str | None, name: str | None, **more: str) -> TestResponse:
        """As Flussonic asks, by names and values."""
        told = {"token": token, "name": name, "ip": "203.0.113.7", "proto": "hls"} | more
        pairs = [f"{key}={quote(text, safe='')}" for key, text in told.items() if text is not None]
        return self.raw("&".join(pairs))


@pytest.fixture
def asking(town: Town) -> Asking:
    return Asking(town)


Watch = Callable[..., str]


@pytest.fixture
def watch(town: Town) -> Watch:
    """A new token for what somebody may see; the person is signed in first unless given."""

    def token_of(who: str | Resident = NORMAL, house: int | None = None) -> str:
        resident = who if isinstance(who, Resident) else town.sign_in(who)
        answer = resident.post("cctv/all", None if house is None else {"houseId": house})
        assert answer.status_code == 200, answer.text
        return str(answer.get_json()["data"][0]["token"])

    return token_of


class Line:
    """A Unix socket that leads to PostgreSQL's, until it is cut or stopped."""

    def __init__(self, folder: Path, target: Path) -> None:
        self._path, self._target = folder / ".s.PGSQL.5432", target / ".s.PGSQL.5432"
        self._listener: socket.socket | None = None
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._flowing = threading.Event()
        self.join()

    def join(self) -> None:
        """Lead to PostgreSQL (again)."""
        self._flowing.set()
        if self._listener is None:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(str(self._path))
            self._listener.listen(64)
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        """As if PostgreSQL were down: connections end, and new ones are refused."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            self._path.unlink()
        self._flowing.set()
        with self._lock:
            ended, self._open = self._open, []
        for one in ended:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def hold(self) -> None:
        """Nothing passes any more, and nobody is told."""
        self._flowing.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near = listener.accept()[0]
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(str(self._target))
            with self._lock:
                self._open += [near, far]
            threading.Thread(target=self._pass, args=(near, far), daemon=True).start()

    def _pass(self, near: socket.socket, far: socket.socket) -> None:
        other = {near: far, far: near}
        with near, far, suppress(OSError):
            while True:
                ready, _, _ = select.select([near, far], [], [])
                self._flowing.wait()
                for one in ready:
                    data = one.recv(65536)
                    if not data:
                        return
                    other[one].sendall(data)


@pytest.fixture
def line(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """The way that the applications of this town take to PostgreSQL."""
    folder = tmp_path_factory.mktemp("l")
    made = Line(folder, Path(town.settings.pg_host))
    town.settings = town.settings.model_copy(update={"pg_host": str(folder)})
    yield made
    made.cut()
