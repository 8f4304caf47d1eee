"""What a ticket is: its kinds and states, and how the apps' first spelling names a kind.

The second spelling names nine kinds. The first one is a form of somebody's JIRA: the kind has to be
read from the numbers of its fields, from the actions it asks for and, where these are the same,
from words that the apps write into the description (client contract, `issues/create`).
"""

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CALLBACK, FRAGMENT, CREDENTIALS = "requestCallback", "requestFragment", "requestCredentials"
REMOVAL = "removeAddress"
NO_COMMON, HAS_COMMON = "connectServicesNoCommon", "connectServicesHasCommon"
NO_NETWORK = "connectServicesNoNetwork"
QR_OFFICE, QR_COURIER = "requestQRCodeOffice", "requestQRCodeCourier"

KINDS: Mapping[str, str] = {
    CALLBACK: "Обратный звонок",
    FRAGMENT: "Фрагмент записи с камеры",
    CREDENTIALS: "Напомнить договор и пароль",
    REMOVAL: "Удаление адреса",
    NO_COMMON: "Подключение услуг",
    HAS_COMMON: "Подключение услуг и подтверждение адреса",
    NO_NETWORK: "Подключение дома, где нас нет",
    QR_OFFICE: "QR-код: выдача в офисе",
    QR_COURIER: "QR-код: доставка курьером",
}
"""What the operator reads of each kind, and the person of their own."""
CONNECTIONS = (NO_COMMON, HAS_COMMON, NO_NETWORK, QR_OFFICE, QR_COURIER)
"""The home screen shows these until they are closed."""

OFFICE, COURIER = "office", "courier"
DELIVERIES: Mapping[str, str] = {OFFICE: "выдача в офисе", COURIER: "доставка курьером"}

NEW, WORK, CLOSED = "new", "work", "closed"
STATES: Mapping[str, str] = {NEW: "новая", WORK: "в работе", CLOSED: "закрыта"}

CREATED, COMMENT, DELIVERY, CLOSURE, ANSWER, MOVE = (
    "created",
    "comment",
    "delivery",
    "closure",
    "answer",
    "move",
)
STEPS: Mapping[str, str] = {
    CREATED: "заявка",
    COMMENT: "комментарий",
    DELIVERY: "способ доставки",
    CLOSURE: "закрыта человеком",
    ANSWER: "ответ оператора",
    MOVE: "состояние",
}

_KEY = re.compile(r"([A-Z][A-Z0-9]{0,9})-([1-9][0-9]{0,17})")
# JIRA's field 10011 in the first spelling: whose business it is.
_CONNECTING, _RECORDS = "-1", "-5"
_TO_THE_OFFICE = "Передать в офис"
_ADDRESS = re.compile(r"\bадрес\b[^:\n]*:[ \t]*([^\n]+)", re.IGNORECASE)
_AFTER_ADDRESS = re.compile(r"\bn?Удаление адреса")  # android-2022 has an `n` too much
_DEGREES = re.compile(r"-?[0-9]{1,3}([.,][0-9]{1,12})?")


@dataclass(frozen=True)
class NewTicket:
    """What a person asks for, whichever spelling it came in."""

    kind: str
    text: str
    address: str | None = None
    delivery: str | None = None
    lat: str | None = None
    lon: str | None = None


def key_of(prefix: str, number: int) -> str:
    """How a ticket is called, as in `REM-417561`."""
    return f"{prefix}-{number}"


def parsed(key: str) -> tuple[str, int] | None:
    """The prefix and the number of a key; None for what is no key."""
    found = _KEY.fullmatch(key)
    return (found[1], int(found[2])) if found else None


def kind_of(
    whose: str, delivery: str | None, actions: Sequence[str], description: str
) -> tuple[str, str | None]:
    """The kind of a ticket in the first spelling, and its delivery where it has one.

    Android asks for a courier with every removal, and both apps with the connection of services;
    only who sends the ticket on to the office wants an envelope.
    """
    if whose == _RECORDS:
        return FRAGMENT, None
    if whose != _CONNECTING:
        return (CREDENTIALS if "номера договора" in description else CALLBACK), None
    if "Удаление адреса" in description:
        return REMOVAL, None
    if delivery is not None and _TO_THE_OFFICE in actions:
        return kind_delivered_by(QR_OFFICE, delivery), delivery
    if delivery is not None:
        return HAS_COMMON, OFFICE
    return (NO_NETWORK if "Список подключаемых услуг" in description else NO_COMMON), None


def delivery_of(kind: str) -> str | None:
    """How a kind of the second spelling is delivered at first."""
    return {QR_COURIER: COURIER, QR_OFFICE: OFFICE, HAS_COMMON: OFFICE}.get(kind)


def kind_delivered_by(kind: str, delivery: str) -> str:
    """The kind of a ticket whose way of delivery has changed: of two kinds it is the name."""
    if kind not in (QR_OFFICE, QR_COURIER):
        return kind
    return QR_COURIER if delivery == COURIER else QR_OFFICE


def address_in(description: str) -> str | None:
    """The address that the apps write into the description of the first spelling."""
    found = _ADDRESS.search(description)
    text = _AFTER_ADDRESS.split(found[1], 1)[0] if found else ""
    return text.rstrip(string.whitespace + "\xa0.").strip()[:300] or None


def place(lat: str, lon: str) -> tuple[str, str] | None:
    """Degrees with a decimal point; None where they say nothing. The apps send a comma, and
    `0,0` where the address was not found."""
    told = [text.strip().replace(",", ".") for text in (lat, lon)]
    if not all(_DEGREES.fullmatch(text) for text in told):
        return None
    if abs(float(told[0])) > 90 or abs(float(told[1])) > 180 or not any(map(float, told)):
        return None
    return told[0], told[1]
