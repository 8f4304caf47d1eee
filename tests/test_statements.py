"""Every endpoint that lists sends as many SQL statements for a hundred contracts as for one."""

from typing import Any, get_origin

import pytest
from flask import Flask

from smartyard.events.kinds import new_id
from smartyard.guard import RESIDENT, door_of
from smartyard.sandbox import Sandbox
from tests.fixtures.town import Town
from tests.fixtures.world import Resident

WHO = "79001000001"
SIZES = (1, 10, 100)
FIRST = 7001

# Whoever adds an endpoint that lists adds it here, with the bodies that make it list.
LISTS: dict[str, list[Any]] = {
    "/api/address/getAddressList": [{}],
    "/api/address/getSettingsList": [{}],
    "/api/address/getHcsList": [{}],
    "/api/cctv/all": [{}, {"houseId": FIRST}],
    "/api/cctv/camMap": [{}],
    "/api/cctv/overview": [{}],
    "/api/cctv/youtube": [{}],
    "/api/address/plog": [{"flatId": FIRST, "day": "<today>"}],
    "/api/address/plogDays": [{"flatId": FIRST}],
    "/api/address/followed": [{"flatId": FIRST}],
    "/api/frs/listFaces": [{"flatId": FIRST}],
    "/api/user/getPaymentsList": [{}],
    "/api/user/getBillingList": [{}],
    "/api/issues/listConnect": [{}],
    "/api/issues/listConnectV2": [{}],
}
TICKETS = """
    INSERT INTO tickets (prefix, phone, kind, state, text, created_at, updated_at)
    SELECT 'REM', :phone, 'requestQRCodeCourier', 'new', '', now(), now()
    FROM generate_series(1, :size)
    """
CITY = """
    INSERT INTO cameras (stream, name, media_server_id, lat, lon, has_sound, common, source)
    SELECT 'city-' || n, '', (SELECT min(id) FROM media_servers), '', '', false, true, 'inventory'
    FROM generate_series(1, :size) n
    """
PANELS = """
    INSERT INTO panels (id, name, model, address, method, dtmf, camera_id)
    SELECT :first - 1 + n, '', 'none', '', 'GET', '1', (SELECT min(id) FROM cameras)
    FROM generate_series(1, :size) n
    """
VIDEOS = """
    INSERT INTO published_videos (camera_id, event_at, title, description, url, picture)
    SELECT c.id, now(), 'x', '', 'https://youtu.be/aqz-KE-bpKQ', '' FROM cameras c WHERE c.common
    """
# Of the address book, not of a person's contracts: tests/geo/test_book.py counts them.
OF_THE_BOOK = {
    f"/api/geo/{name}"
    for name in ("getAllLocations", "getStreets", "getHouses", "getServices", "getAllServices")
}
OF_THE_PERSON = {"/api/user/sessions"}  # as many as devices: tests/user/test_devices.py
# The same for everybody: tests/address/test_offices.py, tests/ext.
FOR_ALL = {"/api/address/offices", "/api/ext/list"}
# What a media server tells of one camera.
OF_ONE_CAMERA = {"/api/cctv/ranges"}
# These list what billing tells of one contract that the body names: none of our rows is behind it.
OF_ONE_CONTRACT = {"/api/pay/getDetail", "/api/user/restore"}


_FOLLOW = """
    INSERT INTO houses VALUES (:flat, '');
    INSERT INTO flats (id, house_id, number, address) VALUES (:flat, :flat, '', '');
    INSERT INTO event_follows (phone, flat_id, kind, value, name)
    VALUES (:phone, :flat, 'code', '', '');
    INSERT INTO faces (id, picture, learnt_at) VALUES (7, '', now()) ON CONFLICT DO NOTHING;
    INSERT INTO face_links (phone, event_id, flat_id, face_id, asked_at)
    VALUES (:phone, gen_random_uuid(), :flat, 7, now())
    """
_EVENT = (
    "INSERT INTO events (id, at, kind, flat_id, place, outcome)"
    " VALUES (:id, :at, 'call_missed', :flat, '', '')"
)


