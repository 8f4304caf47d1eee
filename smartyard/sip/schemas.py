"""Shapes of `/api/sip/*` (client contract, section 8)."""

from typing import Literal

from pydantic import Field

from smartyard.shapes import Shape


class HelpMeAnswer(Shape):
    server: str
    port: int
    transport: Literal["udp", "tcp", "tls"]
    extension: str
    password: str = Field(alias="pass", repr=False)
    dial: str
    stun: str | None = None
