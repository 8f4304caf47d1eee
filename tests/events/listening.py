"""A listener in this process, and a house whose two panels tell it what happens."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask

from smartyard.events.incoming.syslog.listener import Listener
from smartyard.events.incoming.syslog.service import LineService
from smartyard.events.incoming.whose import Whose
from smartyard.events.log.pictures import PictureTaker
from smartyard.events.service import EventService
from smartyard.intercom.service import IntercomService
from smartyard.registry.service import RegistryService
from smartyard.sandbox import Sandbox
from smartyard.web import service
from tests.fixtures.ports import free_port
from tests.fixtures.processes import wait_for
from tests.fixtures.town import Clock, Town

HOUSE, FLAT, NEXT, OTHER = 101, 10101, 10112, 10303
BEWARD, SOKOL = 11, 21
KEY, SHARED = "000000A1B2C3D4", "00001122334455"


def furnish(town: Town) -> None:
    """Beward at the entrance and the wicket of house 101, Sokol at house 103; keys and a code."""
    town.change("""
        INSERT INTO houses VALUES (101, ''), (103, '');
        INSERT INTO flats (id, house_id, number, address)
        VALUES (10101, 101, '1', ''), (10112, 101, '12', ''), (10303, 103, '3', '');
        INSERT INTO panels (id, name, model, address, method, dtmf, syslog_ip) VALUES
            (11, 'Дом 1', 'beward', 'http://127.0.0.11:1', 'GET', '1', NULL),
            (21, 'Дом 3', 'sokol', 'http://sokol.example', 'GET', '1', '127.0.0.12');
        INSERT INTO doors (house_id, domophone_id, door_id, icon, name, source) VALUES
            (101, 11, 0, 'entrance', 'Подъезд 1', 'inventory'),
            (101, 11, 1, 'wicket', 'Калитка', 'inventory'),
            (103, 21, 0, 'entrance', 'Подъезд', 'inventory');
        INSERT INTO keys (code, flat_id, name) VALUES
            ('000000A1B2C3D4', 10101, 'Вася'),
            ('00001122334455', 10112, ''), ('00001122334455', 10303, '');
        INSERT INTO door_codes (house_id, code, flat_id, made_at)
        VALUES (101, 12345, 10101, '2026-01-01'), (103, 12345, 10303, '2026-01-01');
        """)


class Listening:
    """What came of the lines."""

    def __init__(self, town: Town, listener: Listener, lines: LineService, port: int) -> None:
        self.town = town
        self.listener = listener
        self.lines = lines
        self.port = port

    def rows(self, columns: str) -> list[Any]:
        return self.town.rows(f"SELECT {columns} FROM events ORDER BY at, id")

    def wait_for(self, count: int) -> None:
        wait_for(lambda: len(self.rows("id")) >= count, f"{count} events")

    def wait_for_lines(self, count: int) -> None:
        """So many datagrams were looked at, whatever came of them."""
        wait_for(lambda: self.listener.counts.total() >= count, f"{count} lines")

    def connect(self, sandbox: Sandbox) -> None:
        for panel in (sandbox.panels.beward, sandbox.panels.sokol):
            panel.events_to = ("127.0.0.1", self.port)


@contextmanager
def listening(
    town: Town, app: Flask, clock: Clock, room: int = 1000, at: str = "127.0.0.1"
) -> Iterator[Listening]:
    """Until the end of the block; then what was taken in is written."""
    with app.app_context():
        lines = LineService(
            service(RegistryService),
            service(IntercomService),
            service(EventService),
            service(PictureTaker),
            service(Whose),
        )
    port = free_port()
    listener = Listener(lines, address=f"{at}:{port}", room=room, clock=clock)

    def run() -> None:
        with app.app_context():
            listener.run()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        wait_for(lambda: not lines.knows("nobody"), "the addresses of panels")
        yield Listening(town, listener, lines, port)
    finally:
        listener.stop()
        thread.join(60)
    assert not thread.is_alive()
