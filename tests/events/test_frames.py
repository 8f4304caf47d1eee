"""The newest frame of a panel's camera, from media servers."""

import pytest

from smartyard.events.log.frames import FrameTaker
from smartyard.web import service
from tests.fixtures.media import by_signed_links
from tests.fixtures.town import Town
from tests.gateways.servers import reply, serving

PANEL = 11


@pytest.mark.parametrize("key", ["shared", "of somebody else"])
def test_it_is_shown_a_signed_link(town: Town, key: str) -> None:
    app = town.open()
    camera = town.camera("подъезд 1", houses=[101], server=town.sandbox.media_url)
    town.change(
        "INSERT INTO panels (id, name, model, address, method, dtmf, camera_id)"
        " VALUES (:panel, '', 'none', '', 'GET', '1', :camera)",
        panel=PANEL, camera=camera,
    )  # fmt: skip
    by_signed_links(town, key)
    town.sandbox.links.key = "shared"
    with app.app_context():
        frame = service(FrameTaker).newest(PANEL)
    assert (frame is not None) == (key == "shared")
    assert town.sandbox.calls("media") == [("preview", "подъезд 1")] and not town.sandbox.verdicts


def test_a_media_server_that_is_down_takes_no_frames_of_another(town: Town) -> None:
    app = town.open(breaker_failures=2)
    frame = b"\xff\xd8\xff and what follows"
    with serving(reply(500)) as broken, serving(reply(200, frame)) as whole:
        here = town.camera("here", server=broken.url)
        there = town.camera("there", server=whole.url)
        with app.app_context():
            taker = service(FrameTaker)
            assert [taker.newest(None, here) for _ in range(4)] == [None] * 4
            assert len(broken.seen) == 2, "it is left alone for a while"
            assert taker.newest(None, there) == frame
