"""PROXYFL: the installation before ours, asked about video tokens that we never issued.

It speaks the media server's protocol (reference/protocols.md, section 1): the same query goes on,
200 or 403 and the `X-` headers come back. Anything else is DependencyUnavailable, so that the media
server keeps its own verdict.
"""

from dataclasses import dataclass

from smartyard.errors import DependencyUnavailable
from smartyard.gateways.transport import Answer, Outside, Request, Rubbish

# These would make the nginx before us serve a file or another location of its own.
_NOT_FOR_US = ("x-accel-", "x-sendfile")


@dataclass(frozen=True)
class FallbackVerdict:
    """`status` is 200 or 403; `headers` only those named X-…, as they came."""

    status: int
    headers: tuple[tuple[str, str], ...]


class FallbackAuth:
    """Speaks to the server at `url`, whole with its path."""

    def __init__(self, outside: Outside, url: str) -> None:
        self.configured = bool(url)
        self._outside = outside
        self._url = url

    def ask(self, query: list[tuple[str, str]]) -> FallbackVerdict:
        """The other server's verdict on the media server's question, given as it came."""
        if not self.configured:
            raise DependencyUnavailable(cause="PROXYFL is not set")
        return self._outside.ask(Request("GET", self._url, params=query), _verdict)


def _verdict(answer: Answer) -> FallbackVerdict:
    if answer.status in (200, 403):
        return FallbackVerdict(answer.status, tuple(f for f in answer.fields if _passes(*f)))
    error = DependencyUnavailable if 400 <= answer.status < 500 else Rubbish
    raise error(cause=f"PROXYFL answered {answer.status}")


def _passes(name: str, value: str) -> bool:
    lower = name.lower()
    return lower.startswith("x-") and not lower.startswith(_NOT_FOR_US) and value.isprintable()
