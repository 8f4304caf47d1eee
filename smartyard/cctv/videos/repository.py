"""Rows of published recordings."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, or_, select, text

from smartyard.cctv.videos.models import PublishedVideo
from smartyard.db import db
from smartyard.registry.models import Camera


class VideoRepository:
    def of_cameras(self, camera_ids: Collection[int], most: int) -> Sequence[PublishedVideo]:
        """Those of these cameras, the newest first."""
        return self._newest(PublishedVideo.camera_id.in_(camera_ids), most)

    def for_all_or_of(self, camera_ids: Collection[int], most: int) -> Sequence[PublishedVideo]:
        """Those of no camera too."""
        return self._newest(
            or_(PublishedVideo.camera_id.is_(None), PublishedVideo.camera_id.in_(camera_ids)), most
        )

    def _newest(self, which: Any, most: int) -> Sequence[PublishedVideo]:
        return db.session.scalars(
            select(PublishedVideo)
            .where(which)
            .order_by(PublishedVideo.event_at.desc(), PublishedVideo.id)
            .limit(most)
        ).all()

    def camera_ids(self) -> list[int]:
        """The cameras that have any."""
        found = select(PublishedVideo.camera_id).where(PublishedVideo.camera_id.is_not(None))
        return [number for number in db.session.scalars(found.distinct()) if number is not None]

    def all(self) -> list[tuple[PublishedVideo, str | None]]:
        """Each with the stream of its camera, in the order of the file."""
        rows = db.session.execute(
            select(PublishedVideo, Camera.stream)
            .outerjoin(Camera, Camera.id == PublishedVideo.camera_id)
            .order_by(PublishedVideo.id)
        )
        return [(row[0], row[1]) for row in rows]

    def cameras(self, streams: Collection[str]) -> Mapping[str, int]:
        """The numbers of those that are there, by their streams."""
        rows = db.session.execute(
            select(Camera.stream, Camera.id)
            .where(Camera.stream.in_(streams))
            .with_for_update(read=True, key_share=True)
        )
        return dict(rows.all())

    def replace(self, rows: Sequence[dict[str, Any]]) -> None:
        """These and no others; two imports go one after the other, and readers wait for neither."""
        db.session.execute(text("LOCK TABLE published_videos IN SHARE ROW EXCLUSIVE MODE"))
        db.session.execute(delete(PublishedVideo))
        if rows:
            db.session.execute(insert(PublishedVideo), rows)
