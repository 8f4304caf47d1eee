"""The inventory read and written as a whole. Bulk statements: their number does not grow with the
number of rows. They run in the caller's transaction, in the order in which copies of billing's
word are stored too (homes, doors, media servers, cameras, links), so that neither waits for the
other in a ring."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, bindparam, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from smartyard.contracts.models import Entrance, Flat, House
from smartyard.db import db, upsert
from smartyard.registry.inventory.difference import Change, Link, Stock, Thing
from smartyard.registry.models import Camera, CameraLink, Door, HouseCameras, MediaServer, Panel

_ONE_IMPORT = 0x736D7274_696D70  # any number that nobody else locks
_GONE_DOORS = text("""
    DELETE FROM doors d
    USING unnest(CAST(:houses AS bigint[]), CAST(:panels AS bigint[]), CAST(:doors AS bigint[])) AS gone (house_id, domophone_id, door_id)
    WHERE d.house_id = gone.house_id AND d.domophone_id = gone.domophone_id
      AND d.door_id = gone.door_id
    """).bindparams(
    *(bindparam(name, type_=ARRAY(BigInteger)) for name in ("houses", "panels", "doors"))
)
_LINK_KEY = ("camera_id", "house_id", "flat_id")
_NO_LONGER = text("""
    DELETE FROM camera_links l
    USING unnest(CAST(:cameras AS bigint[]), CAST(:houses AS bigint[]), CAST(:flats AS bigint[])) AS gone (camera_id, house_id, flat_id)
    WHERE l.camera_id = gone.camera_id AND l.house_id = gone.house_id
      AND l.flat_id IS NOT DISTINCT FROM gone.flat_id
    """).bindparams(
    *(bindparam(name, type_=ARRAY(BigInteger)) for name in ("cameras", "houses", "flats"))
)


class InventoryRepository:
    def lock(self, seconds: int) -> None:
        """One import at a time, to the end of the transaction; the statements of this one may
        take longer than those of a request."""
        wait = f"{seconds}s"
        db.session.execute(
            select(
                func.set_config("lock_timeout", wait, True),
                func.set_config("statement_timeout", wait, True),
            )
        )
        db.session.execute(select(func.pg_advisory_xact_lock(_ONE_IMPORT)))

    def stock(
        self, house_ids: Collection[int] | None = None, flat_ids: Collection[int] | None = None
    ) -> Stock:
        """The whole inventory, and these houses and flats (all of them, where None)."""
        return {
            "houses": self._houses(house_ids),
            "flats": self._flats(flat_ids),
            "doors": self._doors(),
            "media_servers": self._media_servers(),
            "cameras": self._cameras(),
        }

    def _houses(self, ids: Collection[int] | None) -> dict[Any, Thing]:
        query = select(House.id, House.address)
        rows = db.session.execute(query if ids is None else query.where(House.id.in_(ids)))
        return {house: {"address": address} for house, address in rows}

    def _flats(self, ids: Collection[int] | None) -> dict[Any, Thing]:
        query = select(Flat.id, Flat.house_id, Flat.number)
        rows = db.session.execute(query if ids is None else query.where(Flat.id.in_(ids)))
        return {flat: {"house": house, "number": number} for flat, house, number in rows}

    def _doors(self) -> dict[Any, Thing]:
        return {
            (door.house_id, door.domophone_id, door.door_id): {
                "icon": door.icon,
                "name": door.name,
                "entrance": door.entrance,
                "source": door.source,
            }
            for door in db.session.execute(select(*Door.__table__.columns))
        }

    def _media_servers(self) -> dict[Any, Thing]:
        return {
            server.name: {
                "url": server.url,
                "type": server.type,
                "hls_mode": server.hls_mode,
                "source": server.source,
            }
            for server in db.session.execute(select(*MediaServer.__table__.columns))
        }

    def _cameras(self) -> dict[Any, Thing]:
        links: dict[int, list[Link]] = {}
        for one in db.session.execute(select(*CameraLink.__table__.columns)):
            link = Link(one.house_id, one.flat_id, one.source)
            links.setdefault(one.camera_id, []).append(link)
        rows = db.session.execute(
            select(*Camera.__table__.columns, MediaServer.name.label("media_server")).join(
                MediaServer, MediaServer.id == Camera.media_server_id
            )
        )
        return {
            camera.stream: {
                "name": camera.name,
                "media_server": camera.media_server,
                "lat": camera.lat,
                "lon": camera.lon,
                "sound": camera.has_sound,
                "source": camera.source,
                "links": frozenset(links.get(camera.id, ())),
            }
            for camera in rows
        }

    def write_doors(self, changes: Sequence[Change]) -> None:
        self._ensure_named([change for change in changes if change.after is not None])
        names = ("house_id", "domophone_id", "door_id")
        upsert(
            Door,
            [
                {**dict(zip(names, change.key, strict=True)), **change.after}
                for change in changes
                if change.after is not None
            ],
            names,
        )
        gone = [change.key for change in changes if change.after is None]
        if gone:
            houses, panels, doors = (list(ids) for ids in zip(*gone, strict=True))
            db.session.execute(_GONE_DOORS, {"houses": houses, "panels": panels, "doors": doors})

    def _ensure_named(self, doors: Sequence[Change]) -> None:
        """Panels and entrances are made by the door that names them first."""
        panels = sorted({door.key[1] for door in doors})
        entrances = sorted(
            (door.key[0], door.after["entrance"])
            for door in doors
            if door.after and door.after["entrance"] is not None
        )
        if panels:
            rows = [{"id": panel, "model": "none"} for panel in panels]
            db.session.execute(insert(Panel).values(rows).on_conflict_do_nothing())
        if entrances:
            named = [{"house_id": house, "name": name} for house, name in dict.fromkeys(entrances)]
            db.session.execute(insert(Entrance).values(named).on_conflict_do_nothing())

    def write_media_servers(self, changes: Sequence[Change]) -> None:
        """Those that are removed stay until no camera is on them: see `drop_media_servers`."""
        moving = [change.key for change in changes if _url(change.before) != _url(change.after)]
        if moving:  # two may swap their addresses, each of which is unique at every moment
            aside = func.concat("http://moving.invalid/", MediaServer.id)
            db.session.execute(
                update(MediaServer).where(MediaServer.name.in_(moving)).values(url=aside)
            )
        rows = [
            {"name": change.key, **change.after} for change in changes if change.after is not None
        ]
        upsert(MediaServer, rows, ["name"])

    def drop_media_servers(self, changes: Sequence[Change]) -> None:
        gone = [change.key for change in changes if change.after is None]
        if gone:
            db.session.execute(delete(MediaServer).where(MediaServer.name.in_(gone)))

    def write_cameras(self, changes: Sequence[Change]) -> None:
        """The cameras and, with them, who sees each."""
        servers = dict(db.session.execute(select(MediaServer.name, MediaServer.id)).all())
        rows = [
            {
                "stream": change.key,
                "name": change.after["name"],
                "media_server_id": servers[change.after["media_server"]],
                "lat": change.after["lat"],
                "lon": change.after["lon"],
                "has_sound": change.after["sound"],
                "source": change.after["source"],
            }
            for change in changes
            if change.after is not None
        ]
        upsert(Camera, rows, ["stream"])
        gone = [change.key for change in changes if change.after is None]
        if gone:
            db.session.execute(delete(Camera).where(Camera.stream.in_(gone)))
        self._write_links([change for change in changes if change.after is not None])

    def _write_links(self, changes: Sequence[Change]) -> None:
        streams = [change.key for change in changes if change.gained() or change.lost()]
        if not streams:
            return
        found = db.session.execute(
            select(Camera.stream, Camera.id).where(Camera.stream.in_(streams))
        )
        ids = dict(found.all())
        lost = [(ids[change.key], link) for change in changes for link in change.lost()]
        if lost:
            told = {
                "cameras": [camera for camera, _ in lost],
                "houses": [link.house for _, link in lost],
                "flats": [link.flat for _, link in lost],
            }
            db.session.execute(_NO_LONGER, told)
        gained = [(ids[change.key], link) for change in changes for link in change.gained()]
        upsert(CameraLink, [_link_row(*one) for one in gained], _LINK_KEY)
        # Billing's last word on these houses ends with its links there.
        houses = {link.house for _, link in gained}
        db.session.execute(delete(HouseCameras).where(HouseCameras.house_id.in_(houses)))


def _link_row(camera_id: int, link: Link) -> dict[str, Any]:
    return {
        "camera_id": camera_id,
        "house_id": link.house,
        "flat_id": link.flat,
        "source": link.source,
        "suspended": False,
    }


def _url(thing: Thing | None) -> Any:
    return thing["url"] if thing else None
