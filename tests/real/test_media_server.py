"""nginx as a media server that asks our real `accessfl` of each request (protocols.md, 1.6).

It serves a stream that ffmpeg made, and ffprobe plays it. Unlike Flussonic it asks on every
segment and keeps no verdict, so what is refused shows at once.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from smartyard.sandbox import Sandbox
from tests.fixtures.ports import free_port
from tests.fixtures.processes import Server, outside_of, serving, wait_for
from tests.fixtures.world import NORMAL
from tests.real.conftest import nginx_conf, program, running

pytestmark = pytest.mark.real

CONF = """
map $request_uri $stream_name {{ "~^/(?<s>[^/?]+)/" $s; default ""; }}
map $request_uri $protocol {{ "~\\.(m3u8|ts)(\\?|$)" hls; default http; }}
server {{
    listen 127.0.0.1:{port};
    root {root};
    location / {{
        set $tok $arg_token;
        if ($tok = "") {{ set $tok $cookie_token; }}
        auth_request /_auth;
        add_header Set-Cookie "token=$tok; Path=/$stream_name/; HttpOnly" always;
        add_header Cache-Control no-store;
    }}
    location = /_auth {{
        internal;
        proxy_pass_request_body off;
        proxy_set_header Content-Length "";
        proxy_connect_timeout 3s;
        proxy_read_timeout 3s;
        proxy_pass {ask}?name=$stream_name&ip=$remote_addr&token=$tok&proto=$protocol&request_type=new_session;
    }}
}}
"""


def film(folder: Path) -> None:
    """Four seconds of a test picture, as HLS."""
    folder.mkdir(parents=True)
    picture = ("-f", "lavfi", "-i", "testsrc=size=160x120:rate=10", "-t", "4")
    kept = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-pix_fmt", "yuv420p")
    hls = ("-f", "hls", "-hls_time", "1", "-hls_list_size", "0")
    subprocess.run(
        [
            *(program("ffmpeg"), "-v", "error", "-threads", "1", *picture, *kept, *hls),
            *("-hls_segment_filename", str(folder / "seg%03d.ts"), str(folder / "index.m3u8")),
        ],
        check=True,
        timeout=60,
    )


@pytest.fixture
def server(environment: dict[str, str], sandbox: Sandbox, tmp_path: Path) -> Iterator[Server]:
    told = outside_of(sandbox)
    with serving({**environment, **told}, tmp_path / "server.log") as running_server:
        yield running_server


@pytest.fixture
def media(server: Server, tmp_path: Path) -> Iterator[str]:
    for name in ("cam1", "cam2"):
        film(tmp_path / "www" / name)
    port = free_port()
    text = CONF.format(port=port, root=tmp_path / "www", ask=f"{server.url}accessfl")
    main = nginx_conf(tmp_path, text)
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return requests.get(f"{url}/cam1/index.m3u8", timeout=5).status_code == 403
        except requests.ConnectionError:
            return False

    with running(tmp_path / "nginx.out", program("nginx"), "-p", str(tmp_path), "-c", str(main)):
        wait_for(answers, "the media server")
        yield url


def put_up(engine: sa.Engine, media: str) -> None:
    """`cam1` for house 101, where NORMAL lives; `cam2` is of house 103, somebody else's."""
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO houses (id, address) VALUES (101, ''), (103, '')"
                " ON CONFLICT DO NOTHING;"
                "INSERT INTO media_servers (name, url, type, hls_mode, source)"
                " VALUES ('m', :url, 'flussonic', 'mpegts', 'inventory');"
                "INSERT INTO cameras (stream, name, media_server_id, lat, lon, has_sound, source)"
                " SELECT s, s, m.id, '', '', false, 'inventory'"
                " FROM media_servers m, unnest(ARRAY['cam1', 'cam2']) s WHERE m.name = 'm';"
                "INSERT INTO camera_links (camera_id, house_id, suspended, source)"
                " SELECT id, CASE stream WHEN 'cam1' THEN 101 ELSE 103 END, false, 'inventory'"
                " FROM cameras WHERE stream IN ('cam1', 'cam2')"
            ),
            {"url": media},
        )


def signed_in(server: Server, sandbox: Sandbox) -> str:
    assert server.post("user/requestCode", body={"userPhone": NORMAL}).status_code == 204
    code = sandbox.code_for(NORMAL, within=20)
    told = server.post("user/confirmCode", body={"userPhone": NORMAL, "smsCode": code})
    return str(told.json()["data"]["accessToken"])


def plays(url: str) -> bool:
    """ffprobe reads the playlist and the segments, and finds a picture."""
    done = subprocess.run(
        [program("ffprobe", "ffmpeg"), "-v", "error", "-count_frames", "-show_entries"]
        + ["stream=codec_type,nb_read_frames", "-of", "csv=p=0", url],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode == 0 and "video,40" in done.stdout


def test_a_token_of_ours_plays_until_the_right_is_withdrawn(
    server: Server, media: str, sandbox: Sandbox, clean_database: sa.Engine
) -> None:
    put_up(clean_database, media)
    token = signed_in(server, sandbox)
    cameras = server.post("cctv/all", token, {"houseId": 101}).json()["data"]
    camera = next(one for one in cameras if one["name"] == "cam1")
    assert camera["url"] == f"{media}/cam1"
    list_url = f"{camera['url']}/index.m3u8?token={camera['token']}"
    assert plays(list_url)

    def status(path: str, **more: str) -> int:
        return requests.get(f"{media}/{path}", params=more, timeout=30).status_code

    assert status("cam1/index.m3u8") == 403
    assert status("cam1/index.m3u8", token="0" * 32) == 403
    assert status("cam2/index.m3u8", token=camera["token"]) == 403
    assert status("cam1/index.m3u8", token=f"{camera['token']}&name=cam1") == 403
    assert status("cam1/seg000.ts", token=camera["token"]) == 200

    def see(sight: bool) -> None:
        with clean_database.begin() as connection:
            change = sa.text("UPDATE camera_links SET suspended = :away WHERE house_id = 101")
            connection.execute(change, {"away": not sight})

    see(False)
    assert status("cam1/seg000.ts", token=camera["token"]) == 403
    see(True)
    assert plays(list_url)
    assert server.post("user/deleteAccount", token).status_code == 204
    assert status("cam1/seg000.ts", token=camera["token"]) == 403
    assert not plays(list_url)
