"""The bank's signatures: the vectors of protocols.md, and everything that is nearly right."""

import datetime
import hashlib
import hmac
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from smartyard.pay.checksum import CallbackSeal, public_key, signed_text

# A vector of protocols.md, 3.6.
HMAC_KEY = "callback-secret"
HMAC_PAIRS = [
    ("amount", "123456"),
    ("mdOrder", "11111111-2222-3333-4444-555555555555"),
    ("operation", "deposited"),
    ("orderNumber", "1042"),
    ("status", "1"),
]
HMAC = "029B3135D8C9A1224F2CFFCC1F5E6D1ABD21CB2B0D62647CB05F52B90DE9874D"
# The published vector of the gateway family, as protocols.md has it.
RSA_PAIRS = [
    ("amount", "35000099"),
    ("mdOrder", "12b59da8-f68f-7c8d-12b5-9da8000826ea"),
    ("operation", "deposited"),
    ("status", "1"),
]
RSA_KEY = b"""-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwtuGKbQ4WmfdV1gjWWys
5jyHKTWXnxX3zVa5/Cx5aKwJpOsjrXnHh6l8bOPQ6Sgj3iSeKJ9plZ3i7rPjkfmw
qUOJ1eLU5NvGkVjOgyi11aUKgEKwS5Iq5HZvXmPLzu+U22EUCTQwjBqnE/Wf0hnI
wYABDgc0fJeJJAHYHMBcJXTuxF8DmDf4DpbLrQ2bpGaCPKcX+04POS4zVLVCHF6N
6gYtM7U2QXYcTMTGsAvmIqSj1vddGwvNGeeUVoPbo6enMBbvZgjN5p6j3ItTziMb
Vba3m/u7bU1dOG2/79UpGAGR10qEFHiOqS6WpO7CuIR2tL9EznXRc7D9JZKwGfoY
/QIDAQAB
-----END PUBLIC KEY-----
"""
RSA = (
    "9524fd765fb1babfb1f42e4bc6ef5a4b07baa3f9c809098acbb462618a932753"
    "9f975fedb4cf6ec1556ff88ba74774342af4f5b51ba63903be9647c670ebd962"
    "467282955bd1d57b16935c956864526810870cd32967845ebabe1c6565c03f94"
    "ff66907cedb54669a1c74ac1ad6e39b67fa7ef6d305a007a474f03b80fd6c965"
    "656beaa74e09bb1189f4b32e622c903dc52843c454b7acf76d6f76324c27767d"
    "e2ff6e7217716c19c530ca7551db58268cc815638c30f3bca3270e1fd44f63c1"
    "4974b108e65c20638ece2f2d752f32742ffc5077415102706fa5235d310d4948"
    "a780b08d1b75c8983f22f211dfcbf14435f262adda6a97bfeb6d332c3d51010b"
)


def rsa_seal() -> CallbackSeal:
    key = serialization.load_pem_public_key(RSA_KEY)
    assert isinstance(key, rsa.RSAPublicKey)
    return CallbackSeal("", key)


def test_the_hmac_vector_is_right_in_any_order_and_any_case() -> None:
    seal = CallbackSeal(HMAC_KEY, None)
    for checksum in (HMAC, HMAC.lower()):
        pairs = [*HMAC_PAIRS, ("checksum", checksum), ("sign_alias", "whatever")]
        for seed in range(10):
            random.Random(seed).shuffle(pairs)
            assert seal.is_right(pairs)


def test_the_published_rsa_vector_is_right() -> None:
    seal = rsa_seal()
    assert seal.is_right([("checksum", RSA), *RSA_PAIRS])
    assert seal.is_right([*RSA_PAIRS[::-1], ("sign_alias", "x"), ("checksum", RSA.upper())])


