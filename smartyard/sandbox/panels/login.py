"""How a panel asks who calls: Basic, Digest (RFC 7616, MD5, qop=auth), either, or not at all."""

import base64
import hashlib
import hmac
import re
import secrets
from typing import Literal
from urllib.parse import unquote, urlsplit
from urllib.request import parse_http_list, parse_keqv_list

from smartyard.sandbox.http import Answer, Request

Kind = Literal["basic", "digest", "both", "none"]
_REALM = "panel"
_COUNT = re.compile("[0-9a-f]{8}")


class Login:
    """One account. Each nonce counts its uses, so that nothing can be sent again."""

    def __init__(self, login: str, password: str, kind: Kind) -> None:
        self.login = login
        self.password = password
        self.kind: Kind = kind
        self._nonces: dict[str, int] = {}

    def challenge(self, request: Request) -> Answer | None:
        """The 401 for who did not tell, or told wrong; None for who may come in."""
        if self.kind == "none" or self._knows(request):
            return None
        offers = []
        if self.kind in ("digest", "both"):
            nonce = secrets.token_hex(16)
            self._nonces[nonce] = 0
            offers.append(f'Digest realm="{_REALM}", qop="auth", nonce="{nonce}", algorithm=MD5')
        if self.kind in ("basic", "both"):
            offers.append(f'Basic realm="{_REALM}"')
        # A header is a mapping's entry here; RFC 9110 lets one line carry both challenges.
        return Answer(401, b"Unauthorized", headers={"WWW-Authenticate": ", ".join(offers)})

    def _knows(self, request: Request) -> bool:
        scheme, _, told = request.headers.get("Authorization", "").partition(" ")
        if scheme == "Basic" and self.kind in ("basic", "both"):
            whole = f"{self.login}:{self.password}".encode()
            return hmac.compare_digest(base64.b64encode(whole), told.strip().encode())
        if scheme == "Digest" and self.kind in ("digest", "both"):
            return self._counts(request, parse_keqv_list(parse_http_list(told)))
        return False

    def _counts(self, request: Request, told: dict[str, str]) -> bool:
        uri, nonce, count = (told.get(name, "") for name in ("uri", "nonce", "nc"))
        parts = urlsplit(uri)
        if (unquote(parts.path), parts.query) != (request.path, request.query):
            return False
        if nonce not in self._nonces or not _COUNT.fullmatch(count):
            return False
        first = _md5(f"{self.login}:{_REALM}:{self.password}")
        second = _md5(f"{request.method}:{uri}")
        wanted = _md5(f"{first}:{nonce}:{count}:{told.get('cnonce', '')}:auth:{second}")
        if not hmac.compare_digest(wanted, told.get("response", "")):
            return False
        fresh = int(count, 16) > self._nonces[nonce]
        self._nonces[nonce] = max(self._nonces[nonce], int(count, 16))
        return fresh


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
