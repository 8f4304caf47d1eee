"""The methods of billing about contracts and money (docs/billing-api.md).

Sums are whole kopecks inside; billing writes rubles in some places and kopecks in others.
"""

from collections.abc import Sequence
from dataclasses import dataclass as plain
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import PlainSerializer, PlainValidator, TypeAdapter
from pydantic.dataclasses import dataclass

from smartyard.gateways import billing_fields as fields
from smartyard.gateways.billing import BillingGateway, BillingLacks
from smartyard.gateways.billing_answers import WIRE, rows
from smartyard.gateways.billing_envelope import data_of, done
from smartyard.gateways.transport import Answer, Rubbish
from smartyard.phones import Phone


def _rubles(value: Any) -> int:
    """Rubles as a number or text, to kopecks; commas and blanks are some billings' habit."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("no sum")
    try:
        rubles = Decimal(str(value).replace(",", ".").replace(" ", "") or "0")
    except (InvalidOperation, ValueError):
        raise ValueError("no sum") from None
    # Looked at first: to write `1e999999` out takes minutes.
    if not rubles.is_finite() or rubles.adjusted() > 15:
        raise ValueError("no sum")
    whole = int((rubles * 100).to_integral_value())
    if abs(whole) >= 2**53:
        raise ValueError("no sum")
    return whole


def _maybe_rubles(value: Any) -> int | None:
    return None if value in (None, "") else _rubles(value)


def _rubles_or_nothing(value: Any) -> int:
    return _maybe_rubles(value) or 0


def in_rubles(kopecks: int | None) -> str | None:
    """As billing writes sums."""
    return None if kopecks is None else str(Decimal(kopecks) / 100)


# Written back as billing writes them, so that what was kept reads like what was told.
Rubles = Annotated[int, PlainValidator(_rubles_or_nothing), PlainSerializer(in_rubles)]
MaybeRubles = Annotated[int | None, PlainValidator(_maybe_rubles), PlainSerializer(in_rubles)]


@dataclass(frozen=True, kw_only=True, config=WIRE)
class Account:
    """A contract with its money. `lcab` and `lcab_pay` are pages of the provider's."""

    client_id: fields.Text
    client_name: fields.MaybeText = None
    contract_name: fields.Text = ""
    contract_pay_name: fields.Text = ""
    blocked: fields.Flag = False
    balance: Rubles = 0
    bonus: Rubles = 0
    pay_advice: MaybeRubles = None
    services: Annotated[tuple[fields.Text, ...], fields.OR_EMPTY] = ()
    lcab: fields.MaybeUrl = None
    lcab_pay: fields.MaybeUrl = None


@dataclass(frozen=True, kw_only=True, config=WIRE)
class AccountAddress:
    """An address and the contracts there."""

    address: fields.Text = ""
    house_id: fields.MaybeCount = None
    flat_id: fields.MaybeCount = None
    accounts: Annotated[tuple[Account, ...], fields.OR_EMPTY] = ()


@dataclass(frozen=True, kw_only=True, config=WIRE)
class Movement:
    """One line of a year's history. `date` is billing's own text, `HH:MM DD.MM.YYYY`."""

    id: fields.Text
    date: fields.Text
    sum: Rubles
    dsc: fields.Text = ""


@dataclass(frozen=True, kw_only=True, config=WIRE)
class DocumentData:
    """What an invoice or a receipt shows."""

    number: fields.Text
    date: fields.Text
    client_name: fields.Text = ""
    sum: Rubles = 0
    dsc: fields.Text = ""
    service: fields.Text = ""
    start: fields.Text = ""
    end: fields.Text = ""


@dataclass(frozen=True, kw_only=True, config=WIRE)
class RestoreContact:
    id: fields.Text
    contact: fields.Text
    type: Literal["email", "phone"]


@plain(frozen=True)
class Confirmation:
    """A payment that the bank took. `order` is the same at each repeat."""

    order: str
    contract_id: str
    amount_kopecks: int
    phone: Phone
    bank_order_id: str
    paid_at: datetime


@plain(frozen=True)
class CancellationNotice:
    """Money that went back: this time, and all so far. `kind` is refund or reverse. `contract_id`:
    whose balance has the credit of a former billing; empty where this billing credited it."""

    order: str
    amount_kopecks: int
    refunded_total_kopecks: int
    kind: str
    at: datetime
    contract_id: str = ""


_ADDRESSES = TypeAdapter(tuple[AccountAddress, ...])
_MOVEMENTS = TypeAdapter(tuple[Movement, ...])
_DOCUMENT = TypeAdapter(tuple[DocumentData, ...])
_CONTACTS = TypeAdapter(tuple[RestoreContact, ...])


def read_accounts(answer: Answer) -> tuple[AccountAddress, ...]:
    return rows(_ADDRESSES, data_of(answer))


