"""`python -m smartyard.launcher` as a process, in a copy of the tree."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.fixtures.ports import free_port

ROOT = Path(__file__).parents[2]
PATIENCE = 90  # seconds; a noisy machine is slow, and none of these waits is a measurement
READY = "Ctrl-C ends everything"


def copy_tree(target: Path) -> Path:
    """What git would give somebody, with what is not committed yet; no .env, no var."""
    names = subprocess.check_output(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, text=True
    )
    for name in filter(None, names.split("\0")):
        if (ROOT / name).exists():  # not one that was just deleted
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


def wait_for(condition: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE} s for: {what}"
        time.sleep(0.1)


class Run:
    """One launcher over `work_dir`, in a session of its own, as a terminal would give it."""

    def __init__(
        self,
        tree: Path,
        work_dir: Path,
        env: Mapping[str, str] | None = None,
        python: str = sys.executable,
        **options: Any,
    ) -> None:
        self.work_dir = work_dir
        self.port = free_port()
        self.output = work_dir.with_name(work_dir.name + ".output")
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(  # pylint: disable=consider-using-with  # see end()
                [python, "-m", "smartyard.launcher"],
                cwd=tree,
                env={
                    **os.environ,
                    "WORK_DIR": str(work_dir),
                    "LISTEN": f"127.0.0.1:{self.port}",
                    "WORKERS": "1",
                    "THREADS": "12",
                    **(env or {}),
                },
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **options,
            )

    @property
    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    @property
    def page_url(self) -> str:
        """Of the sandbox's page."""
        found = re.search(r"things, at (\S+)", self.said)
        assert found is not None, self.said
        return found[1]

    def ready(self) -> "Run":
        """Wait until it has printed how to begin."""
        wait_for(lambda: READY in self.said or self.process.poll() is not None, "the greeting")
        assert READY in self.said, self.said + self.logs()
        return self

    def logs(self) -> str:
        return "".join(
            f"\n--- {log.name}\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}"
            for log in sorted((self.work_dir / "log").glob("*.log"))
        )

    def status(self) -> int:
        """Wait for its end."""
        return self.process.wait(PATIENCE)

    def processes(self) -> dict[int, str]:
        """All that belong to this run: they carry its WORK_DIR, or serve the data in it."""
        mark = f"WORK_DIR={self.work_dir}\0".encode()
        data = f"{self.work_dir}/postgres".encode()
        found = {}
        for entry in Path("/proc").iterdir():
            try:
                words = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
                if words and (
                    data in words.split(b"\0") or mark in (entry / "environ").read_bytes()
                ):
                    found[int(entry.name)] = words.replace(b"\0", b" ").decode()
            except OSError:
                continue  # gone, or of somebody else
        return found

    def wait_until_nothing_is_left(self) -> None:
        wait_for(lambda: not self.processes(), "the end of every process")
        assert not (self.work_dir / "postgres" / "postmaster.pid").exists(), "not ended by pg_ctl"

    def end(self) -> None:
        """For a test that failed: leave nothing."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(PATIENCE)
