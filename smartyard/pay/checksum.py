"""The signature of the bank's callbacks (reference/protocols.md, section 3.6).

Signed is whatever came, but `checksum` and `sign_alias`: sorted by name, written
`name;value;name;value;`, as UTF-8. Either HMAC-SHA256 under a shared key, or RSA PKCS#1 v1.5 with
SHA-512 under the key of the gateway's certificate; both in hex.
"""

import hashlib
import hmac
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA512

Pairs = Sequence[tuple[str, str]]

_UNSIGNED = ("checksum", "sign_alias")


def signed_text(pairs: Pairs) -> bytes:
    """What the signature is over."""
    kept = sorted(pair for pair in pairs if pair[0] not in _UNSIGNED)
    return "".join(f"{name};{value};" for name, value in kept).encode()


def public_key(certificate: Path) -> RSAPublicKey:
    """The key in an X.509 certificate in PEM. Raises OSError or ValueError."""
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    if not isinstance(key, RSAPublicKey):
        raise ValueError("the certificate holds no RSA key")
    return key


class CallbackSeal:
    """Knows the bank's callbacks by their signature. With neither key nor certificate, none."""

    def __init__(self, key: str, certificate_key: RSAPublicKey | None) -> None:
        self._key = key.encode()
        self._certificate_key = certificate_key

    def is_right(self, pairs: Pairs) -> bool:
        """One checksum, every name once, and a signature by one of the keys that are set."""
        names = [name for name, _ in pairs]
        if len(set(names)) != len(names):
            return False
        checksum = dict(pairs).get("checksum", "")
        text = signed_text(pairs)
        return self._by_hmac(text, checksum) or self._by_rsa(text, checksum)

    def _by_hmac(self, text: bytes, checksum: str) -> bool:
        if not self._key:
            return False
        wanted = hmac.digest(self._key, text, hashlib.sha256).hex().upper()
        return hmac.compare_digest(wanted.encode(), checksum.upper().encode())

    def _by_rsa(self, text: bytes, checksum: str) -> bool:
        if self._certificate_key is None:
            return False
        try:
            self._certificate_key.verify(bytes.fromhex(checksum), text, PKCS1v15(), SHA512())
        except (InvalidSignature, ValueError):
            return False
        return True
