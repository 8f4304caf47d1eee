"""The inventory written as a whole. Bulk statements: their number does not grow with the
number of rows. They run in the caller's transaction, in the order in which copies of billing's
word are stored too (homes, then doors; media servers, cameras, links), so that neither waits for
the other in a ring."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Text,
    TextClause,
    bindparam,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from smartyard.contracts.models import ContractFlat
from smartyard.db import db, upsert
from smartyard.registry.inventory.difference import Change, Link, Thing
from smartyard.registry.inventory.secrets import clear
from smartyard.registry.models import (
    Camera,
    CameraLink,
    Door,
    HouseCameras,
    Key,
    MediaServer,
    Panel,
)

_ONE_IMPORT = 0x736D7274_696D70  # any number that nobody else locks
_GONE_DOORS = text("""
    DELETE FROM doors d
    USING unnest(CAST(:houses AS bigint[]), CAST(:panels AS bigint[]), CAST(:doors AS bigint[])) AS gone (house_id, domophone_id, door_id)
    WHERE d.house_id = gone.house_id AND d.domophone_id = gone.domophone_id
      AND d.door_id = gone.door_id
    """).bindparams(
    *(bindparam(name, type_=ARRAY(BigInteger)) for name in ("houses", "panels", "doors"))
)
_GONE_CONTRACT_FLATS = text("""
    DELETE FROM contract_flats c
    USING unnest(CAST(:contracts AS text[]), CAST(:flats AS bigint[])) AS gone (contract_id, flat_id)
    WHERE c.contract_id = gone.contract_id AND c.flat_id = gone.flat_id
    """).bindparams(
    bindparam("contracts", type_=ARRAY(Text)), bindparam("flats", type_=ARRAY(BigInteger))
)
_GONE_KEYS = text("""
    DELETE FROM keys k
    USING unnest(CAST(:codes AS text[]), CAST(:flats AS bigint[])) AS gone (code, flat_id)
    WHERE k.code = gone.code AND k.flat_id = gone.flat_id
    """).bindparams(
    bindparam("codes", type_=ARRAY(Text)), bindparam("flats", type_=ARRAY(BigInteger))
)
_PANEL_SECRETS = text("""
    UPDATE panels p SET secret = decode(told.secret, 'hex')
    FROM jsonb_to_recordset(:told) AS told (key bigint, secret text) WHERE p.id = told.key
    """).bindparams(bindparam("told", type_=JSONB))
_SERVER_SECRETS = text("""
    UPDATE media_servers s SET secret = decode(told.secret, 'hex')
    FROM jsonb_to_recordset(:told) AS told (key text, secret text) WHERE s.name = told.key
    """).bindparams(bindparam("told", type_=JSONB))
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

    def write_contract_flats(self, changes: Sequence[Change]) -> None:
        """The flats of contracts, which are there already."""
        pairs = [
            {"contract_id": change.key, "flat_id": flat}
            for change in changes
            if change.after
            for flat in change.after["flats"]
        ]
        before = [
            (change.key, flat)
            for change in changes
            if change.before
            for flat in set(change.before["flats"])
            - set(change.after["flats"] if change.after else ())
        ]
        if before:
            contracts, flats = (list(one) for one in zip(*before, strict=True))
            db.session.execute(_GONE_CONTRACT_FLATS, {"contracts": contracts, "flats": flats})
        upsert(ContractFlat, pairs, ["contract_id", "flat_id"])

    def write_keys(self, changes: Sequence[Change]) -> None:
        names = ("code", "flat_id")
        upsert(
            Key,
            [
                {**dict(zip(names, change.key, strict=True)), **change.after}
                for change in changes
                if change.after is not None
            ],
            names,
        )
        gone = [change.key for change in changes if change.after is None]
        if gone:
            codes, flats = (list(one) for one in zip(*gone, strict=True))
            db.session.execute(_GONE_KEYS, {"codes": codes, "flats": flats})

    def write_panels(self, changes: Sequence[Change], secrets: Mapping[int, bytes | None]) -> None:
        """Those that are removed stay until no door is on them: see `drop_panels`. `secrets` are
        the sealed credentials of those whose change."""
        if not changes:
            return
        # Two may swap their numbers, each of which is unique at every moment.
        aside = update(Panel).where(Panel.id.in_([change.key for change in changes]))
        db.session.execute(aside.values(sip_number=None, syslog_ip=None))
        streams = {change.after["camera"] for change in changes if change.after} - {None}
        found = db.session.execute(
            select(Camera.stream, Camera.id).where(Camera.stream.in_(streams))
        )
        cameras = dict(found.all())
        rows = [_panel_row(change.key, change.after, cameras) for change in changes if change.after]
        upsert(Panel, rows, ["id"])
        _keep_secrets(_PANEL_SECRETS, secrets)

    def drop_panels(self, changes: Sequence[Change]) -> None:
        gone = [change.key for change in changes if change.after is None]
        if gone:
            db.session.execute(delete(Panel).where(Panel.id.in_(gone)))

    def write_doors(self, changes: Sequence[Change]) -> None:
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

    def write_media_servers(
        self, changes: Sequence[Change], secrets: Mapping[str, bytes | None]
    ) -> None:
        """Those that are removed stay until no camera is on them: see `drop_media_servers`.
        `secrets` are the sealed ones of those whose change."""
        moving = [change.key for change in changes if _url(change.before) != _url(change.after)]
        if moving:  # two may swap their addresses, each of which is unique at every moment
            aside = func.concat("http://moving.invalid/", MediaServer.id)
            db.session.execute(
                update(MediaServer).where(MediaServer.name.in_(moving)).values(url=aside)
            )
        names = ("url", "type", "hls_mode", "auth", "source")
        rows = [
            {"name": change.key, **{name: change.after[name] for name in names}}
            for change in changes
            if change.after is not None
        ]
        upsert(MediaServer, rows, ["name"])
        _keep_secrets(_SERVER_SECRETS, secrets)

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
                "common": change.after["city"],
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


def _keep_secrets(statement: TextClause, secrets: Mapping[Any, bytes | None]) -> None:
    told = [
        {"key": key, "secret": None if secret is None else secret.hex()}
        for key, secret in secrets.items()
    ]
    if told:
        db.session.execute(statement, {"told": told})


def _panel_row(panel_id: int, panel: Thing, cameras: Mapping[str, int]) -> dict[str, Any]:
    return {
        "id": panel_id,
        "name": panel["name"],
        "model": panel["model"],
        "address": clear(panel["address"]),
        "method": panel["method"],
        "sip_number": panel["sip"],
        "dtmf": panel["dtmf"],
        "syslog_ip": panel["syslog"],
        "camera_id": cameras.get(panel["camera"]),
    }


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
