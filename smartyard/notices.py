"""What a person is told on the phone: a message in the inbox and a push, a push alone, or a call.

Features say what happened; who sends it and how is given to them by `wiring`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol
from uuid import UUID

from smartyard.phones import Phone

Action = Literal[
    "inbox", "chat", "newAddress", "paySuccess", "payError", "videoReady", "eventLog", "logout"
]
"""What the apps know (client contract, section 5); another word is shown and has no effect."""


@dataclass(frozen=True)
class Notice:
    """One message for one person. `keep`: it stays in the inbox too. `data`: more keys of the push,
    beside `action`, title and text. `about_money`: not pushed to who wants no word about money."""

    phone: Phone
    action: Action
    title: str
    text: str
    keep: bool = True
    about_money: bool = False
    data: Mapping[str, str] = field(default_factory=dict)


class Notices(Protocol):
    """Told inside the transaction of what it is about, so that both happen or neither."""

    def send(self, notice: Notice) -> None:
        """Write it down, and let the worker push it. Never speaks to anybody outside."""


@dataclass(frozen=True)
class CallPush:
    """An incoming call for one device. Every app is sent every key (client contract, section 5):
    `hash` is what newer ones go by, the others by `password`, `image` and `live`."""

    server: str
    port: int
    transport: Literal["udp", "tcp", "tls"]
    extension: str
    password: str = field(repr=False)
    caller_id: str
    dtmf: str
    image: str = field(repr=False)  # absolute addresses, which hold the hash
    live: str = field(repr=False)
    hash: str = field(repr=False)
    flat_id: int
    flat_number: str
    ttl: int = 30  # seconds that it rings; nobody is rung later
    more: Mapping[str, str] = field(default_factory=dict, repr=False)  # stun, domophoneId, video…


class Ringing(Protocol):
    """Rings devices by pushes."""

    def devices(self, phones: Collection[Phone]) -> list[UUID]:
        """The sessions of these people whose devices can be rung."""

    def ring(self, calls: Mapping[UUID, CallPush]) -> None:
        """In the caller's transaction: ring each of these sessions, once, and never late. The
        worker begins as soon as the transaction has ended."""
