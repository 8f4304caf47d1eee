"""What is looked at before anything is written."""

import socket
from pathlib import Path

import pytest

from smartyard.launcher import checks


def test_a_full_disk_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    work_dir = tmp_path / "deep" / "var"
    with pytest.raises(checks.Refused, match="MB are needed"):
        checks.refuse_full_disk(work_dir, needed=1 << 62)
    assert not work_dir.parent.exists()


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(checks.Refused, match="WORK_DIR"):
        checks.refuse_full_disk(tmp_path / "file" / "var", needed=1)


def test_the_lock_is_taken_once(tmp_path: Path) -> None:
    checks.lock(tmp_path)
    with pytest.raises(checks.Refused, match="runs already"):
        checks.lock(tmp_path)


@pytest.mark.parametrize(
    ("listen", "address"),
    [("127.0.0.1:5000", ("127.0.0.1", 5000)), ("[::1]:80", ("::1", 80))],
)
def test_reads_an_address(listen: str, address: tuple[str, int]) -> None:
    assert checks.address_of(listen) == address


@pytest.mark.parametrize("listen", ["5000", "unix:/run/x", "127.0.0.1:", "127.0.0.1:70000", ":80"])
def test_refuses_what_is_no_address(listen: str) -> None:
    with pytest.raises(checks.Refused, match="host:port"):
        checks.address_of(listen)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(checks.Refused, match="cannot listen"):
        checks.is_free("198.51.100.7", 5000)


def test_a_name_that_nobody_knows_is_refused() -> None:
    with pytest.raises(checks.Refused, match="cannot listen"):
        checks.is_free("no-such-host.invalid", 5000)


def test_sees_a_busy_port() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        assert not checks.is_free("127.0.0.1", port)
    assert checks.is_free("127.0.0.1", port)


def test_a_port_of_udp_is_looked_at_apart_from_those_of_tcp() -> None:
    port = checks.free_port("127.0.0.1", socket.SOCK_DGRAM)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as busy:
        busy.bind(("127.0.0.1", port))
        assert not checks.is_free("127.0.0.1", port, socket.SOCK_DGRAM)
    assert checks.is_free("127.0.0.1", port, socket.SOCK_DGRAM)
