"""Web clients on other origins: those of CORS_ORIGINS, each by name, and no others."""

from collections.abc import Collection

from flask import Flask, Response, request

_METHODS = "GET, POST, OPTIONS"
_HEADERS = "Authorization, Content-Type, X-Dm-Api-Refresh, Accept-Language, X-System-Info"
_MAX_AGE = "600"  # seconds a browser may keep the answer to a preflight


def install(app: Flask, origins: Collection[str]) -> None:
    """Answer preflights and name the origin on every answer to a listed one, errors too."""

    @app.after_request
    def _allow(answer: Response) -> Response:
        if not request.path.startswith("/api/") or not origins:
            return answer
        answer.vary.add("Origin")
        origin = request.headers.get("Origin", "")
        if origin in origins:
            answer.headers["Access-Control-Allow-Origin"] = origin
            answer.headers["Access-Control-Allow-Credentials"] = "true"
            if request.method == "OPTIONS":
                answer.headers["Access-Control-Allow-Methods"] = _METHODS
                answer.headers["Access-Control-Allow-Headers"] = _HEADERS
                answer.headers["Access-Control-Max-Age"] = _MAX_AGE
        return answer
