"""One sandbox for the folder, mended before each test; an `accessfl` for its media server, and a
shop for the bank's callbacks."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest

from smartyard.sandbox import Sandbox
from tests.sandbox.shop import Shop


class Accessfl(ThreadingHTTPServer):
    """Answers what the test tells it to, and keeps the questions."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: dict[str, str] = {}
        self.delay = 0.0
        self.asked: list[dict[str, str]] = []
        super().__init__(("127.0.0.1", 0), _Question)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/api/accessfl"


class _Question(BaseHTTPRequestHandler):
    server: Accessfl

    def do_GET(self) -> None:  # pylint: disable=invalid-name
        parts = urlsplit(self.path)
        self.server.asked.append(dict(parse_qsl(parts.query, keep_blank_values=True)))
        time.sleep(self.server.delay)
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:  # pylint: disable=arguments-differ
        pass


@pytest.fixture(scope="module")
def one_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(one_sandbox: Sandbox) -> Sandbox:
    one_sandbox.reset()
    return one_sandbox


@pytest.fixture
def accessfl(sandbox: Sandbox) -> Iterator[Accessfl]:
    server = Accessfl()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    sandbox.accessfl = server.url
    yield server
    sandbox.accessfl = ""
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def shop(sandbox: Sandbox) -> Iterator[Shop]:
    """Takes the bank's callbacks, which are tried again soon."""
    server = Shop()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    sandbox.bank.callback_url = server.url
    sandbox.bank.options.callback.every = 0.05
    yield server
    sandbox.bank.reset()
    server.shutdown()
    thread.join()
    server.server_close()