def _document(answer: Answer) -> DocumentData:
    data = data_of(answer)
    found = rows(_DOCUMENT, data if isinstance(data, list) else [data])
    if not found:
        raise Rubbish(cause="billing: a document without a row")
    return found[0]


def _invoice_number(answer: Answer) -> str:
    data = data_of(answer)
    text = str(data).strip() if isinstance(data, (str, int)) and not isinstance(data, bool) else ""
    if not 1 <= len(text) <= 32 or not text.isascii() or not text.isprintable() or " " in text:
        raise Rubbish(cause="billing: unreadable invoice number")
    return text


class BillingMoney:
    """Every method raises BillingLacks (not there), BillingRefused, or DependencyUnavailable."""

    is_ours = False

    def __init__(self, billing: BillingGateway) -> None:
        self._billing = billing

    def deadline(self) -> float:
        """Until when the calls of one request of ours may take together."""
        return self._billing.deadline()

    def hears_from_the_bank(self) -> bool:
        """This billing is told of payments by the bank itself (BILLING_LACKS=confirmpayment)."""
        return self._billing.does_without("confirmpayment")

    def takes_back(self) -> bool:
        """It has cancelpayment (else BILLING_LACKS names it)."""
        return not self._billing.does_without("cancelpayment")

    def accounts(self, phone: Phone, deadline: float | None = None) -> tuple[AccountAddress, ...]:
        """The contracts of a number with their balances; one deadline for both names."""
        until = self._billing.deadline() if deadline is None else deadline
        body = {"phone": int(phone)}
        try:
            return self._billing.call("getpaymentslist", body, read_accounts, until)
        except BillingLacks:  # its older name
            return self._billing.call("getlist", body, read_accounts, until)

    def create_invoice(
        self, contract_id: str, amount_kopecks: int, phone: Phone, deadline: float | None = None
    ) -> str:
        """The invoice's number: the order number at the bank."""
        body = {"login": contract_id, "amount": amount_kopecks, "phone": int(phone)}
        return self._billing.call("createinvoice", body, _invoice_number, deadline)

    def confirm(self, paid: Confirmation) -> None:
        """Credit a contract; idempotent by the order."""
        body = {
            "order": paid.order,
            "login": paid.contract_id,
            "amount": paid.amount_kopecks,
            "phone": int(paid.phone),
            "bankOrder": paid.bank_order_id,
            "paidAt": _utc(paid.paid_at),
        }
        self._billing.call("confirmpayment", body, done)

    def cancel(self, notice: CancellationNotice) -> None:
        """Take a credit back, whole or in part; idempotent by the order and the total."""
        body = {
            "order": notice.order,
            "amount": notice.amount_kopecks,
            "refundedTotal": notice.refunded_total_kopecks,
            "kind": notice.kind,
            "at": _utc(notice.at),
        }
        self._billing.call("cancelpayment", body, done)

    def history(
        self, contract_id: str, year: int, deadline: float | None = None
    ) -> Sequence[Movement]:
        body = {"login": contract_id, "year": year}
        return self._billing.call(
            "getdetail", body, lambda answer: rows(_MOVEMENTS, data_of(answer)), deadline
        )

    def invoice(
        self, contract_id: str, amount_kopecks: int, deadline: float | None = None
    ) -> DocumentData:
        body = {"login": contract_id, "amount": amount_kopecks}
        return self._billing.call("getinvoicedata", body, _document, deadline)

    def receipt(
        self, contract_id: str, receipt_id: str, deadline: float | None = None
    ) -> DocumentData:
        body = {"login": contract_id, "receiptId": receipt_id}
        return self._billing.call("getreceiptdata", body, _document, deadline)

    def add_phone(self, login: str, password: str, phone: Phone) -> None:
        """Refused with 403 for a wrong password, 409 when it is there already."""
        body = {"login": login, "password": password, "phone": int(phone)}
        self._billing.call("addphone", body, data_of)

    def restore_contacts(self, contract: str, phone: Phone) -> Sequence[RestoreContact]:
        body = {"contract": contract, "phone": int(phone)}
        return self._billing.call(
            "getrestorecontacts", body, lambda answer: rows(_CONTACTS, data_of(answer))
        )

    def send_restore_code(self, contract: str, contact_id: str, phone: Phone) -> None:
        body = {"contract": contract, "contactId": contact_id, "phone": int(phone)}
        self._billing.call("sendrestorecode", body, data_of)

    def confirm_restore_code(self, contract: str, code: str, phone: Phone) -> None:
        """Refused with 403 for a wrong code."""
        body = {"contract": contract, "code": code, "phone": int(phone)}
        self._billing.call("confirmrestorecode", body, data_of)


def _utc(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
