"""Events for the measurements: loaded by COPY, read as an app does, written as a provider does.

A flat has about six events a day at every size: more events are more flats, as with more customers.
"""

import http.client
import json
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from psycopg2.extensions import connection as Connection
from pydantic import SecretStr

from bench import world
from bench.ground import BenchFailed, Ground
from smartyard.config import Settings
from smartyard.events.months import MonthService
from smartyard.secret import Keys
from smartyard.web import service
from smartyard.wiring import create_app

DAYS = 170
PER_FLAT = 1000  # in all these days
READER = 79990000001
OF_READER = 100  # flats, whose logs are asked for
KINDS = ("key", "key", "code", "app", "call_missed", "call_answered", "exit", "motion")
BATCH = 100  # events that a hook sends at once
_COLUMNS = "id, at, kind, domophone_id, door_id, house_id, flat_id, place, opened, outcome, key"
Address = tuple[str, int]


def settle(ground: Ground, people: int) -> tuple[Flask, str]:
    """People, one reader with many flats, and the months; returns an application and the bearer."""
    connection = ground.connect()
    key = ground.env["SECRET_KEY"]
    size = world.Size(people=people, houses=max(people // 40, OF_READER), tokens=people, sample=10)
    world.load(connection, Keys(key.encode()), size)
    connection.autocommit = False
    bearer = world.add_caller(connection, READER, OF_READER)
    connection.close()
    app = application(ground)
    make_months(ground, app)
    return app, bearer


def application(ground: Ground) -> Flask:
    """One in this process, over the ground's database."""
    return create_app(
        Settings(
            pg_host=ground.env["PG_HOST"],
            pg_user="postgres",
            pg_dbname="bench",
            work_dir=Path(ground.env["WORK_DIR"]),
            secret_key=SecretStr(ground.env["SECRET_KEY"]),
            log_level="ERROR",
        )
    )


def make_months(ground: Ground, app: Flask) -> None:
    """All months that events will lie in, made by the rule that makes them for waiting rows."""
    connection = ground.connect()
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events (id, at, kind, place, outcome) SELECT gen_random_uuid(),"
            " now() - make_interval(days => d), 'motion', '', ''"
            " FROM generate_series(0, %s, 20) d",
            (DAYS,),
        )
    connection.close()
    with app.app_context():
        service(MonthService).keep(datetime.now(UTC))


class Rows:
    """A file that COPY reads: events in the order of their times."""

    def __init__(self, flats: Sequence[int], count: int, told: Callable[[int], None]) -> None:
        self._lines = self._made(flats, count, told)
        self._rest = ""

    def read(self, size: int) -> str:
        """At least so much, or what is left."""
        parts, length = [self._rest], len(self._rest)
        for line in self._lines:
            parts.append(line)
            length += len(line)
            if length >= size:
                break
        text = "".join(parts)
        self._rest = text[size:]
        return text[:size]

    @staticmethod
    def _made(flats: Sequence[int], count: int, told: Callable[[int], None]) -> Iterator[str]:
        chance = random.Random(1)
        begin = datetime.now(UTC) - timedelta(days=DAYS)
        step = timedelta(days=DAYS) / count
        for number in range(count):
            at = begin + number * step
            flat = flats[chance.randrange(len(flats))]
            kind = KINDS[chance.randrange(len(KINDS))]
            stamp, bits = int(at.timestamp() * 1000), chance.getrandbits(74)
            event = f"{stamp:012x}7{bits >> 62:03x}{0x8 << 60 | bits & (1 << 60) - 1:016x}"
            house = flat % 1000 if flat > READER else flat % 2500 + 1
            yield (
                f"{event}\t{at.isoformat()}\t{kind}\t{house}\t0\t{house}\t{flat}\tПодъезд\tt\t\t"
                f"{bits >> 20:014x}\n"
            )
            if number % 20000 == 0:
                told(number)


def stay_fresh(ground: Ground) -> None:
    """Billing has just said everything, and is not asked."""
    connection = ground.connect()
    with connection, connection.cursor() as cursor:
        cursor.execute("UPDATE billing_copies SET fetched_at = now()")
    connection.close()


def reader_flats() -> list[int]:
    return [READER * 1000 + house for house in range(1, OF_READER + 1)]


def load(
    connection: Connection, flats: Sequence[int], count: int, told: Callable[[int], None]
) -> float:
    """Events a second."""
    began = time.monotonic()
    with connection, connection.cursor() as cursor:
        rows = Rows(flats, count, told)
        cursor.copy_expert(f"COPY events ({_COLUMNS}) FROM STDIN", rows)
    seconds = time.monotonic() - began
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) events")
        cursor.execute("CHECKPOINT")
    connection.autocommit = False
    return count / seconds


