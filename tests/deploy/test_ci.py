"""`.ci/run` and `make check`: which commands they call, and that nothing is skipped there unseen.

The script runs as it is; `make` and Debian's package programs are stood in for by ones that write
down how they were called.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.test_makefile import ROOT, make

STYLE = [
    "black --check app.py smartyard tests",
    "isort --check-only app.py smartyard tests",
    "flake8 app.py smartyard tests",
    "pylint app.py smartyard",
    "mypy --strict smartyard",
]
PACKAGES = {
    "kannel",
    "kannel-extras",
    "nginx",
    "supervisor",
    "ffmpeg",
    "postgresql",
    "wrk",
    "chromium",
}
STAND_IN = """#!/bin/sh
echo "${{0##*/}} CI_REAL=$CI_REAL TEST_PG_BIN=$TEST_PG_BIN $*" >> "{said}"
printf installed
[ "$1" != "${{FAILS:-}}" ]
"""


def test_make_check_is_these_five_and_no_more() -> None:
    told = make("--dry-run", "check", f"VENV={sys.prefix}").stdout
    called = [line.partition(" -m ")[2] for line in told.splitlines() if " -m " in line]
    assert [line for line in called if not line.startswith("pip ")] == STYLE


def ci(folder: Path, **more: str) -> tuple[int, list[str]]:
    """The status of `.ci/run`, and what it called."""
    programs, said = folder / "programs", folder / "said"
    programs.mkdir()
    for name in ("make", "dpkg-query"):
        (programs / name).write_text(STAND_IN.format(said=said), encoding="utf-8")
        (programs / name).chmod(0o755)
    done = subprocess.run(
        [ROOT / ".ci" / "run"],
        env={"PATH": f"{programs}:{os.environ['PATH']}", **more},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    lines = said.read_text(encoding="utf-8").splitlines() if said.exists() else []
    return done.returncode, lines


@pytest.mark.real
def test_ci_checks_the_style_runs_the_suite_and_fuzzes(tmp_path: Path) -> None:
    if not list(Path("/usr/lib/postgresql").glob("*/bin")):
        pytest.skip("Debian's postgresql is not installed")
    status, called = ci(tmp_path)
    *asked, style, suite, fuzz = called
    assert status == 0 and {line.split()[-1] for line in asked} == PACKAGES
    assert style.endswith(" check")
    assert suite.startswith("make CI_REAL=1 TEST_PG_BIN=/usr/lib/postgresql/")
    assert suite.endswith("/bin test"), "the whole suite"
    assert fuzz.endswith(" TEST_PG_BIN= fuzz"), "on the wheel's PostgreSQL"


@pytest.mark.parametrize("turn", ["0/2", "1/2"])
def test_the_first_journey_is_in_every_turn_and_of_the_others_the_share(turn: str) -> None:
    first, *others = (f"tests/journeys/test_{name}.py" for name in ("main_job", "clips", "guests"))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--collect-only", first, *others],
        cwd=ROOT,
        env={**os.environ, "LONG_TURN": turn},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert f"{first}::" in done.stdout, done.stdout + done.stderr
    assert sum(f"{name}::" in done.stdout for name in others) == 1


@pytest.mark.real
@pytest.mark.parametrize("what", ["check", "test", "fuzz"])
def test_ci_fails_with_what_it_calls(tmp_path: Path, what: str) -> None:
    if not list(Path("/usr/lib/postgresql").glob("*/bin")):
        pytest.skip("Debian's postgresql is not installed")
    status, called = ci(tmp_path, FAILS=what)
    assert status != 0 and called[-1].endswith(f" {what}")


NEEDS_FFPROBE = "tests/sandbox/test_media.py::test_ffprobe_plays_it"


@pytest.mark.parametrize("in_ci", [True, False])
def test_a_real_part_that_is_not_there_is_a_failure_in_ci_alone(in_ci: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", NEEDS_FFPROBE],
        cwd=ROOT,
        env={**os.environ, "PATH": "/nowhere", "CI_REAL": "1" if in_ci else ""},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (done.returncode == 1) is in_ci, done.stdout
    assert ("skipped although CI_REAL=1" if in_ci else "SKIPPED") in done.stdout
    assert "ffprobe" in done.stdout
