"""Shapes of `/api/pay/*` (client contract, sections 3 and 8)."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from smartyard.money import Kopecks
from smartyard.pay.wallets import clean_token
from smartyard.shapes import ContractId, Line, Shape

OrderNumber = Annotated[Line, StringConstraints(min_length=1, max_length=36)]


class PrepareRequest(Shape):
    contract: ContractId = Field(alias="clientId")
    amount: Kopecks


class RegisterRequest(Shape):
    """The app's `amount` is left alone: what was prepared counts."""

    order_number: OrderNumber = Field(alias="orderNumber")


class RegisterAnswer(Shape):
    order_id: str = Field(alias="orderId")
    form_url: str = Field(alias="formUrl")


class ProcessRequest(Shape):
    """`sbId` is left alone: the bank is asked by our number."""

    payment_id: OrderNumber = Field(alias="paymentId")


class WalletRequest(Shape):
    payment_id: OrderNumber = Field(alias="paymentId")
    system: Literal["google", "apple", "samsung", "mir"]
    payment_token: Annotated[str, AfterValidator(clean_token)] = Field(alias="paymentToken")


class WalletAnswer(Shape):
    """`formUrl` only where the buyer must still pass 3-D Secure there."""

    order_id: str = Field(alias="orderId")
    form_url: str | None = Field(default=None, alias="formUrl")