def reading(address: Address, bearer: str, path: str, seconds: float) -> list[float]:
    """Two apps that ask one after another for a day of a flat, or for its days: how many
    milliseconds each answer took, sorted."""
    taken: list[list[float]] = [[], []]
    threads = [
        threading.Thread(target=_read, args=(address, bearer, path, seconds, number, taken[number]))
        for number in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = sorted(taken[0] + taken[1])
    if len(found) < 50:
        raise BenchFailed(f"{path} answered {len(found)} times only")
    return found


def _read(
    address: Address, bearer: str, path: str, seconds: float, number: int, taken: list[float]
) -> None:
    chance, flats = random.Random(number), reader_flats()
    app = App(address, bearer)
    today = datetime.now(UTC).astimezone(ZoneInfo("Europe/Moscow")).date()
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        day = today - timedelta(days=chance.randrange(1, DAYS - 1))
        body = {"flatId": chance.choice(flats), "day": str(day)}
        began = time.perf_counter()
        status, _ = app.post(f"/api/address/{path}", body)
        if status not in (200, 204):
            return
        taken.append((time.perf_counter() - began) * 1000)


class App:
    """One connection that is kept."""

    def __init__(self, address: Address, bearer: str) -> None:
        self._connection = http.client.HTTPConnection(*address, timeout=60)
        self._headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}

    def post(self, path: str, body: Any) -> tuple[int, bytes]:
        self._connection.request("POST", path, json.dumps(body), self._headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()


def share(found: Sequence[float], part: float) -> float:
    """The value below which this part of them lies."""
    return found[min(len(found) - 1, int(len(found) * part))]


def key_of(app: Flask) -> str:
    """A key that hooks come in by."""
    told = app.test_cli_runner().invoke(
        args=["tokens", "add", "bench", "--scope", "events", "--from", "127.0.0.1"]
    )
    found = re.search(r"sy_[A-Za-z0-9_-]{43}", told.stdout)
    if found is None:
        raise BenchFailed(f"no key for hooks: {told.output[:200]}")
    return found[0]


def writing(address: Address, key: str, seconds: float, senders: int = 2) -> float:
    """Events a second that hooks write, in batches, by so many senders at once."""
    written = [0] * senders
    threads = [
        threading.Thread(target=_write, args=(address, key, seconds, number, written))
        for number in range(senders)
    ]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if not all(written):
        raise BenchFailed("hooks wrote nothing")
    return sum(written) / (time.monotonic() - began)


def _write(address: Address, key: str, seconds: float, number: int, written: list[int]) -> None:
    flats, sender, run = reader_flats(), App(address, key), random.getrandbits(64)
    ends, turn = time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        turn += 1
        batch = [
            {"id": f"{run}-{turn}-{one}", "kind": "key", "flatId": flats[one], "domophoneId": 1}
            for one in range(BATCH)
        ]
        status, told = sender.post("/api/hooks/events", {"events": batch})
        if status != 200 or told.count(b'"written"') != BATCH:
            return
        written[number] += BATCH
