"""`/api/cctv/*`."""

from collections.abc import Sequence

from flask import Blueprint, Response

from smartyard.cctv import schemas
from smartyard.cctv.recordings import RecordingService
from smartyard.cctv.service import ALL_CAMERAS, CctvService, DoorCamera, SeenCamera, Viewing
from smartyard.cctv.videos.service import ListedVideo, VideoListService
from smartyard.shapes import Nothing, letter, moment
from smartyard.web import (
    answers,
    caller,
    listed,
    no_content,
    ok,
    refuses,
    service,
    takes,
    wants_fresh,
    zone,
)

blueprint = Blueprint("cctv", __name__, url_prefix="/api/cctv")


def _answer(viewing: Viewing) -> list[schemas.CameraAnswer]:
    return _cameras(viewing.cameras, viewing)


def _cameras(cameras: Sequence[SeenCamera], viewing: Viewing) -> list[schemas.CameraAnswer]:
    return [
        schemas.CameraAnswer(
            id=one.camera.id,
            name=one.camera.name,
            lat=one.camera.lat or "0.0",
            lon=one.camera.lon or "0.0",
            url=one.url,
            token=viewing.tokens[one.camera.id],
            house_id=one.house_id,
            server_type=one.server.type,
            hls_mode=one.server.hls_mode,
            has_sound=one.camera.has_sound,
        )
        for one in cameras
    ]


def _tree(viewing: Viewing) -> schemas.GroupAnswer:
    groups = [
        schemas.GroupAnswer(
            id=group.house_id,
            name=group.address,
            kind="map" if group.is_placed else "list",
            cameras=_cameras(group.cameras, viewing),
        )
        for group in viewing.by_house()
    ]
    return schemas.GroupAnswer(id=0, name=ALL_CAMERAS, kind="list", groups=groups)


def _at_door(one: DoorCamera) -> schemas.DoorCameraAnswer:
    return schemas.DoorCameraAnswer(
        id=str(one.panel_id),
        entrance_id=str(one.panel_id),
        url=one.seen.url,
        token=one.token,
        frs=letter(one.finds_faces),
        server_type=one.seen.server.type,
        hls_mode=one.seen.server.hls_mode,
        has_sound=one.seen.camera.has_sound,
    )


@blueprint.post("/all")
@answers(list[schemas.CameraAnswer])
@refuses(402, 403, 404)
@takes(schemas.AllRequest)
def all_cameras(body: schemas.AllRequest) -> Response:
    """The cameras of one house or of all, each with where and by which token it plays."""
    viewing = service(CctvService).all(caller(), body.house_id, fresh=wants_fresh())
    return listed(_answer(viewing))


@blueprint.post("/allTree")
@answers(schemas.GroupAnswer, or_nothing=True)
@refuses(402, 403, 404)
@takes(schemas.AllTreeRequest)
def all_tree(body: schemas.AllTreeRequest) -> Response:
    """The cameras of one house or of all, in a group for each house."""
    viewing = service(CctvService).all(caller(), body.house_id, fresh=wants_fresh())
    return ok(_tree(viewing)) if viewing.cameras else no_content()


@blueprint.post("/overview")
@answers(list[schemas.CameraAnswer])
@takes(Nothing)
def overview(_: Nothing) -> Response:
    """The cameras of the city, open to every resident."""
    return listed(_answer(service(CctvService).of_city(caller())))


@blueprint.post("/camMap")
@answers(list[schemas.DoorCameraAnswer])
@refuses(402, 403)
@takes(Nothing)
def cam_map(_: Nothing) -> Response:
    """The cameras of the person's own doors."""
    cameras = service(CctvService).at_doors(caller(), fresh=wants_fresh())
    return listed([_at_door(one) for one in cameras])


@blueprint.post("/ranges")
@answers(list[schemas.RangesAnswer], or_nothing=False)
@refuses(402, 403, 404)
@takes(schemas.RangesRequest)
def ranges(body: schemas.RangesRequest) -> Response:
    """What the archive of a camera holds."""
    found = service(RecordingService).of_camera(caller(), body.camera_id)
    spans = [schemas.SpanAnswer(begin=one.begin, seconds=one.seconds) for one in found.spans]
    return ok([schemas.RangesAnswer(stream=found.stream, ranges=spans)] if spans else [])


def _published(one: ListedVideo) -> schemas.YoutubeAnswer:
    return schemas.YoutubeAnswer(
        id=one.video.id,
        event_time=moment(one.video.event_at, zone()),
        title=one.video.title,
        description=one.video.description,
        thumbnails_default=one.pictures.default,
        thumbnails_medium=one.pictures.medium,
        thumbnails_high=one.pictures.high,
        url=one.video.url,
    )


@blueprint.post("/youtube")
@answers(list[schemas.YoutubeAnswer])
@refuses(402, 403, 404)
@takes(schemas.YoutubeRequest)
def youtube(body: schemas.YoutubeRequest) -> Response:
    """Published recordings of one camera, or of all that the person sees."""
    found = service(VideoListService).of(caller(), body.camera_id)
    return listed([_published(one) for one in found])
