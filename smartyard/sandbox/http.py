"""The sandbox's own HTTP/1.1 server: keep-alive, loopback only, and able to fail on demand.

A service says what a request means (`receive`), answers it, and knows its protocol's own refusals
(`odd`); everything that may go wrong below a protocol is done here, once for all services.
"""

import ipaddress
import json
import logging
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from smartyard.sandbox.archive import Stream
from smartyard.sandbox.faults import Fault, Faults
from smartyard.sandbox.rubbish import answer_rubbish

log = logging.getLogger(__name__)

Calls = deque[tuple[str, Any]]

_BODY_LIMIT = 1024 * 1024  # bytes


@dataclass(frozen=True)
class Request:
    """What came in. `path` is percent-decoded, `query` is as it was sent."""

    method: str
    path: str
    query: str
    headers: Message
    body: bytes
    address: str


@dataclass(frozen=True)
class Answer:
    """What goes out: `body`, or in its place a `stream`."""

    status: int
    body: bytes = b""
    content_type: str = "text/html"
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: Stream | None = None

    @property
    def length(self) -> int:
        return len(self.body) if self.stream is None else self.stream.length

    def blocks(self, most: int) -> Iterator[bytes]:
        """The body, or its first `most` bytes."""
        for block in [self.body] if self.stream is None else self.stream.blocks():
            yield block[:most]
            most -= len(block)
            if most <= 0:
                return


def json_answer(status: int, content: Any) -> Answer:
    text = json.dumps(content, ensure_ascii=False)
    return Answer(status, text.encode(), "application/json; charset=utf-8")


def object_in(request: Request) -> dict[str, Any] | None:
    """The JSON object that a request holds; None where it holds none."""
    try:
        found = json.loads(request.body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


class Service(Protocol):
    """What stands behind a server."""

    name: str

    def challenge(self, request: Request) -> Answer | None:  # pylint: disable=unused-argument
        """What a stranger is answered first of all, before any fault."""
        return None

    def receive(self, request: Request) -> str:
        """Note the request; the answer is its method's name, by which faults are set."""

    def magic(self, request: Request) -> Fault | None:
        """A fault that the request's own content asks for (a magic number)."""

    def answer(self, request: Request) -> Answer:
        """Do what the protocol says."""

    def odd(self, mode: str, request: Request) -> Answer:
        """The protocol's own way to `refuse`, or another mode that only it knows."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    sys_version = ""
    timeout = 75  # an idle connection
    wbufsize = -1  # head and body in one segment, else Nagle adds 40 ms
    disable_nagle_algorithm = True
    server: "_Listener"

    def _handle(self) -> None:
        request = self._read()
        if request is None:
            return
        service = self.server.service
        try:
            challenge = service.challenge(request)
            if challenge is not None:
                self._send(challenge)
                return
            method = service.receive(request)
            fault = self.server.faults.take(service.name, method) or service.magic(request)
            if fault is None:
                self._send(service.answer(request))
            else:
                self._fail(fault, request)
        except OSError:
            self.close_connection = True  # the other side has gone

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = _handle

    def _read(self) -> Request | None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit()):
            self.send_error(411)
            return None
        if int(length) > _BODY_LIMIT:
            self.send_error(413)
            return None
        parts = urlsplit("//sandbox" + self.path if self.path.startswith("/") else self.path)
        return Request(
            self.command,
            unquote(parts.path),
            parts.query,
            self.headers,
            self.rfile.read(int(length)),
            str(self.client_address[0]),
        )

    def _send(self, answer: Answer, share: int = 1) -> None:
        """The answer, or one of `share` parts of what its head promises."""
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(answer.length))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            for block in answer.blocks(answer.length // share):
                self.wfile.write(block)
        self.wfile.flush()

    def _fail(self, fault: Fault, request: Request) -> None:
        service, faults = self.server.service, self.server.faults
        if fault.mode in ("hang", "slow", "stall"):
            done = service.answer(request) if fault.mode == "stall" else None  # told too late
            if faults.wait(fault):
                self._send(done or service.answer(request))
            else:
                self.close_connection = True
        elif fault.mode in ("cut", "freeze"):  # in the middle
            self._send(service.answer(request), share=2)
            self.close_connection = True
            if fault.mode == "freeze":
                faults.wait(fault)
        elif fault.mode == "error":
            self._send(Answer(500, b"<h1>Internal Server Error</h1>"))
        elif fault.mode == "rubbish":
            with faults.holding(fault):
                self.close_connection = not answer_rubbish(self, fault)
        elif fault.mode in ("drop", "down"):
            if fault.mode == "drop":
                service.answer(request)
            self.close_connection = True
        else:
            self._send(service.odd(fault.mode, request))

    def log_message(self, format: str, *args: Any) -> None:  # pylint: disable=redefined-builtin
        """Nothing: a request line holds codes and tokens."""


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, address: tuple[str, int], service: Service, faults: Faults) -> None:
        self.service = service
        self.faults = faults
        self._open: set[Any] = set()
        self._lock = threading.Lock()
        super().__init__(address, _Handler)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        return not self.faults.take_connection(self.service.name)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._lock:
            self._open.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # a client that was killed is none
            log.exception("the sandbox's %s has a bug", self.service.name)

    def hang_up(self, patience: float = 3.0) -> None:
        """End kept connections, so that no thread and no socket is left behind."""
        deadline = time.monotonic() + patience
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # it closed by itself meanwhile
        while self._open and time.monotonic() < deadline:
            time.sleep(0.01)


class Server:
    """One service on one port of a loopback address; port 0 is any."""

    def __init__(self, service: Service, faults: Faults, port: int = 0, host: str = "127.0.0.1"):
        """Binds at once. Raises OSError when busy, ValueError where others could reach it."""
        if not ipaddress.IPv4Address(host).is_loopback:
            raise ValueError("the sandbox serves loopback only")
        try:
            self._listener = _Listener((host, port), service, faults)
        except OSError as wrong:
            words = f"{service.name} cannot listen at {host}:{port}: {wrong.strerror}"
            raise OSError(wrong.errno, words) from None
        self.host = host
        self.port = int(self._listener.server_address[1])
        self.url = f"http://{host}:{self.port}"
        self._thread = threading.Thread(
            target=self._listener.serve_forever, args=(0.05,), name=f"sandbox-{service.name}"
        )
        self._thread.daemon = True

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._listener.shutdown()
            self._thread.join()
        self._listener.server_close()
        self._listener.hang_up()
