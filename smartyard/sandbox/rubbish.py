"""The kinds of nonsense that a broken service answers with HTTP 200."""

from http.server import BaseHTTPRequestHandler

from smartyard.sandbox.faults import Fault

_ENVELOPE = b'{"code": 200, "name": "OK", "message": "", "data": '
_BODIES = {
    "html": (b"<html><body><h1>Welcome to nginx!</h1></body></html>", "text/html"),
    "nan": (_ENVELOPE + b'[{"houseId": NaN, "flatId": NaN, "clientId": NaN}]}', "application/json"),
    "array": (b'[1, "two", null]', "application/json"),
}
_HUGE = 50 * 1024 * 1024  # bytes
_BLOCK = b"x" * 65536
_DRIP_EVERY = 0.25  # seconds


def answer_rubbish(handler: BaseHTTPRequestHandler, fault: Fault) -> bool:
    """Answer nonsense until it ends or the fault is over; False when the connection must close."""
    if fault.kind in _BODIES:
        body, content_type = _BODIES[fault.kind]
        _head(handler, content_type, len(body))
        handler.wfile.write(body)
        handler.wfile.flush()
        return True
    if fault.kind == "huge":
        _huge(handler, fault)
    elif fault.kind == "cut":
        _head(handler, "application/json", 1000)
        handler.wfile.write(_ENVELOPE + b'[{"houseId": 1')
        handler.wfile.flush()
    else:
        _drip(handler, fault)
    return False


def _head(handler: BaseHTTPRequestHandler, content_type: str, length: int | None) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", content_type)
    if length is None:
        handler.send_header("Connection", "close")
    else:
        handler.send_header("Content-Length", str(length))
    handler.end_headers()


def _huge(handler: BaseHTTPRequestHandler, fault: Fault) -> None:
    """No length is told: only a limit of the reader's own can stop it."""
    _head(handler, "application/json", None)
    handler.wfile.write(_ENVELOPE + b'"')
    sent = 0
    while sent < _HUGE and not fault.over.is_set():
        handler.wfile.write(_BLOCK)
        sent += len(_BLOCK)
    handler.wfile.flush()


def _drip(handler: BaseHTTPRequestHandler, fault: Fault) -> None:
    """Each byte comes within any read time-out; only a deadline on the whole can stop it."""
    _head(handler, "application/json", _HUGE)
    handler.wfile.flush()
    for byte in _ENVELOPE + b" " * 20000:
        if fault.over.wait(_DRIP_EVERY):
            return
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