def world_of(contracts: int, media_url: str) -> dict[str, Any]:
    """A person with so many contracts, each of a house with doors, cameras and another resident."""
    numbers = range(FIRST, FIRST + contracts)
    return {
        "houses": [
            {
                "houseId": number,
                "address": f"д. {number}",
                "doors": [{"domophoneId": number, "doorId": 0, "icon": "gate", "name": "Ворота"}],
                "cameras": [
                    {"id": number, "name": "Двор", "lat": "55.7", "lon": "37.6",
                     "url": f"{media_url}/billed-{number}"}
                ],
            }
            for number in numbers
        ],
        "contracts": [
            {"clientId": number, "houseId": number, "flatId": number,
             "services": ["internet", "cctv", "domophone", "hcs"]}
            for number in numbers
        ],
        "people": [
            {"phone": phone, "contracts": list(numbers)} for phone in (WHO, "79001000002")
        ],
    }  # fmt: skip


def listing_paths(app: Flask) -> set[str]:
    """The routes of residents whose views say that they answer a list."""
    return {
        rule.rule
        for rule in app.url_map.iter_rules()
        if get_origin(getattr(app.view_functions[rule.endpoint], "answers", None)) is list
        and door_of(app.view_functions[rule.endpoint]) == RESIDENT
    }


def test_every_endpoint_that_lists_is_counted(town: Town) -> None:
    apart = OF_ONE_CONTRACT | OF_ONE_CAMERA | OF_THE_BOOK | OF_THE_PERSON | FOR_ALL
    assert listing_paths(town.open()) == set(LISTS) | apart


def statements(town: Town, resident: Resident, path: str, body: Any) -> list[str]:
    assert town.app is not None
    with town.counting(town.app) as sent:
        answer = resident.post(path.removeprefix("/api/"), body)
    assert answer.status_code == 200, answer.text
    return [" ".join(statement.split()) for statement in sent]


def listed(resident: Resident, path: str, body: Any) -> int:
    return len(resident.post(path.removeprefix("/api/"), body).get_json()["data"])


@pytest.mark.parametrize(
    ("path", "body"), [(path, body) for path, bodies in LISTS.items() for body in bodies]
)
def test_the_number_of_statements_does_not_grow(town: Town, path: str, body: Any) -> None:
    cold: dict[int, list[str]] = {}
    warm: dict[int, list[str]] = {}
    for size in SIZES:
        town.change(
            "TRUNCATE events, houses, contracts, media_servers, billing_copies, persons, tickets"
            " CASCADE"
        )
        with Sandbox() as media, Sandbox(world_of(size, media.media_url)) as sandbox:
            here = Town(town.settings, sandbox, town.engine, town.clock)
            here.open(billing_timeout=20.0, billing_connect_timeout=10.0)
            # Half of the houses have a camera of the operator's, the others those of billing.
            for house in range(FIRST + 1, FIRST + size, 2):
                here.camera(f"own-{house}", houses=[house])
            here.change(_FOLLOW, phone=WHO, flat=FIRST)
            here.camera("elsewhere")
            here.change(CITY, size=size)
            here.change(VIDEOS)
            here.change(PANELS, size=size, first=FIRST)
            here.change(_EVENT, id=str(new_id(here.clock.now)), at=here.clock.now, flat=FIRST)
            if "day" in body:
                body["day"] = str(here.clock.now.astimezone(here.settings.timezone).date())
            here.change(TICKETS, phone=WHO, size=size)
            resident = here.sign_in(WHO)
            resident.post("user/ping")
            cold[size] = statements(here, resident, path, body)
            warm[size] = statements(here, resident, path, body)
            assert listed(resident, path, body) == (1 if body else size)
    for told in (cold, warm):
        assert len({len(sent) for sent in told.values()}) == 1, _differing(told)
    assert len(warm[1]) <= len(cold[1]) and len(warm[1]) <= 12, warm[1]


def _differing(told: dict[int, list[str]]) -> str:
    return "\n\n".join(
        f"{size} contracts, {len(sent)} statements:\n" + "\n".join(text[:160] for text in sent)
        for size, sent in told.items()
    )
