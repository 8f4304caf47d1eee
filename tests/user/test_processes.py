"""Signing in on real servers: limits that several processes share, and kills in the middle."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from smartyard.launcher.postgres import Cluster
from smartyard.sandbox import Sandbox
from tests.fixtures.database import DATABASE, ROOT, environment_of
from tests.fixtures.world import NORMAL
from tests.user.asking import at_once, hits, rows


class Server:
    """A gunicorn with one worker on a port of its own, and what it wrote."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.log = log
        told = {**environment, "LISTEN": f"127.0.0.1:{self.port}", "WORKERS": "1", "THREADS": "16"}
        with open(log, "wb") as output:
            self._process = subprocess.Popen(  # pylint: disable=consider-using-with  # see `kill`
                [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "app:gunicorn_app"],
                cwd=ROOT,
                env=told,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        for _ in range(600):
            with suppress(OSError):
                self.post("phonePattern")
                return
            assert self._process.poll() is None, self.log.read_text(encoding="utf-8")
            time.sleep(0.1)
        raise AssertionError(self.log.read_text(encoding="utf-8"))

    def post(self, method: str, body: object = None, token: str = "") -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            sent = b"" if body is None else json.dumps(body).encode()
            connection.request("POST", f"/api/user/{method}", sent, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def ask(self, phone: str) -> int:
        return self.post("requestCode", {"userPhone": phone})[0]

    def kill(self) -> None:
        """At once and whole, as an operator's `kill -9` or the kernel would."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(30)


@pytest.fixture(name="serve")
def serve_fixture(
    database_cluster: Cluster, clean_database: sa.Engine, sandbox: Sandbox, tmp_path: Path
) -> Iterator[Callable[..., Server]]:
    assert clean_database is not None
    started: list[Server] = []

    def serve(**changes: str) -> Server:
        environment = environment_of(database_cluster, DATABASE, tmp_path) | {
            "KANNEL_HOST": sandbox.kannel_host,
            "KANNEL_PORT": str(sandbox.kannel_port),
            "KANNEL_USER": "demo",
            "KANNEL_PASS": "demo",
            "BILLING_URL": sandbox.billing_url,
        }
        started.append(Server(environment | changes, tmp_path / f"server{len(started)}.log"))
        return started[-1]

    yield serve
    for server in started:
        server.kill()


def test_limits_are_one_for_all_processes_and_survive_a_kill(
    serve: Callable[..., Server], sandbox: Sandbox, clean_database: sa.Engine
) -> None:
    few = {"SMS_PER_ADDRESS_HOUR": "5"}
    servers = [serve(**few), serve(**few)]
    answers = at_once(lambda n: servers[n % 2].ask(f"7900222{n:04d}"), 12)
    assert (answers.count(204), answers.count(429)) == (5, 7)
    assert len(sandbox.messages) == 5
    for server in servers:
        server.kill()
    assert hits(clean_database)["sms-total"] == 5
    assert serve(**few).ask("79002229999") == 429
    assert len(sandbox.messages) == 5


def test_the_same_request_at_two_processes_is_one_sms(
    serve: Callable[..., Server], sandbox: Sandbox
) -> None:
    servers = [serve(), serve()]
    sandbox.faults.set("kannel", "slow", seconds=0.3)
    assert at_once(lambda n: servers[n % 2].ask(NORMAL), 6) == [204] * 6
    assert len(sandbox.calls("kannel")) == 1


def test_a_server_killed_while_it_sends_leaves_a_code_that_works(
    serve: Callable[..., Server], sandbox: Sandbox, clean_database: sa.Engine
) -> None:
    dying, log = serve(KANNEL_TIMEOUT="20"), "SELECT sms_state FROM login_codes"
    sandbox.faults.set("kannel", "hang", times=1)
    ended: list[BaseException] = []

    def ask_in_vain() -> None:
        try:
            dying.ask(NORMAL)
        except (OSError, http.client.HTTPException) as cut:
            ended.append(cut)

    thread = threading.Thread(target=ask_in_vain)
    thread.start()
    deadline = time.monotonic() + 30
    while not sandbox.calls("kannel") and time.monotonic() < deadline:
        time.sleep(0.02)
    dying.kill()
    thread.join(30)
    assert ended and rows(clean_database, log) == ["sending"]
    heir = serve(KANNEL_TIMEOUT="1")
    assert heir.ask(NORMAL) == 204  # as iOS asks again when it got no answer
    assert len(sandbox.calls("kannel")) == 1
    sandbox.faults.clear()
    code = {"userPhone": NORMAL, "smsCode": sandbox.code_for(NORMAL, within=10)}
    assert heir.post("confirmCode", code)[0] == 200
    assert len(sandbox.messages) == 1


def test_an_answer_cut_on_its_way_is_given_again(
    serve: Callable[..., Server], sandbox: Sandbox, clean_database: sa.Engine
) -> None:
    server = serve()
    server.ask(NORMAL)
    code = {"userPhone": NORMAL, "smsCode": sandbox.code_for(NORMAL, within=10)}
    body = json.dumps(code).encode()
    head = f"POST /api/user/confirmCode HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall(head.encode() + body)
    deadline = time.monotonic() + 30
    used = "SELECT count(*) FROM sessions"
    while rows(clean_database, used) == [0] and time.monotonic() < deadline:
        time.sleep(0.02)
    # The same client again: the address and no User-Agent are what tells it from others.
    status, answer = server.post("confirmCode", code)
    assert status == 200 and rows(clean_database, used) == [1]
    assert server.post("ping", token=json.loads(answer)["data"]["accessToken"])[0] == 204


def test_a_body_of_untold_length_is_cut_off_at_the_limit(serve: Callable[..., Server]) -> None:
    server = serve(MAX_BODY="1000")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    parts = [b'{"unknown": "', *[b"x" * 500] * 4, b'"}']
    connection.request("POST", "/api/user/phonePattern", iter(parts), encode_chunked=True)
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["code"]) == (413, 413)
    connection.close()
    assert server.post("phonePattern", {"unknown": "x" * 500})[0] == 200
