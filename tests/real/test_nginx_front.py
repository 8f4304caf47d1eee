"""deploy/nginx.conf, which the README shows, in front of our server: only ports are substituted."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import takewhile
from pathlib import Path
from uuid import UUID

import pytest
import requests
import sqlalchemy as sa

from smartyard.sandbox import Sandbox
from tests.fixtures.database import ROOT
from tests.fixtures.ports import free_port
from tests.fixtures.processes import Server, outside_of, serving, wait_for
from tests.fixtures.world import LOST, NEIGHBOUR, NORMAL, REFUSED
from tests.real.conftest import nginx_conf, program, running

pytestmark = pytest.mark.real


@contextmanager
def front(folder: Path, port_behind: int) -> Iterator[str]:
    """nginx by our own file; gives the address that clients use."""
    port = free_port()
    ours = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    assert ours.count("listen 80;") == 1 and ours.count("127.0.0.1:5000") == 5
    ours = ours.replace("listen 80;", f"listen 127.0.0.1:{port};")
    ours = ours.replace("127.0.0.1:5000", f"127.0.0.1:{port_behind}")
    ours = ours.replace("/var/log/nginx/access.log", str(folder / "access.log"))
    ours = ours.replace("/opt/smartyard/var/", f"{folder}/")
    main = nginx_conf(folder, ours)
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return requests.get(f"{url}/", timeout=5).status_code == 404
        except requests.ConnectionError:
            return False

    with running(folder / "nginx.out", program("nginx"), "-p", str(folder), "-c", str(main)):
        wait_for(answers, "nginx")
        yield url


class Recorder(BaseHTTPRequestHandler):
    """What nginx passes on, header by header."""

    seen: list[list[tuple[str, str]]] = []

    def do_POST(self) -> None:  # pylint: disable=invalid-name
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen.append(list(self.headers.items()))
        self.send_response(204)
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_: object) -> None:  # pylint: disable=arguments-differ
        """Nothing of it belongs on the screen."""


def test_each_header_arrives_once_and_none_of_the_clients_own_about_itself(tmp_path: Path) -> None:
    Recorder.seen.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as behind:
        threading.Thread(target=behind.serve_forever, daemon=True).start()
        forged = {
            "X-Forwarded-For": "198.51.100.7",
            "X-Forwarded-Proto": "https",
            "X-Request-Id": "mine",
            "Host": "smartyard.example",
            "Authorization": "Bearer token",
            "X-Dm-Api-Refresh": "",
        }
        with front(tmp_path, behind.server_port) as url:
            requests.post(f"{url}/api/user/ping", json={}, headers=forged, timeout=30)
            requests.get(f"{url}/api/accessfl?name=cam", headers=forged, timeout=30)
            requests.get(f"{url}/api/pay/callback?panMasked=4111", headers=forged, timeout=30)
        behind.shutdown()
    logged = (tmp_path / "access.log").read_text(encoding="utf-8")
    assert "/api/user/ping" in logged and "cam" not in logged and "4111" not in logged
    assert len(Recorder.seen) == 3
    for headers in Recorder.seen:
        names = [name.lower() for name, _ in headers]
        assert sorted(names) == sorted(set(names))
        told = {name.lower(): value for name, value in headers}
        assert told["x-forwarded-for"] == "127.0.0.1"
        assert told["x-forwarded-proto"] == "http"
        assert told["x-request-id"] not in ("mine", "")
        assert told["host"] == "smartyard.example"
        assert told["authorization"] == "Bearer token"
        assert "x-dm-api-refresh" in told


@pytest.fixture
def server(environment: dict[str, str], sandbox: Sandbox, tmp_path: Path) -> Iterator[Server]:
    told = outside_of(sandbox, sms_per_address_hour=2)
    with serving({**environment, **told}, tmp_path / "server.log") as running_server:
        yield running_server


def counted(engine: sa.Engine) -> dict[str, int]:
    """Whom the SMS were counted against."""
    with engine.connect() as connection:
        rows = connection.execute(
            sa.text("SELECT key, hits FROM limit_counters WHERE key LIKE 'sms-address:%'")
        )
        return {row.key: row.hits for row in rows}


def ask(url: str, phone: str, address: str = "198.51.100.7") -> requests.Response:
    return requests.post(
        f"{url}/api/user/requestCode",
        json={"userPhone": phone},
        headers={"X-Forwarded-For": address},
        timeout=30,
    )


def token(url: str, sandbox: Sandbox) -> str:
    """Of the code that was sent to NORMAL."""
    body = {"userPhone": NORMAL, "smsCode": sandbox.code_for(NORMAL, within=20)}
    told = requests.post(f"{url}/api/user/confirmCode", json=body, timeout=30)
    return str(told.json()["data"]["accessToken"])


def test_the_servers_own_answers_come_through_nginx(
    server: Server, sandbox: Sandbox, clean_database: sa.Engine, tmp_path: Path
) -> None:
    with front(tmp_path, server.port) as url:
        refused = ask(url, REFUSED)
        assert refused.status_code == 503  # the server's, in the envelope, not a page of nginx's
        assert refused.json()["code"] == 503 and "SMS" in refused.json()["message"]

        statuses = [
            ask(url, phone, f"198.51.100.{number}").status_code
            for number, phone in enumerate((NORMAL, NEIGHBOUR, LOST), 1)
        ]
        assert statuses == [204, 204, 429], "a forged X-Forwarded-For counted"
        assert counted(clean_database) == {"sms-address:127.0.0.1": 2}

        bearer = {"Authorization": f"Bearer {token(url, sandbox)}"}
        nobody = {"Authorization": f"Bearer {UUID(int=7)}"}
        for headers, status in (({}, 422), (nobody, 401), (bearer, 413)):
            big = requests.post(
                f"{url}/api/user/sendName", data=b"x" * 1_900_000, headers=headers, timeout=30
            )
            assert (big.status_code, big.json()["code"]) == (status, status)
        assert requests.get(f"{url}/api/nowhere", headers=bearer, timeout=30).json()["code"] == 404
        assert requests.get(f"{url}/elsewhere", timeout=30).status_code == 404
        viewer = requests.get(f"{url}/api/accessfl?name=cam&token=none", timeout=30)
        assert (viewer.status_code, viewer.content) == (403, b"")
        assert viewer.headers["X-AuthDuration"] == "120"


def test_secrets_of_addresses_are_in_no_log(server: Server, tmp_path: Path) -> None:
    """Neither of nginx, which complains of many requests and of a server that is away, nor ours:
    the hash of a ring, the token of a viewer, and what else lets in whoever has the address."""
    hash_, token_ = "0123456789abcdef" * 2, "fedcba9876543210"
    with front(tmp_path, server.port) as url:
        for name in ("live", "camshot"):
            told = requests.get(f"{url}/api/call/{name}/{hash_}", timeout=30)
            assert (told.status_code, told.json()["message"]) == (404, "Вызов завершён.")
        server.end()
        with requests.Session() as viewer:
            look = partial(viewer.get, f"{url}/api/call/live/{hash_}", timeout=30)
            seen = list(
                takewhile(lambda told: told != 429, (look().status_code for _ in range(2000)))
            )
        assert 100 <= len(seen) < 2000 and set(seen) == {502}
        for path in (
            f"accessfl?name=cam&token={token_}",
            f"address/plogPicture/1/2/{token_}.jpg",
            f"clips/{token_}.mp4",
            f"frs/face/1/2/3/{token_}.jpg",
            f"hooks/frs/cam/{token_}",
            f"pay/callback?panMasked={token_}",
            f"spaysuccess?panMasked={token_}",
        ):
            assert requests.get(f"{url}/api/{path}", timeout=30).status_code == 502
        # A flood of pictures takes nothing of what other requests may.
        assert requests.post(f"{url}/api/user/phonePattern", timeout=30).status_code == 502
    logs = [path for path in tmp_path.iterdir() if path.suffix in (".log", ".out")]
    said = {path.name: path.read_text(encoding="utf-8") for path in logs}
    assert "/api/user/phonePattern" in said["access.log"]
    assert "/api/user/phonePattern" in said["nginx.log"]  # it does complain of the others
    assert "/api/call/live" in said["server.log"]  # by its route, not by its address
    assert [name for name, text in said.items() if hash_ in text or token_ in text] == []
