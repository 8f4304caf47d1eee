"""`/api/geo/*`. Lists of places are `200 []` when they are empty: Android fails on 204 here."""

from flask import Blueprint, Response

from smartyard.geo import schemas
from smartyard.geo.coder import CoderService
from smartyard.geo.service import OFFERS, GeoService, ServiceOffer
from smartyard.shapes import letter
from smartyard.web import answers, caller, listed, ok, service, takes

blueprint = Blueprint("geo", __name__, url_prefix="/api/geo")


@blueprint.post("/getAllLocations")
@answers(list[schemas.LocationAnswer], or_nothing=False)
def get_all_locations() -> Response:
    """The places that the operator serves."""
    found = service(GeoService).locations()
    return ok([schemas.LocationAnswer(id=str(one.id), name=one.name) for one in found])


@blueprint.post("/getStreets")
@answers(list[schemas.StreetAnswer], or_nothing=False)
@takes(schemas.StreetsRequest)
def get_streets(body: schemas.StreetsRequest) -> Response:
    """The streets of a place."""
    found = service(GeoService).streets(body.location)
    return ok([schemas.StreetAnswer(id=str(one.id), name=one.name, type=one.type) for one in found])


@blueprint.post("/getHouses")
@answers(list[schemas.HouseAnswer], or_nothing=False)
@takes(schemas.HousesRequest)
def get_houses(body: schemas.HousesRequest) -> Response:
    """The houses of a street."""
    found = service(GeoService).houses(body.street)
    return ok([schemas.HouseAnswer(id=str(one.house_id), number=one.number) for one in found])


@blueprint.post("/getServices")
@answers(list[schemas.HouseServiceAnswer])
@takes(schemas.ServicesRequest)
def get_services(body: schemas.ServicesRequest) -> Response:
    """What can be ordered in a house."""
    return listed(
        [
            schemas.HouseServiceAnswer(
                icon=offer.name,
                title=offer.title,
                description=offer.description,
                by_default=letter(offer.by_default),
                can_change=letter(offer.can_change),
            )
            for offer in service(GeoService).offers(body.house)
        ]
    )


@blueprint.post("/getAllServices")
@answers(list[schemas.ServiceAnswer], or_nothing=False)
def get_all_services() -> Response:
    """All that the operator offers."""
    return ok(
        [
            schemas.ServiceAnswer(icon=offer.name, title=offer.title, description=offer.description)
            for offer in map(ServiceOffer, OFFERS)
        ]
    )


@blueprint.post("/address")
@answers(schemas.AddressAnswer)
@takes(schemas.AddressRequest)
def address(body: schemas.AddressRequest) -> Response:
    """How a house or a street is written in full."""
    book = service(GeoService)
    if body.house is not None:
        return ok(schemas.AddressAnswer(address=book.address_of_house(body.house)))
    return ok(schemas.AddressAnswer(address=book.address_of_street(body.street or 0)))


@blueprint.post("/coder")
@answers(schemas.CoderAnswer)
@takes(schemas.CoderRequest)
def coder(body: schemas.CoderRequest) -> Response:
    """Where an address is on the map."""
    place = service(CoderService).place_of(caller(), body.address)
    return ok(schemas.CoderAnswer(lat=place.lat, lon=place.lon, address=place.address))
