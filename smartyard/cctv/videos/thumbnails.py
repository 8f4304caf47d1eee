"""The pictures of a published recording. YouTube keeps three of each video, under addresses that
its number tells."""

import re
from dataclasses import dataclass

_OF_YOUTUBE = re.compile(
    r"https?://(?:(?:www\.|m\.)?youtube\.com/(?:watch\?(?:[^#]*&)?v=|live/|shorts/|embed/)"
    r"|youtu\.be/)([\w-]{11})(?![\w-])",
    re.ASCII,
)


@dataclass(frozen=True)
class Thumbnails:
    """The same picture in three sizes."""

    default: str
    medium: str
    high: str


def thumbnails(url: str, picture: str) -> Thumbnails | None:
    """The operator's own picture where there is one; None where nobody knows any."""
    if picture:
        return Thumbnails(picture, picture, picture)
    found = _OF_YOUTUBE.match(url)
    if found is None:
        return None
    of_video = f"https://i.ytimg.com/vi/{found[1]}"
    return Thumbnails(
        f"{of_video}/default.jpg", f"{of_video}/mqdefault.jpg", f"{of_video}/hqdefault.jpg"
    )
