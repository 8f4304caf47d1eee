"""Video tokens: 32 hex digits that say of themselves, under our key, that we issued them.

96 bits are random, the last 32 are a MAC over them. So a token that we never issued is known as
such without asking the database: it may be another server's (PROXYFL), and whoever makes tokens up
costs us nothing. What opens a stream is the row that is found by the token's hash, never the MAC.
"""

import hashlib
import hmac
import re
import secrets

from smartyard.secret import Keys

_FORM = re.compile(r"[0-9a-f]{32}")
_RANDOM = 24  # hex digits


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
