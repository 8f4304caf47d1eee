"""What the bank tells by itself: signed, retried, and as unreliable as it is told to be (3.6)."""

import hashlib
import hmac
import time

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA512

from smartyard.sandbox import Sandbox
from smartyard.sandbox.bank_signing import hmac_checksum
from tests.sandbox.shop import Shop, register, wait_for

AMOUNT = 15050


def signed(parameters: dict[str, str]) -> bytes:
    kept = {k: v for k, v in parameters.items() if k not in ("checksum", "sign_alias")}
    return "".join(f"{name};{kept[name]};" for name in sorted(kept)).encode()


def fits_hmac(parameters: dict[str, str], key: str) -> bool:
    made = hmac.new(key.encode(), signed(parameters), hashlib.sha256).hexdigest().upper()
    return made == parameters["checksum"]


def paid(sandbox: Sandbox, shop: Shop, number: str = "N1") -> dict[str, str]:
    register(sandbox, number, AMOUNT)
    sandbox.bank.pay(number)
    wait_for(lambda: shop.came, "the callback")
    return shop.came[0]


def test_the_checksum_is_the_published_one() -> None:
    vector = {"amount": "123456", "mdOrder": "11111111-2222-3333-4444-555555555555"}
    vector |= {"operation": "deposited", "orderNumber": "1042", "status": "1"}
    made = hmac_checksum(vector | {"checksum": "x", "sign_alias": "y"}, "callback-secret")
    assert made == "029B3135D8C9A1224F2CFFCC1F5E6D1ABD21CB2B0D62647CB05F52B90DE9874D"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_tells_of_a_payment_under_the_key(sandbox: Sandbox, shop: Shop, method: str) -> None:
    sandbox.bank.options.callback.method = method
    sandbox.bank.options.callback.key = "ключ"
    told = paid(sandbox, shop)
    assert (told["operation"], told["status"], told["orderNumber"]) == ("deposited", "1", "N1")
    assert told["mdOrder"] == sandbox.bank.order("N1")["orderId"]
    assert told["amount"] == str(AMOUNT) and shop.methods == [method]
    assert fits_hmac(told, "ключ") and not fits_hmac(told, "key")


def test_signs_by_rsa_under_its_certificate(sandbox: Sandbox, shop: Shop) -> None:
    sandbox.bank.options.callback.signature = "rsa"
    told = paid(sandbox, shop)
    key = x509.load_pem_x509_certificate(sandbox.bank.certificate_pem.encode()).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    signature = bytes.fromhex(told["checksum"])
    key.verify(signature, signed(told), padding.PKCS1v15(), SHA512())
    with pytest.raises(InvalidSignature):
        key.verify(signature, signed(told | {"amount": "1"}), padding.PKCS1v15(), SHA512())


def test_a_bank_without_checksums_sends_none(sandbox: Sandbox, shop: Shop) -> None:
    sandbox.bank.options.callback.signature = "none"
    assert "checksum" not in paid(sandbox, shop)


def test_tells_of_each_operation(sandbox: Sandbox, shop: Shop) -> None:
    for number in ("N1", "N2", "N3", "N4"):
        register(sandbox, number, AMOUNT)
    sandbox.bank.hold("N1")
    wait_for(lambda: len(shop.came) == 1, "approved")
    sandbox.bank.deposit("N1")
    wait_for(lambda: len(shop.came) == 2, "deposited")
    sandbox.bank.refund("N1", 50)
    wait_for(lambda: len(shop.came) == 3, "refunded")
    assert shop.operations("N1") == [("approved", "1"), ("deposited", "1"), ("refunded", "1")]
    assert shop.came[2]["refundedAmount"] == "50"
    sandbox.bank.decline("N2")
    sandbox.bank.expire("N3")
    sandbox.bank.pay("N4")
    wait_for(lambda: ("deposited", "1") in shop.operations("N4"), "the payment")
    sandbox.bank.reverse("N4")
    wait_for(lambda: len(shop.came) == 7, "all of them")
    assert shop.operations("N2") == [("deposited", "0")]
    assert shop.operations("N3") == [("declinedByTimeout", "0")]
    assert shop.operations("N4")[1] == ("reversed", "1")


def test_tries_until_somebody_answers_200(sandbox: Sandbox, shop: Shop) -> None:
    shop.statuses = [503, 200]
    paid(sandbox, shop)
    wait_for(lambda: len(sandbox.bank.callbacks) == 2, "the second attempt")
    assert [(one["attempt"], one["answered"]) for one in sandbox.bank.callbacks] == [
        (1, 503),
        (2, 200),
    ]
    assert shop.came[0] == shop.came[1] == sandbox.bank.callbacks[0]["parameters"]


def test_gives_up_after_three_times(sandbox: Sandbox, shop: Shop) -> None:
    shop.statuses = [403]
    paid(sandbox, shop)
    wait_for(lambda: len(sandbox.bank.callbacks) == 3, "three attempts")
    time.sleep(0.3)
    assert len(shop.came) == 3


def test_a_silent_shop_and_an_absent_one_are_told_apart(sandbox: Sandbox, shop: Shop) -> None:
    sandbox.bank.options.callback.timeout = 0.2
    sandbox.bank.options.callback.tries = 1
    shop.delay = 1.0
    paid(sandbox, shop)
    wait_for(lambda: sandbox.bank.callbacks, "the time-out")
    sandbox.bank.callback_url = "http://127.0.0.1:1/"
    register(sandbox, "N2", AMOUNT)
    sandbox.bank.pay("N2")
    wait_for(lambda: len(sandbox.bank.callbacks) == 2, "the refused connection")
    assert [one["answered"] for one in sandbox.bank.callbacks] == ["timeout", "unreachable"]


def test_callbacks_may_be_lost_or_doubled(sandbox: Sandbox, shop: Shop) -> None:
    sandbox.faults.set("bank", "lost", times=1)
    register(sandbox, "N1", AMOUNT)
    sandbox.bank.pay("N1")
    assert [one["answered"] for one in sandbox.bank.callbacks] == ["lost"]
    sandbox.faults.set("bank", "doubled", times=1)
    paid(sandbox, shop, "N2")
    wait_for(lambda: len(shop.came) == 2, "both")
    assert shop.operations() == shop.operations("N2") == [("deposited", "1")] * 2


def test_callbacks_may_be_late(sandbox: Sandbox, shop: Shop) -> None:
    sandbox.faults.set("bank", "late", seconds=0.4)
    began = time.monotonic()
    paid(sandbox, shop)
    assert time.monotonic() - began >= 0.4


def test_a_reset_forgets_what_was_not_sent(sandbox: Sandbox, shop: Shop) -> None:
    sandbox.faults.set("bank", "late", seconds=0.3)
    register(sandbox, "N1", AMOUNT)
    sandbox.bank.pay("N1")
    sandbox.reset()
    time.sleep(0.6)
    assert not shop.came and not sandbox.bank.callbacks and sandbox.bank.callback_url == ""
