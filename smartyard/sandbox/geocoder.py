"""A Nominatim, as much of it as `GET /search` (`protocols.md`, section 5).

It knows the houses of the made-up town Примерск by their numbers, and nothing else. Whoever does
not say who they are gets 403, as at the public server.
"""

import re
from urllib.parse import parse_qs

from smartyard.sandbox.faults import Fault
from smartyard.sandbox.http import Answer, Calls, Request, Service, json_answer

_TOWN = "примерск"
_LIBRARIES = re.compile(r"(python|curl|pycurl|libcurl|java|okhttp|go-http)\b.*|", re.IGNORECASE)
_LICENCE = "Data © OpenStreetMap contributors, ODbL 1.0. http://osm.org/copyright"


class Geocoder(Service):
    """`calls` keeps each question: its words, language and who asked."""

    name = "geocoder"

    def __init__(self, calls: Calls) -> None:
        self.calls = calls

    def receive(self, request: Request) -> str:
        given = parse_qs(request.query)
        told = {name: values[0] for name, values in given.items()}
        self.calls.append(("search", told | {"agent": request.headers.get("User-Agent", "")}))
        return "search"

    def magic(self, request: Request) -> Fault | None:
        return None

    def odd(self, mode: str, request: Request) -> Answer:
        return Answer(429, b"Too Many Requests")

    def answer(self, request: Request) -> Answer:
        if request.path != "/search":
            return Answer(404, b"Not Found")
        if _LIBRARIES.fullmatch(request.headers.get("User-Agent", "")):
            return Answer(403, b"Access blocked")
        words = parse_qs(request.query).get("q", [""])[0]
        numbers = re.findall(r"[0-9]+", words)
        if _TOWN not in words.lower() or not numbers:
            return json_answer(200, [])
        house = int(numbers[-1]) % 1000
        place = {
            "place_id": house,
            "licence": _LICENCE,
            "category": "building",
            "type": "apartments",
            "lat": f"52.{600 + house}",
            "lon": f"39.{500 + house}",
            "display_name": words,
        }
        return json_answer(200, [place])
