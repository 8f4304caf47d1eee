"""A resident's clip sent by nginx by our own deploy/nginx.conf: our server says who gets it."""

from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from tests.fixtures.processes import serving
from tests.real.test_nginx_front import front

pytestmark = pytest.mark.real

NAME = "0123456789abcdef" * 2
CONTENT = bytes(range(256)) * 40
_CLIP = sa.text("""
    INSERT INTO persons (id, phone, name, patronymic, notify, notify_money, created_at)
        OVERRIDING SYSTEM VALUE VALUES (1, '79000000001', '', '', true, true, now());
    INSERT INTO media_servers (id, name, url, type, hls_mode, source)
        OVERRIDING SYSTEM VALUE
        VALUES (1, 'm', 'http://media.example', 'flussonic', 'mpegts', 'inventory');
    INSERT INTO cameras (id, stream, name, media_server_id, lat, lon, has_sound, source)
        OVERRIDING SYSTEM VALUE VALUES (1, 'yard', 'yard', 1, '', '', false, 'inventory');
    INSERT INTO clips (name, person_id, phone, camera_id, begins_at, ends_at, state, attempts,
                       created_at, expires_at)
        VALUES (:name, 1, '79000000001', 1, now() - interval '2 minutes', now(), 2, 1, now(),
                now() + interval '1 day');
    """)


def test_nginx_sends_the_file_that_our_server_names_and_no_other(
    environment: dict[str, str], clean_database: sa.Engine, tmp_path: Path
) -> None:
    (tmp_path / "clips").mkdir()
    for name in (NAME, "f" * 32):
        (tmp_path / "clips" / f"{name}.mp4").write_bytes(CONTENT)
    with clean_database.begin() as connection:
        connection.execute(_CLIP, {"name": NAME})
    told = environment | {"CLIPS_BY_NGINX": "yes", "WORKERS": "1"}
    with serving(told, tmp_path / "server.log") as server, front(tmp_path, server.port) as url:
        whole = requests.get(f"{url}/api/clips/{NAME}.mp4", timeout=30)
        assert (whole.status_code, whole.content) == (200, CONTENT)
        assert whole.headers["Content-Type"] == "video/mp4"
        assert whole.headers["Server"].startswith("nginx") and "ETag" in whole.headers
        assert "X-Accel-Redirect" not in whole.headers
        ranged = {"Range": "bytes=100-199"}
        part = requests.get(f"{url}/api/clips/{NAME}.mp4", headers=ranged, timeout=30)
        assert (part.status_code, part.content) == (206, CONTENT[100:200])
        past = {"Range": f"bytes={len(CONTENT)}-"}
        done = requests.get(f"{url}/api/clips/{NAME}.mp4", headers=past, timeout=30)
        assert done.status_code == 416
        for wrong in ("api/clips/" + "f" * 32, f"smartyard-clips/{NAME}", "smartyard-clips/"):
            answer = requests.get(f"{url}/{wrong}.mp4", timeout=30)
            assert answer.status_code == 404, wrong
    assert NAME not in (tmp_path / "access.log").read_text(encoding="utf-8")
