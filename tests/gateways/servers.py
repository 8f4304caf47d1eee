"""A small HTTP server of the tests that may break the protocol: real sockets, raw bytes.

A behaviour is a function `(seen, connection, closing)`; what it returns tells whether the
connection stays open for another request.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Seen:
    """One request as it came; `port` is the client's, the same for a kept connection."""

    method: str
    target: str
    headers: Message
    body: bytes
    port: int

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)


Behaviour = Callable[[Seen, socket.socket, threading.Event], bool]


class Server:
    """Answers by `behaviour`, which a test may replace at any time, and remembers what it saw."""

    def __init__(self, behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self.behaviour = behaviour
        self.seen: list[Seen] = []
        self.closing = threading.Event()
        self._tls = tls
        self._connections: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def close(self) -> None:
        self.closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join(10)
        for connection in self._connections:
            with suppress(OSError):  # it has ended by itself
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                port = connection.getpeername()[1]
                if self._tls:
                    connection = self._tls.wrap_socket(connection, server_side=True)
                    self._connections.append(connection)
                with connection:
                    while seen := self._read(connection, port):
                        self.seen.append(seen)
                        if not self.behaviour(seen, connection, self.closing):
                            return
            except OSError:
                return  # the client has hung up, or refused our certificate

    def _read(self, connection: socket.socket, port: int) -> Seen | None:
        data = b""
        while b"\r\n\r\n" not in data:
            chunk = connection.recv(65536)
            if not chunk:
                return None
            data += chunk
        head, _, body = data.partition(b"\r\n\r\n")
        first, _, rest = head.partition(b"\r\n")
        headers = message_from_bytes(rest)
        while len(body) < int(headers.get("Content-Length", 0)):
            body += connection.recv(65536) or _ended()
        method, target, _ = first.decode("ascii").split(" ")
        return Seen(method, target, headers, body, port)


def _ended() -> bytes:
    raise ConnectionError


@contextmanager
def serving(behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server for the time of the block."""
    server = Server(behaviour, tls)
    try:
        yield server
    finally:
        server.close()


def reply(  # pylint: disable=keyword-arg-before-vararg
    status: int, body: bytes = b"", *headers: str
) -> Behaviour:
    """A whole and well-formed answer."""
    return raw(whole(status, body, *headers), keep=True)


def whole(  # pylint: disable=keyword-arg-before-vararg
    status: int, body: bytes = b"", *headers: str
) -> bytes:
    """The bytes of such an answer."""
    lines = [f"HTTP/1.1 {status} Said", *headers]
    if status != 204:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def raw(data: bytes, keep: bool = False) -> Behaviour:
    """Exactly these bytes, and then the connection ends unless it is to be kept."""

    def behave(_seen: Seen, connection: socket.socket, _closing: threading.Event) -> bool:
        connection.sendall(data)
        return keep

    return behave


def drip(first: bytes, drop: bytes, every: float = 0.05) -> Behaviour:
    """`first`, and then `drop` again and again for as long as the client stays."""

    def behave(_seen: Seen, connection: socket.socket, closing: threading.Event) -> bool:
        connection.sendall(first)
        while not closing.wait(every):
            connection.sendall(drop)
        return False

    return behave


def hang(_seen: Seen, _connection: socket.socket, closing: threading.Event) -> bool:
    """No answer at all, the connection open."""
    closing.wait()
    return False
