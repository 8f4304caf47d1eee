"""Processes that the launcher begins: each in a session of its own, each known to the guardian.

Errors: `ChildFailed`, a sentence with the last line that the process wrote.
"""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO

from smartyard.launcher.postgres import Cluster


class ChildFailed(Exception):
    """A process of ours ended when it should not have, or did not begin."""


class Stopped(Exception):
    """Somebody asked us to stop."""


class Children:
    """Begins processes, tells the guardian of each before its program runs, and watches them."""

    def __init__(self, root: Path, logs: Path, lock: int, stopping: Callable[[], bool]) -> None:
        """`lock` is kept open by the guardian too: the next run waits for the end of this one."""
        self._root, self._logs, self._stopping = root, logs, stopping
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        reading, self._pipe = os.pipe()
        self._guardian = subprocess.Popen(  # pylint: disable=consider-using-with  # outlives us
            [sys.executable, "-m", "smartyard.launcher.guardian"],
            cwd=root,
            stdin=reading,
            stdout=subprocess.DEVNULL,
            pass_fds=[lock],
            start_new_session=True,
        )
        os.close(reading)

    def tell(self, line: str) -> None:
        """One line to the guardian; a short write to a pipe is never split or mixed."""
        os.write(self._pipe, f"{line}\n".encode())

    def tell_of(self, cluster: Cluster) -> None:
        """To be called before the cluster starts."""
        self.tell(f"postgres {json.dumps(asdict(cluster), default=str)}")

    def begin(
        self,
        name: str,
        command: list[str],
        env: Mapping[str, str],
        stdout: IO[bytes] | int | None = None,
    ) -> subprocess.Popen[bytes]:
        """Begin a process that is to run until the end; its words go to `<logs>/<name>.log`."""

        def announce() -> None:
            # In the child, before its program: however fast we are killed, the guardian knows it.
            self.tell(f"began {os.getpid()}")

        with open(self._log(name), "wb") as log:
            child = (
                subprocess.Popen(  # pylint: disable=consider-using-with,subprocess-popen-preexec-fn
                    command,
                    cwd=self._root,
                    env=dict(env),
                    stdin=subprocess.DEVNULL,
                    stdout=log if stdout is None else stdout,
                    stderr=log,
                    start_new_session=True,
                    preexec_fn=announce,
                )
            )
        self._running[name] = child
        return child

    def run(self, name: str, command: list[str], env: Mapping[str, str]) -> None:
        """Begin a process and wait for its end. Raises ChildFailed unless it ended well."""
        child = self.begin(name, command, env)
        while child.poll() is None:
            self.pause(but=name)
        del self._running[name]
        self.tell(f"ended {child.pid}")
        if child.returncode:
            raise ChildFailed(self._how_it_ended(name, child.returncode))

    def first_line(self, name: str, command: list[str], env: Mapping[str, str], wait: float) -> str:
        """Begin a process and give the first line of its output, by which it says it is ready."""
        child = self.begin(name, command, env, stdout=subprocess.PIPE)
        assert child.stdout is not None
        deadline = time.monotonic() + wait
        while not select.select([child.stdout], [], [], 0)[0]:
            self.pause()
            if time.monotonic() > deadline:
                raise ChildFailed(f"The {name} did not say within {wait:.0f} s that it is ready.")
        line = child.stdout.readline().decode()
        if not line:
            child.wait()
            self.pause()
        return line

    def pause(self, but: str = "") -> None:
        """A moment's rest. Raises Stopped, or ChildFailed when a process has ended."""
        time.sleep(0.05)
        if self._stopping():
            raise Stopped
        for name, child in self._running.items():
            if name != but and child.poll() is not None:
                raise ChildFailed(self._how_it_ended(name, child.returncode))

    def end(self) -> None:
        """End everything and wait for it, collecting our children on the way."""
        os.close(self._pipe)
        while self._guardian.poll() is None:
            for child in self._running.values():
                child.poll()
            time.sleep(0.05)

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def _how_it_ended(self, name: str, code: int) -> str:
        told = self._log(name).read_text(encoding="utf-8", errors="replace").strip().splitlines()
        last = f": {told[-1]}" if told else ""
        return f"The {name} ended (status {code}){last}\nIts log: {self._log(name)}"
