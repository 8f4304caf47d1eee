"""What a person is told on the phone: a message in the inbox and a push, or a push alone.

Features say what happened; who sends it and how is given to them by `wiring`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

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
