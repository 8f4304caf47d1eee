"""What billing tells, in our words; how each answer is read from the wire.

Source: docs/billing-api.md. Keys that we do not know are ignored, a missing optional one is None.
One row that cannot be read makes the whole answer Rubbish: to drop it would take somebody's home
away. Only what is for show (coordinates, icons, a roommate's line) falls back instead.
"""

import logging
from collections.abc import Sequence
from datetime import tzinfo
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, ConfigDict, TypeAdapter, ValidationError, ValidationInfo
from pydantic.alias_generators import to_camel
from pydantic.dataclasses import dataclass

from smartyard.gateways import billing_fields as fields
from smartyard.gateways.billing_envelope import BillingRefused, code_and_data, data_of
from smartyard.gateways.transport import Answer, Rubbish
from smartyard.phones import Phone

log = logging.getLogger(__name__)

T = TypeVar("T")

WIRE = ConfigDict(alias_generator=to_camel, populate_by_name=True)


@dataclass(frozen=True, kw_only=True, config=WIRE)
class BilledDoor:
    """A door of an intercom; `icon` is one of entrance, wicket, gate, barrier."""

    domophone_id: fields.Id
    door_id: fields.Id
    icon: fields.DoorIcon = "entrance"
    name: fields.Text = ""
    entrance: fields.MaybeText = None


@dataclass(frozen=True, kw_only=True, config=WIRE)
class BilledHouse:
    """`cctv` is billing's own count of cameras, None where it counts none."""

    house_id: fields.Id
    address: fields.Text = ""
    cctv: fields.MaybeCount = None
    doors: Annotated[tuple[BilledDoor, ...], fields.OR_EMPTY] = ()


@dataclass(frozen=True, kw_only=True, config=WIRE)
class BilledRoommate:
    """`expire` is aware, in UTC; None means for ever. `type` is inner, outer or owner."""

    phone: Phone
    expire: fields.Moment = None
    type: fields.RoommateType = "inner"


_ROOMMATE = TypeAdapter(BilledRoommate)


def _readable_roommates(value: Any, info: ValidationInfo) -> Any:
    """They are for show: a bad one is left out, and the flat stays."""
    found = []
    for row in value if isinstance(value, (list, tuple)) else ():
        try:
            found.append(_ROOMMATE.validate_python(row, context=info.context))
        except ValidationError:
            log.warning("billing: an unreadable roommate is left out")
    return tuple(found)


@dataclass(frozen=True, kw_only=True, config=WIRE)
class BilledFlat:  # pylint: disable=too-many-instance-attributes
    """A flat of one contract. `unpaid` names those of its `services` that are not paid."""

    house_id: fields.Id
    flat_id: fields.Id
    flat_number: fields.MaybeText = None
    address: fields.Text = ""
    client_id: fields.MaybeText = None
    client_name: fields.MaybeText = None
    contract_name: fields.MaybeText = None
    contract_owner: fields.Flag = False
    flat_owner: fields.Flag = False
    services: Annotated[tuple[fields.Text, ...], fields.OR_EMPTY] = ()
    unpaid: Annotated[tuple[fields.Text, ...], fields.OR_EMPTY] = ()
    has_gates: fields.Flag = False
    lcab: fields.MaybeUrl = None
    roommates: Annotated[tuple[BilledRoommate, ...], BeforeValidator(_readable_roommates)] = ()


@dataclass(frozen=True, kw_only=True)
class Homes:
    """All that billing holds under one number."""

    houses: tuple[BilledHouse, ...] = ()
    flats: tuple[BilledFlat, ...] = ()


@dataclass(frozen=True, kw_only=True, config=WIRE)
class BilledCamera:
    """`lat` and `lon` are decimal degrees in a string, "0" where billing wrote none."""

    id: fields.Id
    url: fields.Url
    name: fields.Text = ""
    lat: fields.Latitude = "0"
    lon: fields.Longitude = "0"


@dataclass(frozen=True, kw_only=True)
class HouseCameras:
    """Cameras of a house, or why there are none: not paid, or not connected."""

    state: Literal["listed", "unpaid", "absent"]
    cameras: tuple[BilledCamera, ...] = ()


_HOUSES = TypeAdapter(tuple[BilledHouse, ...])
_FLATS = TypeAdapter(tuple[BilledFlat, ...])
_CAMERAS = TypeAdapter(tuple[BilledCamera, ...])


def read_houses(answer: Answer) -> tuple[BilledHouse, ...]:
    """Of `getaddresslist`."""
    return rows(_HOUSES, data_of(answer))


def read_flats(answer: Answer, zone: tzinfo) -> tuple[BilledFlat, ...]:
    """Of `getsettingslist`; dates without a zone are of `zone`."""
    flats = rows(_FLATS, data_of(answer), {"zone": zone})
    houses: dict[int, int] = {}
    for flat in flats:
        if houses.setdefault(flat.flat_id, flat.house_id) != flat.house_id:
            raise Rubbish(cause="billing: one flat in two houses")
    return flats


def read_cameras(answer: Answer) -> HouseCameras:
    """Of `getcctvlist`, where 402 and 404 stand as `code` or as `data`."""
    code, data = code_and_data(answer)
    word = code if code >= 400 else data
    if str(word).strip() in ("402", "404"):
        return HouseCameras(state="unpaid" if str(word).strip() == "402" else "absent")
    if code >= 400:
        raise BillingRefused(code)
    return HouseCameras(state="listed", cameras=rows(_CAMERAS, data))


def rows(shape: TypeAdapter[tuple[T, ...]], data: Any, context: Any = None) -> tuple[T, ...]:
    """Every row of a list, or Rubbish that names where it is wrong."""
    if data is None:
        return ()
    try:
        return shape.validate_python(data, context=context)
    except ValidationError as wrong:
        raise Rubbish(cause=_places(wrong)) from None


def _places(wrong: ValidationError) -> str:
    """Where it is wrong, never what stood there."""
    errors: Sequence[Any] = wrong.errors(
        include_url=False, include_input=False, include_context=False
    )
    places = [".".join(str(part) for part in error["loc"]) or "data" for error in errors[:3]]
    return f"billing: unreadable {', '.join(places)}"
