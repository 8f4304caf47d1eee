"""`/api/frs/like`, `disLike`, `listFaces`, and the pictures of faces, whose links carry a right of
their own."""

from flask import Blueprint, Response

from smartyard.frs.residents import schemas
from smartyard.frs.residents.learning import LearningService
from smartyard.frs.residents.service import FaceService
from smartyard.web import (
    answers,
    caller,
    jpeg,
    listed,
    no_content,
    public,
    refuses,
    sends,
    service,
    takes,
)

blueprint = Blueprint("frs", __name__, url_prefix="/api/frs")


@blueprint.post("/like")
@answers(None)
@takes(schemas.LikeRequest)
def like(body: schemas.LikeRequest) -> Response:
    """Let the face of an event open the door for its flat."""
    service(LearningService).like(caller(), body.event)
    return no_content()


@blueprint.post("/disLike")
@answers(None)
@takes(schemas.DislikeRequest)
def dislike(body: schemas.DislikeRequest) -> Response:
    """Take a face away from a flat."""
    if body.event is not None:
        service(FaceService).dislike_event(caller(), body.event)
    elif body.flat_id is not None and body.face_id is not None:
        service(FaceService).dislike(caller(), body.flat_id, body.face_id)
    return no_content()


@blueprint.post("/listFaces")
@answers(list[schemas.FaceAnswer])
@takes(schemas.ListFacesRequest)
def list_faces(body: schemas.ListFacesRequest) -> Response:
    """The faces that open the door for a flat, as far as the person sees them."""
    found = service(FaceService).faces(caller(), body.flat_id)
    return listed([schemas.FaceAnswer(face_id=str(one.face_id), image=one.image) for one in found])


@blueprint.get("/face/<number:flat>/<number:face>/<number:until>/<seal:seal>.jpg")
@public
@refuses(403, 404)
@sends("image/jpeg")
def portrait(flat: int, face: int, until: int, seal: str) -> Response:
    """The picture of a face. The link carries its own right, and ends."""
    return jpeg(service(FaceService).portrait(flat, face, until, seal), kept=86400)
