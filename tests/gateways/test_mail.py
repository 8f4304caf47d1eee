"""Letters by SMTP: encrypted or not at all, the password right or not at all."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from smartyard.gateways.mail import Letter, LetterNotTaken, MailGateway, Post
from smartyard.sandbox.faults import Faults
from smartyard.sandbox.mail import MailServer

LETTER = Letter("a.1", "Заявка", "Позвоните\n.\n..точка\n", datetime(2026, 1, 2, tzinfo=UTC))


@contextmanager
def office(certificate: Path | None = None, implicit: bool = False) -> Iterator[Any]:
    letters: list[dict[str, Any]] = []
    tls = None
    if certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
    server = MailServer(letters, Faults(), tls=tls, implicit=implicit)
    server.start()
    try:
        yield server, letters
    finally:
        server.stop()


def gateway(port: int, security: str, **more: Any) -> MailGateway:
    post = Post("127.0.0.1", port, security, total=20, **more)
    return MailGateway(post, sender="", receivers=["desk@example.com"])


@pytest.mark.parametrize("security, implicit", [("starttls", False), ("tls", True)])
def test_a_letter_and_the_password_go_encrypted(
    certificate: Path, security: str, implicit: bool
) -> None:
    with office(certificate, implicit) as (server, letters):
        account = {"user": "me", "password": "demo"}
        gateway(server.port, security, ca=certificate, **account).send(LETTER)
    assert len(letters) == 1
    letter = letters[0]
    assert letter["secure"] and letter["who"] == "me"
    assert letter["text"] == LETTER.text and letter["subject"] == LETTER.subject
    assert letter["id"] == "<a.1@example.com>" and letter["from"] == "desk@example.com"


def test_a_server_that_cannot_encrypt_gets_neither_letter_nor_password() -> None:
    with office() as (server, letters):
        with pytest.raises(LetterNotTaken, match="SMTPNotSupportedError"):
            gateway(server.port, "starttls", user="me", password="demo").send(LETTER)
    assert not letters


@pytest.mark.parametrize("security, implicit", [("starttls", False), ("tls", True)])
def test_a_certificate_that_nobody_signed_gets_no_letter(
    certificate: Path, security: str, implicit: bool
) -> None:
    with office(certificate, implicit) as (server, letters):
        with pytest.raises(LetterNotTaken, match="SSLCertVerificationError"):
            gateway(server.port, security).send(LETTER)
    assert not letters


def test_a_wrong_password_is_told_by_its_code_alone() -> None:
    with office() as (server, letters):
        with pytest.raises(LetterNotTaken) as refused:
            gateway(server.port, "none", user="me", password="wrong").send(LETTER)
    assert not letters and refused.value.cause == "SMTPAuthenticationError 535"


def test_nobody_listening_is_not_taken(dead_port: int) -> None:
    with pytest.raises(LetterNotTaken, match="ConnectionRefusedError"):
        gateway(dead_port, "none").send(LETTER)


def test_without_a_server_or_receivers_it_is_not_set() -> None:
    assert not MailGateway(Post("", 25, "none"), sender="", receivers=["a@b"]).configured
    assert not MailGateway(Post("mail", 25, "none"), sender="a@b", receivers=[]).configured
    with pytest.raises(LetterNotTaken, match="not set"):
        MailGateway(Post("", 25, "none"), sender="", receivers=[]).send(LETTER)
