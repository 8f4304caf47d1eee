"""A yard whose entrance has a camera, and a FALPRS that speaks to us over real HTTP."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from smartyard.events.log.pictures import PictureTaker
from smartyard.frs.addresses import stream_of
from smartyard.frs.keeping.service import KeepingService, Synced
from smartyard.frs.recognising.service import RecognitionService
from smartyard.sandbox.falprs import Falprs
from smartyard.web import service
from tests.fixtures.ports import free_port
from tests.fixtures.world import NORMAL, Resident
from tests.fixtures.yard import BEWARD, FLAT, HOUSE, Yard, press

STREAM = stream_of(BEWARD)


@dataclass
class Doorway:
    """The entrance of the yard, as FALPRS and the people of the house see it."""

    yard: Yard
    url: str

    @property
    def frs(self) -> Falprs:
        return self.yard.town.sandbox.frs

    @property
    def today(self) -> str:
        town = self.yard.town
        return f"{town.clock.now.astimezone(town.settings.timezone):%Y-%m-%d}"

    def open(self, **changes: Any) -> None:
        self.yard.town.open(server_url=self.url, **changes)

    def still(self, resident: Resident, **changes: Any) -> Resident:
        """The same person, at a server with other settings."""
        self.open(**changes)
        assert self.yard.town.app is not None
        return replace(resident, client=self.yard.town.app.test_client())

    def work(self, task: str) -> list[dict[str, Any]]:
        """What the worker does about the jobs of this name, oldest first."""
        app = self.yard.town.app
        assert app is not None
        found = self.yard.town.rows(
            "SELECT id, args FROM procrastinate_jobs WHERE task_name = :task ORDER BY id", task=task
        )
        with app.app_context():
            for number, told in found:
                self.yard.town.change("DELETE FROM procrastinate_jobs WHERE id = :id", id=number)
                if task == "take_picture":
                    ids = [UUID(one) for one in told["events"]]
                    service(PictureTaker).take(ids, told["panel"], told["camera"])
                elif task == "face_seen":
                    seen = (UUID(told["event"]), told["number"], told["panel"])
                    service(RecognitionService).after_opening(*seen)
                else:
                    service(KeepingService).sync()
        return [told for _, told in found]

    def sync(self, **how: bool) -> Synced:
        app = self.yard.town.app
        assert app is not None
        with app.app_context():
            return service(KeepingService).sync(**how)

    def entered(self, resident: Resident, panel: int = BEWARD) -> str:
        """Somebody opened the door, and the log has the picture of it; the event."""
        assert press(resident, panel).status_code == 204
        self.work("take_picture")
        return str(self.log(resident)[0]["uuid"])

    def log(self, resident: Resident, flat: int = FLAT) -> list[Any]:
        answer = resident.post("address/plog", {"flatId": flat, "day": self.today})
        assert answer.status_code in (200, 204), answer.text
        return list((answer.get_json(silent=True) or {}).get("data", []))

    def like(self, resident: Resident, event: str) -> TestResponse:
        return resident.post("frs/like", {"event": event, "comment": ""})

    def learnt(self, resident: Resident) -> int:
        """A face that this person linked to the flat; the panel forgets its pulse."""
        event = self.entered(resident)
        answer = self.like(resident, event)
        assert answer.status_code == 204, answer.text
        found = "SELECT face_id FROM face_links WHERE event_id = :event AND phone = :phone"
        face = int(self.yard.town.one(found, event=event, phone=resident.phone))
        self.yard.town.change("DELETE FROM events")
        self.yard.town.sandbox.panels.beward.openings.clear()
        self.yard.town.clock.forward(minutes=1)
        return face

    def faces(self, resident: Resident, flat: int = FLAT) -> list[int]:
        answer = resident.post("frs/listFaces", {"flatId": flat})
        assert answer.status_code in (200, 204), answer.text
        return [int(one["faceId"]) for one in (answer.get_json(silent=True) or {}).get("data", [])]


@pytest.fixture
def doorway(yard: Yard) -> Iterator[Doorway]:
    town, port = yard.town, free_port()

    def passing(environ: Any, start_response: Any) -> Any:
        assert town.app is not None
        return town.app.wsgi_app(environ, start_response)

    server = make_server("127.0.0.1", port, passing, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    camera = town.camera("entrance", houses=[HOUSE], server=town.sandbox.media_url)
    town.change("UPDATE panels SET camera_id = :camera WHERE id = :id", camera=camera, id=BEWARD)
    found = Doorway(yard, f"http://127.0.0.1:{port}")
    found.open()
    yield found
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def owner(doorway: Doorway) -> Resident:
    """NORMAL, who owns the flat."""
    return doorway.yard.at_home(NORMAL)
