"""Shapes of `/api/user/*` (client contract, section 8)."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from smartyard.shapes import Flag, Id, Letter, Line, Name, Shape


def _not_empty(value: str) -> str:
    if not value:
        raise ValueError("must not be empty")
    return value


class SendNameRequest(Shape):
    name: Annotated[Name, AfterValidator(_not_empty)]
    patronymic: Name | None = None


class AppVersionRequest(Shape):
    version: Line
    platform: Literal["android", "ios"]


class NotificationRequest(Shape):
    money: Flag | None = None
    enable: Flag | None = None


class NotificationAnswer(Shape):
    money: Letter
    enable: Letter


# ASCII alone, and short enough for an index: every service's tokens are.
_Token = Annotated[Line, StringConstraints(pattern=r"^[!-~]*\z", max_length=1024)]
# Whose tokens they are, where an app tells it by a number; 3 is FCM's, rung again and again.
_SERVICES = {0: "fcm", 1: "apns", 2: "apns-sandbox", 3: "fcm", 4: "hms", 5: "rustore"}


class RegisterPushTokenRequest(Shape):
    push_token: _Token = Field(alias="pushToken")
    platform: Literal["android", "ios", "web"]
    type: Id | None = None
    push_service: Name | None = Field(default=None, alias="pushService")
    voip_token: _Token | None = Field(default=None, alias="voipToken")
    production: Flag = True

    @property
    def service(self) -> str:
        """FCM's, unless the app says otherwise."""
        if self.push_service:
            return self.push_service.lower()
        return "fcm" if self.type is None else _SERVICES.get(self.type, f"type-{self.type}")


class PushTokensAnswer(Shape):
    push_token: str = Field(alias="pushToken")
    voip_token: str = Field(alias="voipToken")


class SessionAnswer(Shape):
    """A signed-in device. `current` is the one that asks; `device` is android, ios or web, as it
    told with its push token; `last_seen` is about when it was in use."""

    session: str
    current: Letter
    device: str | None = None
    created: str
    last_seen: str | None = Field(default=None, alias="lastSeen")


class EndSessionsRequest(Shape):
    """One by its `session`, or all `others` than the one that asks."""

    session: UUID | None = None
    others: Flag = False

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if (self.session is not None) == self.others:
            raise ValueError("one session, or the others")
        return self
