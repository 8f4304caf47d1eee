"""Shapes of the cabinet's calls (client contract, section 8). Balances are rubles here, as JSON
numbers; everything of `pay/*` is kopecks."""

from typing import Annotated, Literal

from pydantic import AliasChoices, Field, StringConstraints

from smartyard.money import Kopecks
from smartyard.shapes import ContractId, Flag, Id, Letter, Line, Shape

Required = Annotated[Line, StringConstraints(min_length=1, max_length=200)]


class AccountAnswer(Shape):
    client_id: str = Field(alias="clientId")
    client_name: str | None = Field(default=None, alias="clientName")
    contract_name: str = Field(alias="contractName")
    contract_pay_name: str = Field(alias="contractPayName")
    blocked: Letter
    balance: float
    bonus: float
    pay_advice: float | None = Field(default=None, alias="payAdvice")
    services: list[str]
    lcab: str | None = None
    lcab_pay: str | None = Field(default=None, alias="lcabPay")


class PaymentsListAnswer(Shape):
    address: str
    house_id: str | None = Field(default=None, alias="houseId")
    flat_id: str | None = Field(default=None, alias="flatId")
    accounts: list[AccountAnswer]


class BillingListAnswer(Shape):
    """Of the AXIOSTV app: a service's name where it is connected, else empty."""

    login: str
    address: str
    internet: str
    tv: str
    phone: str
    cams: str
    balans: float
    payment: float
    invoice: bool
    detail: bool
    receipt: bool


class DetailRequest(Shape):
    contract: ContractId = Field(alias="clientId")
    year: Id = Field(ge=2000, le=2100)


class MovementAnswer(Shape):
    id: str
    date: str
    sum: float
    dsc: str


class InvoiceRequest(Shape):
    contract: ContractId = Field(alias="clientId")
    amount: Kopecks


class InvoiceAnswer(Shape):
    """`invoice` is a PDF in base64."""

    invoice: str
    number: str
    date: str


class ReceiptRequest(Shape):
    contract: ContractId = Field(alias="clientId")
    receipt: Required = Field(alias="receiptId")


class ReceiptAnswer(Shape):
    """`receipt` is a PDF in base64."""

    receipt: str
    number: str
    date: str


class AddMyPhoneRequest(Shape):
    login: Required
    password: Required
    comment: Line | None = None
    notification: Flag | None = None


class RestoreRequest(Shape):
    """Three steps, told apart by which key is there; the second has two spellings."""

    contract: Required
    contact_id: Required | None = Field(
        default=None, validation_alias=AliasChoices("contact_id", "contactId")
    )
    code: Required | None = None


class RestoreContactAnswer(Shape):
    id: str
    contact: str
    type: Literal["email", "phone"]
