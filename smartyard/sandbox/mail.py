"""A mail server: as much of SMTP (RFC 5321, 3207, 4954) as a sender of letters meets.

A fault is met where it hurts, at the end of a letter, which is kept (`stall`, `drop`) or not
(`refuse`, `error`, `rubbish`); one of the method `rcpt` refuses a receiver; `down` closes
connections at once.
"""

import socket
import socketserver
import ssl
import threading
import time
from base64 import b64decode
from contextlib import suppress
from email import message_from_bytes, policy
from typing import Any

from smartyard.sandbox.faults import Fault, Faults

_TAKEN = b"250 2.0.0 taken"
_REFUSALS = {"refuse": b"550 5.7.1 not from you", "error": b"451 4.3.0 try later"}


class _Handler(socketserver.StreamRequestHandler):
    timeout = 60
    server: "_Listener"

    def setup(self) -> None:
        if self.server.tls is not None and self.server.implicit:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()
        self.sender, self.receivers = "", list[str]()
        self.who = ""

    def finish(self) -> None:
        super().finish()
        self.request.close()  # what it was before TLS is the listener's to close

    def handle(self) -> None:
        with suppress(OSError):  # the other side has gone
            self._say(b"220 sandbox ESMTP")
            while line := self.rfile.readline(4096):
                verb, _, rest = line.decode("ascii", "replace").strip().partition(" ")
                if not self._obey(verb.upper(), rest):
                    return

    def _say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")
        self.wfile.flush()

    def _obey(self, verb: str, rest: str) -> bool:
        """Answer one command; False when the connection is over."""
        if verb == "DATA":
            return self._take_letter()
        if verb == "STARTTLS" and self.server.tls is not None:
            self._say(b"220 go on")
            self.rfile.close()
            self.wfile.close()
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
            super().setup()
            return True
        if verb == "RCPT":
            fault = self.server.faults.take_own("mail", "rcpt")
            if fault is None:
                self.receivers.append(_mailbox(rest))
        else:
            fault = None
        self._say(b"550 5.1.1 no such mailbox" if fault else self._answer(verb, rest))
        return verb != "QUIT"

    def _answer(self, verb: str, rest: str) -> bytes:
        if verb in ("EHLO", "HELO"):
            offered = [b"250-sandbox", b"250-8BITMIME"]
            if self.server.tls is not None and not isinstance(self.request, ssl.SSLSocket):
                offered.append(b"250-STARTTLS")
            return b"\r\n".join([*offered, b"250 AUTH PLAIN"])
        if verb == "AUTH":
            _, user, password = b64decode(rest.rpartition(" ")[2]).decode().split("\0")
            self.who = user
            return b"235 welcome" if password == "demo" else b"535 5.7.8 wrong password"
        if verb == "MAIL":
            self.sender, self.receivers = _mailbox(rest), []
        return b"221 bye" if verb == "QUIT" else b"250 fine"

    def _take_letter(self) -> bool:
        self._say(b"354 go on")
        data = b""
        while not data.endswith(b"\r\n.\r\n"):
            line = self.rfile.readline()
            if not line:
                return False
            data += line
        fault = self.server.faults.take("mail", "data")
        if fault is not None:
            return self._fail(fault, data)
        self._keep(data)
        self._say(_TAKEN)
        return True

    def _fail(self, fault: Fault, data: bytes) -> bool:
        faults = self.server.faults
        if fault.mode in ("hang", "slow"):
            if not faults.wait(fault):
                return False
            self._keep(data)
        elif fault.mode in ("stall", "drop"):
            self._keep(data)
            if fault.mode == "drop" or not faults.wait(fault):
                return False
        else:
            self._say(_REFUSALS.get(fault.mode, b"<html>what?</html>"))
            return fault.mode in _REFUSALS
        self._say(_TAKEN)
        return True

    def _keep(self, data: bytes) -> None:
        text = data.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.").replace(b"\r\n", b"\n")
        letter = message_from_bytes(text, policy=policy.default)
        body = letter.get_body(("plain",))
        told = {name.lower(): str(value) for name, value in letter.items()}
        self.server.letters.append(
            {
                "from": self.sender,
                "to": list(self.receivers),
                "who": self.who,
                "secure": isinstance(self.request, ssl.SSLSocket),
                "subject": told.get("subject", ""),
                "id": told.get("message-id", ""),
                "thread": told.get("in-reply-to", ""),
                "text": body.get_content() if body is not None else "",
                "at": time.time(),
            }
        )


def _mailbox(rest: str) -> str:
    return rest.partition("<")[2].partition(">")[0]


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(  # pylint: disable=too-many-arguments
        self,
        port: int,
        *,
        letters: list[dict[str, Any]],
        faults: Faults,
        tls: ssl.SSLContext | None,
        implicit: bool,
    ) -> None:
        self.letters, self.faults, self.tls, self.implicit = letters, faults, tls, implicit
        self.open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        self.open.add(request)
        return not self.faults.take_connection("mail")

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that will not have our certificate, or left."""


class MailServer:
    """`letters` keeps what was taken, oldest first. With `tls` STARTTLS is offered, or with
    `implicit` nothing else is spoken."""

    name = "mail"

    def __init__(
        self,
        letters: list[dict[str, Any]],
        faults: Faults,
        port: int = 0,
        *,
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
    ) -> None:
        """Binds at once. Raises OSError when busy."""
        try:
            self._listener = _Listener(
                port, letters=letters, faults=faults, tls=tls, implicit=implicit
            )
        except OSError as wrong:
            words = f"mail cannot listen at 127.0.0.1:{port}: {wrong.strerror}"
            raise OSError(wrong.errno, words) from None
        self.host, self.port = "127.0.0.1", int(self._listener.server_address[1])
        self._thread = threading.Thread(
            target=self._listener.serve_forever, args=(0.05,), name="sandbox-mail", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._listener.shutdown()
            self._thread.join()
        self._listener.server_close()
        for connection in self._listener.open.copy():
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
