"""nginx and supervisord read our files. How they behave under load is tested where requests fly."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from smartyard.clips.routes import INSIDE_NGINX

ROOT = Path(__file__).parents[2]
NGINX = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")


def program(name: str) -> str:
    """A real program, or the test is skipped (and fails in CI)."""
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/bin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.mark.real
def test_nginx_accepts_the_file(tmp_path: Path) -> None:
    main = tmp_path / "nginx.conf"
    main.write_text(
        f"pid {tmp_path}/pid; error_log {tmp_path}/log; events {{}}\n"
        f"http {{ access_log off; include {ROOT}/deploy/nginx.conf; }}\n"
    )
    done = subprocess.run(
        [program("nginx"), "-t", "-p", str(tmp_path), "-c", str(main)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in re.sub(r'.*"user" directive.*', "", done.stderr)


def test_each_location_sets_each_header_once_and_appends_no_address() -> None:
    locations = re.findall(r"location [^{]+\{[^}]*\}", NGINX)
    passing = [location for location in locations if "proxy_pass" in location]
    assert len(passing) == 4
    for location in passing:
        names = re.findall(r"proxy_set_header (\S+)", location)
        assert sorted(names) == sorted(set(names))
        assert "X-Forwarded-For $remote_addr;" in location
        assert "$proxy_add_x_forwarded_for" not in location


def test_what_else_there_is_can_be_reached_by_our_own_answer_alone() -> None:
    locations = re.findall(r"location [^{]+\{[^}]*\}", NGINX)
    inside = [location for location in locations if "proxy_pass" not in location]
    assert len(inside) == 1 and "internal;" in inside[0]
    assert inside[0].startswith(f"location {INSIDE_NGINX} {{")


@pytest.mark.real
def test_supervisord_reads_the_file_by_itself_and_included(tmp_path: Path) -> None:
    text = (ROOT / "smartyard.ini").read_text(encoding="utf-8")
    text = re.sub(r"^(user|stdout_logfile)=.*\n", "", text, flags=re.MULTILINE)
    text = text.replace("directory=/opt/smartyard", f"directory={tmp_path}")
    text = text.replace("autostart=true", "autostart=false")
    alone = tmp_path / "smartyard.ini"
    alone.write_text(text, encoding="utf-8")
    host = tmp_path / "supervisord.conf"
    host.write_text(
        f"[supervisord]\nlogfile={tmp_path}/host.log\npidfile={tmp_path}/host.pid\n"
        f"[include]\nfiles={alone}\n"
    )
    for file, extra in (
        (alone, ["-l", "alone.log", "-j", "alone.pid"]),
        (host, []),
    ):
        with subprocess.Popen(
            [program("supervisord"), "-n", "-c", str(file), "-q", str(tmp_path), *extra],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as running:
            assert running.stdout is not None
            said = ""
            for line in running.stdout:
                said += line
                if "supervisord started" in line:
                    break
            running.terminate()
            said += running.communicate(timeout=60)[0]
        assert "supervisord started" in said, said
    assert (tmp_path / "host.log").exists(), "the included file replaced a setting of the host"


def test_supervisord_signals_the_master_alone_and_waits_longer_than_requests_take() -> None:
    file = configparser.RawConfigParser(inline_comment_prefixes=(";",))
    file.read(ROOT / "smartyard.ini", encoding="utf-8")
    programs = [name for name in file.sections() if name.startswith("program:")]
    assert [name.removeprefix("program:smartyard-") for name in programs] == [
        "server",
        "worker",
        "listener",
    ]
    graceful = re.search(
        r"^graceful_timeout = (\d+)", (ROOT / "gunicorn.conf.py").read_text(), re.MULTILINE
    )
    assert graceful is not None
    for name in programs:
        section = file[name]
        assert section["stopsignal"] == "TERM"
        assert section["stopasgroup"] == "false"
        assert section["killasgroup"] == "true"
        assert section["user"] == "smartyard"
        assert int(section["stopwaitsecs"]) > int(graceful.group(1))
