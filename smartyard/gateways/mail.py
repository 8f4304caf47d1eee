"""Letters by SMTP (RFC 5321, 3207): one at a time, each on a connection of its own.

Times are seconds. A letter that was sent and not answered for may have been taken; whoever sends it
again keeps its Message-ID, by which mail systems know the copy. Logs hold no address and no word.
"""

import logging
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from smartyard.errors import DependencyUnavailable

log = logging.getLogger(__name__)


class LetterNotTaken(DependencyUnavailable):
    """Refused, not reached, or no answer that says it was taken."""


@dataclass(frozen=True)
class Letter:
    """`id` is the Message-ID without its brackets and domain; `thread` that of the first letter."""

    id: str
    subject: str
    text: str
    at: datetime
    thread: str | None = None


@dataclass(frozen=True)
class Post:
    """The operator's mail server. `security`: `starttls`, `tls` or `none`."""

    host: str
    port: int
    security: str
    user: str = ""
    password: str = ""
    ca: Path | None = None
    connect: float = 2
    total: float = 15


class MailGateway:
    """Sends letters from one address to fixed others."""

    def __init__(self, post: Post, *, sender: str, receivers: Sequence[str]) -> None:
        self.configured = bool(post.host and receivers)
        self._post = post
        self._receivers = receivers
        self._sender = sender or (receivers[0] if receivers else "")

    def send(self, letter: Letter) -> None:
        """Hand over one letter. Raises LetterNotTaken unless the server took it for somebody."""
        if not self.configured:
            raise LetterNotTaken(cause="SMTP_HOST or TICKET_MAIL_TO is not set")
        started, outcome = time.monotonic(), "not taken"
        try:
            self._send(self._written(letter))
            outcome = "taken"
        except (smtplib.SMTPException, OSError) as failed:
            raise LetterNotTaken(cause=_said(failed)) from None
        finally:
            took = 1000 * (time.monotonic() - started)
            log.info("mail: %s:%d %s in %.0f ms", self._post.host, self._post.port, outcome, took)

    def _written(self, letter: Letter) -> EmailMessage:
        domain = self._sender.rpartition("@")[2]
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = ", ".join(self._receivers)
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(letter.at)
        message["Message-ID"] = f"<{letter.id}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        if letter.thread:
            message["In-Reply-To"] = message["References"] = f"<{letter.thread}@{domain}>"
        message.set_content(letter.text)
        return message

    def _send(self, message: EmailMessage) -> None:
        post = self._post
        server = _Encrypted(post, self._trust()) if post.security == "tls" else _Plain(post)
        over = threading.Timer(post.total, _hang_up, [server])
        over.daemon = True
        over.start()
        try:
            server.connect(post.host, post.port)
            _wait_at_most(server, post.total)
            if post.security == "starttls":
                server.starttls(context=self._trust())
            if post.user:
                server.login(post.user, post.password)
            refused = server.send_message(message, self._sender, list(self._receivers))
            if refused:  # some took it: told to the operator, for it would not end by trying again
                log.error("mail: %d of the receivers are refused by the server", len(refused))
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
        finally:
            over.cancel()
            server.close()

    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self._post.ca) if self._post.ca else None)


class _Plain(smtplib.SMTP):
    """Not connected yet, so that the time can be watched from the first byte. smtplib checks a
    certificate against `_host`, which it sets only where it connects at once."""

    def __init__(self, post: Post) -> None:
        super().__init__(timeout=post.connect)
        self._host = post.host


class _Encrypted(smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""

    def __init__(self, post: Post, trust: ssl.SSLContext) -> None:
        super().__init__(timeout=post.connect, context=trust)
        self._host = post.host


def _wait_at_most(server: smtplib.SMTP, seconds: float) -> None:
    if server.sock is not None:
        server.sock.settimeout(seconds)


def _hang_up(server: smtplib.SMTP) -> None:
    """The time is over, however often a byte came: smtplib knows a time-out for each alone."""
    with suppress(OSError):
        if server.sock is not None:
            server.sock.shutdown(socket.SHUT_RDWR)


def _said(failed: Exception) -> str:
    """The class and the reply's code; a reply's words may quote an address."""
    code = getattr(failed, "smtp_code", None)
    if isinstance(failed, smtplib.SMTPRecipientsRefused):
        code = next(iter(failed.recipients.values()))[0]
    return type(failed).__name__ + (f" {code}" if code else "")
