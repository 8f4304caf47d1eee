"""What the apps send to `/api/geo`; `contract_cases.py` takes it in. House 101 is in the book."""

import sqlalchemy as sa
from flask import Flask

from smartyard.db import db
from tests.sent import NO_BODY, Sent

_BOOK = (
    "INSERT INTO houses (id, address) VALUES (101, '')",
    "INSERT INTO geo_locations (id, name) VALUES (1, 'г. Примерск')",
    "INSERT INTO geo_streets (id, location_id, name, type) VALUES (10, 1, 'Первая', 'ул.')",
    "INSERT INTO geo_houses (house_id, street_id, number, lat, lon, key, bare_key)"
    " VALUES (101, 10, '1', '52.1', '39.1', '1 первая примерск', '1 первая примерск')",
    "INSERT INTO geo_offers (house_id, service, by_default, can_change)"
    " VALUES (101, 'domophone', true, false)",
)

CASES = {
    "/api/geo/getAllLocations": NO_BODY,
    "/api/geo/getStreets": [
        Sent("android", {"locationId": 1}),
        Sent("ios", {"locationId": "1"}),
        Sent("ios", {"locationId": "999"}),
        Sent("ios", {}, 422),
    ],
    "/api/geo/getHouses": [
        Sent("android", {"streetId": 10}),
        Sent("ios", {"streetId": "10"}),
        Sent("ios", {"streetId": "999"}),
        Sent("ios", {"streetId": "улица"}, 422),
    ],
    "/api/geo/getServices": [
        Sent("android", {"houseId": 101}),
        Sent("ios", {"houseId": "101"}),
        Sent("ios", {"houseId": "102"}, 204),
        Sent("ios", {"houseId": ""}, 422),
    ],
    "/api/geo/address": [
        Sent("android", {"streetId": 10}),
        Sent("ios", {"houseId": "101"}),
        Sent("ios", {"houseId": "999"}, 404),
        Sent("ios", {}, 422),
    ],
    "/api/geo/coder": [
        Sent("android", {"address": "г. Примерск, ул. Первая, д. 1"}),
        Sent("ios", {"address": "дом, которого нет"}),
        Sent("ios", {"address": ""}, 422),
    ],
}


def with_book(app: Flask) -> None:
    """A town with one street and one house, at which a service can be had."""
    with app.app_context():
        for statement in _BOOK:
            db.session.execute(sa.text(f"{statement} ON CONFLICT DO NOTHING"))
        db.session.commit()
