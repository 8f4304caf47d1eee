"""Published recordings: an operator's file, shown to who sees their cameras."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator

from smartyard.audit import Audit
from smartyard.cctv.videos.models import PublishedVideo
from smartyard.cctv.videos.repository import VideoRepository
from smartyard.cctv.videos.thumbnails import Thumbnails, thumbnails
from smartyard.db import transaction
from smartyard.guard import Caller
from smartyard.registry.sight import SightService
from smartyard.sheets import (
    FILLED,
    FileRefused,
    OneLine,
    Problem,
    rows_of,
    table,
    text_of,
)

__all__ = ["ListedVideo", "PublishedVideo", "VideoListService"]

_MOST = 200  # of one list
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}(:[0-9]{2})?", re.ASCII)


def _time(value: Any) -> datetime:
    text = value.strip() if isinstance(value, str) else ""
    try:
        if _TIME.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError("нужны дата и время, как 2026-01-31 18:05")


def _address(value: str) -> str:
    if value and not re.fullmatch(r"https?://[^\s<>\"'@/?#]+([/?#][^\s<>\"']*)?", value):
        raise ValueError("нужен адрес вида https://…")
    return value


class VideoRow(BaseModel):
    """One row of the file. `camera` is a stream's name, empty for a recording for everybody."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    camera: OneLine = ""
    event_time: Annotated[datetime, BeforeValidator(_time)]
    title: Annotated[OneLine, FILLED]
    description: OneLine = ""
    url: Annotated[OneLine, FILLED, AfterValidator(_address)]
    picture: Annotated[OneLine, AfterValidator(_address)] = ""

    @model_validator(mode="after")
    def _has_a_picture(self) -> Self:
        if thumbnails(self.url, self.picture) is None:
            raise ValueError("это не YouTube: укажите картинку (picture)")
        return self


@dataclass(frozen=True)
class ListedVideo:
    """A recording with its pictures."""

    video: PublishedVideo
    pictures: Thumbnails


class VideoListService:
    def __init__(
        self, videos: VideoRepository, sight: SightService, audit: Audit, zone: tzinfo
    ) -> None:
        """The times of the file are of `zone`."""
        self._videos = videos
        self._sight = sight
        self._audit = audit
        self._zone = zone

    def of(self, caller: Caller, camera_id: int | None) -> list[ListedVideo]:
        """The newest recordings of one camera; or of all that the caller sees, and those for
        everybody. Raises what SightService does."""
        if camera_id is not None:
            self._sight.camera(caller.phone, camera_id)
            with transaction():
                return _listed(self._videos.of_cameras([camera_id], _MOST))
        with transaction():
            cameras = self._videos.camera_ids()
        seen = self._sight.among(caller.phone, cameras)
        with transaction():
            return _listed(self._videos.for_all_or_of(seen, _MOST))

    def all(self) -> list[tuple[PublishedVideo, str | None]]:
        """For the operator: each with the stream of its camera, in the order of the file."""
        with transaction():
            return self._videos.all()

    def bring(self, content: bytes, actor: str, *, dry_run: bool = False) -> int:
        """Make them what the file says, and no others; returns how many. Raises FileRefused with
        all that is wrong; then nothing is written."""
        told = table(text_of(content))
        rows = rows_of(
            told,
            "youtube",
            VideoRow,
            key=lambda row: (row.camera, row.url),
            repeated="эта запись этой камеры",
        )
        with transaction():
            cameras = self._videos.cameras({row.camera for _, row in rows if row.camera})
            strays = [
                Problem(line, f"камеры {row.camera} нет в реестре")
                for line, row in rows
                if row.camera and row.camera not in cameras
            ]
            if strays:
                raise FileRefused(strays)
            if not dry_run:
                self._videos.replace(
                    [self._values(row, cameras.get(row.camera)) for _, row in rows]
                )
                self._audit.note(actor, "import", "youtube", {"count": len(rows)})
        return len(rows)

    def _values(self, row: VideoRow, camera_id: int | None) -> dict[str, Any]:
        at = row.event_time.replace(tzinfo=self._zone).astimezone(UTC)
        told = row.model_dump(include={"title", "description", "url", "picture"})
        return told | {"camera_id": camera_id, "event_at": at}


def _listed(videos: Sequence[PublishedVideo]) -> list[ListedVideo]:
    found = [(video, thumbnails(video.url, video.picture)) for video in videos]
    return [ListedVideo(video, pictures) for video, pictures in found if pictures is not None]
