"""The verdict on a viewer: may this token play this stream now? (protocols.md, section 1)

200 lets in for X-AuthDuration seconds, 403 refuses and is remembered as long; on 5xx the media
server keeps its earlier verdict. So a fault of ours is 503 and never 403, and one who lost the
right is an explicit 403. Nothing is written on a plain check.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, unquote_plus

from smartyard.config import Settings
from smartyard.errors import DependencyUnavailable
from smartyard.flussonic.lookup import Lookup
from smartyard.flussonic.tokens import is_ours, service_ends, token_hash
from smartyard.gateways.fallback_auth import FallbackAuth
from smartyard.secret import Keys

log = logging.getLogger(__name__)

# One index probe for the token, one for the stream's name, then the homes of the phone and the
# links between both. `watches` is kept by PostgreSQL: connected and paid, and no outer guest. Only
# what no link opens is looked for at the panels of one's doors, and in the city. `bool_and` and
# no NOT EXISTS: of that the planner would read all doors into a hash.
PREPARE = """
PREPARE viewer (bytea, text, timestamptz) AS
SELECT t.person_id, date_part('epoch', t.expires_at), EXISTS (
    SELECT FROM cameras c
    JOIN flat_members m ON m.phone = t.phone AND m.watches
    JOIN camera_links l ON l.camera_id = c.id AND l.house_id = m.house_id
     AND (l.flat_id IS NULL OR l.flat_id = m.flat_id) AND NOT l.suspended
    WHERE c.stream = $2 AND c.id = ANY (t.camera_ids)
      AND (m.expires_at IS NULL OR m.expires_at > $3)
      AND NOT EXISTS (SELECT FROM flat_blocks b
                      WHERE b.flat_id = m.flat_id AND b.service IN ('all', 'cctv')))
 OR EXISTS (
    SELECT FROM cameras c
    JOIN panels p ON p.camera_id = c.id
    JOIN doors d ON d.domophone_id = p.id
    JOIN flat_members m ON m.phone = t.phone AND m.house_id = d.house_id AND m.kind <> 'outer'
    JOIN flats f ON f.id = m.flat_id
    WHERE c.stream = $2 AND c.id = ANY (t.camera_ids)
      AND 'domophone' = ANY (m.services) AND NOT 'domophone' = ANY (m.unpaid)
      AND (m.expires_at IS NULL OR m.expires_at > $3)
      AND CASE d.source WHEN 'provider' THEN EXISTS (
          SELECT FROM door_rights r WHERE r.flat_id = f.id AND r.domophone_id = d.domophone_id
            AND r.door_id = d.door_id)
        ELSE d.entrance IS NULL OR f.entrance IS NULL OR d.entrance = f.entrance END
      AND (d.source <> 'billing' OR (
          SELECT bool_and(o.source = 'billing') FROM doors o WHERE o.house_id = d.house_id))
      AND NOT EXISTS (SELECT FROM flat_blocks b
                      WHERE b.flat_id = m.flat_id AND b.service IN ('all', 'cctv', 'doors')))
 OR EXISTS (
    SELECT FROM cameras c WHERE c.stream = $2 AND c.id = ANY (t.camera_ids) AND c.common)
FROM video_tokens t WHERE t.token_hash = $1;
PREPARE prolong (bytea, timestamptz, interval, interval, timestamptz) AS
UPDATE video_tokens t SET expires_at = least($2 + $3, t.created_at + $4)
WHERE t.token_hash = $1 AND t.expires_at < $2 + $3 / 2
  AND least($2 + $3, t.created_at + $4) > t.expires_at
  AND EXISTS (SELECT FROM billing_copies b
              WHERE b.subject = 'homes:' || t.phone AND b.fetched_at > $5)
