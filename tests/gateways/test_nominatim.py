"""Nominatim's answers: a place, none, or nothing that can be believed."""

import json
from typing import Any

import pytest

from smartyard.errors import DependencyUnavailable
from smartyard.gateways.nominatim import GeocoderRefused, NominatimGateway
from smartyard.gateways.transport import Rubbish
from tests.gateways.conftest import OutsideMaker
from tests.gateways.servers import reply, serving

FIRST = {"lat": "52.6", "lon": "-39.5", "display_name": "там"}


def find(make_outside: OutsideMaker, status: int, told: Any) -> tuple[str, str] | None:
    with serving(reply(status, json.dumps(told).encode())) as server:
        gateway = NominatimGateway(
            make_outside(), url=server.url + "/", user_agent="us", countries=""
        )
        found = gateway.find("улица & дом?")
        assert len(server.seen) == 1
        seen = server.seen[0]
        assert seen.path == "/search" and dict(seen.query)["q"] == "улица & дом?"
        assert seen.headers["User-Agent"] == "us" and "countrycodes" not in dict(seen.query)
        return found


def test_the_first_of_a_list_is_the_place(make_outside: OutsideMaker) -> None:
    assert find(make_outside, 200, [FIRST, {"lat": "1", "lon": "1"}]) == ("52.6", "-39.5")


def test_an_empty_list_is_nowhere(make_outside: OutsideMaker) -> None:
    assert find(make_outside, 200, []) is None


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"error": "Unable to geocode"},
        None,
        ["x"],
        [{}],
        [{"lat": 52.6, "lon": 39.5}],
        [FIRST | {"lat": "90.1"}],
        [FIRST | {"lon": "181"}],
        [FIRST | {"lat": "52,6"}],
        [FIRST | {"lat": "٥٢"}],
        [FIRST | {"lat": "5e1"}],
    ],
)
def test_what_is_no_place_is_not_believed(make_outside: OutsideMaker, told: Any) -> None:
    with pytest.raises(Rubbish):
        find(make_outside, 200, told)


@pytest.mark.parametrize(
    "status, error",
    [(403, GeocoderRefused), (429, GeocoderRefused), (404, DependencyUnavailable), (302, Rubbish)]
    + [(500, DependencyUnavailable)],
)
def test_other_statuses_are_no_answer(
    make_outside: OutsideMaker, status: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        find(make_outside, status, [FIRST])


def test_without_a_url_it_is_not_set(make_outside: OutsideMaker) -> None:
    assert not NominatimGateway(make_outside(), url="", user_agent="", countries="").configured
