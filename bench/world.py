"""The world of the measurements: houses with 1 to 20 cameras, their people, and video tokens.

Everything follows from numbers by plain arithmetic, so that SQL makes the rows and Python knows,
without asking, which pair of a token and a stream may be seen. Only tokens are random: they are
made by the application's own `new_token` under the key of the run.
"""

import io
import random
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import md5

from psycopg2.extensions import connection as Connection

from smartyard.flussonic import tokens
from smartyard.secret import Keys
from smartyard.user import sessions

CAMERAS = 20  # ids that each house takes; house h uses 1 + h % 20 of them
UNPAID = 20  # each such person has not paid
REFUSED = 10  # each such pair of the sample is one to refuse

_SQL = """
INSERT INTO media_servers (id, name, url, type, hls_mode, source)
    OVERRIDING SYSTEM VALUE
    VALUES (1, 'media', 'https://media.example.com', 'flussonic', 'mpegts', 'inventory');
INSERT INTO houses (id, address)
    SELECT h, 'Тестовая улица, дом ' || h FROM generate_series(1, %(houses)s) h;
INSERT INTO cameras (id, stream, name, media_server_id, lat, lon, has_sound, source)
    OVERRIDING SYSTEM VALUE
    SELECT h * 20 + c, md5('camera ' || (h * 20 + c))::uuid::text, 'Камера ' || c, 1,
           '52.72', '41.45', false, 'inventory'
    FROM generate_series(1, %(houses)s) h, generate_series(0, h %% 20) c;
INSERT INTO camera_links (camera_id, house_id, suspended, source)
    SELECT id, id / 20, false, 'inventory' FROM cameras;
INSERT INTO panels (id, name, model, address, method, dtmf)
    SELECT h, 'Дом ' || h, 'none', '', 'GET', '1' FROM generate_series(1, %(houses)s) h;
INSERT INTO doors (house_id, domophone_id, door_id, icon, name, source)
    SELECT h, h, d, 'entrance', 'Подъезд ' || d, 'inventory'
    FROM generate_series(1, %(houses)s) h, generate_series(0, 2) d;
INSERT INTO persons (id, phone, name, patronymic, notify, notify_money, created_at)
    OVERRIDING SYSTEM VALUE
    SELECT p, (79000000000 + p)::text, '', '', true, true, %(now)s
    FROM generate_series(1, %(people)s) p;
SELECT setval(pg_get_serial_sequence('persons', 'id'), %(people)s);
INSERT INTO sessions (id, person_id, token_hash, created_at, last_seen_at, push_production)
    SELECT md5('session ' || p)::uuid, p, sha256(('session ' || p)::bytea), %(now)s, %(now)s, true
    FROM generate_series(1, %(people)s) p;
INSERT INTO flats (id, house_id, number, address)
    SELECT p, p %% %(houses)s + 1, p::text, '' FROM generate_series(1, %(people)s) p;
INSERT INTO contracts (id, name, client_name)
    SELECT p::text, 'Договор ' || p, 'Абонент' FROM generate_series(1, %(people)s) p;
INSERT INTO flat_members (phone, house_id, flat_id, contract_id, contract_owner, flat_owner,
                          services, unpaid, has_gates, roommates)
    SELECT (79000000000 + p)::text, p %% %(houses)s + 1, p, p::text, true, true,
           '{internet,cctv,domophone}', CASE WHEN p %% 20 = 0 THEN '{cctv}' ELSE '{}' END::text[],
           false, '[]'
    FROM generate_series(1, %(people)s) p;
INSERT INTO billing_copies (subject, fetched_at)
    SELECT 'homes:' || (79000000000 + p), %(now)s FROM generate_series(1, %(people)s) p;
"""
_CALLER = """
INSERT INTO persons (phone, name, patronymic, notify, notify_money, created_at)
    VALUES (%(phone)s, '', '', true, true, %(now)s) ON CONFLICT (phone) DO NOTHING;
INSERT INTO sessions (id, person_id, token_hash, created_at, last_seen_at, push_production)
    SELECT %(session)s, id, %(hash)s, %(now)s, %(now)s, true FROM persons WHERE phone = %(phone)s;
INSERT INTO flats (id, house_id, number, address)
    SELECT %(phone)s::bigint * 1000 + h, h, '1', '' FROM generate_series(1, %(contracts)s) h
    ON CONFLICT DO NOTHING;
INSERT INTO contracts (id, name, client_name)
    SELECT %(phone)s || '-' || h, 'Договор', 'Абонент' FROM generate_series(1, %(contracts)s) h
    ON CONFLICT DO NOTHING;
INSERT INTO flat_members (phone, house_id, flat_id, contract_id, contract_owner, flat_owner,
                          services, unpaid, has_gates, roommates)
    SELECT %(phone)s, h, %(phone)s::bigint * 1000 + h, %(phone)s || '-' || h, true, true,
           '{internet,cctv,domophone}', '{}', false, '[]'
    FROM generate_series(1, %(contracts)s) h
    ON CONFLICT DO NOTHING;
INSERT INTO billing_copies (subject, fetched_at)
    SELECT 'homes:' || %(phone)s, %(now)s WHERE %(contracts)s > 0
    ON CONFLICT (subject) DO UPDATE SET fetched_at = excluded.fetched_at;
"""


