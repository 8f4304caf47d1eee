"""The newest frame of a stream as a JPEG: `{stream}/preview.jpg?token=T`.

Source: Flussonic's page on JPEG thumbnails. It has them where the stream's `thumbnails` are on;
elsewhere it answers 404. Of the archive it gives `preview.mp4` alone, which we could not read.
"""

from collections.abc import Callable

from smartyard.gateways.flussonic.download import MediaRefused, NoRecording
from smartyard.gateways.flussonic.servers import PerServer
from smartyard.gateways.transport import Answer, Outside, Request, Rubbish


class SnapshotGateway:
    """A picture that does not come is done without."""

    def __init__(self, outside: Callable[[], Outside]) -> None:
        self._servers = PerServer(outside)

    def newest(self, url: str, token: str) -> bytes:
        """Of a stream (`url`, without a slash at its end). Raises NoRecording where it has none,
        MediaRefused, or another DependencyUnavailable."""
        request = Request("GET", f"{url}/preview.jpg", params=[("token", token)])
        return self._servers.of(url).ask(request, _jpeg)


def _jpeg(answer: Answer) -> bytes:
    cause = f"the media server answered {answer.status}"
    if answer.status in (404, 410):
        raise NoRecording(cause=cause)
    if answer.status in (401, 403):
        raise MediaRefused(cause=cause)
    if answer.status != 200 or not answer.body.startswith(b"\xff\xd8\xff"):
        raise Rubbish(cause=cause)
    return answer.body
