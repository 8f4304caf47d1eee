"""Keys of the provider's programs: made, shown once, told apart by their hash, revoked."""

import hashlib
import re
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network

from smartyard.audit import Audit
from smartyard.db import transaction
from smartyard.guard import SCOPES, Provider
from smartyard.provider.tokens.models import ProviderToken
from smartyard.provider.tokens.repository import TokenRepository

__all__ = ["TokenOfOurs", "TokenRefusal", "TokenService"]

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,49}", re.ASCII)


class TokenRefusal(Exception):
    """Why a key is not made or not revoked, in the operator's words."""


@dataclass(frozen=True)
class TokenOfOurs:
    """What may be shown of a key."""

    name: str
    scopes: tuple[str, ...]
    networks: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _network(written: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(written.strip())
    except ValueError:
        raise TokenRefusal(
            f"«{written}» — не адрес и не сеть: пишите 192.0.2.7 или 192.0.2.0/24."
        ) from None


class TokenService:
    """Makes, finds and revokes keys."""

    def __init__(
        self,
        tokens: TokenRepository,
        audit: Audit,
        *,
        clock: Callable[[], datetime],
        every: float,
    ) -> None:
        """`last_used_at` is written at most each `every` seconds."""
        self._tokens = tokens
        self._audit = audit
        self._clock = clock
        self._every = timedelta(seconds=every)

    def identify(self, token: str) -> Provider | None:
        """Whose key it is, by one statement; None for an unknown or revoked one."""
        now = self._clock()
        with transaction():
            found = self._tokens.find_live(_hash(token))
            if found is None:
                return None
            if found.last_used_at is None or found.last_used_at < now - self._every:
                self._tokens.used(found.id, now)
        networks = tuple(ip_network(one) for one in found.networks)
        return Provider(found.name, frozenset(found.scopes), networks)

    def add(
        self, name: str, scopes: Collection[str], networks: Collection[str], *, actor: str
    ) -> str:
        """A new key, which is told here and never again. Raises TokenRefusal."""
        if not _NAME.fullmatch(name):
            raise TokenRefusal("Имя ключа — до 50 знаков: строчные латинские буквы, цифры и дефис.")
        unknown = sorted(set(scopes) - set(SCOPES))
        if unknown or not scopes:
            raise TokenRefusal(f"Области ключа — из этих: {', '.join(SCOPES)}.")
        if not networks:
            raise TokenRefusal("Укажите адреса, с которых ключом можно пользоваться.")
        token = f"sy_{secrets.token_urlsafe(32)}"
        told = {
            "scopes": sorted(set(scopes)),
            "networks": sorted({str(_network(one)) for one in networks}),
        }
        row = ProviderToken(name=name, token_hash=_hash(token), created_at=self._clock(), **told)
        with transaction():
            if not self._tokens.add(row):
                raise TokenRefusal(f"Ключ «{name}» уже был: имена не повторяются и после отзыва.")
            self._audit.note(actor, "token.add", f"token:{name}", told)
        return token

    def revoke(self, name: str, *, actor: str) -> None:
        """From now on it opens nothing. Raises TokenRefusal where there is no such live key."""
        with transaction():
            if not self._tokens.revoke(name, self._clock()):
                raise TokenRefusal(f"Действующего ключа «{name}» нет.")
            self._audit.note(actor, "token.revoke", f"token:{name}")

    def listed(self) -> Sequence[TokenOfOurs]:
        """Every key that ever was, by name; none of their words."""
        with transaction():
            return [
                TokenOfOurs(
                    one.name,
                    tuple(one.scopes),
                    tuple(one.networks),
                    one.created_at,
                    one.last_used_at,
                    one.revoked_at,
                )
                for one in self._tokens.all()
            ]