RETURNING date_part('epoch', t.expires_at)
"""
_ASK = "EXECUTE viewer (%s, %s, %s)"
_PROLONG = "EXECUTE prolong (%s, %s, make_interval(secs => %s), make_interval(secs => %s), %s)"
_FIELDS = frozenset(("token", "name", "request_type"))
_MOST_FIELDS = 100

Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Verdict:
    """What the media server gets: a status and headers, with an empty body."""

    status: int
    headers: Headers


class ViewerService:
    """Answers the media server. The route and the WSGI door both ask `verdict`."""

    def __init__(
        self,
        lookup: Lookup,
        fallback: FallbackAuth,
        *,
        keys: Keys,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._lookup = lookup
        self._fallback = fallback
        self._keys = keys
        self._clock = clock
        self._duration = settings.auth_duration
        self._life = settings.expire * 60
        self._longest = max(settings.expire, settings.expire_max) * 60
        self._max_stale = settings.billing_max_stale * 3600
        self._denied = Verdict(403, [("X-AuthDuration", str(settings.auth_duration))])

    def verdict(self, query_string: str) -> Verdict:
        """Read the media server's query and decide. Never raises: a fault is a 503."""
        try:
            asked = _read(query_string)
        except ValueError:
            return self._denied
        token, stream = asked.get("token", ""), asked.get("name", "")
        try:
            if is_ours(self._keys, token):
                return self._of_ours(token, stream, asked.get("request_type", ""))
            ends = service_ends(self._keys, token, stream)
            if ends is not None:
                return self._let_in(ends - self._clock().timestamp(), "0")
            if token and stream and self._fallback.configured:
                return self._of_another(query_string)
        except DependencyUnavailable as fault:
            log.error("accessfl: no verdict: %s", fault)
            return Verdict(503, [])
        return self._denied

    def _of_ours(self, token: str, stream: str, request_type: str) -> Verdict:
        if not stream or "\x00" in stream:
            return self._denied
        hashed = token_hash(token)
        now = self._clock()
        row = self._lookup.row(_ASK, (hashed, stream, now))
        if row is None or not row[2]:
            return self._denied
        left = row[1] - now.timestamp()
        if request_type == "update_session" and 0 < left < self._life / 2:
            left = self._prolong(hashed, now) or left
        return self._let_in(left, str(row[0]))

    def _let_in(self, left: float, user: str) -> Verdict:
        """Until the token ends, in so many seconds, or until we are asked again."""
        if left <= 0:
            return self._denied
        duration = max(1, min(self._duration, int(left)))
        return Verdict(200, [("X-AuthDuration", str(duration)), ("X-UserId", user)])

    def _of_another(self, query_string: str) -> Verdict:
        try:
            pairs = parse_qsl(query_string, keep_blank_values=True, errors="strict")
        except ValueError:  # it could not be passed on as it came
            return self._denied
        passed = self._fallback.ask(pairs)
        return Verdict(passed.status, list(passed.headers))

    def _prolong(self, hashed: bytes, now: datetime) -> float | None:
        """Move the token's life on while somebody watches; the seconds then left, if it moved.
        Not past EXPIRE_MAX, and not on a copy of billing's word that is too old for new tokens."""
        newest_too_old = datetime.fromtimestamp(now.timestamp() - self._max_stale, UTC)
        row = self._lookup.row(_PROLONG, (hashed, now, self._life, self._longest, newest_too_old))
        return None if row is None else float(row[0]) - now.timestamp()


def _read(query_string: str) -> dict[str, str]:
    """What we decide by, of some fifteen fields: decoding them all would cost as much as the rest
    of the reading. Raises ValueError for what no media server asks: a hundred fields, no UTF-8 in
    a field of ours, or one of them twice, of which two readers may take different ones."""
    if query_string.count("&") >= _MOST_FIELDS:
        raise ValueError("too many fields")
    found: dict[str, str] = {}
    for field in query_string.split("&"):
        name, _, value = field.partition("=")
        if "%" in name or "+" in name:
            name = unquote_plus(name)
        if name in _FIELDS:
            if name in found and name != "request_type":
                raise ValueError("given twice")
            found[name] = unquote_plus(value, errors="strict")
    return found
