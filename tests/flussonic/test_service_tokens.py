"""The server's own token at a media server: one stream, for minutes, and no row behind it."""

import ssl
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from smartyard.clips.making.fetching import FetchService
from smartyard.events.log.frames import FrameTaker
from smartyard.flussonic.service import VideoService
from smartyard.web import service
from tests.fixtures.town import Town
from tests.fixtures.world import NORMAL
from tests.flussonic.conftest import Asking, Line, Watch
from tests.gateways.conftest import certificate
from tests.gateways.servers import reply, serving

__all__ = ["certificate"]


def service_token(town: Town, stream: str, seconds: float = 300) -> str:
    app = town.app or town.open()
    with app.app_context():
        return service(VideoService).service_token(stream, seconds)


@pytest.mark.parametrize("stream", ["yard", "house101/yard/north", "дом105-двор", "a b&c=d"])
def test_it_opens_its_stream_and_no_other(town: Town, asking: Asking, stream: str) -> None:
    token = service_token(town, stream)
    answer = asking(token, stream)
    assert (answer.status_code, answer.headers["X-UserId"]) == (200, "0")
    assert answer.headers["X-AuthDuration"] == "120"
    for other in (stream + "2", stream.upper() + "!", "", None):
        assert asking(token, other).status_code == 403


def test_it_ends_with_its_seconds_and_no_answer_reaches_past_them(
    town: Town, asking: Asking
) -> None:
    token = service_token(town, "yard", 180)
    town.clock.forward(seconds=100)
    assert asking(token, "yard").headers["X-AuthDuration"] == "80"
    town.clock.forward(seconds=80)
    for kind in ("new_session", "update_session"):
        assert asking(token, "yard", request_type=kind).status_code == 403


def test_neither_its_end_nor_its_stream_can_be_written_by_others(
    town: Town, asking: Asking
) -> None:
    token = service_token(town, "yard")
    later = f"{int(token[:8], 16) + 3600:08x}{token[8:]}"
    other = service_token(town, "gate")
    made_up = [later, token[:8] + other[8:], token.upper(), token[:-1], token + "0", token[8:]]
    for word in made_up:
        if word != token:
            assert asking(word, "yard").status_code == 403, word


def test_another_servers_key_makes_no_token_of_ours(town: Town, asking: Asking) -> None:
    token = service_token(town, "yard")
    town.settings = town.settings.model_copy(
        update={"secret_key": type(town.settings.secret_key)("the key of somebody else's server")}
    )
    town.open()
    assert asking(token, "yard").status_code == 403


def test_it_lives_while_the_database_is_down_and_beside_the_residents_tokens(
    town: Town, line: Line, asking: Asking, watch: Watch
) -> None:
    town.camera("yard", houses=[101])
    resident, own = watch(), service_token(town, "yard")
    assert [asking(one, "yard").status_code for one in (resident, own)] == [200, 200]
    line.cut()
    assert [asking(one, "yard").status_code for one in (resident, own)] == [503, 200]


def ranges(town: Town, camera: int) -> None:
    town.sign_in(NORMAL).post("cctv/ranges", {"cameraId": camera})


def frame(_town: Town, camera: int) -> None:
    service(FrameTaker).newest(None, camera)


def clip(town: Town, camera: int) -> None:
    zone: ZoneInfo = town.settings.timezone
    times = (town.clock.now - timedelta(minutes=ago) for ago in (60, 59))
    begin, end = (f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}" for at in times)
    wanted = {"id": camera, "from": begin, "to": end}
    told = town.sign_in(NORMAL).post("cctv/recPrepare", wanted)
    service(FetchService).fetch(told.get_json()["data"], lambda: False)


@pytest.mark.parametrize("question, seconds", [(ranges, 120), (frame, 60), (clip, 1900)])
def test_what_a_media_server_is_shown_opens_one_stream_for_minutes(
    town: Town, asking: Asking, question: Callable[[Town, int], None], seconds: float
) -> None:
    """At least as long as the question may take, and a little more."""
    app = town.open(server_url="https://yard.example")
    with serving(reply(404)) as server:
        camera = town.camera("yard", houses=[101], server=server.url)
        with app.app_context():
            question(town, camera)
        (token,) = [dict(seen.query)["token"] for seen in server.seen]
    ends = datetime.fromtimestamp(int(token[:8], 16), town.clock.now.tzinfo)
    assert timedelta(seconds=10) < ends - town.clock.now <= timedelta(seconds=seconds)
    assert asking(token, "yard").status_code == 200 and asking(token, "yard2").status_code == 403
    town.clock.now = ends
    assert asking(token, "yard").status_code == 403


@pytest.mark.parametrize("question", [ranges, frame, clip])
def test_a_media_server_is_shown_it_only_where_its_certificate_is_believed(
    town: Town, certificate: Path, question: Callable[[Town, int], None]
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with serving(reply(404), tls) as server:
        camera = town.camera("yard", houses=[101], server=server.url)
        for authority, asked in ((None, 0), (certificate, 1)):
            app = town.open(server_url="https://yard.example", media_ca=authority)
            with app.app_context():
                question(town, camera)
            assert len(server.seen) == asked
