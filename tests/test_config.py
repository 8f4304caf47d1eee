"""The settings: what operators have goes on working, and what is wrong is said at once."""

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from dotenv import dotenv_values

from smartyard.config import Settings, SettingsError, load

ROOT = Path(__file__).parents[1]
EXAMPLE = (ROOT / "example.env").read_text(encoding="utf-8")
SHOWN = re.compile(r"^# ([A-Z_0-9]+=)", re.MULTILINE)

# What installations of 2022 have in their .env; their values are nobody's.
OF_2022 = """
PG_HOST=127.0.0.1
PG_PORT=5432
PG_DBNAME=smartyard
PG_USER=smartyard
PG_PASS=smartyard
WORK_DIR=/opt/smartyard
KANNEL_HOST=sms.example.org
KANNEL_PORT=13013
KANNEL_USER=operator
KANNEL_PASS=operator
KANNEL_FROM=OPERATOR
KANNEL_TEXT='РОСТЕЛЕСЕТЬ код подтверждения: '
KANNEL_PATH=/cgi-bin/sendsms
KANNEL_CODING=2
BILLING_URL=http://billing.example.org/api/
EXPIRE=360
PROXYFL=http://old.example.org/api/accessfl
TEST_USER=89001234567
TEST_PASS=1001
SERVER_URL=https://smartyard.example.org
"""


def read(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / ".env"
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_example_names_every_setting_and_no_other() -> None:
    named = dotenv_values(stream=StringIO(SHOWN.sub(r"\1", EXAMPLE)))
    assert sorted(named) == sorted(name.upper() for name in list(Settings.model_fields))


def test_every_setting_of_the_example_has_a_comment_in_its_part() -> None:
    for part in re.split(r"^# --- ", EXAMPLE, flags=re.MULTILINE)[1:]:
        assert len(part.partition("\n")[0]) > 5


def test_example_shows_the_true_defaults(tmp_path: Path) -> None:
    shown = "\n".join(line[2:] for line in EXAMPLE.splitlines() if SHOWN.match(line))
    assert read(tmp_path, shown) == load(None)


def test_example_keeps_the_blank_after_the_text_of_the_sms(tmp_path: Path) -> None:
    assert read(tmp_path, EXAMPLE).kannel_text == "РОСТЕЛЕСЕТЬ код подтверждения: "


def test_an_empty_environment_is_enough() -> None:
    settings = load(None)
    assert (settings.kannel_host, settings.billing_url, settings.pg_host) == ("", "", "")


def test_an_env_file_of_2022_still_starts(tmp_path: Path) -> None:
    settings = read(tmp_path, OF_2022)
    assert settings.test_user == "79001234567"
    assert settings.expire == 360
    assert settings.kannel_pass.get_secret_value() == "operator"
    assert settings.work_dir == Path("/opt/smartyard")


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPIRE", "5")
    assert read(tmp_path, "EXPIRE=7").expire == 5


@pytest.mark.parametrize("name", ["EXPIRE", "TEST_USER", "WORKERS", "TIMEZONE", "SMS_PREFIXES"])
def test_an_empty_value_is_no_value(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, f"{name}=\n") == load(None)


def test_an_empty_variable_does_not_hide_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLING_URL", "")
    assert read(tmp_path, "BILLING_URL=http://billing").billing_url == "http://billing"


def test_names_all_that_is_wrong_at_once_and_no_value(tmp_path: Path) -> None:
    wrong = {
        "PG_PORT": "port-secret",
        "EXPIRE": "-12321",
        "WORKERS": "0",
        "TEST_USER": "12345-secret",
        "BILLING_URL": "ftp://secret:secret@billing",
        "CORS_ORIGINS": "https://secret.example,*",
        "TIMEZONE": "Secret/Nowhere",
        "SMS_PER_DAY_TOTAL": "secret-many",
    }
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, "\n".join(f"{name}='{value}'" for name, value in wrong.items()))
    text = str(caught.value)
    assert [name for name in wrong if name not in text] == []
    assert "secret" not in text.lower()
    assert "12321" not in text


def test_secrets_are_not_in_what_a_log_would_show(tmp_path: Path) -> None:
    names = ("SECRET_KEY", "PG_PASS", "KANNEL_PASS", "BILLING_TOKEN", "SBER_PASSWORD")
    lines = [f"{name}=hidden-behind-stars-{name}" for name in names] + ["TEST_PASS=73915"]
    settings = read(tmp_path, "\n".join(lines))
    assert "hidden" not in repr(settings)
    assert "73915" not in repr(settings)


@pytest.mark.parametrize("line", ["TEST_PASS=abcd", "TEST_PASS=123", "SECRET_KEY=short"])
def test_a_code_that_no_app_can_send_and_a_key_that_is_none_are_refused(
    tmp_path: Path, line: str
) -> None:
    with pytest.raises(SettingsError, match=line.split("=", maxsplit=1)[0]):
        read(tmp_path, line)


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ("WEBHOOK_LEASE=22", ["WEBHOOK_LEASE"]),
        ("WEBHOOK_TIMEOUT=41", ["WEBHOOK_LEASE"]),
        ("RIGHTS_REFRESH=259201", ["RIGHTS_REFRESH"]),
        ("BILLING_MAX_STALE=5", ["RIGHTS_REFRESH"]),
        ("DOORS_MAX_STALE=5", ["RIGHTS_REFRESH"]),
        ("DOORS_MAX_STALE=5\nWEBHOOK_LEASE=22", ["WEBHOOK_LEASE", "RIGHTS_REFRESH"]),
    ],
)
def test_settings_that_contradict_each_other_are_refused_together(
    tmp_path: Path, lines: str, named: list[str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, lines)
    assert [one for one in ("WEBHOOK_LEASE", "RIGHTS_REFRESH") if one in str(caught.value)] == named


def test_settings_that_just_fit_together_are_taken(tmp_path: Path) -> None:
    fit = "WEBHOOK_LEASE=23\nRIGHTS_REFRESH=3600\nBILLING_MAX_STALE=1\nDOORS_MAX_STALE=1"
    assert read(tmp_path, fit).webhook_lease == 23


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("https://a.example, https://b.example/", ("https://a.example", "https://b.example")),
        ("https://a.example https://b.example", ("https://a.example", "https://b.example")),
    ],
)
def test_a_list_is_written_with_commas_or_blanks(
    tmp_path: Path, text: str, origins: tuple[str, ...]
) -> None:
    assert read(tmp_path, f"CORS_ORIGINS={text}").cors_origins == origins


@pytest.mark.parametrize(
    "words", ["gunicorn -c gunicorn.conf.py app:gunicorn_app", "flask --app app payments list"]
)
def test_what_is_wrong_is_said_without_a_trace(tmp_path: Path, words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *words.split()],
        cwd=ROOT,
        env={**os.environ, "WORKERS": "many", "EXPIRE": "soon", "WORK_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "WORKERS" in done.stderr and "EXPIRE" in done.stderr
    assert "Traceback" not in done.stderr
