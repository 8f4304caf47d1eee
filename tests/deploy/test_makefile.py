"""The commands of the Makefile, as far as they can be run within the suite."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def make(*arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_is_the_default_and_names_every_target() -> None:
    told = make().stdout
    for target in (
        "run",
        "test",
        "fuzz",
        "lint",
        "check",
        "format",
        "examples",
        "bench",
        "bench-large",
        "help",
    ):
        assert f"make {target} " in told


def test_arguments_take_the_place_of_the_whole_suite() -> None:
    told = make("--dry-run", "test", "ARGS=tests/user -x", f"VENV={sys.prefix}").stdout
    assert told.splitlines()[-1].endswith("/bin/python -m pytest tests/user -x")


def test_an_old_python_is_one_sentence(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")  # as Python 3.9 answers the question about its version
    old.chmod(0o755)
    done = make("run", f"PYTHON={old}", f"VENV={tmp_path / 'venv'}")
    assert done.returncode != 0
    assert "Python 3.11 or later is needed" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_a_python_without_venv_is_one_sentence(tmp_path: Path) -> None:
    bare = tmp_path / "python3"
    bare.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\nexit 0\n')
    bare.chmod(0o755)
    done = make("run", f"PYTHON={bare}", f"VENV={tmp_path / 'venv'}")
    assert done.returncode != 0
    assert "python3-venv" in done.stderr


def test_what_is_installed_is_not_installed_again(tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").touch()
    (venv / ".installed").touch()
    assert "pip" not in make("--dry-run", "run", f"VENV={venv}").stdout
    os.utime(venv / ".installed", (0, 0))  # older than requirements.txt
    assert "pip" in make("--dry-run", "run", f"VENV={venv}").stdout


def test_the_whole_suite_is_shared_out_and_a_part_runs_as_it_is_told() -> None:
    whole, part = (make("--dry-run", "test", *more).stdout for more in ([], ["ARGS=tests/pay -x"]))
    assert "-m pytest -n 4 --dist loadfile" in whole
    assert "-m pytest tests/pay -x\n" in part
