"""What of a stream is recorded: `{stream}/recording_status.json?from=UNIX&token=T`.

Source: reference/protocols.md, 1.4. The answer is an array of one element with `ranges`; a stream
that is unknown gives an empty one, or 404. Times are unix seconds.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from smartyard.gateways.flussonic.download import MediaRefused, NoRecording
from smartyard.gateways.flussonic.servers import PerServer
from smartyard.gateways.transport import Answer, Outside, Request, Rubbish

EVER = 1525186456  # what the apps ask from: before any archive
MOST = 10_000  # spans, of which the newest are kept


class Span(NamedTuple):
    """Recorded from `begin`, for so many seconds."""

    begin: int
    seconds: int


class RangesGateway:
    """Asks media servers for the spans of an archive."""

    def __init__(self, outside: Callable[[], Outside]) -> None:
        self._servers = PerServer(outside)

    def spans(self, url: str, token: str) -> list[Span]:
        """Of a stream (`url`, without a slash at its end), in order, none touching the next.

        Raises NoRecording where the server knows none, MediaRefused, or another
        DependencyUnavailable.
        """
        request = Request(
            "GET",
            f"{url}/recording_status.json",
            params=[("from", str(EVER)), ("request", "ranges"), ("token", token)],
        )
        return self._servers.of(url).ask(request, _spans)


def _spans(answer: Answer) -> list[Span]:
    cause = f"the media server answered {answer.status}"
    if answer.status in (404, 410):
        raise NoRecording(cause=cause)
    if answer.status in (401, 403):
        raise MediaRefused(cause=cause)
    if answer.status != 200:
        raise Rubbish(cause=cause)
    told = answer.json()
    if told == []:
        return []
    try:
        return joined([Span(int(one["from"]), int(one["duration"])) for one in told[0]["ranges"]])
    except (LookupError, TypeError, ValueError, OverflowError):
        raise Rubbish(cause="the answer is no list of ranges") from None


def joined(spans: Iterable[Span]) -> list[Span]:
    """In order, those that touch or lie over each other as one, without empty ones; the newest."""
    found: list[Span] = []
    for begin, seconds in sorted(spans):
        if begin < 0 or seconds <= 0:
            continue
        last = found[-1] if found else None
        if last is not None and begin <= last.begin + last.seconds:
            longer = max(last.begin + last.seconds, begin + seconds) - last.begin
            found[-1] = Span(last.begin, longer)
        else:
            found.append(Span(begin, seconds))
    return found[-MOST:]
