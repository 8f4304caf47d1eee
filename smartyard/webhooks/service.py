"""The provider's endpoints: who is told, of what, and signed by which secret."""

import re
import secrets
from base64 import b64encode
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from smartyard.audit import Audit
from smartyard.config import Settings
from smartyard.db import in_batches, transaction
from smartyard.gateways.webhook import Message, Receiver, Reply, WebhookGateway
from smartyard.outbox import KINDS
from smartyard.secret import Keys, Unreadable
from smartyard.webhooks.messages import TEST, body_of, name_of
from smartyard.webhooks.models import WebhookEndpoint
from smartyard.webhooks.outbox import WebhookOutbox
from smartyard.webhooks.repository import DeliveryRepository, EndpointRepository, Page

__all__ = ["KINDS", "EndpointRefusal", "EndpointService", "Shown", "Told", "receiver_of"]

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,49}", re.ASCII)
_URL = re.compile(r"https?://[!-~]{1,1990}", re.ASCII)  # neither blanks nor what is not ASCII
_PURPOSE = "webhook"
_PAGE = 2000  # events that one statement sets to be sent again


class EndpointRefusal(Exception):
    """Why it is not done, in the operator's words."""


@dataclass(frozen=True)
class Shown:
    """What may be shown of an endpoint; `place` is its URL without what may be a secret in it."""

    name: str
    place: str
    kinds: tuple[str, ...]
    created_at: datetime
    disabled_at: datetime | None
    failing_since: datetime | None
    next_at: datetime
    old_until: datetime | None
    waiting: int


@dataclass(frozen=True)
class Told:
    """One message to an endpoint, and what came of it."""

    id: str
    kind: str
    at: datetime
    state: str
    attempts: int
    next_at: datetime
    answer: str


def receiver_of(endpoint: WebhookEndpoint, keys: Keys, now: datetime) -> Receiver:
    """An endpoint with the secrets that sign now, the newest first. Raises Unreadable."""
    sealed = [endpoint.secret]
    if endpoint.old_secret is not None and endpoint.old_until and now < endpoint.old_until:
        sealed.append(endpoint.old_secret)
    opened = tuple(keys.unseal(_PURPOSE, f"webhook:{endpoint.name}", one) for one in sealed)
    return Receiver(endpoint.name, endpoint.url, opened)


