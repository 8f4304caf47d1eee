"""Order numbers of our own, and the bank's payment page."""

import secrets
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # five bits a letter, none to mistake for another
_LETTERS = 13  # 65 bits: never a sequence, which an earlier server may have used


def new_order_number(prefix: str) -> str:
    """`prefix` and 65 random bits, 32 characters at most."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS))


def form_url_like(form_url: str, bank_order_id: str, wanted: str) -> str | None:
    """The payment page of the order `wanted`, made from that of another order: the gateway's
    pages differ in one parameter. None when this one does not look so."""
    parts = urlsplit(form_url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    if ("mdOrder", bank_order_id) not in query:
        return None
    changed = [(name, wanted if name == "mdOrder" else value) for name, value in query]
    return urlunsplit(parts._replace(query=urlencode(changed)))
