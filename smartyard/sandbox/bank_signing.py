"""Both kinds of checksum that the bank puts on its callbacks (`protocols.md`, 3.6).

The string is `name;value;` of all parameters but `checksum` and `sign_alias`, sorted by name. The
key pair is made when it is first asked for, and its certificate is a self-signed one.
"""

import datetime
import functools
import hmac
from collections.abc import Mapping

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

_NOT_SIGNED = ("checksum", "sign_alias")
_DAY = datetime.timedelta(days=1)


def signed_text(parameters: Mapping[str, str]) -> str:
    """What the checksum is made over."""
    kept = sorted(name for name in parameters if name not in _NOT_SIGNED)
    return "".join(f"{name};{parameters[name]};" for name in kept)


def hmac_checksum(parameters: Mapping[str, str], key: str) -> str:
    """HMAC-SHA256 under the callback token, as upper-case hex."""
    return hmac.digest(key.encode(), signed_text(parameters).encode(), "sha256").hex().upper()


def rsa_checksum(parameters: Mapping[str, str]) -> str:
    """RSASSA-PKCS1-v1_5 with SHA-512 under the bank's own key, as upper-case hex."""
    text = signed_text(parameters).encode()
    return _private_key().sign(text, padding.PKCS1v15(), hashes.SHA512()).hex().upper()


@functools.cache
def _private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@functools.cache
def certificate_pem() -> str:
    """The X.509 certificate that the bank hands to the merchant."""
    key = _private_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sandbox bank")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + 3650 * _DAY)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
