"""A span of the archive as one mp4: `{stream}/archive-FROM-DURATION.mp4?token=T`.

Source: reference/protocols.md, 1.4. FROM is Unix seconds in UTC, DURATION seconds. The file passes
through to whoever takes it and is never in memory as a whole.
"""

from collections.abc import Callable

from smartyard.errors import DependencyUnavailable
from smartyard.gateways.flussonic.servers import PerServer
from smartyard.gateways.incoming import Flow
from smartyard.gateways.transport import Answer, Outside, Request, Rubbish


class NoRecording(DependencyUnavailable):
    """The media server has nothing of that time: asking again is vain."""


class MediaRefused(DependencyUnavailable):
    """It will not give it to us now: its verdict on our token, or its own trouble."""


class ArchiveGateway:
    """Fetches what is recorded."""

    def __init__(self, outside: Callable[[], Outside]) -> None:
        self._servers = PerServer(outside)

    def download(self, url: str, token: str, begin: int, seconds: int, flow: Flow) -> bool:
        """Pass the span of a stream (`url`, without a slash at its end) on to `flow`. Returns
        whether its length was told, and so held; if not, only the file can say that it is whole.

        Raises NoRecording, MediaRefused, LeftOff, or another DependencyUnavailable.
        """
        asked = f"{url}/archive-{begin}-{seconds}.mp4"
        request = Request("GET", asked, params=[("token", token)], flow=flow)
        return self._servers.of(url).ask(request, _length_was_told)


def _length_was_told(answer: Answer) -> bool:
    cause = f"the media server answered {answer.status}"
    if answer.status == 200:
        return "content-length" in answer.headers
    if answer.status in (404, 410):
        raise NoRecording(cause=cause)
    if answer.status in (401, 403) or answer.status >= 500:
        raise MediaRefused(cause=cause)
    raise Rubbish(cause=cause)