@dataclass(frozen=True)
class Size:
    """How much of everything. Every person has `tokens // people` tokens."""

    people: int = 100_000
    houses: int = 2_500
    tokens: int = 200_000
    sample: int = 20_000


@dataclass(frozen=True)
class Pair:
    """What the media server asks, and what it must hear."""

    token: str
    stream: str
    allowed: bool


def load(connection: Connection, keys: Keys, size: Size) -> list[Pair]:
    """Fill an empty, migrated database; returns the sample, one pair in ten to be refused."""
    now = datetime.now(UTC)
    with connection, connection.cursor() as cursor:
        cursor.execute(_SQL, {"houses": size.houses, "people": size.people, "now": now})
        made = [tokens.new_token(keys) for _ in range(size.tokens)]
        lines = io.StringIO()
        for number, token in enumerate(made):
            lines.write(_token_line(number, token, now, size))
        lines.seek(0)
        cursor.copy_expert(
            "COPY video_tokens (token_hash, session_id, person_id, phone, camera_ids, created_at,"
            " expires_at) FROM STDIN",
            lines,
        )
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")
    return _sample(made, size)


def add_caller(connection: Connection, phone: int, contracts: int) -> str:
    """One more signed-in device of a person with so many contracts, each in a house of its own;
    returns its bearer token. With none, billing was never asked about the person."""
    token = sessions.new_token()
    with connection, connection.cursor() as cursor:
        cursor.execute(
            _CALLER,
            {
                "phone": str(phone),
                "session": str(uuid.uuid4()),
                "hash": sessions.token_hash(token),
                "contracts": contracts,
                "now": datetime.now(UTC),
            },
        )
    return token


def _person(number: int, size: Size) -> int:
    return number % size.people + 1


def _house(person: int, size: Size) -> int:
    return person % size.houses + 1


def _cameras(house: int) -> range:
    return range(house * CAMERAS, house * CAMERAS + house % CAMERAS + 1)


def _token_line(number: int, token: str, now: datetime, size: Size) -> str:
    person = _person(number, size)
    session = uuid.UUID(md5(f"session {person}".encode(), usedforsecurity=False).hexdigest())
    cameras = ",".join(map(str, _cameras(_house(person, size))))
    # Viewing moves a token on at half of EXPIRE, so that a live one has 180 to 360 minutes left.
    ends = now + timedelta(minutes=181 + number % 179)
    return (
        f"\\\\x{tokens.token_hash(token).hex()}\t{session}\t{person}\t{79000000000 + person}"
        f"\t{{{cameras}}}\t{now.isoformat()}\t{ends.isoformat()}\n"
    )


def _sample(made: list[str], size: Size) -> list[Pair]:
    """Any tokens in any order. Of those to refuse half ask for a neighbour's camera, and half are
    of people who have not paid, where the whole question must be gone through to say no."""
    chance = random.Random(3)
    numbers = list(range(len(made)))
    paid = [number for number in numbers if _person(number, size) % UNPAID]
    unpaid = [number for number in numbers if not _person(number, size) % UNPAID]
    pairs = []
    for place in range(size.sample):
        refused = place % REFUSED == 0
        number = chance.choice(unpaid if refused and place % (2 * REFUSED) == 0 else paid)
        house = _house(_person(number, size), size)
        if refused and place % (2 * REFUSED):
            house = house % size.houses + 1
        pairs.append(Pair(made[number], _stream(chance.choice(_cameras(house))), not refused))
    return pairs


def _stream(camera: int) -> str:
    text = f"camera {camera}".encode()
    return str(uuid.UUID(md5(text, usedforsecurity=False).hexdigest()))
