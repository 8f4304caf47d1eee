"""Rows of devices, of their doors, and of rights to them."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, exists, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from smartyard.contracts.models import Contract, Flat
from smartyard.db import db, upsert
from smartyard.registry.inventory.devices.models import CAMERA, ContractRight, Device, DeviceDoor
from smartyard.registry.models import INVENTORY, Camera, CameraLink, MediaServer, Panel

_TAKE = text("""
    DELETE FROM contract_rights AS r
    USING jsonb_to_recordset(:gone) AS g (contract_id text, device_id bigint)
    WHERE r.contract_id = g.contract_id AND r.device_id = g.device_id
    """).bindparams(bindparam("gone", type_=JSONB))

Listed = tuple[Device, Camera | None, MediaServer | None, Panel | None]


class DeviceRepository:
    def ensure_cameras(self) -> None:
        """Each camera of the inventory is a device, whoever brought it in."""
        known = select(Device.id).where(Device.camera_id == Camera.id).exists()
        new = select(literal(CAMERA), Camera.name, MediaServer.url, literal(True), Camera.id)
        rows = new.join(MediaServer, MediaServer.id == Camera.media_server_id)
        rows = rows.where(Camera.source == INVENTORY, ~known).order_by(Camera.id)
        names = ["type", "title", "url", "active", "camera_id"]
        db.session.execute(insert(Device).from_select(names, rows).on_conflict_do_nothing())

    def listed(self, device_ids: Collection[int] | None = None) -> Sequence[Listed]:
        """All devices, or these, with what of the registry each is."""
        query = (
            select(Device, Camera, MediaServer, Panel)
            .outerjoin(Camera, Camera.id == Device.camera_id)
            .outerjoin(MediaServer, MediaServer.id == Camera.media_server_id)
            .outerjoin(Panel, Panel.id == Device.panel_id)
            .order_by(Device.id)
        )
        if device_ids is not None:
            query = query.where(Device.id.in_(device_ids))
        return db.session.execute(query).all()

    def add(self, device: Device) -> Device:
        """With its number."""
        db.session.add(device)
        db.session.flush()
        return device

    def get_locked(self, device_ids: Collection[int]) -> dict[int, Device]:
        """Those of them that are there; nobody else changes them until the transaction ends."""
        rows = db.session.scalars(
            select(Device).where(Device.id.in_(device_ids)).order_by(Device.id).with_for_update()
        )
        return {device.id: device for device in rows}

    def at(self, address: str) -> Sequence[Listed]:
        """Of one address, as the provider writes it."""
        return [row for row in self.listed() if row[0].address == address]

    def delete(self, device_ids: Collection[int]) -> None:
        """Doors and rights go with the row."""
        db.session.execute(delete(Device).where(Device.id.in_(device_ids)))

    def camera(self, stream: str) -> Camera | None:
        return db.session.scalar(select(Camera).where(Camera.stream == stream))

    def of_camera(self, camera_id: int) -> int | None:
        """The number under which it is known."""
        return db.session.scalar(select(Device.id).where(Device.camera_id == camera_id))

    def streams(self, camera_ids: Collection[int]) -> dict[int, str]:
        found = select(Camera.id, Camera.stream).where(Camera.id.in_(camera_ids))
        return dict(db.session.execute(found).all())

    def media_server_at(self, url: str) -> str | None:
        """The name of the one with this address."""
        return db.session.scalar(select(MediaServer.name).where(MediaServer.url == url))

    def moved_with_secret(self, panel_id: int, address: str) -> bool:
        """Whether this panel has another address so far, and a login or a password."""
        other = Panel.secret.is_not(None) & (Panel.address != address)
        return bool(db.session.scalar(select(exists().where(Panel.id == panel_id, other))))

    def contracts_with(self, device_ids: Collection[int]) -> set[str]:
        """The contracts that have a right to any of these."""
        found = select(ContractRight.contract_id).where(ContractRight.device_id.in_(device_ids))
        return set(db.session.scalars(found))


class DeviceDoorRepository:
    def listed(self) -> Sequence[DeviceDoor]:
        return db.session.scalars(select(DeviceDoor).order_by(DeviceDoor.id)).all()

    def new_number(self) -> int:
        """The number of the next door: its own panel is numbered after it."""
        sequence = func.pg_get_serial_sequence(DeviceDoor.__tablename__, "id")
        return int(db.session.scalar(select(func.nextval(sequence))) or 0)

    def put(self, values: dict[str, Any]) -> None:
        """A new door, or the same one with other words."""
        statement = insert(DeviceDoor).values(values)
        told = {name: statement.excluded[name] for name in values if name != "id"}
        db.session.execute(
            statement.on_conflict_do_update(index_elements=["id"], set_=told),
            execution_options={"populate_existing": True},
        )

    def get_locked(self, door_ids: Collection[int]) -> dict[int, DeviceDoor]:
        rows = db.session.scalars(
            select(DeviceDoor)
            .where(DeviceDoor.id.in_(door_ids))
            .order_by(DeviceDoor.id)
            .with_for_update()
        )
        return {door.id: door for door in rows}

    def of_devices(self, device_ids: Collection[int]) -> Sequence[DeviceDoor]:
        return db.session.scalars(
            select(DeviceDoor).where(DeviceDoor.device_id.in_(device_ids))
        ).all()

    def outputs(self, panel_id: int, but: int) -> set[int]:
        """The outputs of a panel that other doors than this one have."""
        taken = select(DeviceDoor.output).where(
            DeviceDoor.panel_id == panel_id, DeviceDoor.id != but
        )
        return set(db.session.scalars(taken))

    def delete(self, door_ids: Collection[int]) -> None:
        db.session.execute(delete(DeviceDoor).where(DeviceDoor.id.in_(door_ids)))


class RightRepository:
    def lock_contract(self, contract_id: str) -> bool:
        """One change of a contract's rights at a time; False for one that nobody named yet."""
        found = select(Contract.id).where(Contract.id == contract_id)
        return db.session.scalar(found.with_for_update(key_share=True)) is not None

    def devices_of(self, contract_id: str) -> set[int]:
        found = select(ContractRight.device_id).where(ContractRight.contract_id == contract_id)
        return set(db.session.scalars(found))

    def give(self, contract_id: str, device_ids: Collection[int]) -> list[int]:
        """Returns those that it did not have."""
        rows = [{"contract_id": contract_id, "device_id": one} for one in sorted(device_ids)]
        statement = insert(ContractRight).values(rows).on_conflict_do_nothing()
        return list(db.session.scalars(statement.returning(ContractRight.device_id)))

    def take(self, contract_id: str, device_ids: Collection[int]) -> list[int]:
        """Returns those that it had."""
        gone = delete(ContractRight).where(
            ContractRight.contract_id == contract_id, ContractRight.device_id.in_(device_ids)
        )
        return list(db.session.scalars(gone.returning(ContractRight.device_id)))

    def devices_of_each(self, contract_ids: Collection[str]) -> dict[str, frozenset[int]]:
        """Of those that have any."""
        found: dict[str, set[int]] = {}
        named = ContractRight.contract_id.in_(contract_ids)
        for one in db.session.scalars(select(ContractRight).where(named)):
            found.setdefault(one.contract_id, set()).add(one.device_id)
        return {name: frozenset(devices) for name, devices in found.items()}

    def holders(self) -> set[str]:
        """The contracts that have a right to anything."""
        return set(db.session.scalars(select(ContractRight.contract_id).distinct()))

    def give_each(self, rights: Iterable[tuple[str, Collection[int]]]) -> None:
        """By contracts, by one statement."""
        rows = [{"contract_id": one, "device_id": id_} for one, ids in rights for id_ in ids]
        upsert(ContractRight, rows, ["contract_id", "device_id"])

    def take_each(self, rights: Iterable[tuple[str, Collection[int]]]) -> None:
        """By contracts, by one statement."""
        gone = [{"contract_id": one, "device_id": id_} for one, ids in rights for id_ in ids]
        if gone:
            db.session.execute(_TAKE, {"gone": gone})

    def linked(self, flat_ids: Collection[int], device_ids: Collection[int]) -> set[int]:
        """The devices of these whose cameras the inventory links to one of the flats itself."""
        return set(
            db.session.scalars(
                select(Device.id)
                .join(CameraLink, CameraLink.camera_id == Device.camera_id)
                .where(
                    Device.id.in_(device_ids),
                    CameraLink.flat_id.in_(flat_ids),
                    CameraLink.source == INVENTORY,
                )
            )
        )

    def unlink(self, flat_ids: Collection[int], device_ids: Collection[int]) -> None:
        """The inventory's own links of these flats to these cameras end."""
        cameras = select(Device.camera_id).where(Device.id.in_(device_ids))
        db.session.execute(
            delete(CameraLink).where(
                CameraLink.flat_id.in_(flat_ids),
                CameraLink.camera_id.in_(cameras),
                CameraLink.source == INVENTORY,
            )
        )

    def of_whole_house(self, flat_ids: Collection[int], device_ids: Collection[int]) -> set[int]:
        """The devices of these whose cameras the whole house of one of the flats sees."""
        houses = select(Flat.house_id).where(Flat.id.in_(flat_ids))
        return set(
            db.session.scalars(
                select(Device.id)
                .join(CameraLink, CameraLink.camera_id == Device.camera_id)
                .where(
                    Device.id.in_(device_ids),
                    CameraLink.house_id.in_(houses),
                    CameraLink.flat_id.is_(None),
                )
            )
        )


def note(device: Device, **values: Any) -> None:
    """Change a row by one statement."""
    db.session.execute(update(Device).where(Device.id == device.id).values(**values))
