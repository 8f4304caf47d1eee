"""What the apps are told at their start. iOS shows nothing until it knows, so nobody is asked."""

from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from smartyard.config import Settings

__all__ = ["Chat", "Options", "OptionsService"]


@dataclass(frozen=True)
class Chat:
    """The operator's chat service."""

    id: str
    domain: str
    token: str


@dataclass(frozen=True)
class Options:
    """What is "" or None is left out of the answer, and the app does as it always did."""

    city_cams: bool
    payments: bool
    payments_url: str
    support_phone: str
    has_chat: bool
    chat_url: str
    chat: Chat | None
    time_zone: str
    guest_access: Literal["turnOnOnly", "turnOnAndOff"]
    cctv_view: Literal["list", "tree", "userDefined"]
    active_tab: Literal["addresses", "notifications", "chat", "pay", "menu"]
    issues_version: Literal["1", "2"]


class OptionsService:
    def __init__(self, settings: Settings, *, takes_payments: bool) -> None:
        """`takes_payments`: there is a bank."""
        self._options = _options(settings, takes_payments)

    def all(self) -> Options:
        """The same for everybody."""
        return self._options


def _options(settings: Settings, takes_payments: bool) -> Options:
    chat = None
    if settings.chat_id and settings.chat_domain and settings.chat_token:
        chat = Chat(settings.chat_id, settings.chat_domain, settings.chat_token)
    return Options(
        city_cams=settings.city_cams,
        payments=settings.pay_tab and (takes_payments or bool(settings.payments_url)),
        payments_url=settings.payments_url,
        support_phone=settings.support_phone,
        has_chat=bool(settings.chat_url) or chat is not None,
        chat_url=settings.chat_url,
        chat=chat,
        time_zone=_java_name(settings.timezone),
        guest_access=settings.guest_access,
        cctv_view=settings.cctv_view,
        active_tab=settings.active_tab,
        issues_version=settings.issues_version,
    )


def _java_name(zone: ZoneInfo) -> str:
    """As Android reads it, which dies of a name that it does not know: those that only a host has,
    such as `localtime` or `posix/Europe/Moscow`, are "" here."""
    name = zone.key or ""
    region = name.partition("/")[0]
    known = "/" in name and region not in ("posix", "right") or name in ("UTC", "GMT")
    return name if known else ""
