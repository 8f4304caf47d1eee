"""`SECRET_KEY`: made once, by one of many, and kept from everybody else."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from smartyard.config import Settings, SettingsError
from smartyard.secret import Keys, secret_key

ROOT = Path(__file__).parents[1]
_READ = (
    "from smartyard.config import load; from smartyard.secret import secret_key;"
    " print(secret_key(load(None)).decode())"
)


def test_the_setting_wins_and_no_file_is_made(tmp_path: Path) -> None:
    given = Settings(work_dir=tmp_path, secret_key=SecretStr("given by the operator"))
    assert secret_key(given) == b"given by the operator"
    assert not list(tmp_path.iterdir())


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(work_dir=tmp_path / "deep" / "er")
    key = secret_key(settings)
    (file,) = (tmp_path / "deep" / "er").iterdir()
    assert file.name == "secret.key" and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(key) == 64 and secret_key(settings) == key
    assert secret_key(Settings(work_dir=tmp_path)) != key


def test_processes_that_start_at_once_use_the_same_key(tmp_path: Path) -> None:
    environment = {**os.environ, "WORK_DIR": str(tmp_path)}
    started = [
        subprocess.Popen(  # pylint: disable=consider-using-with  # all are waited for below
            [sys.executable, "-c", _READ],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    keys = {process.communicate(timeout=60)[0] for process in started}
    assert len(keys) == 1 and len(keys.pop().strip()) == 64
    assert [file.name for file in tmp_path.iterdir()] == ["secret.key"]


@pytest.mark.parametrize("content", [b"", b"\n", b"short\n"])
def test_a_file_that_holds_no_key_stops_the_start(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret.key").write_bytes(content)
    with pytest.raises(SettingsError, match="holds no key"):
        secret_key(Settings(work_dir=tmp_path))
    assert (tmp_path / "secret.key").read_bytes() == content


def test_a_file_that_cannot_be_read_or_made_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "secret.key").mkdir()
    with pytest.raises(SettingsError, match="cannot be used"):
        secret_key(Settings(work_dir=tmp_path))
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="SECRET_KEY is not set"):
        secret_key(Settings(work_dir=tmp_path / "file" / "below"))


def test_a_mac_is_of_its_key_its_purpose_and_its_very_parts() -> None:
    one, two = Keys(b"1" * 32), Keys(b"2" * 32)
    made = [
        one.mac("code", "ab", "c"), two.mac("code", "ab", "c"), one.mac("device", "ab", "c"),
        one.mac("code", "a", "bc"), one.mac("code", "abc"), one.mac("code", "ab", "c", ""),
    ]  # fmt: skip
    assert len(set(made)) == 6 and {len(mac) for mac in made} == {32}
    assert one.mac("code", "ab", b"c") == made[0]
