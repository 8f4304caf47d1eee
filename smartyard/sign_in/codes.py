"""One-time codes: how they are made, kept and written into an SMS (protocols.md, section 6)."""

import hmac
import secrets
from uuid import UUID

from smartyard.phones import Phone
from smartyard.secret import Keys


def new_code(length: int) -> str:
    """`length` digits from a CSPRNG, leading zeros kept."""
    return f"{secrets.randbelow(10**length):0{length}d}"


def code_hash(keys: Keys, phone: Phone, request_id: UUID, code: str) -> bytes:
    """What is kept of a code: bound to the phone and to the request it was made for."""
    return keys.mac("login-code", phone, request_id.bytes, code)


def is_right(keys: Keys, phone: Phone, request_id: UUID, code: str, kept: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(code_hash(keys, phone, request_id, code), kept)


def sms_text(beginning: str, code: str, last_line: str) -> str:
    """`beginning` is the operator's text, blank at its end included. A last line such as
    `@example.com #{code}` lets iOS and Android fill the code in: nothing may follow it."""
    text = f"{beginning}{code}"
    return f"{text}\n{last_line.replace('{code}', code)}" if last_line else text
