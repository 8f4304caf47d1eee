"""Everybody outside that we speak to, made from the settings. Used by `wiring` alone."""

import json
import sys
from pathlib import Path
from typing import Any

from smartyard.config import Settings, SettingsError
from smartyard.gateways.billing import BillingGateway
from smartyard.gateways.billing_money import BillingMoney
from smartyard.gateways.breaker import Breaker
from smartyard.gateways.fallback_auth import FallbackAuth
from smartyard.gateways.falprs import FalprsGateway
from smartyard.gateways.firebase import FirebaseGateway
from smartyard.gateways.flussonic.download import ArchiveGateway
from smartyard.gateways.flussonic.ranges import RangesGateway
from smartyard.gateways.flussonic.snapshot import SnapshotGateway
from smartyard.gateways.kannel import KannelGateway
from smartyard.gateways.mail import MailGateway, Post
from smartyard.gateways.nominatim import NominatimGateway
from smartyard.gateways.panels import Lines, PanelGateway
from smartyard.gateways.sberbank import SberbankGateway
from smartyard.gateways.ticket_hook import TicketHook
from smartyard.gateways.transport import Outside


class Gateways:
    """The outside, each with its own deadlines, cap and breaker."""

    def __init__(self, settings: Settings) -> None:
        self.kannel = _kannel(settings)
        self.billing = _billing(settings)
        self.billing_money = BillingMoney(self.billing)
        # Credits have places and a breaker of their own: a method for lists that is broken, or
        # slow, must not keep money from being credited.
        self.billing_credits = BillingMoney(_billing(settings, "billing-credits"))
        self.bank = _bank(settings)
        self.fallback_auth = _fallback_auth(settings)
        self.panels = _panels(settings)
        self.snapshots = SnapshotGateway(lambda: _snapshots(settings))
        self.mail = _mail(settings)
        self.ticket_hook = _ticket_hook(settings)
        self.geocoder = _geocoder(settings)
        self.frs = _frs(settings)
        account = _service_account(settings.fcm_credentials)
        self.firebase = _firebase(settings, account, "fcm")
        # Calls at the door have places of their own: a mailing must not keep a phone from ringing.
        self.firebase_rings = _firebase(settings, account, "fcm-rings")
        self.archive = ArchiveGateway(lambda: _archive(settings))
        self.ranges = RangesGateway(lambda: _ranges(settings))


def _kannel(settings: Settings) -> KannelGateway:
    outside = _outside(
        settings,
        "kannel",
        connect=settings.kannel_connect_timeout,
        total=settings.kannel_timeout,
    )
    return KannelGateway(
        outside,
        host=settings.kannel_host,
        port=settings.kannel_port,
        path=settings.kannel_path,
        user=settings.kannel_user,
        password=settings.kannel_pass.get_secret_value(),
        sender=settings.kannel_from,
        coding=settings.kannel_coding,
    )


def _billing(settings: Settings, name: str = "billing") -> BillingGateway:
    outside = _outside(
        settings,
        name,
        connect=settings.billing_connect_timeout,
        total=settings.billing_timeout,
        at_once=settings.billing_calls,
        may_wait=3 * settings.billing_calls,  # one list of homes takes two places
        max_bytes=settings.billing_max_answer,
        ca=settings.billing_ca,
    )
    return BillingGateway(
        outside,
        url=settings.billing_url,
        token=settings.billing_token.get_secret_value(),
        zone=settings.timezone,
        without=frozenset(settings.billing_lacks),
    )


def _bank(settings: Settings) -> SberbankGateway:
    outside = _outside(
        settings,
        "bank",
        connect=settings.sber_connect_timeout,
        total=settings.sber_timeout,
        at_once=settings.sber_calls,
        ca=settings.sber_ca,
    )
    return SberbankGateway(
        outside,
        url=settings.sber_url,
        login=settings.sber_user,
        password=settings.sber_password.get_secret_value(),
        merchant=settings.sber_merchant,
    )


def _fallback_auth(settings: Settings) -> FallbackAuth:
    outside = _outside(
        settings,
        "proxyfl",
        connect=settings.proxyfl_connect_timeout,
        total=settings.proxyfl_timeout,
        at_once=settings.proxyfl_calls,
    )
    return FallbackAuth(outside, settings.proxyfl)


def _panels(settings: Settings) -> PanelGateway:
    """Each panel has an outside for each thing that is asked of it."""

    def make(name: str, max_bytes: int) -> Outside:
        return _outside(
            settings,
            name,
            connect=settings.panel_connect_timeout,
            total=settings.panel_timeout,
            at_once=settings.panel_calls_each,
            ca=settings.panel_ca,
            max_bytes=max_bytes,
        )

    return PanelGateway(Lines(make, total=settings.panel_timeout, calls=settings.panel_calls))


