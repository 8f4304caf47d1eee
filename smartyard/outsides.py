"""Everybody outside that we speak to, made from the settings. Used by `wiring` alone."""

from functools import partial

from smartyard.config import Settings
from smartyard.gateways.billing import BillingGateway
from smartyard.gateways.billing_money import BillingMoney
from smartyard.gateways.breaker import Breaker
from smartyard.gateways.fallback_auth import FallbackAuth
from smartyard.gateways.kannel import KannelGateway
from smartyard.gateways.sberbank import SberbankGateway
from smartyard.gateways.transport import Outside


class Gateways:
    """The outside, each with its own deadlines, cap and breaker."""

    def __init__(self, settings: Settings) -> None:
        outside = partial(_outside, settings)
        self.kannel = KannelGateway(
            outside(
                "kannel", connect=settings.kannel_connect_timeout, total=settings.kannel_timeout
            ),
            host=settings.kannel_host,
            port=settings.kannel_port,
            path=settings.kannel_path,
            user=settings.kannel_user,
            password=settings.kannel_pass.get_secret_value(),
            sender=settings.kannel_from,
            coding=settings.kannel_coding,
        )
        self.billing = BillingGateway(
            outside(
                "billing",
                connect=settings.billing_connect_timeout,
                total=settings.billing_timeout,
                at_once=settings.billing_calls,
                may_wait=3 * settings.billing_calls,  # one list of homes takes two places
                max_bytes=settings.billing_max_answer,
            ),
            url=settings.billing_url,
            token=settings.billing_token.get_secret_value(),
            zone=settings.timezone,
            without=frozenset(settings.billing_lacks),
        )
        self.billing_money = BillingMoney(self.billing)
        self.bank = SberbankGateway(
            outside(
                "bank",
                connect=settings.sber_connect_timeout,
                total=settings.sber_timeout,
                at_once=settings.sber_calls,
            ),
            url=settings.sber_url,
            login=settings.sber_user,
            password=settings.sber_password.get_secret_value(),
            merchant=settings.sber_merchant,
        )
        self.fallback_auth = FallbackAuth(
            outside(
                "proxyfl",
                connect=settings.proxyfl_connect_timeout,
                total=settings.proxyfl_timeout,
                at_once=settings.proxyfl_calls,
            ),
            settings.proxyfl,
        )


def _outside(
    settings: Settings,
    name: str,
    *,
    connect: float,
    total: float,
    at_once: int = 8,
    may_wait: int | None = None,
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
    )
