"""The commands of docs/sandbox.md, as somebody pastes them, against a `make run` of our own."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.paying import pay_by_card
from tests.launcher.running import PATIENCE, ROOT, Run, copy_tree, wait_for

pytestmark = pytest.mark.timeout(400)  # a whole run, on a noisy machine


@pytest.fixture
def run() -> Iterator[Run]:
    with tempfile.TemporaryDirectory(prefix="sy-evening-", dir="/tmp") as name:
        Path(name).chmod(0o755)  # for the PostgreSQL of root's run, which is another user's
        tree = copy_tree(Path(name) / "tree")
        (tree / ".venv").symlink_to(sys.prefix)  # where make would have put it
        begun = Run(tree, tree / "var", {"MIN_FREE_GB": "0.1"})
        try:
            yield begun.ready()
        finally:
            begun.end()


def blocks() -> list[str]:
    page = (ROOT / "docs/sandbox.md").read_text(encoding="utf-8")
    evening = page.partition("## An evening by curl")[2].partition("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```$", evening, re.MULTILINE | re.DOTALL)


class Terminal:
    """One shell, which keeps its variables between two pastes."""

    def __init__(self, run: Run) -> None:
        found = re.search(r"things, at (\S+)", run.said)
        assert found is not None, run.said
        self._here = {
            "http://127.0.0.1:5000": f"http://127.0.0.1:{run.port}",
            "http://127.0.0.1:5001": found[1],
        }
        self._shell = subprocess.Popen(  # pylint: disable=consider-using-with  # see end()
            ["bash"],
            cwd=run.work_dir.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def paste(self, block: str) -> str:
        """What the commands of the block print."""
        for written, here in self._here.items():
            block = block.replace(written, here)
        assert self._shell.stdin is not None and self._shell.stdout is not None
        self._shell.stdin.write(f"{block}echo THE-END\n")
        self._shell.stdin.flush()
        lines = iter(self._shell.stdout.readline, "THE-END\n")
        return "".join(lines)

    def end(self) -> None:
        self._shell.communicate(timeout=PATIENCE)


@pytest.fixture
def terminal(run: Run) -> Iterator[Terminal]:
    begun = Terminal(run)
    yield begun
    begun.end()


def test_the_commands_of_the_page_lead_from_a_number_to_a_payment(terminal: Terminal) -> None:
    sign_in, watch, fetch, come, ring, pay, balance, operate = blocks()
    assert re.search(r"code [0-9]{4}, token [0-9a-f-]{36}\n$", terminal.paste(sign_in))
    seen = terminal.paste(watch)
    assert '"houseId":"101"' in seen and "#EXTM3U" in seen
    assert seen.endswith("200\n403\n"), seen
    fetched = terminal.paste(fetch)
    assert re.search(r"/api/clips/[0-9a-f]{32}\.mp4\n200 video/mp4\n$", fetched), fetched
    assert_somebody_comes(terminal, come, ring)
    before = first_balance(terminal.paste(balance))
    form = re.search(r'"formUrl":"([^"]+)', terminal.paste(pay))
    assert form is not None
    assert pay_by_card(form[1]).status_code == 303
    wait_for(
        lambda: first_balance(terminal.paste(balance)) == before + 150, "the payment on the balance"
    )
    wait_for(lambda: "credited" in terminal.paste(operate), "the payment in the operator's list")


def assert_somebody_comes(terminal: Terminal, come: str, ring: str) -> None:
    came = terminal.paste(come)
    assert '"event":"3"' in came and '"detailX":{"key":"0000000A1B2C3D"' in came, came
    assert came.endswith("200 image/jpeg\n"), came
    rang = terminal.paste(ring)
    assert '"state": "rings"' in rang and '"phones": ["my-phone"]' in rang, rang
    assert rang.endswith('200 image/jpeg\n{"done": true}\n'), rang
    told = terminal.paste('echo "$(curl -sS "$page/calls")"\n')
    assert '"state": "opened"' in told, told


def first_balance(said: str) -> float:
    found = re.search(r'"balance":([0-9.]+)', said)
    assert found is not None, said
    return float(found[1])
