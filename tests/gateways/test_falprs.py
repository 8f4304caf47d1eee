"""FALPRS: what it is told, what is believed of its answers, and who it is."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from smartyard.errors import DependencyUnavailable
from smartyard.gateways.falprs import BestShot, Box, FaceRefused, FaceStream, FalprsGateway
from smartyard.gateways.transport import Rubbish
from smartyard.sandbox import Sandbox
from tests.gateways.conftest import OutsideMaker
from tests.gateways.servers import reply, serving

STREAM = FaceStream("11", "http://media/11?token=t", "http://us/hook", frozenset())
PICTURE = "http://us/picture.jpg"


def picture(sandbox: Sandbox) -> str:
    """An address where there is one."""
    return sandbox.frs_url + "/screenshots/1.jpg"


@pytest.fixture(name="gateway")
def gateway_fixture(sandbox: Sandbox, make_outside: OutsideMaker) -> FalprsGateway:
    return FalprsGateway(make_outside(), url=sandbox.frs_url + "/", token="ours")


def test_a_stream_and_a_face_are_learnt_and_forgotten(
    gateway: FalprsGateway, sandbox: Sandbox
) -> None:
    gateway.add_stream(STREAM)
    address = picture(sandbox)
    face = gateway.register("11", address, Box(1, 2, 30, 40))
    assert face.box == Box(1, 2, 30, 40) and sandbox.frs.faces == {face.face_id: address}
    assert gateway.streams() == [
        FaceStream("11", STREAM.frames, STREAM.callback, frozenset({face.face_id}))
    ]
    gateway.remove_faces("11", [face.face_id])
    assert gateway.streams()[0].faces == frozenset()
    gateway.add_faces("11", [face.face_id])
    assert gateway.streams()[0].faces == {face.face_id}
    gateway.delete_faces([face.face_id])
    assert gateway.streams()[0].faces == frozenset() and not sandbox.frs.faces
    gateway.door_is_open("11")
    assert sandbox.frs.opened == ["11"]
    gateway.remove_stream("11")
    assert gateway.streams() == []
    asked = [told for method, told in sandbox.calls("frs") if method != "frame"]
    assert {told["bearer"] for told in asked} == {"Bearer ours"}


def test_a_whole_picture_is_a_box_of_zeros(gateway: FalprsGateway, sandbox: Sandbox) -> None:
    gateway.add_stream(STREAM)
    gateway.register("11", picture(sandbox), None)
    told = dict(sandbox.calls("frs"))["registerFace"]
    assert [told[side] for side in ("left", "top", "width", "height")] == [0, 0, 0, 0]


def test_the_frame_of_an_event_is_fetched_from_its_own_host_alone(gateway: FalprsGateway) -> None:
    shot = gateway.best_shot(7)
    assert shot is not None and shot.box == Box(40, 30, 100, 120)
    assert gateway.frame(shot).startswith(b"\xff\xd8\xff")
    for address in ("http://127.0.0.2:1/x.jpg", "file:///etc/passwd", "http://127.0.0.1@evil/x"):
        with pytest.raises(Rubbish):
            gateway.frame(BestShot(address, None))


@pytest.mark.parametrize("mode", ["refuse", "error", "drop", "rubbish"])
def test_what_is_no_yes_is_an_error(gateway: FalprsGateway, sandbox: Sandbox, mode: str) -> None:
    gateway.add_stream(STREAM)
    sandbox.faults.set("frs", mode)
    with pytest.raises(FaceRefused if mode == "refuse" else DependencyUnavailable):
        gateway.register("11", picture(sandbox), None)


def test_a_picture_that_is_not_there_is_a_refusal(gateway: FalprsGateway, sandbox: Sandbox) -> None:
    gateway.add_stream(STREAM)
    with pytest.raises(FaceRefused):
        gateway.register("11", sandbox.frs_url + "/nothing.jpg", None)


def told(data: Any, code: str = "200") -> bytes:
    return json.dumps({"code": code, "message": "", "data": data}).encode()


@pytest.mark.parametrize(
    "ask, status, body",
    [
        (lambda one: one.register("1", "u", None), 200, told({"faceId": "7"})),
        (lambda one: one.register("1", "u", None), 200, told({"faceId": True})),
        (lambda one: one.register("1", "u", None), 200, told({"faceId": -1})),
        (lambda one: one.register("1", "u", None), 200, told({"faceId": 2**60})),
        (lambda one: one.register("1", "u", None), 200, told([])),
        (lambda one: one.register("1", "u", None), 200, b"[]"),
        (lambda one: one.register("1", "u", None), 200, b"<html>"),
        (lambda one: one.register("1", "u", None), 302, b""),
        (lambda one: one.streams(), 200, told({})),
        (lambda one: one.streams(), 200, told([{"url": "x"}])),
        (lambda one: one.frame(BestShot(one.host + "/a.jpg", None)), 200, b"<html>"),
        (lambda one: one.frame(BestShot(one.host + "/a.jpg", None)), 500, b""),
    ],
)
def test_what_nobody_can_read_is_not_believed(
    make_outside: OutsideMaker, ask: Callable[[Any], Any], status: int, body: bytes
) -> None:
    with serving(reply(status, body)) as server:
        gateway: Any = FalprsGateway(make_outside(), url=server.url, token="")
        gateway.host = server.url
        with pytest.raises(Rubbish):
            ask(gateway)


@pytest.mark.parametrize("status, body", [(204, b""), (400, told(None)), (200, told(None, "400"))])
def test_no_face_is_a_refusal(make_outside: OutsideMaker, status: int, body: bytes) -> None:
    with serving(reply(status, body)) as server:
        gateway = FalprsGateway(make_outside(), url=server.url + "/frs/api", token="")
        with pytest.raises(FaceRefused):
            gateway.register("1", PICTURE, None)
        assert server.seen[0].path == "/frs/api/registerFace"
        assert server.seen[0].headers["Authorization"] is None


@pytest.mark.parametrize(
    "box", [{}, {"left": 1}, {"left": "1", "top": 1, "width": 1, "height": 1},
            {"left": 0, "top": 0, "width": 0, "height": 9}],
)  # fmt: skip
def test_a_face_without_a_box_is_a_face(make_outside: OutsideMaker, box: dict[str, Any]) -> None:
    with serving(reply(200, told({"faceId": 7, **box}))) as server:
        gateway = FalprsGateway(make_outside(), url=server.url, token="")
        found = gateway.register("1", PICTURE, None)
    assert (found.face_id, found.box) == (7, None)


@pytest.mark.parametrize(
    "url, address, ours",
    [
        ("http://127.0.0.1:9051", "127.0.0.1", True),
        ("http://localhost:9051/", "127.0.0.1", True),
        ("http://127.0.0.1:9051", "::ffff:127.0.0.1", True),
        ("http://127.0.0.1:9051", "127.0.0.2", False),
        ("http://127.0.0.1:9051", "", False),
        ("http://nowhere.invalid", "127.0.0.1", False),
    ],
)
def test_who_calls_is_known_by_the_host_of_the_address(
    make_outside: OutsideMaker, url: str, address: str, ours: bool
) -> None:
    assert FalprsGateway(make_outside(), url=url, token="").comes_from(address) is ours
