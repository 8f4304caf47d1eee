"""`make fuzz`: Schemathesis makes requests from the OpenAPI document for a while, and fails when an
answer is a 5xx, or one that the document does not have: its status, its type, its shape.

The server is the one that `make run` starts, with its demo world and the sandbox outside, in a
folder of its own. Half of the requests are wrong on purpose. `hooks.py` signs them.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.launcher.running import ROOT, Run

# What costs money or guesses has a limit, for which a fuzzer's hour is over in seconds.
LIMITS = (
    "SMS_PER_PHONE_HOUR", "SMS_PER_PHONE_DAY", "SMS_PER_ADDRESS_HOUR", "SMS_PER_DAY_TOTAL",
    "CODE_MISSES_PER_ADDRESS_HOUR", "SESSIONS_PER_PHONE", "PAY_PER_PHONE_HOUR",
    "PAY_ACTS_PER_PHONE_HOUR", "PAY_MISSES_PER_ADDRESS_HOUR", "DOCUMENTS_PER_PHONE_HOUR",
    "TICKETS_PER_PHONE_DAY", "TICKET_WORDS_PER_PHONE_HOUR", "ALERTS_PER_PHONE_HOUR",
    "GEOCODER_PER_PHONE_HOUR", "INVITATIONS_PER_DAY", "CLIPS_PER_DAY", "QR_TRIES_PER_HOUR",
)  # fmt: skip
# A busy machine is no silent outside.
TIMEOUTS = ("BILLING_TIMEOUT", "KANNEL_TIMEOUT", "PANEL_TIMEOUT", "SBER_TIMEOUT", "FRS_TIMEOUT")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
_QUIET = re.compile(r"^\S+ \S+ INFO |a bank callback with a wrong signature")
SCOPES = ("billing", "events", "pbx")


def _environment_of(run: Run) -> dict[str, str]:
    """What the launcher told its server: where the database is, above all."""
    for pid, command in run.processes().items():
        if "gunicorn" in command:
            told = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
            return dict(line.split("=", 1) for line in told if "=" in line)
    raise SystemExit("make fuzz: the server does not run" + run.logs())


def _provider_key(run: Run) -> str:
    scopes = [word for scope in SCOPES for word in ("--scope", scope)]
    return subprocess.check_output(
        [
            sys.executable,
            "-m",
            "flask",
            "--app",
            "app",
            "tokens",
            "add",
            "fuzz",
            *scopes,
            "--from",
            "127.0.0.1",
        ],
        cwd=ROOT,
        env=_environment_of(run),
        text=True,
    ).strip()


def _fuzz(run: Run, seconds: int, seed: int | None) -> int:
    url = f"http://127.0.0.1:{run.port}"
    schemathesis = Path(sys.executable).with_name("schemathesis")
    return subprocess.call(
        [
            str(schemathesis), "run", f"{url}/api/openapi.json", "--url", url,
            "--phases", "examples,coverage,fuzzing", "--max-time", str(seconds),
            "--checks", ",".join(CHECKS), "--workers", "2", "--request-timeout", "20",
            "--continue-on-failure", "--no-shrink", "--warnings", "off",
            "--suppress-health-check", "all",
            *(["--seed", str(seed)] if seed is not None else []),
        ],
        cwd=run.work_dir,  # it writes what it found there
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks",
            "FUZZ_URL": f"{url}/api",
            "FUZZ_PAGE": run.page_url,
            "FUZZ_KEY": _provider_key(run),
        },
    )  # fmt: skip


def _show_failures(run: Run) -> None:
    """What the server and the worker say of it: a bug with its trace, an outside's silence."""
    for log in ("server.log", "worker.log"):
        lines = (run.work_dir / "log" / log).read_text(encoding="utf-8").splitlines()
        told = [line for line in lines if ": 50" in line or not _QUIET.search(line)]
        print("\n".join([f"--- {log}", *told[-200:]]), file=sys.stderr)


def main() -> int:
    options = argparse.ArgumentParser(prog="make fuzz", description="Fuzz the whole API.")
    options.add_argument("--seconds", type=int, default=60)
    options.add_argument("--seed", type=int, help="of an earlier run, to have the same again")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="sy-fuzz-", dir="/tmp") as folder:
        patience = {name: "15" for name in TIMEOUTS}
        run = Run(ROOT, Path(folder) / "var", dict.fromkeys(LIMITS, "1000000") | patience)
        try:
            status = _fuzz(run.ready(), chosen.seconds, chosen.seed)
            if status:
                _show_failures(run)
            return status
        finally:
            run.end()


if __name__ == "__main__":
    sys.exit(main())
