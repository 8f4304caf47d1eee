"""The inventory read as a whole: one statement a kind, and one for who sees cameras."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT, TEXT, aggregate_order_by

from smartyard.contracts.models import Contract, ContractFlat, Flat, House
from smartyard.db import db
from smartyard.registry.inventory.difference import Link, Stock, Thing
from smartyard.registry.inventory.rules.draft import Named
from smartyard.registry.models import Camera, CameraLink, Door, Key, MediaServer, Panel


class StockRepository:
    """Panels and media servers have their `secret` as it is sealed."""

    def read(self, named: Named) -> Stock:
        """The whole inventory, of the large kinds what is named."""
        return {
            "houses": self._houses(named),
            "flats": self._flats(named),
            "contracts": self._contracts(named),
            "keys": self._keys(named),
            "media_servers": self._media_servers(),
            "cameras": self._cameras(),
            "panels": self._panels(),
            "doors": self._doors(),
        }

    def _houses(self, named: Named) -> dict[Any, Thing]:
        query = select(House.id, House.address)
        return {
            house: {"address": address}
            for house, address in _rows(query, House.id, named.houses, BIGINT())
        }

    def _flats(self, named: Named) -> dict[Any, Thing]:
        query = select(Flat.id, Flat.house_id, Flat.number, Flat.entrance)
        return {
            flat: {"house": house, "number": number, "entrance": entrance}
            for flat, house, number, entrance in _rows(query, Flat.id, named.flats, BIGINT())
        }

    def _contracts(self, named: Named) -> dict[Any, Thing]:
        in_order = aggregate_order_by(ContractFlat.flat_id, ContractFlat.flat_id)
        query = (
            select(Contract.id, Contract.name, func.array_agg(in_order))
            .outerjoin(ContractFlat, ContractFlat.contract_id == Contract.id)
            .group_by(Contract.id)
        )
        return {
            contract: {"name": name, "flats": tuple(flat for flat in flats if flat is not None)}
            for contract, name, flats in _rows(query, Contract.id, named.contracts, TEXT())
        }

    def _keys(self, named: Named) -> dict[Any, Thing]:
        query = select(Key.code, Key.flat_id, Key.name)
        return {
            (code, flat): {"name": name}
            for code, flat, name in _rows(query, Key.code, named.keys, TEXT())
        }

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
                "auth": server.auth,
                "secret": server.secret,
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
                "city": camera.common,
                "source": camera.source,
                "links": frozenset(links.get(camera.id, ())),
            }
            for camera in rows
        }

    def _panels(self) -> dict[Any, Thing]:
        rows = db.session.execute(
            select(*Panel.__table__.columns, Camera.stream).outerjoin(
                Camera, Camera.id == Panel.camera_id
            )
        )
        return {
            panel.id: {
                "name": panel.name,
                "model": panel.model,
                "address": panel.address,
                "method": panel.method,
                "secret": panel.secret,
                "sip": panel.sip_number,
                "dtmf": panel.dtmf,
                "syslog": panel.syslog_ip,
                "camera": panel.stream,
            }
            for panel in rows
        }


def _rows(query: Any, column: Any, keys: Any, of_type: Any) -> Sequence[Any]:
    """One array instead of a parameter a key: a list of ten thousand takes long to be compiled."""
    if keys is not None:
        wanted: ColumnElement[Any] = literal(list(keys), ARRAY(of_type))
        query = query.where(column == any_(wanted))
    return db.session.execute(query).all()
