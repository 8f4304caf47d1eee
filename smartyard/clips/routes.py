"""`/api/cctv/recPrepare`, `/api/cctv/recDownload`, and the files themselves."""

from flask import Blueprint, Response, send_file
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from smartyard.clips import schemas
from smartyard.clips.service import ClipService
from smartyard.web import answers, caller, no_content, ok, public, refuses, sends, service, takes

blueprint = Blueprint("clips", __name__, url_prefix="/api")

# Of deploy/nginx.conf: only an answer of ours leads there.
INSIDE_NGINX = "/smartyard-clips/"


@blueprint.post("/cctv/recPrepare")
@answers(int)
@takes(schemas.RecPrepareRequest)
def rec_prepare(body: schemas.RecPrepareRequest) -> Response:
    """Begin to cut a clip out of a camera's archive, and give its id."""
    return ok(service(ClipService).prepare(caller(), body.camera_id, body.begin, body.end))


@blueprint.post("/cctv/recDownload")
@answers(str, or_nothing=True)
@takes(schemas.RecDownloadRequest)
def rec_download(body: schemas.RecDownloadRequest) -> Response:
    """Where a clip is to be had; 204 while it is not ready."""
    url = service(ClipService).url(caller(), body.clip_id)
    return no_content() if url is None else ok(url)


@blueprint.get("/clips/<name>.mp4")
@public
@refuses(404)
@sends("video/mp4", 206, 304, 416)
def clip(name: str) -> Response:
    """The file of a clip, whole or in part. Its name is told to its owner alone."""
    kept = service(ClipService).file(name)
    if kept.by_nginx:
        answer = Response(content_type="video/mp4")
        answer.headers["X-Accel-Redirect"] = INSIDE_NGINX + kept.path.name
    else:
        try:
            answer = send_file(kept.path, mimetype="video/mp4", conditional=True)
        except RequestedRangeNotSatisfiable as wrong:  # to a download manager: nothing is left
            return Response(status=416, headers=wrong.get_headers())
    answer.headers["Cache-Control"] = "private"
    return answer