Pairs = list[tuple[str, str]]
WRONG: dict[str, Callable[[Pairs, str], Pairs]] = {
    "no checksum": lambda pairs, right: pairs,
    "an empty one": lambda pairs, right: [*pairs, ("checksum", "")],
    "one that is no hex": lambda pairs, right: [*pairs, ("checksum", "checksum, honestly")],
    "one with other letters": lambda pairs, right: [*pairs, ("checksum", "ЖЁ")],
    "a digit changed": lambda pairs, right: [*pairs, ("checksum", flipped(right))],
    "a digit less": lambda pairs, right: [*pairs, ("checksum", right[:-1])],
    "a byte less": lambda pairs, right: [*pairs, ("checksum", right[:-2])],
    "a value changed": lambda pairs, right: [
        ("amount", "1"),
        *[pair for pair in pairs if pair[0] != "amount"],
        ("checksum", right),
    ],
    "a parameter missing": lambda pairs, right: [*pairs[1:], ("checksum", right)],
    "a parameter extra": lambda pairs, right: [*pairs, ("x", ""), ("checksum", right)],
    "a parameter twice": lambda pairs, right: [*pairs, pairs[0], ("checksum", right)],
    "the checksum twice": lambda pairs, right: [*pairs, *[("checksum", right)] * 2],
    "nothing at all": lambda pairs, right: [],
}


def flipped(right: str) -> str:
    return ("0" if right[0] != "0" else "1") + right[1:]


@pytest.mark.parametrize("how", WRONG)
def test_what_is_nearly_right_is_wrong(how: str) -> None:
    hmac_seal = CallbackSeal(HMAC_KEY, None)
    assert not hmac_seal.is_right(WRONG[how](HMAC_PAIRS, HMAC))
    assert not rsa_seal().is_right(WRONG[how](RSA_PAIRS, RSA))


def test_with_neither_key_nor_certificate_nothing_is_right() -> None:
    seal = CallbackSeal("", None)
    nobody = hmac.digest(b"", signed_text(HMAC_PAIRS), hashlib.sha256).hex().upper()
    for checksum in (HMAC, nobody, ""):
        assert not seal.is_right([*HMAC_PAIRS, ("checksum", checksum)])
    assert not seal.is_right([*RSA_PAIRS, ("checksum", RSA)])


def test_the_other_kind_of_key_does_not_open() -> None:
    assert not rsa_seal().is_right([*HMAC_PAIRS, ("checksum", HMAC)])
    assert not CallbackSeal(HMAC_KEY, None).is_right([*RSA_PAIRS, ("checksum", RSA)])


def certificate(key: PrivateKeyTypes, path: Path) -> Path:
    """A self-signed one."""
    assert isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a gateway")])
    begin = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return path


def test_a_certificate_of_ours_lets_in_what_its_key_signed_by_sha512_alone(tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    seal = CallbackSeal(HMAC_KEY, public_key(certificate(key, tmp_path / "cert.pem")))
    text = signed_text(RSA_PAIRS)
    for algorithm, right in ((hashes.SHA512(), True), (hashes.SHA256(), False)):
        signed = key.sign(text, padding.PKCS1v15(), algorithm).hex()
        assert seal.is_right([*RSA_PAIRS, ("checksum", signed)]) == right
    assert seal.is_right([*HMAC_PAIRS, ("checksum", HMAC)])  # both may be set at once


def test_what_holds_no_rsa_key_is_no_certificate_for_us(tmp_path: Path) -> None:
    path = certificate(ec.generate_private_key(ec.SECP256R1()), tmp_path / "curve.pem")
    with pytest.raises(ValueError):
        public_key(path)
    path.write_text("rubbish", encoding="ascii")
    with pytest.raises(ValueError):
        public_key(path)
    with pytest.raises(OSError):
        public_key(tmp_path / "nowhere.pem")


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=8))
def test_whatever_came_is_signed(parameters: dict[str, str]) -> None:
    """Quotes, parentheses and commas too, on which an earlier server broke."""
    pairs = [pair for pair in parameters.items() if pair[0] not in ("checksum", "sign_alias")]
    text = "".join(f"{name};{value};" for name, value in sorted(pairs)).encode()
    checksum = hmac.digest(b"key", text, hashlib.sha256).hex().upper()
    assert CallbackSeal("key", None).is_right([*pairs, ("checksum", checksum)])
