"""Giving video tokens, and keeping an eye on the rights of those who watch."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Delete, delete, select, text
from sqlalchemy.exc import IntegrityError

from smartyard.config import Settings
from smartyard.contracts.service import ContractService
from smartyard.db import deletion_of, in_batches, transaction
from smartyard.errors import DependencyUnavailable, TokenRefused
from smartyard.flussonic.models import VideoToken
from smartyard.flussonic.tokens import new_token, service_token, token_hash
from smartyard.gateways.flussonic import securetoken
from smartyard.guard import Caller
from smartyard.phones import Phone
from smartyard.registry.inventory.media import SECURETOKEN, MediaServer, SealedMedia
from smartyard.registry.service import RegistryService, SeenCamera
from smartyard.secret import Keys

# Of a phone the copy of its homes counts, and of the houses where it may watch those of the cameras
# that billing lists. Where the inventory has cameras nobody asks billing, however old that copy is.
_DUE = text("""
    SELECT t.phone
    FROM (SELECT DISTINCT phone FROM video_tokens WHERE expires_at > :now) t
    LEFT JOIN billing_copies b ON b.subject = 'homes:' || t.phone
    LEFT JOIN LATERAL (
        SELECT min(c.fetched_at) AS fetched_at FROM flat_members m
        JOIN billing_copies c ON c.subject = 'cameras:' || m.house_id
        WHERE m.phone = t.phone AND m.watches AND c.fetched_at < :young
          AND (c.retry_at IS NULL OR c.retry_at < :now)
          AND NOT EXISTS (SELECT FROM camera_links l
                          WHERE l.house_id = m.house_id AND l.source = 'inventory')
    ) cameras ON true
    WHERE (b.fetched_at IS NULL OR b.fetched_at < :young) AND (b.retry_at IS NULL OR b.retry_at < :now)
       OR cameras.fetched_at IS NOT NULL
    ORDER BY least(coalesce(b.fetched_at, '-infinity'), cameras.fetched_at) LIMIT :most
    """)


class VideoService:
    """Tokens are individual to a session and hold for the cameras of one answer."""

    def __init__(
        self,
        contracts: ContractService,
        registry: RegistryService,
        *,
        keys: Keys,
        sealed: SealedMedia,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._contracts = contracts
        self._registry = registry
        self._keys = keys
        self._sealed = sealed
        self._settings = settings
        self._clock = clock

    def tokens_for(self, caller: Caller, cameras: Sequence[SeenCamera]) -> dict[int, str]:
        """What plays each of these cameras, by its id: a token of ours, or one that is signed for
        its media server. None plays what is of a server whose key we cannot read. Raises as
        `give_token`."""
        signing = {one.server.id: one.server for one in cameras if one.server.auth == SECURETOKEN}
        auth_keys = {one: self._sealed.of(server).auth_key for one, server in signing.items()}
        ours = [one.camera.id for one in cameras if one.server.id not in signing]
        tokens = dict.fromkeys(ours, self.give_token(caller, ours)) if ours else {}
        seconds = self._settings.securetoken_minutes * 60
        for one in cameras:
            if one.server.id in signing:
                auth_key = auth_keys[one.server.id]
                token = self._signed(auth_key, one.camera.stream, seconds) if auth_key else ""
                tokens[one.camera.id] = token
        return tokens

    def give_token(self, caller: Caller, camera_ids: Iterable[int]) -> str:
        """A new token for these cameras, for EXPIRE minutes. Earlier ones live on: another house,
        another screen may be open with them; past VIDEO_TOKENS_PER_SESSION those that would end
        first go. Raises TokenRefused when the session is gone."""
        token = new_token(self._keys)
        now = self._clock()
        row = VideoToken(
            token_hash=token_hash(token),
            session_id=caller.session_id,
            person_id=caller.person_id,
            phone=caller.phone,
            camera_ids=sorted(set(camera_ids)),
            created_at=now,
            expires_at=now + timedelta(minutes=self._settings.expire),
        )
        try:
            with transaction() as session:
                session.add(row)
                session.flush()
                session.execute(self._surplus_of(row))
        except IntegrityError:  # the token hangs on its session, which has just ended
            raise TokenRefused(cause="the session ended during the call") from None
        return token

    def service_token(self, stream: str, seconds: float) -> str:
        """What the server itself shows to a media server: it opens this stream alone, for so long,
        whoever sees the camera. It never leaves for a resident."""
        return service_token(self._keys, stream, int(self._clock().timestamp() + seconds))

    def server_token(self, server: MediaServer, stream: str, seconds: float) -> str:
        """The same for a server that may rather want a signed one. Raises DependencyUnavailable
        where we cannot read its key."""
        if server.auth != SECURETOKEN:
            return self.service_token(stream, seconds)
        auth_key = self._sealed.of(server).auth_key
        if not auth_key:
            raise DependencyUnavailable(cause=f"media server {server.name}: no key to sign with")
        return self._signed(auth_key, stream, seconds)

    def _signed(self, auth_key: str, stream: str, seconds: float) -> str:
        now = int(self._clock().timestamp())
        begin, end = now - securetoken.EARLY, int(now + seconds)
        return securetoken.signed(auth_key, stream, secrets.token_hex(16), begin, end)

    def _surplus_of(self, newest: VideoToken) -> Delete:
        """What a session has too many of. A token that is watched with was moved on, so that it
        ends late; two lists at once may both delete, and neither waits for the other."""
        surplus = (
            select(VideoToken.token_hash)
            .where(
                VideoToken.session_id == newest.session_id,
                VideoToken.token_hash != newest.token_hash,
            )
            .order_by(VideoToken.expires_at.desc(), VideoToken.token_hash)
            .offset(self._settings.video_tokens_per_session - 1)
        )
        mine = (
            select(VideoToken.token_hash)
            .where(VideoToken.token_hash.in_(surplus))
            .with_for_update(skip_locked=True)
        )
        return delete(VideoToken).where(VideoToken.token_hash.in_(mine))

    def watchers_due(self, most: int = 2000) -> Sequence[Phone]:
        """The people with live tokens of whose homes, or of whose cameras, our copy of billing's
        word is no longer fresh, those with the oldest first."""
        now = self._clock()
        young = now - timedelta(seconds=self._settings.billing_ttl)
        with transaction() as session:
            rows = session.execute(_DUE, {"now": now, "young": young, "most": most})
            return [Phone(phone) for phone in rows.scalars()]

    def refresh_watcher(self, phone: Phone) -> None:
        """Ask billing about one of them, so that non-payment ends viewing."""
        deadline = self._contracts.deadline()
        self._contracts.refresh(phone, deadline=deadline)
        self._contracts.refresh_hosts(phone, deadline)
        paying = [house.house_id for house in self._contracts.homes(phone) if house.pays_cctv]
        self._registry.refresh_billed(paying, deadline=deadline)

    def forget_ended(self, now: datetime) -> None:
        """Delete tokens that have expired."""
        # A live session may move a token on meanwhile.
        in_batches(lambda most: deletion_of(VideoToken, VideoToken.expires_at <= now, most))
