"""The process that ends everything when the launcher is gone, however it went.

It reads lines from a pipe whose other end only the launcher holds, so that the end of the file
means "ended", also by `kill -9`. There is no second way of ending: a launcher that stops in order
closes the pipe and waits for us. Lines: `began PID` (a leader of its own process group),
`ended PID`, `postgres JSON` (before it starts), `ready` (it has started), `remove PATH`.
"""

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from smartyard.launcher.postgres import Cluster, PostgresFailed

GRACE = 10  # seconds that our processes get between TERM and KILL
PID_FILE_WAIT = 3  # seconds in which a PostgreSQL that is being started writes its pid


@dataclass
class Charge:
    """What was begun so far and has to be ended."""

    leaders: list[int] = field(default_factory=list)
    cluster: Cluster | None = None
    cluster_ready: bool = False
    folders: list[Path] = field(default_factory=list)

    def read(self, line: str) -> None:
        word, _, rest = line.strip().partition(" ")
        if word == "began":
            self.leaders.append(int(rest))
        elif word == "ended" and int(rest) in self.leaders:
            self.leaders.remove(int(rest))
        elif word == "postgres":
            values = json.loads(rest)
            paths = {name: Path(values[name]) for name in ("bin_dir", "data", "socket_dir")}
            self.cluster = Cluster(**paths, system_user=values["system_user"])
        elif word == "ready":
            self.cluster_ready = True
        elif word == "remove":
            self.folders.append(Path(rest))

    def end(self) -> None:
        """Processes first, then the database that they use, then the folders."""
        for leader in self.leaders:
            _send(os.kill, leader, signal.SIGTERM)  # the master alone: it ends its workers itself
        _wait(lambda: not any(is_alive(leader) for leader in self.leaders), GRACE)
        for leader in self.leaders:
            _send(os.killpg, leader, signal.SIGKILL)
        if self.cluster is not None:
            self._stop_postgres(self.cluster)
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)

    def _stop_postgres(self, cluster: Cluster) -> None:
        if not self.cluster_ready:
            _wait((cluster.data / "postmaster.pid").exists, PID_FILE_WAIT)
        try:
            cluster.stop()
        except PostgresFailed as wrong:
            with suppress(OSError):  # its pid file has gone, so it has
                if is_alive(cluster.postmaster()):  # else it died earlier, and that was said
                    print(wrong, file=sys.stderr)


def _send(call: Callable[[int, int], None], target: int, number: int) -> None:
    try:
        call(target, number)
    except (ProcessLookupError, PermissionError):
        pass  # gone, or by now somebody else's


def is_alive(pid: int) -> bool:
    """A zombie counts as gone: in a container nobody may ever collect it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False  # ours never change their user, so the number was given to another process
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2][1] != "Z"
    except (OSError, UnicodeError):
        return not Path("/proc/self").exists()  # no such thing here: we know no better


def _wait(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)


def main() -> None:
    """Read to the end, then end what was begun."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    charge = Charge()
    for line in sys.stdin:
        charge.read(line)
    charge.end()


if __name__ == "__main__":
    main()
