"""An operator takes a camera from a house: video ends at the media server's next check."""

from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from smartyard.config import Settings
from smartyard.flussonic.tokens import new_token, token_hash
from smartyard.secret import Keys, secret_key
from tests.registry.conftest import Import, Rows, camera, inventory_of

PHONE = "79000000001"


@pytest.fixture
def token(rows: Rows, settings: Settings, bring: Import) -> str:
    """A live token for all cameras, of somebody in flat 10 of house 1 who pays."""
    flats = [{"id": 10, "house": 1}, {"id": 11, "house": 1}]
    cameras = [camera("yard", houses=[1]), camera("hall", houses=[1]), camera("mine", flats=[10])]
    done = bring(inventory_of(*cameras, flats=flats))
    assert done.exit_code == 0, done.stderr
    rows(
        "INSERT INTO flat_members (phone, house_id, flat_id, contract_owner, flat_owner, services,"
        " unpaid, has_gates, roommates)"
        " VALUES (:phone, 1, 10, true, true, '{cctv}', '{}', false, '[]')",
        phone=PHONE,
    )
    [(person,)] = rows(
        "INSERT INTO persons (phone, name, patronymic, notify, notify_money, created_at)"
        " VALUES (:phone, '', '', true, true, now()) RETURNING id",
        phone=PHONE,
    )
    session = uuid4()
    rows(
        "INSERT INTO sessions (id, person_id, token_hash, created_at, push_production)"
        " VALUES (:id, :person, 'x', now(), true)",
        id=session,
        person=person,
    )
    given = new_token(Keys(secret_key(settings)))
    rows(
        "INSERT INTO video_tokens SELECT :hash, :session, :person, :phone, array_agg(id), now(),"
        " now() + interval '1 hour' FROM cameras",
        hash=token_hash(given),
        session=session,
        person=person,
        phone=PHONE,
    )
    return given


def verdicts(client: FlaskClient, token: str) -> dict[str, int]:
    return {
        name: client.get("/api/accessfl", query_string={"token": token, "name": name}).status_code
        for name in ("yard", "hall", "mine")
    }


def test_a_house_that_is_no_longer_named_ends_viewing(
    client: FlaskClient, token: str, bring: Import
) -> None:
    assert verdicts(client, token) == {"yard": 200, "hall": 200, "mine": 200}
    bring({"cameras": [camera("yard", houses=[2])]}, "--dry-run")
    assert verdicts(client, token)["yard"] == 200
    bring({"cameras": [camera("yard", houses=[2])]})
    assert verdicts(client, token) == {"yard": 403, "hall": 200, "mine": 200}


def test_a_flat_that_is_no_longer_named_ends_viewing(
    client: FlaskClient, token: str, bring: Import
) -> None:
    bring({"cameras": [camera("mine", flats=[11])]})
    assert verdicts(client, token) == {"yard": 200, "hall": 200, "mine": 403}


def test_a_camera_that_a_whole_inventory_no_longer_names_is_seen_no_more(
    client: FlaskClient, token: str, bring: Import
) -> None:
    bring({"cameras": [camera("hall", houses=[1])]}, "--replace")
    assert verdicts(client, token) == {"yard": 403, "hall": 200, "mine": 403}


def test_what_a_refused_file_would_have_withdrawn_goes_on(
    client: FlaskClient, token: str, bring: Import
) -> None:
    assert bring({"cameras": [camera("yard"), camera("bad", flats=[404])]}).exit_code == 1
    assert verdicts(client, token) == {"yard": 200, "hall": 200, "mine": 200}
