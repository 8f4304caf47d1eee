"""A Chromium without a window, told by the DevTools protocol over two pipes what to do."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import IO, Any

OPTIONS = (
    "--headless=new --no-sandbox --disable-gpu --remote-debugging-pipe --no-first-run"
    " --autoplay-policy=no-user-gesture-required"
).split()
# It reads from the third descriptor and writes to the fourth.
BEGIN = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Browser:
    """One tab."""

    def __init__(self, said: IO[bytes], heard: IO[bytes]) -> None:
        self._said = said
        self._heard = heard
        self._numbers = count(1)
        self._tab = ""
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        tab = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._tab = tab["sessionId"]

    def open(self, url: str) -> None:
        self._call("Page.navigate", url=url)

    def run(self, script: str) -> Any:
        """What an expression comes to, once it is there."""
        told = self._call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        return told["result"].get("value")

    def _call(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if self._tab:
            message["sessionId"] = self._tab
        self._said.write(json.dumps(message).encode() + b"\0")
        self._said.flush()
        while True:
            answer = json.loads(self._next())
            if answer.get("id") == number:
                return answer["result"]

    def _next(self) -> bytes:
        found = bytearray()
        while (byte := self._heard.read(1)) != b"\0":
            if not byte:
                raise EOFError("the browser has gone")
            found += byte
        return bytes(found)


@contextmanager
def chromium(program: str, folder: Path) -> Iterator[Browser]:
    """Its profile is in `folder`."""
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    words = [program, *OPTIONS, f"--user-data-dir={folder}"]
    with (
        open(folder / "chromium.log", "wb") as log,
        open(ours_out, "wb") as said,
        open(ours_in, "rb") as heard,
        subprocess.Popen(
            [sys.executable, "-c", BEGIN, str(theirs_in), str(theirs_out), *words],
            pass_fds=(theirs_in, theirs_out),
            stdout=log,
            stderr=log,
        ) as process,
    ):
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            yield Browser(said, heard)
        finally:
            process.terminate()
