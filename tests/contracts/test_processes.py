"""Claims between processes: gunicorn with two workers, as an operator runs it."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from smartyard.launcher.postgres import Cluster
from smartyard.sandbox import Sandbox
from tests.fixtures.database import DATABASE, environment_of
from tests.fixtures.processes import Server, outside_of, serving, wait_for
from tests.fixtures.town import together
from tests.fixtures.world import NEIGHBOUR, NORMAL

LIST = "address/getAddressList"


@pytest.fixture(name="server")
def _server(
    database_cluster: Cluster, clean_database: sa.Engine, sandbox: Sandbox, tmp_path: Path
) -> Iterator[Server]:
    assert clean_database is not None
    environment = environment_of(database_cluster, DATABASE, tmp_path)
    told = outside_of(sandbox, billing_timeout=3)
    with serving(environment | told, tmp_path / "server.log") as server:
        yield server


def sign_in(server: Server, sandbox: Sandbox, phone: str) -> str:
    assert server.post("user/requestCode", body={"userPhone": phone}).status_code == 204
    code = sandbox.code_for(phone, within=20)
    answer = server.post("user/confirmCode", body={"userPhone": phone, "smsCode": code})
    return str(answer.json()["data"]["accessToken"])


def asked(sandbox: Sandbox) -> Counter[str]:
    return Counter(method for method, _ in sandbox.calls("billing"))


def test_two_processes_make_one_call_of_each_method(server: Server, sandbox: Sandbox) -> None:
    token = sign_in(server, sandbox, NORMAL)
    sandbox.faults.set("billing", "slow", seconds=0.7)
    answers = together(8, lambda _: server.post(LIST, token))
    assert {answer.status_code for answer in answers} == {200}
    assert asked(sandbox) == {"getaddresslist": 1, "getsettingslist": 1}
    assert len(server.children()) == 2


def test_who_kills_the_one_that_asks_loses_no_more_than_its_claim(
    server: Server, sandbox: Sandbox
) -> None:
    token = sign_in(server, sandbox, NEIGHBOUR)
    sandbox.faults.set("billing", "hang")
    killed: list[Any] = together(2, lambda n: ask_or_kill(server, sandbox, token, n))
    assert killed == [None, None]
    sandbox.faults.clear(abandon=True)
    first = server.post(LIST, token)  # nobody comes back to give the claim up
    assert first.status_code == 503 and asked(sandbox)["getsettingslist"] == 1
    wait_for(lambda: server.post(LIST, token).status_code == 200, "another to take over", 20)
    assert asked(sandbox) == {"getaddresslist": 2, "getsettingslist": 2}


def ask_or_kill(server: Server, sandbox: Sandbox, token: str, number: int) -> None:
    """One of two threads asks and gets no answer, the other kills whoever is asking billing."""
    if number == 0:
        with pytest.raises(OSError):  # the connection breaks with the process
            server.post(LIST, token)
        return
    wait_for(lambda: len(asked(sandbox)) == 2, "the question")
    (holder,) = [child for child in server.children() if speaks_to(child, sandbox.billing_url)]
    os.kill(holder, signal.SIGKILL)


def speaks_to(process: int, url: str) -> bool:
    """Whether a process has a connection to this port of loopback."""
    there = f"0100007F:{urlsplit(url).port:04X}"
    table = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    inodes = {line.split()[9] for line in table if line.split()[2] == there}
    held = {os.readlink(link) for link in Path(f"/proc/{process}/fd").iterdir()}
    return any(f"socket:[{inode}]" in held for inode in inodes)
