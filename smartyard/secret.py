"""`SECRET_KEY`, and the keys made from it, one for each purpose.

Unset, the key is made once in `WORK_DIR/secret.key`, which server, worker and CLI of one host read
alike; several hosts must set it.
"""

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from smartyard.config import Settings, SettingsError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Told = TypeVar("Told", bound="DataclassInstance")


def secret_key(settings: Settings) -> bytes:
    """The key as bytes. Raises SettingsError when it can be neither read nor made."""
    if settings.secret_key.get_secret_value():
        return settings.secret_key.get_secret_value().encode()
    path = settings.work_dir / "secret.key"
    try:
        if not path.exists():
            _make(path)
        key = path.read_bytes().strip()
    except OSError as error:
        raise SettingsError(
            f"SECRET_KEY is not set and {path} cannot be used: {error.strerror}"
        ) from None
    if len(key) < 32:
        raise SettingsError(f"SECRET_KEY is not set and {path} holds no key: remove the file")
    return key


def _make(path: Path) -> None:
    """Link a finished file into place: two processes that start at once read the same key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first, and its key is the key
    finally:
        draft.unlink()


class Unreadable(Exception):
    """What was sealed under another SECRET_KEY, or for something else, or was changed."""


class Keys:
    """Keyed hashes and sealed secrets: what is kept of codes, tokens and passwords tells nothing to
    who reads the database."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def mac(self, purpose: str, *parts: str | bytes) -> bytes:
        """HMAC-SHA256 over `parts` under the key of `purpose`: 32 bytes.

        Each part is preceded by its length, so that no two lists of parts meet in one message.
        """
        message = b"".join(
            len(data).to_bytes(4, "big") + data
            for data in (part.encode() if isinstance(part, str) else part for part in parts)
        )
        return hmac.digest(self._key(purpose), message, hashlib.sha256)

    def seal(self, purpose: str, owner: str, text: str) -> bytes:
        """Encrypt a secret (AES-256-GCM) for one owner, say `panel:7`: as another's it is
        unreadable."""
        nonce = secrets.token_bytes(12)
        return nonce + AESGCM(self._key(purpose)).encrypt(nonce, text.encode(), owner.encode())

    def unseal(self, purpose: str, owner: str, sealed: bytes) -> str:
        """What was sealed. Raises Unreadable."""
        try:
            box = AESGCM(self._key(purpose))
            return box.decrypt(sealed[:12], sealed[12:], owner.encode()).decode()
        except (InvalidTag, ValueError):
            raise Unreadable(f"{purpose} of {owner}") from None

    def _key(self, purpose: str) -> bytes:
        return hmac.digest(self._secret, purpose.encode(), hashlib.sha256)


class SealedRecords(Generic[Told]):
    """Secrets of one kind of things as the database keeps them, each thing's for itself; `nothing`
    is what one has that keeps none. Neither `repr` nor a log shows them."""

    def __init__(self, keys: Keys, purpose: str, nothing: Told) -> None:
        self._keys = keys
        self._purpose = purpose
        self.nothing = nothing

    def shut(self, owner: int | str, told: Told) -> bytes | None:
        """None where there is nothing to keep."""
        if told == self.nothing:
            return None
        return self._keys.seal(self._purpose, self._whose(owner), json.dumps(asdict(told)))

    def open(self, owner: int | str, secret: bytes | None) -> Told:
        """Raises Unreadable."""
        if secret is None:
            return self.nothing
        known = json.loads(self._keys.unseal(self._purpose, self._whose(owner), secret))
        return replace(self.nothing, **known)

    def _whose(self, owner: int | str) -> str:
        return f"{self._purpose}:{owner}"
