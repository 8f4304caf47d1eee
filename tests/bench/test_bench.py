"""The world that `make bench` measures in: its pairs get the verdicts they are labelled with."""

from collections import Counter

import sqlalchemy as sa
from flask.testing import FlaskClient

from bench import world
from smartyard.secret import Keys
from tests.fixtures.database import SECRET_KEY

SMALL = world.Size(people=200, houses=30, tokens=400, sample=120)


def _load(engine: sa.Engine) -> list[world.Pair]:
    connection = engine.raw_connection()
    try:
        return world.load(connection.driver_connection, Keys(SECRET_KEY.encode()), SMALL)
    finally:
        connection.driver_connection.autocommit = False
        connection.close()


def test_each_pair_gets_the_verdict_it_is_labelled_with(
    client: FlaskClient, clean_database: sa.Engine
) -> None:
    pairs = _load(clean_database)
    assert Counter(pair.allowed for pair in pairs) == {True: 108, False: 12}
    for pair in pairs:
        told = client.get("/api/accessfl", query_string={"token": pair.token, "name": pair.stream})
        assert told.status_code == (200 if pair.allowed else 403), pair


def test_a_caller_sees_as_many_homes_as_contracts(
    client: FlaskClient, clean_database: sa.Engine
) -> None:
    _load(clean_database)
    connection = clean_database.raw_connection()
    for contracts in (1, 10):
        token = world.add_caller(connection.driver_connection, 79990000000 + contracts, contracts)
        told = client.post(
            "/api/address/getAddressList", headers={"Authorization": f"Bearer {token}"}
        )
        assert told.status_code == 200
        assert len(told.json["data"]) == contracts
    connection.close()