def _snapshots(settings: Settings) -> Outside:
    """One media server, asked for the newest frame of a stream."""
    return _outside(
        settings,
        "frames of media servers",
        connect=1.0,
        total=settings.snapshot_timeout,
        ca=settings.media_ca,
        max_bytes=2 * 1024 * 1024,
    )


def _mail(settings: Settings) -> MailGateway:
    post = Post(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        user=settings.smtp_user,
        password=settings.smtp_pass.get_secret_value(),
        ca=settings.smtp_ca,
        connect=settings.smtp_connect_timeout,
        total=settings.smtp_timeout,
    )
    return MailGateway(
        post,
        sender=settings.ticket_mail_from or settings.smtp_user,
        receivers=settings.ticket_mail_to,
    )


def _geocoder(settings: Settings) -> NominatimGateway:
    outside = _outside(
        settings,
        "geocoder",
        connect=settings.geocoder_connect_timeout,
        total=settings.geocoder_timeout,
    )
    return NominatimGateway(
        outside,
        url=settings.geocoder_url,
        user_agent=settings.geocoder_user_agent or f"smartyard ({settings.server_url})",
        countries=settings.geocoder_countries,
    )


def _frs(settings: Settings) -> FalprsGateway:
    outside = _outside(
        settings,
        "frs",
        connect=settings.frs_connect_timeout,
        total=settings.frs_timeout,
        at_once=settings.frs_calls,
        max_bytes=8 * 1024 * 1024,  # all streams and their faces
    )
    token = settings.frs_token.get_secret_value()
    return FalprsGateway(outside, url=settings.frs_url, token=token)


def _ticket_hook(settings: Settings) -> TicketHook:
    outside = _outside(
        settings,
        "ticket-webhook",
        connect=settings.ticket_webhook_connect_timeout,
        total=settings.ticket_webhook_timeout,
    )
    token = settings.ticket_webhook_token.get_secret_value()
    return TicketHook(outside, url=settings.ticket_webhook_url, token=token)


def _service_account(path: Path | None) -> dict[str, Any] | None:
    """Firebase's service account. Raises SettingsError for a file that is none."""
    if path is None:
        return None
    try:
        account = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(account, dict) or not account.get("project_id"):
            raise ValueError("it is no service account")
    except (OSError, ValueError) as wrong:
        raise SettingsError(f"FCM_CREDENTIALS cannot be used: {wrong}") from None
    return account


def _firebase(settings: Settings, account: dict[str, Any] | None, name: str) -> FirebaseGateway:
    outside = _outside(
        settings,
        name,
        connect=settings.fcm_connect_timeout,
        total=settings.fcm_timeout,
        at_once=settings.fcm_calls,
        may_wait=4 * settings.fcm_calls,  # several jobs, each with so many threads
    )
    return FirebaseGateway(outside, url=settings.fcm_url, account=account)


def _archive(settings: Settings) -> Outside:
    """One media server, for downloads. They are few, and each waits between its tries: a breaker
    would only let a trial that takes minutes shut the others out."""
    return Outside(
        "media",
        connect=settings.media_connect_timeout,
        total=settings.clip_timeout,
        max_bytes=settings.clip_max_mb * 10**6,
        breaker=Breaker(sys.maxsize, settings.breaker_open),
        at_once=settings.clips_at_once,
        ca_file=str(settings.media_ca or ""),
    )


def _ranges(settings: Settings) -> Outside:
    """One media server, asked for what its archive holds while a person waits."""
    return _outside(
        settings,
        "media-ranges",
        connect=settings.media_connect_timeout,
        total=settings.ranges_timeout,
        ca=settings.media_ca,
        max_bytes=4 * 1024 * 1024,
    )


def _outside(
    settings: Settings,
    name: str,
    *,
    connect: float,
    total: float,
    at_once: int = 8,
    may_wait: int | None = None,
    ca: Path | None = None,
    max_bytes: int = 64 * 1024,
) -> Outside:
    """One outside with a breaker of its own."""
    breaker = Breaker(settings.breaker_failures, settings.breaker_open)
    return Outside(
        name,
        connect=connect,
        total=total,
        max_bytes=max_bytes,
        breaker=breaker,
        at_once=at_once,
        may_wait=may_wait,
        ca_file=str(ca or ""),
    )