class EndpointService:
    """What the operator does about endpoints."""

    def __init__(  # pylint: disable=too-many-arguments
        self,
        endpoints: EndpointRepository,
        deliveries: DeliveryRepository,
        outbox: WebhookOutbox,
        audit: Audit,
        *,
        gateway: WebhookGateway,
        keys: Keys,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._endpoints = endpoints
        self._deliveries = deliveries
        self._outbox = outbox
        self._audit = audit
        self._gateway = gateway
        self._keys = keys
        self._settings = settings
        self._lease = timedelta(seconds=settings.webhook_lease)
        self._clock = clock

    def add(self, name: str, url: str, kinds: Collection[str], *, actor: str) -> str:
        """A new endpoint; its secret (`whsec_…`) is told here and never again. Raises
        EndpointRefusal."""
        if not _NAME.fullmatch(name):
            raise EndpointRefusal("Имя — до 50 знаков: строчные латинские буквы, цифры и дефис.")
        place, now = self._place(url), self._clock()
        wanted = sorted(set(kinds) or KINDS)
        secret, sealed = self._new_secret(name)
        told = {"name": name, "url": url, "kinds": wanted, "secret": sealed}
        with transaction():
            if not self._endpoints.add(told | {"created_at": now, "next_at": now, "failures": 0}):
                raise EndpointRefusal(f"Вебхук «{name}» уже есть.")
            self._note(actor, "add", name, {"place": place, "kinds": wanted})
        return secret

    def remove(self, name: str, *, actor: str) -> None:
        """Nothing more is sent, and what was is forgotten. Raises EndpointRefusal."""
        endpoint = self._switch(name, self._clock())
        in_batches(lambda most: self._deliveries.of_endpoint(endpoint.id, most))
        with transaction():
            self._endpoints.remove(endpoint.id)
            self._note(actor, "remove", name)

    def rotate(self, name: str, *, actor: str) -> str:
        """A new secret; the one before it signs beside it for WEBHOOK_ROTATION_HOURS. Raises
        EndpointRefusal."""
        secret, sealed = self._new_secret(name)
        with transaction():
            endpoint = self._get(name)
            end = self._clock() + timedelta(hours=self._settings.webhook_rotation_hours)
            old = {"old_secret": endpoint.secret, "old_until": end}
            if not self._is_readable(endpoint):  # of another SECRET_KEY: it can sign nothing
                old = {"old_secret": None, "old_until": None}
            self._endpoints.change(endpoint.id, secret=sealed, **old)
            self._note(actor, "rotate", name)
        return secret

    def switch(self, name: str, *, on: bool, actor: str) -> None:
        """Send nothing to it, nor keep anything for it; or begin again, also with what waits since,
        within WEBHOOK_LEASE seconds. Raises EndpointRefusal."""
        self._switch(name, None if on else self._clock())
        with transaction():
            self._note(actor, "on" if on else "off", name)

    def listed(self) -> list[Shown]:
        """Every endpoint, by name."""
        with transaction():
            waiting = self._deliveries.waiting()
            return [_shown(one, waiting.get(one.id, 0)) for one in self._endpoints.all()]

    def page(self, name: str, most: int = 20) -> tuple[Shown, str, list[Told]]:
        """An endpoint, its whole URL, and the newest messages. Raises EndpointRefusal."""
        with transaction():
            endpoint = self._get(name)
            waiting = self._deliveries.waiting().get(endpoint.id, 0)
            rows = self._deliveries.last_of(endpoint.id, most)
        told = [
            Told(
                name_of(event.id),
                event.kind,
                event.at,
                one.state,
                one.attempts,
                one.next_at,
                one.answer,
            )
            for one, event in rows
        ]
        return _shown(endpoint, waiting), endpoint.url, told

    def try_out(self, name: str) -> Reply:
        """Send a message of the kind `webhook.test` now. Raises EndpointRefusal, and
        DependencyUnavailable where no answer came."""
        now = self._clock()
        with transaction():
            endpoint = self._get(name)
        try:
            receiver = receiver_of(endpoint, self._keys, now)
        except Unreadable:
            raise EndpointRefusal(
                f"Секрет вебхука «{name}» не прочитать: сменился SECRET_KEY. Выпустите новый:"
                f" webhooks rotate {name}."
            ) from None
        body = body_of(TEST, now, {"endpoint": name}, private=receiver.is_private)
        return self._gateway.line(receiver).send(Message(name_of(uuid4()), now, body))

    def replay(
        self,
        *,
        since: datetime,
        kinds: Collection[str] = (),
        name: str | None = None,
        missed: bool = False,
        actor: str,
    ) -> int:
        """Have everything sent again that was told since a moment, under the same ids: to each
        endpoint that is on and wants its kind, or to one. With `missed` only what was not taken.
        Returns how many messages. Raises EndpointRefusal."""
        with transaction():
            found = self._endpoints.all() if name is None else [self._get(name)]
            ids = [one.id for one in found if one.disabled_at is None]
            if not ids:
                raise EndpointRefusal("Некому отправлять: включённых вебхуков нет.")
            detail = {"since": since.isoformat(), "kinds": sorted(kinds), "missed": missed}
            self._note(actor, "replay", name or "*", detail)
        total, page = 0, Page(0, since, UUID(int=0))
        while True:
            with transaction():
                more = self._deliveries.send_again(
                    ids,
                    kinds or KINDS,
                    since=since,
                    after=page,
                    missed=missed,
                    now=self._clock(),
                    most=_PAGE,
                )
            if more is None:
                return total
            total, page = total + more.count, more

    def _switch(self, name: str, disabled_at: datetime | None) -> WebhookEndpoint:
        with transaction():
            endpoint = self._get(name)
            values: dict[str, Any] = {"disabled_at": disabled_at}
            if disabled_at is None:
                values |= {"failures": 0, "failing_since": None}
                # No sooner than a turn of just now is over: two would send the same.
                self._endpoints.hasten(endpoint.id, self._clock() + self._lease)
            self._endpoints.change(endpoint.id, **values)
        self._outbox.look_again()
        return endpoint

    def _get(self, name: str) -> WebhookEndpoint:
        found = self._endpoints.find(name)
        if found is None:
            raise EndpointRefusal(f"Вебхука «{name}» нет.")
        return found

    def _new_secret(self, name: str) -> tuple[str, bytes]:
        secret = "whsec_" + b64encode(secrets.token_bytes(32)).decode()
        return secret, self._keys.seal(_PURPOSE, f"webhook:{name}", secret)

    def _is_readable(self, endpoint: WebhookEndpoint) -> bool:
        try:
            receiver_of(endpoint, self._keys, self._clock())
        except Unreadable:
            return False
        return True

    def _place(self, url: str) -> str:
        """Where a URL leads, without what may be a secret in it. Raises EndpointRefusal."""
        try:
            parts = urlsplit(url)
            is_fine = bool(_URL.fullmatch(url) and parts.hostname and parts.port != 0)
        except ValueError:
            is_fine = False
        if not is_fine or parts.username is not None or parts.fragment:
            raise EndpointRefusal(
                "Нужен адрес вида https://crm.example.com/hooks, без логина и пароля в нём."
            )
        if parts.scheme == "http" and not self._settings.webhook_networks:
            raise EndpointRefusal(
                "Нужен https. По http — только в своей сети, названной в WEBHOOK_NETWORKS."
            )
        return place_of(url)

    def _note(
        self, actor: str, action: str, name: str, detail: dict[str, Any] | None = None
    ) -> None:
        self._audit.note(actor, f"webhook.{action}", f"webhook:{name}", detail)
        self._outbox.look_again()


def place_of(url: str) -> str:
    """Scheme and host: a path may be a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _shown(endpoint: WebhookEndpoint, waiting: int) -> Shown:
    return Shown(
        endpoint.name,
        place_of(endpoint.url),
        tuple(endpoint.kinds),
        endpoint.created_at,
        endpoint.disabled_at,
        endpoint.failing_since,
        endpoint.next_at,
        endpoint.old_until,
        waiting,
    )
