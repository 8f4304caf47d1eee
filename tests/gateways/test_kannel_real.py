"""The gateway and a real Kannel (bearerbox, smsbox) with its fake SMSC: what arrives on the air.

The set-up is of reference/protocols.md, section 2.4. Debian: kannel, kannel-extras.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from smartyard.gateways.kannel import KannelGateway, SmsNotSent, SmsRefused
from smartyard.phones import Phone
from tests.fixtures.ports import free_port
from tests.gateways.conftest import OutsideMaker

PATH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/lib/kannel/test"
PROGRAMS = {name: shutil.which(name, path=PATH) for name in ("bearerbox", "smsbox", "fakesmsc")}
MISSING = [name for name, found in PROGRAMS.items() if not found]

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(bool(MISSING), reason=f"kannel and kannel-extras: no {', '.join(MISSING)}"),
]

PHONE = Phone.parse("89001234567")
GOT = re.compile(r"Got message \d+: <(\S+) (\S+) (?:udh (\S+) data|(text|data|ucs-2)) (.*)>$", re.M)

CONFIG = """\
group = core
admin-port = {admin}
admin-password = adm
smsbox-port = {smsbox}
box-allow-ip = "127.0.0.1"
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = FAKE
port = {smsc}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}

group = sendsms-user
username = tester
password = "foo bar&"
concatenation = true
max-messages = 5

"""


@dataclass(frozen=True)
class Kannel:
    port: int
    air: Path  # what fakesmsc wrote down

    def arrived(self, count: int) -> list[tuple[str, str, str]]:
        """The first messages on the air: sender, receiver, text."""

        def enough() -> bool:
            return len(GOT.findall(self.air.read_text("utf-8"))) >= count

        until(enough)
        found = GOT.findall(self.air.read_text("utf-8"))
        return [(sender, to, letters(data)) for sender, to, _udh, _kind, data in found]


def letters(data: str) -> str:
    return unquote_to_bytes(data.replace("+", " ")).decode("utf-16-be")


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline, "it did not happen within 30 s"
        time.sleep(0.05)


def listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextmanager
def running(folder: Path, name: str, *arguments: str) -> Iterator[Path]:
    """A program in a group of its own, for smsbox restarts itself under another pid."""
    written = folder / f"{name}.txt"
    with (
        written.open("wb") as sink,
        subprocess.Popen(
            [PROGRAMS[name] or name, *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield written
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def kannel(tmp_path: Path) -> Iterator[Kannel]:
    names = ("admin", "smsbox", "smsc", "sendsms")
    ports = {name: free_port() for name in names}
    (tmp_path / "kannel.conf").write_text(CONFIG.format(**ports), "ascii")
    with ExitStack() as programs:
        programs.enter_context(running(tmp_path, "bearerbox", "-v", "1", "kannel.conf"))
        until(lambda: listens(ports["smsbox"]) and listens(ports["smsc"]))
        programs.enter_context(running(tmp_path, "smsbox", "-v", "1", "kannel.conf"))
        until(lambda: listens(ports["sendsms"]))
        smsc = ("-H", "127.0.0.1", "-r", str(ports["smsc"]), "-m", "0", "x y text z")
        yield Kannel(ports["sendsms"], programs.enter_context(running(tmp_path, "fakesmsc", *smsc)))


def gateway(outside_maker: OutsideMaker, port: int, **changed: str) -> KannelGateway:
    how = {"path": "/cgi-bin/sendsms", "user": "tester", "password": "foo bar&"} | changed
    return KannelGateway(
        outside_maker(), host="127.0.0.1", port=port, sender="SmartYard", coding=2, **how
    )


def test_cyrillic_arrives_letter_by_letter(make_outside: OutsideMaker, kannel: Kannel) -> None:
    texts = [
        "РОСТЕЛЕСЕТЬ код подтверждения: 1234",
        "«Ёлки» & 100% + «кавычки» №5 — код: 0042 😀",
        "Код: 1234\n@example.com #1234",
    ]
    sms = gateway(make_outside, kannel.port)
    for number, text in enumerate(texts, 1):
        sms.send(PHONE, text)
        assert kannel.arrived(number)[-1] == ("SmartYard", "79001234567", text)


def test_what_it_refuses_is_told(make_outside: OutsideMaker, kannel: Kannel) -> None:
    with pytest.raises(SmsRefused, match="403"):
        gateway(make_outside, kannel.port, password="wrong").send(PHONE, "1234")
    with pytest.raises(SmsRefused, match="404"):
        gateway(make_outside, kannel.port, path="/elsewhere").send(PHONE, "1234")
    gateway(make_outside, kannel.port).send(PHONE, "последнее")
    assert [text for _, _, text in kannel.arrived(1)] == ["последнее"]


def test_a_kannel_that_is_away_sent_nothing(make_outside: OutsideMaker, dead_port: int) -> None:
    with pytest.raises(SmsNotSent, match="COULDNT_CONNECT"):
        gateway(make_outside, dead_port).send(PHONE, "1234")
