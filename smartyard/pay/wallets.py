"""Wallets that pay at the gateway's `payment.do`: one more wallet is one more row."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Wallet:
    """`path` at the gateway. `tells_amount`: elsewhere the sum is inside the token."""

    path: str
    tells_amount: bool


WALLETS = {
    "google": Wallet(path="google", tells_amount=True),
    "apple": Wallet(path="applepay", tells_amount=False),
    "samsung": Wallet(path="samsung", tells_amount=False),
    "mir": Wallet(path="mir", tells_amount=True),
}


def clean_token(token: str) -> str:
    """Base64 without the line breaks that Android puts in. Raises ValueError for none."""
    packed = "".join(token.split())
    try:
        content = base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("base64 is needed") from None
    if not content or len(packed) > 8192:
        raise ValueError("base64 is needed")
    return packed


def more_of(wallet: Wallet, amount_kopecks: int, currency: str, return_url: str) -> dict[str, Any]:
    """The fields of this wallet's request beside those that all have."""
    if not wallet.tells_amount:
        return {}
    return {"amount": amount_kopecks, "currencyCode": currency, "returnUrl": return_url}
