"""Cameras that only billing lists (`getcctvlist`), kept as rows of the registry."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from sqlalchemy import delete, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from smartyard.db import db
from smartyard.gateways.billing import BilledCamera, HouseCameras
from smartyard.registry.models import BILLING, Camera, CameraLink
from smartyard.registry.models import HouseCameras as HouseCamerasRow
from smartyard.registry.models import MediaServer

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """Where a camera's URL points: the media server's base and the stream's name under it."""

    base: str
    stream: str


def place_of(url: str, bases: Sequence[str]) -> Place | None:
    """Split a URL at the longest known base, else behind its host; None when it names no stream."""
    parts = urlsplit(url.rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    known = [base for base in bases if url.startswith(f"{base}/")]
    base = max(known, key=len, default=f"{parts.scheme}://{parts.netloc}")
    stream = unquote(url.rstrip("/")[len(base) + 1 :])
    return Place(base, stream) if stream and "?" not in stream and "\x00" not in stream else None


class BilledCameraRepository:
    """Bulk statements: their number does not grow with houses or cameras."""

    def store(self, answers: Mapping[int, HouseCameras]) -> None:
        """Keep what billing said of some houses, in the caller's transaction."""
        listed = {house: one.cameras for house, one in answers.items() if one.state == "listed"}
        ids = self._keep_cameras([camera for cameras in listed.values() for camera in cameras])
        links = sorted(
            {
                (ids[camera.id], house)
                for house, cameras in listed.items()
                for camera in cameras
                if camera.id in ids
            }
        )
        unpaid = [house for house, answer in answers.items() if answer.state == "unpaid"]
        self._replace_links(set(answers) - set(unpaid), links)
        db.session.execute(
            update(CameraLink)
            .where(CameraLink.house_id.in_(unpaid), CameraLink.source == BILLING)
            .values(suspended=True)
        )
        self._keep_states({house: answer.state for house, answer in answers.items()})

    def states(self, house_ids: Sequence[int]) -> dict[int, str]:
        """What billing last said of each: listed, unpaid or absent."""
        rows = db.session.execute(
            select(HouseCamerasRow.house_id, HouseCamerasRow.state).where(
                HouseCamerasRow.house_id.in_(house_ids)
            )
        )
        return dict(rows.all())

    def _keep_cameras(self, cameras: Sequence[BilledCamera]) -> dict[int, int]:
        """Our id of each camera, by billing's id. A stream that is known at another media server
        is left out: we could not tell whose viewer is asked about."""
        servers = self._servers(cameras)
        rows = {}
        for camera in cameras:
            place = place_of(camera.url, list(servers))
            if place is None:
                log.warning("billing: camera %d has no usable url", camera.id)
                continue
            rows[place.stream] = {
                "stream": place.stream,
                "name": camera.name,
                "media_server_id": servers[place.base],
                "lat": camera.lat,
                "lon": camera.lon,
                "source": BILLING,
                "external_id": camera.id,
            }
        if not rows:
            return {}
        self._upsert([rows[stream] for stream in sorted(rows)])
        found = db.session.execute(
            select(Camera.stream, Camera.media_server_id, Camera.id).where(Camera.stream.in_(rows))
        )
        ids = {}
        for stream, server, camera_id in found:
            if rows[stream]["media_server_id"] == server:
                ids[int(str(rows[stream]["external_id"]))] = camera_id
            else:
                log.error("billing: stream %r is known at another media server", stream)
        return ids

    def _servers(self, cameras: Sequence[BilledCamera]) -> dict[str, int]:
        """The ids of all media servers by their base; those that are new are made."""
        known = dict(self._known_servers())
        places = [place_of(camera.url, list(known)) for camera in cameras]
        new = sorted({place.base for place in places if place and place.base not in known})
        if not new:
            return known
        rows = [{"name": base, "url": base, "source": BILLING} for base in new]
        db.session.execute(insert(MediaServer).values(rows).on_conflict_do_nothing())
        return dict(self._known_servers())

    def _known_servers(self) -> Sequence[tuple[str, int]]:
        return db.session.execute(select(MediaServer.url, MediaServer.id)).all()

    def _upsert(self, rows: list[dict[str, object]]) -> None:
        statement = insert(Camera).values(rows)
        new = statement.excluded
        told = ("name", "lat", "lon", "external_id", "media_server_id")
        table = Camera.__table__.c
        db.session.execute(
            statement.on_conflict_do_update(
                index_elements=["stream"],
                set_={name: new[name] for name in told},
                where=(Camera.source == BILLING)
                & or_(
                    Camera.media_server_id == new.media_server_id,
                    Camera.external_id == new.external_id,
                )
                & or_(*(table[name].is_distinct_from(new[name]) for name in told)),
            )
        )

    def _replace_links(self, houses: set[int], links: Sequence[tuple[int, int]]) -> None:
        """These houses have exactly these cameras from billing."""
        pair = tuple_(CameraLink.camera_id, CameraLink.house_id)
        gone = delete(CameraLink).where(
            CameraLink.house_id.in_(houses), CameraLink.source == BILLING
        )
        db.session.execute(gone.where(pair.not_in(links)) if links else gone)
        if not links:
            return
        statement = insert(CameraLink).values(
            [
                {"camera_id": camera, "house_id": house, "source": BILLING, "suspended": False}
                for camera, house in links
            ]
        )
        db.session.execute(
            statement.on_conflict_do_update(
                constraint="uq_camera_links_camera_id_house_id_flat_id",
                set_={"suspended": False},
                where=CameraLink.suspended.is_(True),
            )
        )

    def _keep_states(self, states: Mapping[int, str]) -> None:
        statement = insert(HouseCamerasRow).values(
            [{"house_id": house, "state": states[house]} for house in sorted(states)]
        )
        db.session.execute(
            statement.on_conflict_do_update(
                index_elements=["house_id"], set_={"state": statement.excluded.state}
            )
        )
