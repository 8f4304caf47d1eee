"""`make run` beside an outside that somebody has: it is used, and not stood in for."""

import tempfile
from pathlib import Path

import requests

from smartyard.sandbox import Sandbox
from tests.fixtures.world import NORMAL
from tests.launcher.running import Run, copy_tree


def test_the_outsides_that_are_set_are_the_ones_that_are_called(sandbox: Sandbox) -> None:
    with tempfile.TemporaryDirectory(prefix="sy-own-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        # A long TMPDIR, too: the socket's path must stay short (107 bytes).
        long = folder / ("a-long-name-of-a-folder-for-temporary-files-" * 2)
        long.mkdir(mode=0o777)
        own = {
            "KANNEL_HOST": sandbox.kannel_host,
            "KANNEL_PORT": str(sandbox.kannel_port),
            "KANNEL_USER": "demo",
            "KANNEL_PASS": "demo",
            "BILLING_URL": sandbox.billing_url,
            "TMPDIR": str(long),
        }
        run = Run(copy_tree(folder / "tree"), folder / "var", own)
        try:
            url = f"http://127.0.0.1:{run.ready().port}/api"
            asked = requests.post(f"{url}/user/requestCode", json={"userPhone": NORMAL}, timeout=30)
            assert asked.status_code == 204, asked.text
            code = {"userPhone": NORMAL, "smsCode": sandbox.code_for(NORMAL, within=10)}
            told = requests.post(f"{url}/user/confirmCode", json=code, timeout=30).json()
            bearer = {"Authorization": f"Bearer {told['data']['accessToken']}"}
            homes = requests.post(f"{url}/address/getAddressList", headers=bearer, timeout=30)
            assert homes.status_code == 200, homes.text
        finally:
            run.end()
        assert {method for method, _ in sandbox.calls("billing")} >= {"getaddresslist"}
        run.wait_until_nothing_is_left()
