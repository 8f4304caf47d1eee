"""Shapes of `issues/*`: two spellings of the same tickets (client contract, section 8).

The first one is a form of JIRA, its fields named by numbers. This is the only place that knows
them: inside there is one `NewTicket`.
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from smartyard.issues.tickets import (
    COURIER,
    OFFICE,
    NewTicket,
    address_in,
    delivery_of,
    kind_of,
    place,
)
from smartyard.phones import Phone
from smartyard.shapes import Letter, Line, Shape

Kind = Literal[
    "requestCallback",
    "requestFragment",
    "removeAddress",
    "connectServicesNoCommon",
    "connectServicesHasCommon",
    "connectServicesNoNetwork",
    "requestQRCodeOffice",
    "requestQRCodeCourier",
    "requestCredentials",
]
Delivery = Literal["office", "courier"]
Words = Annotated[Line, StringConstraints(min_length=1)]
Key = Annotated[Line, StringConstraints(min_length=1, max_length=40)]

_DELIVERY_FIELD = "10941"
_DELIVERY_CODES = {"10580": OFFICE, "10581": COURIER}
# iOS sends the words of the phone's language.
_DELIVERY_WORDS = {"Самовывоз": OFFICE, "Pickup": OFFICE, "Курьер": COURIER, "Courier": COURIER}


def _listed(value: Any) -> Any:
    """ios-2022 sends one field instead of a list of them."""
    return [value] if isinstance(value, dict) else value


class JiraIssue(Shape):
    summary: Line = ""
    description: Line = ""


class JiraFields(Shape):
    whose: Line = Field(default="", alias="10011")
    phone: Line = Field(default="", alias="11841")
    lat: Line = Field(default="", alias="10743")
    lon: Line = Field(default="", alias="10744")
    delivery: Line = Field(default="", alias=_DELIVERY_FIELD)


class CreateRequest(Shape):
    issue: JiraIssue
    fields: JiraFields = Field(default=JiraFields(), alias="customFields")
    actions: list[Line] = Field(default=[], max_length=20)

    @model_validator(mode="after")
    def _says_something(self) -> "CreateRequest":
        if not self.issue.description and not self.issue.summary:
            raise ValueError("a ticket without words")
        return self

    def ticket(self, phone: Phone) -> NewTicket:
        """The ticket that this form means; `phone` is the caller's."""
        description, fields = self.issue.description, self.fields
        asked = _DELIVERY_CODES.get(fields.delivery)
        kind, delivery = kind_of(fields.whose, asked, self.actions, description)
        text = description or self.issue.summary
        where = place(fields.lat, fields.lon) or (None, None)
        return NewTicket(
            kind=kind,
            text=_with_phone(text, fields.phone, phone),
            address=address_in(description),
            delivery=delivery,
            lat=where[0],
            lon=where[1],
        )


def _with_phone(text: str, told: str, phone: Phone) -> str:
    """The number to call, where it is another than the one signed in by."""
    try:
        other = Phone.parse(told)
    except ValueError:
        return text
    return text if other == phone else f"{text}\nТелефон для связи: +{other}"


class CreateV2Request(Shape):
    kind: Kind = Field(alias="type")
    user_name: Line = Field(default="", alias="userName")
    address: Line = Field(default="", alias="inputAddress")
    services: Line = ""
    comments: Line = ""
    camera_id: Line = Field(default="", alias="cameraId")
    camera_name: Line = Field(default="", alias="cameraName")
    fragment_date: Line = Field(default="", alias="fragmentDate")
    fragment_time: Line = Field(default="", alias="fragmentTime")
    fragment_duration: Line = Field(default="", alias="fragmentDuration")

    def ticket(self, _phone: Phone) -> NewTicket:
        """The ticket that this means."""
        moment = f"{self.fragment_date} {self.fragment_time.replace('-', ':')}".strip()
        length = f", {self.fragment_duration} мин." if self.fragment_duration else ""
        camera = f"{self.camera_name} ({self.camera_id})" if self.camera_id else self.camera_name
        told = {
            "Имя": self.user_name,
            "Адрес": self.address,
            "Услуги": self.services,
            "Камера": camera.strip(),
            "Фрагмент": f"{moment}{length}".strip(", "),
            "Комментарий": self.comments,
        }
        return NewTicket(
            kind=self.kind,
            text="\n".join(f"{name}: {words}" for name, words in told.items() if words),
            address=self.address[:300] or None,
            delivery=delivery_of(self.kind),
        )


class JiraChange(Shape):
    number: Line
    value: Line


class ActionRequest(Shape):
    key: Key
    action: Literal["Jelly.Закрыть авто", "Jelly.Способ доставки"]
    fields: Annotated[list[JiraChange], BeforeValidator(_listed)] = Field(
        default=[], alias="customFields", max_length=20
    )

    @property
    def delivery(self) -> str | None:
        """The new way of delivery; None when the ticket is to be closed."""
        if self.action == "Jelly.Закрыть авто":
            return None
        told = [one.value for one in self.fields if one.number == _DELIVERY_FIELD]
        return _DELIVERY_WORDS[told[-1]]

    @model_validator(mode="after")
    def _knows_the_way(self) -> "ActionRequest":
        try:
            assert self.delivery is None or self.delivery
        except (IndexError, KeyError):
            raise ValueError("no way of delivery") from None
        return self


class ActionV2Request(Shape):
    key: Key
    action: Literal["close", "changeQRDeliveryType"]
    asked: Delivery | None = Field(default=None, alias="deliveryType")
    fields: Any = Field(default=None, alias="customFields")

    @property
    def delivery(self) -> str | None:
        """As in `ActionRequest`. iOS puts the word where the fields were in the first spelling."""
        if self.action == "close":
            return None
        return self.asked or (self.fields if self.fields in (OFFICE, COURIER) else "")

    @model_validator(mode="after")
    def _knows_the_way(self) -> "ActionV2Request":
        if self.delivery == "":
            raise ValueError("no way of delivery")
        return self


class CommentRequest(Shape):
    key: Key
    comment: Words


class ConnectAnswer(Shape):
    key: str
    courier: Letter
    address: str | None = None
