"""The script for Asterisk that docs/calls.md shows, run as Asterisk would run it: what it asks us,
which accounts it makes by ARI, and what it tells the dialplan."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from werkzeug.serving import make_server

from tests.calls.conftest import Pbx
from tests.fixtures.database import ROOT
from tests.fixtures.world import NORMAL
from tests.fixtures.yard import BEWARD, FLAT

_CHANNEL = "agi_request: smartyard-ring.py\nagi_extension: 1\n\n"


class Ari(BaseHTTPRequestHandler):
    """Takes what is put, as Asterisk's dynamic configuration does."""

    put: list[tuple[str, dict[str, str]]] = []

    def do_PUT(self) -> None:  # pylint: disable=invalid-name
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        told = {one["attribute"]: one["value"] for one in body["fields"]}
        self.put.append((self.path, told))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, *_: object) -> None:  # pylint: disable=arguments-differ
        """Nothing of it belongs on the screen."""


@contextmanager
def listening(pbx: Pbx) -> Iterator[dict[str, str]]:
    """Our server and ARI on sockets; gives the script's environment."""
    Ari.put.clear()
    assert pbx.yard.town.app is not None
    ours = make_server("127.0.0.1", 0, pbx.yard.town.app, threaded=True)
    with ThreadingHTTPServer(("127.0.0.1", 0), Ari) as ari:
        for one in (ours, ari):
            threading.Thread(target=one.serve_forever, daemon=True).start()
        yield {
            "SMARTYARD_URL": f"http://127.0.0.1:{ours.server_port}",
            "SMARTYARD_KEY": pbx.key,
            "ARI_URL": f"http://127.0.0.1:{ari.server_port}/ari",
            "ARI_USER": "smartyard",
            "ARI_PASSWORD": "demo",
        }
        ari.shutdown()
        ours.shutdown()
        ours.server_close()


def variables(script: Path, environment: dict[str, str], *words: str) -> dict[str, str]:
    """What the script sets; Asterisk answers each command by a line."""
    done = subprocess.run(
        [sys.executable, str(script), *words],
        input=_CHANNEL + "200 result=1\n" * 8,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return dict(re.findall(r'^SET VARIABLE (\w+) "(.*)"$', done.stdout, re.M))


def test_the_script_that_is_shown_asks_and_makes_the_accounts(pbx: Pbx, tmp_path: Path) -> None:
    shown = (ROOT / "docs" / "calls.md").read_text(encoding="utf-8")
    (source,) = re.findall(r"^```python\n(.*?)^```$", shown, re.M | re.S)
    script = tmp_path / "smartyard-ring.py"
    script.write_text(source, encoding="utf-8")
    pbx.phone(NORMAL, "first")
    with listening(pbx) as environment:
        told = variables(script, environment, str(BEWARD), "1", "1767168000.7")
        (login,) = pbx.told("1767168000.7")["logins"]
        assert told == {
            "RING_DTMF": "1",
            "RING_OPENS": "no",
            "RING_EXTENSIONS": login["extension"],
            "RING_ALLOWED": "yes",
        }
        put = {path.rpartition("res_pjsip/")[2]: fields for path, fields in Ari.put}
        assert set(put) == {f"{kind}/{login['extension']}" for kind in ("auth", "aor", "endpoint")}
        assert put[f"auth/{login['extension']}"]["password"] == login["password"]

        assert variables(script, environment, str(BEWARD), "99", "2") == {"RING_ALLOWED": "no"}
        pbx.yard.block(FLAT, "calls", "operator", "Домофон отключён.")
        refused = variables(script, environment, str(BEWARD), "1", "3")
        assert (refused["RING_ALLOWED"], refused["RING_EXTENSIONS"]) == ("no", "")
