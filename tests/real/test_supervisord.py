"""supervisord runs smartyard.ini: its programs come up, and a restart loses no request."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from smartyard.sandbox import Sandbox
from tests.fixtures.database import ROOT
from tests.fixtures.ports import free_port
from tests.fixtures.processes import outside_of, wait_for
from tests.fixtures.world import NORMAL
from tests.real.conftest import me, program, running

pytestmark = pytest.mark.real

HOST = """\
[supervisord]
logfile={folder}/supervisord.log
pidfile={folder}/supervisord.pid
childlogdir={folder}
[unix_http_server]
file={folder}/s.sock
[supervisorctl]
serverurl=unix://{folder}/s.sock
[include]
files={folder}/smartyard.ini
"""


def installed(folder: Path) -> Path:
    """A host's supervisord.conf that includes our file; its paths and user are substituted."""
    text = (ROOT / "smartyard.ini").read_text(encoding="utf-8")
    for pattern, put in (
        (r"/opt/smartyard/venv/bin", str(Path(sys.executable).parent)),
        (r"directory=/opt/smartyard", f"directory={ROOT}"),
        (r"user=smartyard", f"user={me()}"),
        (r"stdout_logfile=/var/log/supervisor", f"stdout_logfile={folder}"),
    ):
        text, count = re.subn(pattern, put, text)
        assert count == 3, pattern
    (folder / "smartyard.ini").write_text(text, encoding="utf-8")
    host = folder / "supervisord.conf"
    host.write_text(HOST.format(folder=folder), encoding="utf-8")
    return host


class Host:
    """What an operator types."""

    def __init__(self, conf: Path) -> None:
        self._ctl = [program("supervisorctl", "supervisor"), "-c", str(conf)]

    def says(self, *words: str) -> str:
        done = subprocess.run(
            [*self._ctl, *words], capture_output=True, text=True, timeout=110, check=False
        )
        return done.stdout

    def all_run(self) -> bool:
        return self.says("status").count("RUNNING") == 3

    def pid(self) -> int:
        return int(self.says("pid", "smartyard-server"))


def workers(engine: sa.Engine) -> int:
    """How many have signed on."""
    with engine.connect() as connection:
        return int(
            connection.execute(sa.text("SELECT count(*) FROM procrastinate_workers")).scalar_one()
        )


class App:
    """Somebody's app, which speaks to the server."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/api"
        self._token = ""

    def call(self, path: str, **body: str) -> requests.Response:
        bearer = {"Authorization": f"Bearer {self._token}"}
        return requests.post(f"{self._url}/{path}", json=body, headers=bearer, timeout=60)

    def sign_in(self, sandbox: Sandbox) -> None:
        assert self.call("user/requestCode", userPhone=NORMAL).status_code == 204
        code = sandbox.code_for(NORMAL, within=20)
        told = self.call("user/confirmCode", userPhone=NORMAL, smsCode=code)
        self._token = told.json()["data"]["accessToken"]


@pytest.mark.timeout(240)
def test_a_request_in_flight_survives_a_restart(
    environment: dict[str, str], sandbox: Sandbox, clean_database: sa.Engine, tmp_path: Path
) -> None:
    port = free_port()
    told = outside_of(sandbox, listen=f"127.0.0.1:{port}", billing_timeout=20, workers=1)
    told["SYSLOG_LISTEN"] = f"127.0.0.1:{free_port()}"
    conf = installed(tmp_path)
    command = (program("supervisord", "supervisor"), "-n", "-c", str(conf))
    with running(tmp_path / "host.out", *command, environment={**environment, **told}):
        host, app = Host(conf), App(port)
        wait_for(host.all_run, "the programs of smartyard.ini")
        wait_for(lambda: workers(clean_database), "the worker's own row")
        app.sign_in(sandbox)
        sandbox.faults.set("billing", "slow", seconds=3)
        first = host.pid()
        with ThreadPoolExecutor(1) as hand:
            answer = hand.submit(app.call, "address/getAddressList")
            wait_for(lambda: sandbox.calls("billing"), "the request in billing's hands")
            assert not answer.done()
            assert "smartyard-server: started" in host.says("restart", "smartyard-server")
            assert answer.result().status_code == 200
        assert len(answer.result().json()["data"]) == 2
        assert host.pid() != first
        assert app.call("user/ping").status_code == 204
