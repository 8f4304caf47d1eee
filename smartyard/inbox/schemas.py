"""Shapes of `/api/inbox/*` (client contract, section 8)."""

from typing import Annotated

from pydantic import Field, StringConstraints

from smartyard.notices import Action
from smartyard.shapes import Flag, Id, Line, Shape


class InboxAnswer(Shape):
    base_path: str = Field(alias="basePath")
    code: str


class UnreadedAnswer(Shape):
    count: int
    chat: int


class DeliveredRequest(Shape):
    message_id: Id = Field(alias="messageId")


class ReadedRequest(Shape):
    message_id: Id | None = Field(default=None, alias="messageId")


class AlertRequest(Shape):
    msg: Annotated[Line, StringConstraints(min_length=1, max_length=1000)]
    action: Action
    push_only: Flag = Field(default=False, alias="pushOnly")
