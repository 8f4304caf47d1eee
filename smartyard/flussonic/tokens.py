"""Video tokens: 32 hex digits that say of themselves, under our key, that we issued them.

96 bits are random, the last 32 are a MAC over them. So a token that we never issued is known as
such without asking the database: it may be another server's (PROXYFL), and whoever makes tokens up
costs us nothing. What opens a stream is the row that is found by the token's hash, never the MAC.

A service token is the server's own, for its questions to a media server: it ends at a moment and
opens one stream, both under our key. So it needs no row, and nobody's rights are asked for it.
"""

import hashlib
import hmac
import re
import secrets

from smartyard.secret import Keys

_FORM = re.compile(r"[0-9a-f]{32}")
_RANDOM = 24  # hex digits
_SERVICE = re.compile(r"[0-9a-f]{48}")  # of another length, so that neither passes for the other
_ENDS = 8  # hex digits: unix seconds


def new_token(keys: Keys) -> str:
    """A token of 96 random bits and its mark."""
    body = secrets.token_hex(_RANDOM // 2)
    return body + _mark(keys, body)


def is_ours(keys: Keys, token: str) -> bool:
    """Whether we issued it, at any time, alive or ended."""
    return bool(_FORM.fullmatch(token)) and hmac.compare_digest(
        _mark(keys, token[:_RANDOM]), token[_RANDOM:]
    )


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _mark(keys: Keys, body: str) -> str:
    return keys.mac("video-token", body).hex()[: 32 - _RANDOM]


def service_token(keys: Keys, stream: str, ends_at: int) -> str:
    """48 hex digits that open `stream` until `ends_at` (unix seconds)."""
    ends = f"{ends_at:0{_ENDS}x}"
    return ends + _service_mark(keys, ends, stream)


def service_ends(keys: Keys, token: str, stream: str) -> int | None:
    """When a service token for this stream ends, unix seconds; None when it is none, or another
    stream's."""
    if not _SERVICE.fullmatch(token):
        return None
    ends, mark = token[:_ENDS], token[_ENDS:]
    known = hmac.compare_digest(_service_mark(keys, ends, stream), mark)
    return int(ends, 16) if known else None


def _service_mark(keys: Keys, ends: str, stream: str) -> str:
    return keys.mac("service-token", ends, stream).hex()[:40]
