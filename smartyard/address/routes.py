"""`/api/address/*`. `hasPlog` is `t` where `address/plog` would answer with a list: Android calls
`address/intercom` for each `t`, and drops the whole tab when that fails."""

from flask import Blueprint, Response

from smartyard.address import schemas
from smartyard.address.offices.service import OfficeService
from smartyard.address.service import AddressService, FlatOfMine, ListedFlat, ListedHome
from smartyard.shapes import Nothing, letter, moment
from smartyard.web import answers, caller, listed, ok, service, takes, wants_fresh, zone

blueprint = Blueprint("address", __name__, url_prefix="/api/address")

# What the apps know; another word in the list is one of billing's own.
SERVICES = ("internet", "iptv", "ctv", "phone", "cctv", "domophone", "gsm")


def _address(home: ListedHome) -> schemas.AddressAnswer:
    doors = [
        schemas.DoorAnswer(
            domophone_id=str(one.door.domophone_id),
            door_id=one.door.door_id,
            entrance=one.door.entrance,
            icon=one.door.icon,
            name=one.door.name,
            blocked=one.blocked,
        )
        for one in home.doors
    ]
    return schemas.AddressAnswer(
        house_id=str(home.house.house_id),
        address=home.house.address,
        doors=doors,
        cctv=home.cameras,
        has_plog=letter(home.has_log),
    )


def _is_for(flat: FlatOfMine, name: str) -> bool:
    """An outer guest has the gates of a flat and nothing else of it."""
    return flat.kind != "outer" or name == "domophone"


def _settings(listed_flat: ListedFlat, phone: str) -> schemas.SettingsAnswer:
    flat = listed_flat.flat
    roommates = [
        schemas.RoommateAnswer(
            phone=mate.phone, expire=moment(mate.expires_at, zone()), type=mate.kind
        )
        for mate in flat.roommates
        if mate.phone != phone
    ]
    return schemas.SettingsAnswer(
        address=flat.address,
        services=[name for name in SERVICES if name in flat.services and _is_for(flat, name)],
        house_id=str(flat.house_id),
        flat_id=str(flat.flat_id),
        flat_number=flat.number or None,
        client_id=flat.contract_id,
        client_name=flat.client_name or None,
        contract_name=flat.contract_name or None,
        contract_owner=letter(flat.contract_owner),
        flat_owner=letter(flat.flat_owner),
        has_gates=letter(flat.has_gates),
        has_plog=letter(listed_flat.has_log),
        lcab=flat.lcab,
        roommates=roommates,
    )


@blueprint.post("/getAddressList")
@answers(list[schemas.AddressAnswer])
@takes(Nothing)
def get_address_list(_: Nothing) -> Response:
    """The homes of the person, with their doors and cameras: the app's first page."""
    homes = service(AddressService).homes(caller(), fresh=wants_fresh())
    return listed([_address(home) for home in homes])


@blueprint.post("/getSettingsList")
@answers(list[schemas.SettingsAnswer])
@takes(Nothing)
def get_settings_list(_: Nothing) -> Response:
    """The flats of the person, with what each pays for and who else lives there."""
    flats = service(AddressService).flats(caller(), fresh=wants_fresh())
    return listed([_settings(flat, caller().phone) for flat in flats])


@blueprint.post("/offices")
@answers(list[schemas.OfficeAnswer])
@takes(Nothing)
def offices(_: Nothing) -> Response:
    """200 with an empty list where there are none: Android fails on 204 here."""
    return ok(
        [
            schemas.OfficeAnswer(
                lat=office.lat, lon=office.lon, address=office.address, opening=office.opening
            )
            for office in service(OfficeService).all()
        ]
    )


@blueprint.post("/getHcsList")
@answers(list[schemas.UtilityHouseAnswer])
@takes(Nothing)
def get_hcs_list(_: Nothing) -> Response:
    """The houses with a utility account."""
    houses = service(AddressService).utility_houses(caller(), fresh=wants_fresh())
    return listed(
        [
            schemas.UtilityHouseAnswer(house_id=str(house.house_id), address=house.address)
            for house in houses
        ]
    )
