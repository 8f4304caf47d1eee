"""From a panel's line to what the app decodes, with nothing of ours replaced: server, worker and
listener are processes, the panel sends UDP from its own address, and its picture is fetched as the
apps fetch it."""

import io
import json
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa
from flask import Flask
from PIL import Image

from smartyard.launcher.postgres import Cluster
from smartyard.sandbox import Sandbox
from tests import contract
from tests.fixtures.database import DATABASE, environment_of
from tests.fixtures.ports import free_port
from tests.fixtures.processes import (
    Process,
    Server,
    flask,
    outside_of,
    serving,
    wait_for,
    working,
)
from tests.fixtures.world import NEIGHBOUR, NORMAL
from tests.journeys.people import Person

FLAT, PANEL, KEY = 10101, 11, "000000A1B2C3D4"


@dataclass
class House:
    """The installation, and the panel at its door."""

    server: Server
    sandbox: Sandbox
    engine: sa.Engine
    listener: Process

    def happened(self) -> list[datetime]:
        with self.engine.connect() as connection:
            return list(connection.scalars(sa.text("SELECT at FROM events ORDER BY at")))


def registry(sandbox: Sandbox) -> dict[str, Any]:
    """The operator's inventory: the panel with its password, its door, whose key it is."""
    return {
        "houses": [{"id": 101, "address": "д. 1"}],
        "flats": [{"id": FLAT, "house": 101, "number": "1"}],
        "panels": [
            {"id": PANEL, "name": "Дом 1", "model": "beward", "address": sandbox.beward_url,
             "login": "admin", "password": "demo"},
        ],
        "doors": [
            {"house": 101, "domophone": PANEL, "door": 0, "icon": "entrance", "name": "Подъезд 1"},
        ],
        "keys": [{"code": KEY, "flat": FLAT, "name": "Вася"}],
    }  # fmt: skip


@pytest.fixture(name="house")
def house_fixture(
    clean_database: sa.Engine, database_cluster: Cluster, sandbox: Sandbox, tmp_path: Path
) -> Iterator[House]:
    port, work = free_port(), tmp_path / "work"
    told = outside_of(
        sandbox, server_url="http://127.0.0.1:1", syslog_listen=f"127.0.0.1:{port}", picture_late=60
    )
    environment = environment_of(database_cluster, DATABASE, work) | told
    file = tmp_path / "registry.json"
    file.write_text(json.dumps(registry(sandbox)), encoding="utf-8")
    flask(environment, "registry", "import", str(file))
    listener = Process(
        "flask", "--app", "app", "panels", "listen",
        environment=environment, log=tmp_path / "listener.log",
    )  # fmt: skip
    try:
        with (
            serving(environment, tmp_path / "server.log") as server,
            working(environment, tmp_path / "worker.log"),
        ):
            wait_for(lambda: "listening for panels" in listener.said, "the listener")
            panel = sandbox.panels.beward
            panel.keys[KEY] = 1
            panel.events_to = ("127.0.0.1", port)
            yield House(server, sandbox, clean_database, listener)
    finally:
        listener.end()


def decoded(answer: requests.Response) -> list[dict[str, Any]]:
    """Held against what every app decodes."""
    app = Flask("what was answered")
    app.add_url_rule("/", "it", answer.json)
    told = app.test_client().get("/")
    endpoint = contract.endpoints()[f"/api/{answer.url.split('/api/')[1]}"]
    assert contract.problems(endpoint, told) == []
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


def ends_in_order(house: House) -> None:
    """The listener, at supervisord's word: what it has taken in is written."""
    before = len(house.happened())
    for number in range(50):
        house.sandbox.panels.beward.tell(f"Opening door by RFID {KEY}, apartment {number}")
    wait_for(lambda: len(house.happened()) > before, "the first of many")
    house.listener.end()
    assert len(house.happened()) == before + 50 and not house.listener.running
    assert " events" in house.listener.said and "Traceback" not in house.listener.said


def bears_what_udp_does(house: House, person: Person, day: str) -> None:
    """Lines that are cut, doubled, overtaken by others, and sent by strangers: after the first key,
    the log has one more and one call."""
    panel = house.sandbox.panels.beward
    line = panel.line(f"Opening door by RFID {KEY}, apartment 1")
    cut = line[: line.index(KEY.encode()) + len(KEY) - 2]
    for datagram in (cut, line, line, line[:20], b""):
        panel.send(datagram)
    for text in (panel.words_of_ring(1), panel.words_of_end(1), panel.words_of_dtmf(1)):
        panel.tell(text)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.99", 0))
        stranger.sendto(line, panel.events_to or ("", 0))

    def log() -> list[tuple[str, dict[str, str]]]:
        rows = decoded(person.call("address/plog", flatId=FLAT, day=day))
        return [(row["event"], row["detailX"]) for row in rows]

    key = ("3", {"key": KEY})
    wait_for(lambda: len(log()) > 2, "the call to be over")
    assert log() == [("2", {"opened": "t"}), key, key]


@pytest.mark.timeout(240)
def test_a_key_at_the_door_is_in_the_app_with_its_picture(house: House) -> None:
    person = Person(house.server, house.sandbox, NORMAL)
    house.sandbox.panels.beward.key(KEY)
    (at,) = wait_for(house.happened, "the event")
    days = decoded(person.call("address/plogDays", flatId=FLAT))
    assert [row["events"] for row in days] == ["1"]
    day = days[0]["day"]

    def pictured() -> Any:
        (row,) = decoded(person.call("address/plog", flatId=str(FLAT), day=day))
        return row if row["previewType"] else None

    row = wait_for(pictured, "the picture")
    assert {name: row[name] for name in ("event", "objectId", "entranceId", "flatId")} == {
        "event": "3", "objectId": "11", "entranceId": "11", "flatId": "10101",
    }  # fmt: skip
    assert row["mechanizmaDescription"] == "Подъезд 1" and row["detailX"] == {"key": KEY}
    written = datetime.fromisoformat(row["date"] + "+03:00")
    assert abs(written - at) < timedelta(seconds=1)
    path = re.sub("^http://127.0.0.1:1/api/", house.server.url, row["preview"])
    picture = requests.get(path, timeout=20)
    assert picture.headers["Content-Type"] == "image/jpeg"
    with Image.open(io.BytesIO(picture.content)) as image:
        image.load()
    bears_what_udp_does(house, person, day)
    settings = decoded(person.call("address/getSettingsList"))
    assert {one["flatId"]: one["hasPlog"] for one in settings}[str(FLAT)] == "t"
    neighbour = Person(house.server, house.sandbox, NEIGHBOUR)
    assert neighbour.call("address/plog", flatId=FLAT, day=day).status_code == 403
    assert house.sandbox.panels.pulses("beward") == 0  # none of ours
    assert KEY not in house.listener.said
    ends_in_order(house)
