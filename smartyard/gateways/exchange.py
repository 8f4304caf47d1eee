"""What is asked of an outside, what comes back, and what may come in its place.

`transport` sends and receives them; whoever asks takes these names from there.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isinf
from typing import Any

from smartyard.errors import DependencyUnavailable
from smartyard.gateways.incoming import Flow

Pairs = Iterable[tuple[str, str]]


class Unreachable(DependencyUnavailable):
    """Nothing was sent: refused, no such name, no TLS, no free place, or the breaker is open."""


class AnswerLost(DependencyUnavailable):
    """Sent, and no whole answer came: it may have been done or not."""


class Rubbish(DependencyUnavailable):
    """An answer came that nobody can read, or that is larger than we take."""


class LeftOff(DependencyUnavailable):
    """We ended it ourselves: asked to end, or whoever takes the body takes no more."""


@dataclass(frozen=True)
class Request:
    """What to ask. `once` forbids libcurl's silent repeat on a kept connection that had died.
    `flow` takes the body in the place of the answer. `auth`, a login and a password, answers a
    challenge by Digest or Basic: the first request goes without, and only one that was refused by
    401 is sent once more. `shown` stands in the log for a path that is a secret itself."""

    method: str
    url: str = field(repr=False)  # it may hold a query
    params: Pairs = field(default=(), repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    once: bool = False
    flow: Flow | None = field(default=None, repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)
    shown: str = ""


@dataclass(frozen=True)
class Answer:
    """A whole answer of any status. `fields` keeps the headers as sent, in their order."""

    status: int
    fields: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """Keys in lower case; the last of equal names wins."""
        return {name.lower(): value for name, value in self.fields}

    def json(self) -> Any:
        """The body as JSON; Rubbish when it is none, is too deep, or holds NaN or infinities."""
        try:
            text = self.body.decode("utf-8-sig")
            told = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
            if "\\ud" in text.lower():  # half a character, which nobody can keep
                json.dumps(told, ensure_ascii=False).encode()
            return told
        except (ValueError, RecursionError):  # the error's own text would quote the body
            raise Rubbish(cause="the answer is not JSON") from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise ValueError("out of range")
    return number
