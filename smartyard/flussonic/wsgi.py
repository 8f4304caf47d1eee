"""The hot path's door before Flask: `GET /api/accessfl` alone, by the same verdict as the route."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from smartyard.flussonic.viewers import ViewerService

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/api/accessfl"
_LINES = {status: f"{status} {HTTPStatus(status).phrase}" for status in (200, 403, 503)}


class VideoDoor:
    """A WSGI application that answers the media server and hands everything else to the app."""

    def __init__(self, app: "WSGIApplication", viewers: ViewerService) -> None:
        self._app = app
        self._viewers = viewers

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        if environ.get("PATH_INFO") != PATH or environ.get("REQUEST_METHOD") != "GET":
            return self._app(environ, start_response)
        verdict = self._viewers.verdict(environ.get("QUERY_STRING", ""))
        # An empty body: some versions of the media server read one as JSON.
        start_response(_LINES[verdict.status], [*verdict.headers, ("Content-Length", "0")])
        return [b""]
