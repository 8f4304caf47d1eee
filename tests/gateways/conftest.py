"""An outside with short deadlines, and ports where nobody listens."""

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from smartyard.gateways.breaker import Breaker
from smartyard.gateways.transport import Outside

OutsideMaker = Callable[..., Outside]


@pytest.fixture
def make_outside() -> OutsideMaker:
    """Build an Outside; what a test does not care about is generous."""

    def make(**changed: Any) -> Outside:
        how = {"connect": 5.0, "total": 20.0, "max_bytes": 1024 * 1024, "at_once": 8} | changed
        how.setdefault("breaker", Breaker(1000, 1))
        return Outside("the outside", **how)

    return make


@pytest.fixture
def dead_port() -> Iterator[int]:
    """A port that is ours and refuses: bound, never listening."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]
