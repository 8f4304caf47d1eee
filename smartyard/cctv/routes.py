"""`/api/cctv/*`."""

from flask import Blueprint, Response

from smartyard.cctv import schemas
from smartyard.cctv.service import CctvService, Viewing
from smartyard.web import answers, caller, listed, service, takes, wants_fresh

blueprint = Blueprint("cctv", __name__, url_prefix="/api/cctv")


def _answer(viewing: Viewing) -> list[schemas.CameraAnswer]:
    return [
        schemas.CameraAnswer(
            id=one.camera.id,
            name=one.camera.name,
            lat=one.camera.lat or "0.0",
            lon=one.camera.lon or "0.0",
            url=one.url,
            token=viewing.token,
            house_id=one.house_id,
            server_type=one.server.type,
            hls_mode=one.server.hls_mode,
            has_sound=one.camera.has_sound,
        )
        for one in viewing.cameras
    ]


@blueprint.post("/all")
@answers(list[schemas.CameraAnswer])
@takes(schemas.AllRequest)
def all_cameras(body: schemas.AllRequest) -> Response:
    viewing = service(CctvService).all(caller(), body.house_id, fresh=wants_fresh())
    return listed(_answer(viewing))
