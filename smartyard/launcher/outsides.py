"""Settings of the outsides that the sandbox stands in for: each that somebody set stays theirs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from smartyard.config import Settings


def stand_ins(
    settings: Settings, told: Mapping[str, str], url: str, credentials: Path, callback_key: str
) -> dict[str, str]:
    """The environment of all that runs over the sandbox, which `told` where it listens. `url` is
    our server's; `credentials` and `callback_key` were made for Firebase and the bank."""
    own: list[tuple[Any, dict[str, str]]] = [
        (settings.kannel_host, _kannel(told)),
        (settings.billing_url, {"BILLING_URL": told["billing_url"]}),
        (settings.sber_url, _bank(told["bank_url"], callback_key)),
        (settings.smtp_host, _mail(told)),
        (
            settings.fcm_credentials,
            {"FCM_URL": told["fcm_url"], "FCM_CREDENTIALS": str(credentials)},
        ),
        (settings.geocoder_url, {"GEOCODER_URL": told["geocoder_url"]}),
        (settings.frs_url, {"FRS_URL": told["frs_url"]}),
        (settings.webhook_networks, {"WEBHOOK_NETWORKS": "127.0.0.0/8"}),
        (settings.server_url, {"SERVER_URL": url}),  # a bank sends the payer back there
        # Nobody listens there: phones show who rings, and hear nothing.
        (settings.sip_server, {"SIP_SERVER": urlsplit(url).hostname or ""}),
    ]
    return {name: value for is_set, env in own if not is_set for name, value in env.items()}


def _kannel(told: Mapping[str, str]) -> dict[str, str]:
    return {
        "KANNEL_HOST": told["kannel_host"],
        "KANNEL_PORT": told["kannel_port"],
        "KANNEL_PATH": "/cgi-bin/sendsms",
        "KANNEL_USER": "demo",
        "KANNEL_PASS": "demo",
    }


def _bank(url: str, key: str) -> dict[str, str]:
    """Settings of the merchant that the sandbox's bank knows."""
    return {
        "SBER_URL": url,
        "SBER_USER": "demo-api",
        "SBER_PASSWORD": "demo",
        "SBER_MERCHANT": "demo",
        "SBER_CALLBACK_KEY": key,
        "SBER_CALLBACK_CERT": "",
        "SBER_FORM_URL": f"{url}/payment/merchants/demo/payment_ru.html?mdOrder={{orderId}}",
    }


def _mail(told: Mapping[str, str]) -> dict[str, str]:
    """Letters of tickets come to the page."""
    return {
        "SMTP_HOST": told["smtp_host"],
        "SMTP_PORT": told["smtp_port"],
        "SMTP_SECURITY": "none",
        "SMTP_USER": "",
        "TICKET_MAIL_TO": "desk@example.com",
    }
