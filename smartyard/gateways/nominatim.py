"""Geocoding by Nominatim: `GET /search`, an array whose first item has `lat` and `lon` as text.

Source: reference/protocols.md, section 5. The public server wants at most one request a second from
all of us together (whoever calls sees to it), an own User-Agent, and answers kept.
"""

import re
from typing import Any

from smartyard.errors import DependencyUnavailable
from smartyard.gateways.transport import Answer, Outside, Request, Rubbish

_DECIMAL = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,20})?", re.ASCII)


class GeocoderRefused(DependencyUnavailable):
    """403 or 429: it does not want us now."""


class NominatimGateway:
    """Speaks to the server at `url`, to which `/search` is added."""

    def __init__(self, outside: Outside, *, url: str, user_agent: str, countries: str) -> None:
        self.configured = bool(url)
        self._outside = outside
        self._url = url.rstrip("/") + "/search"
        self._user_agent = user_agent
        self._countries = countries

    def find(self, query: str) -> tuple[str, str] | None:
        """Latitude and longitude of an address, None when it knows none. Raises
        DependencyUnavailable, of which GeocoderRefused means: leave it alone for a while."""
        params = [("q", query), ("format", "jsonv2"), ("limit", "1"), ("accept-language", "ru")]
        if self._countries:
            params.append(("countrycodes", self._countries))
        headers = {"User-Agent": self._user_agent}
        return self._outside.ask(Request("GET", self._url, params=params, headers=headers), _found)


def _found(answer: Answer) -> tuple[str, str] | None:
    cause = f"the geocoder answered {answer.status}"
    if answer.status in (403, 429):
        raise GeocoderRefused(cause=cause)
    if answer.status != 200:
        error = DependencyUnavailable if 400 <= answer.status < 500 else Rubbish
        raise error(cause=cause)
    told = answer.json()
    if not isinstance(told, list):
        raise Rubbish(cause="the geocoder's answer is no list")
    return _place(told[0]) if told else None


def _place(first: Any) -> tuple[str, str]:
    lat, lon = (first.get("lat"), first.get("lon")) if isinstance(first, dict) else (None, None)
    for degrees, most in ((lat, 90), (lon, 180)):
        if not isinstance(degrees, str) or not _DECIMAL.fullmatch(degrees):
            raise Rubbish(cause="the geocoder's answer has no place")
        if abs(float(degrees)) > most:
            raise Rubbish(cause="the geocoder's place is not on this planet")
    return str(lat), str(lon)
