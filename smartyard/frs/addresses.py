"""Addresses of ours that carry a right of their own: FALPRS has no token, and apps fetch pictures
without theirs. Each is sealed under SECRET_KEY, and nothing of them is kept."""

import hmac
import re
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

from smartyard.phones import Phone
from smartyard.secret import Keys

_PREFIX = "smartyard-"
_STREAM = re.compile(re.escape(_PREFIX) + "([0-9]{1,18})")
_DAY = 86400
_LEARNING = 120  # seconds that FALPRS may fetch the picture of a face that it is to learn


def stream_of(panel_id: int) -> str:
    """What FALPRS calls the camera of a panel. It may have streams of other systems too: by the
    first word ours are told from theirs."""
    return f"{_PREFIX}{panel_id}"


def is_ours(stream: str) -> bool:
    return stream.startswith(_PREFIX)


class Addresses:
    """Makes them, and knows its own again."""

    def __init__(self, keys: Keys, server_url: str) -> None:
        self._keys = keys
        self._base = server_url.rstrip("/")

    def callback(self, panel_id: int) -> str:
        """Where FALPRS tells of a face at this panel: the secret is another for each stream."""
        stream = stream_of(panel_id)
        return f"{self._base}/api/hooks/frs/{quote(stream)}/{self._seal('callback', stream)}"

    def panel_of(self, stream: str, secret: str) -> int | None:
        """Whose callback it is; None for one that was made up."""
        found = _STREAM.fullmatch(stream)
        if found is None or not self._is(secret, "callback", stream):
            return None
        return int(found[1])

    def to_learn(self, event_id: UUID, now: datetime) -> str:
        """Where FALPRS fetches the picture of an event, for two minutes."""
        until = str(int(now.timestamp()) + _LEARNING)
        seal = self._seal("picture to learn", event_id.bytes, until)
        return f"{self._base}/api/hooks/frs/picture/{event_id}/{until}/{seal}.jpg"

    def is_to_learn(self, event_id: UUID, until: int, seal: str, now: datetime) -> bool:
        live = now.timestamp() < until <= now.timestamp() + _LEARNING + 1
        return live and self._is(seal, "picture to learn", event_id.bytes, str(until))

    def portrait(self, flat_id: int, face_id: int, phone: Phone, now: datetime) -> str:
        """Where one reader finds the picture of a flat's face: the same for a day, so that apps may
        keep what they fetched."""
        until = (int(now.timestamp()) // _DAY + 2) * _DAY
        seal = self._portrait_seal(flat_id, face_id, phone, until)
        return f"{self._base}/api/frs/face/{flat_id}/{face_id}/{until}/{seal}.jpg"

    def is_portrait(self, flat_id: int, face_id: int, phone: Phone, until: int, seal: str) -> bool:
        """Whether it was made for this reader; its end is looked at apart."""
        made = self._portrait_seal(flat_id, face_id, phone, until)
        return hmac.compare_digest(made.encode(), seal.encode())

    @staticmethod
    def is_current(until: int, now: datetime) -> bool:
        return now.timestamp() < until < now.timestamp() + 3 * _DAY

    def _portrait_seal(self, flat_id: int, face_id: int, phone: Phone, until: int) -> str:
        return self._seal("portrait", str(flat_id), str(face_id), phone, str(until))

    def _is(self, told: str, what: str, *parts: str | bytes) -> bool:
        return hmac.compare_digest(self._seal(what, *parts).encode(), told.encode())

    def _seal(self, what: str, *parts: str | bytes) -> str:
        return self._keys.mac(f"faces: {what}", *parts).hex()[:32]
