"""The newest frame of a panel's camera, from a media server that asks nobody."""

import pytest

from smartyard.events.log.frames import FrameTaker
from smartyard.web import service
from tests.fixtures.media import by_signed_links
from tests.fixtures.town import Town

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
