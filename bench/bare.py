"""What the hot path is compared with: the least that Flask, and WSGI itself, can answer.

Served by our own gunicorn.conf.py: `gunicorn -c gunicorn.conf.py bench.bare:flask_app`.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

flask_app = Flask("bare", static_folder=None)


@flask_app.get("/api/accessfl")
def nothing() -> Response:
    return Response(status=200)


def wsgi_app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """No framework at all: what is left is gunicorn."""
    start_response("200 OK", [("Content-Length", "0")])
    return [b""]
