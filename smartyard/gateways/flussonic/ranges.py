"""What of a stream is recorded, by one of two questions.

`{stream}/recording_status.json?from=UNIX&token=T` (reference/protocols.md, 1.4) is answered by an
array of one element with `ranges`; for a stream that is unknown by an empty one, or 404. Flussonic
25.04 has it no more. There `/streamer/api/v3/streams/NAME/dvr/ranges` is asked, which wants a login
of the server's API (view_auth) and answers `{"ranges": [...], "next": CURSOR}` page by page.
Times are unix seconds.
"""

import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import quote

from smartyard.gateways.flussonic.download import MediaRefused, NoRecording
from smartyard.gateways.flussonic.servers import PerServer
from smartyard.gateways.transport import Answer, Outside, Request, Rubbish

EVER = 1525186456  # what the apps ask from: before any archive
MOST = 10_000  # spans, of which the newest are kept
_PAGE = 1000  # spans


class Span(NamedTuple):
    """Recorded from `begin`, for so many seconds."""

    begin: int
    seconds: int


@dataclass(frozen=True)
class Api:
    """The API of a media server, at its base `url`: who may ask, and of which stream."""

    url: str
    stream: str
    login: str
    password: str = field(repr=False)

    def request(self, cursor: str) -> Request:
        """For the page at `cursor`, empty for the first."""
        name = quote(self.stream, safe="")
        word = b64encode(f"{self.login}:{self.password}".encode()).decode()
        return Request(
            "GET",
            f"{self.url}/streamer/api/v3/streams/{name}/dvr/ranges",
            params=[("limit", str(_PAGE)), *([("cursor", cursor)] if cursor else [])],
            headers={"Authorization": f"Basic {word}"},
        )


@dataclass(frozen=True)
class Archive:
    """Of a stream: its `url`, without a slash at its end, a token for it, and the API if any."""

    url: str
    token: str = field(repr=False)
    api: Api | None = None


class RangesGateway:
    """Asks media servers for the spans of an archive. Which question one answers is kept for each,
    in this process, and found out anew when it answers that no more."""

    def __init__(self, outside: Callable[[], Outside]) -> None:
        self._servers = PerServer(outside)
        self._by_api: set[Outside] = set()

    def spans(self, archive: Archive) -> list[Span]:
        """In order, none touching the next; all questions together take no longer than one may.

        Raises NoRecording where the server knows none, MediaRefused, or another
        DependencyUnavailable.
        """
        server = self._servers.of(archive.url)
        until = time.monotonic() + server.total
        if archive.api is None:
            return self._by_status(server, archive, until)
        by_api = server in self._by_api
        ways = self._by_status, self._through_api
        try:
            return ways[by_api](server, archive, until)
        except NoRecording:  # or the server has not that question
            found = ways[not by_api](server, archive, until)
        if by_api:
            self._by_api.discard(server)
        else:
            self._by_api.add(server)
        return found

    @staticmethod
    def _by_status(server: Outside, archive: Archive, until: float) -> list[Span]:
        params = [("from", str(EVER)), ("request", "ranges"), ("token", archive.token)]
        asked = Request("GET", f"{archive.url}/recording_status.json", params=params)
        return joined(server.ask(asked, _of_status, total=until - time.monotonic()))

    @staticmethod
    def _through_api(server: Outside, archive: Archive, until: float) -> list[Span]:
        assert archive.api is not None
        found: list[Span] = []
        cursor = ""
        for _ in range(MOST // _PAGE):
            asked = archive.api.request(cursor)
            spans, cursor = server.ask(asked, _of_api, total=until - time.monotonic())
            found += spans
            if not cursor or not spans:
                break
        return joined(found)


def _told(answer: Answer) -> Any:
    cause = f"the media server answered {answer.status}"
    if answer.status in (404, 410):
        raise NoRecording(cause=cause)
    if answer.status in (401, 403):
        raise MediaRefused(cause=cause)
    if answer.status != 200:
        raise Rubbish(cause=cause)
    return answer.json()


def _of_status(answer: Answer) -> Sequence[Span]:
    told = _told(answer)
    if told == []:
        return []
    return _read(lambda: told[0]["ranges"])


def _of_api(answer: Answer) -> tuple[Sequence[Span], str]:
    """A page, and the cursor of the next one; empty where it is the last."""
    told = _told(answer)
    spans = _read(lambda: told["ranges"])
    cursor = told.get("next")
    return spans, cursor if isinstance(cursor, str) else ""


def _read(ranges: Callable[[], Any]) -> Sequence[Span]:
    try:
        return [Span(int(one["from"]), int(one["duration"])) for one in ranges()]
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
