"""The hot path's statement over ten thousand flats and as many cameras: whatever way leads to a
camera, and where none does, it reads a few pages by indexes."""

from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from smartyard.flussonic.tokens import token_hash
from smartyard.flussonic.viewers import PREPARE
from tests.fixtures.database import DATABASE
from tests.fixtures.town import Town

FLATS = 10_000
PAGES = 40  # of 8 kB, at most; of cameras alone there are hundreds
# Ten flats a house; a camera, a panel of its own camera and a door for each house, one for each
# flat, and each thousandth camera is the city's. Blocks and rights of the provider are there too.
_TOWN = """
    SET LOCAL session_replication_role = replica;
    INSERT INTO houses (id, address) SELECT n, '' FROM generate_series(1, %(flats)s / 10) n;
    INSERT INTO flats (id, house_id, number, address) SELECT n, 1 + n / 10, n, ''
        FROM generate_series(1, %(flats)s) n;
    INSERT INTO flat_members (phone, house_id, flat_id, contract_owner, flat_owner, services,
        unpaid, has_gates, roommates)
        SELECT (79000000000 + n)::text, 1 + n / 10, n, true, true, '{cctv,domophone}', '{}', false,
        '[]' FROM generate_series(1, %(flats)s) n;
    INSERT INTO media_servers (id, name, url, type, hls_mode, source) OVERRIDING SYSTEM VALUE
        VALUES (1, 'm', 'http://media.example', 'flussonic', 'mpegts', 'inventory');
    INSERT INTO cameras (id, stream, name, media_server_id, lat, lon, has_sound, common, source)
        OVERRIDING SYSTEM VALUE SELECT n, 'cam' || n, '', 1, '', '', false, n %% 1000 = 0,
        'inventory' FROM generate_series(1, 2 * %(flats)s) n;
    INSERT INTO camera_links (camera_id, house_id, flat_id, suspended, source)
        SELECT n, 1 + n / 10, n, false, 'inventory' FROM generate_series(1, %(flats)s) n
        WHERE n %% 1000 > 0;
    INSERT INTO panels (id, name, model, address, method, dtmf, camera_id)
        SELECT n, '', 'none', '', 'GET', '1', %(flats)s + n
        FROM generate_series(1, %(flats)s / 10) n;
    INSERT INTO doors (house_id, domophone_id, door_id, icon, name, source)
        SELECT n, n, 0, 'entrance', '', CASE WHEN n %% 2 = 0 THEN 'inventory' ELSE 'provider' END
        FROM generate_series(1, %(flats)s / 10) n;
    INSERT INTO door_rights (flat_id, domophone_id, door_id)
        SELECT n, 1 + n / 10, 0 FROM generate_series(1, %(flats)s) n;
    INSERT INTO flat_blocks (flat_id, service, source, cause, created_at)
        SELECT n, 'all', 'debt', 'x', now() FROM generate_series(1, %(flats)s, 10) n;
    INSERT INTO video_tokens (token_hash, session_id, person_id, phone, camera_ids, created_at,
        expires_at)
        SELECT sha256(n::text::bytea), gen_random_uuid(), n, (79000000000 + n)::text,
        ARRAY[n, %(flats)s + 1 + n / 10, 1000, 7777], now(), now() + interval '1 hour'
        FROM generate_series(1, %(flats)s) n;
    ANALYZE houses, flats, flat_members, cameras, camera_links, panels, doors, door_rights,
        flat_blocks, video_tokens;
    SET LOCAL plan_cache_mode = force_generic_plan;
"""
# Flat 5003 is of house 501, with a right of the provider's; 5013 of house 502; 5001 is blocked.
QUESTIONS = {
    "a camera of the flat": (5003, "cam5003", True),
    "at a door of the provider": (5003, "cam10501", True),
    "at a door of the inventory": (5013, "cam10502", True),
    "of the city": (5003, "cam1000", True),
    "of a stranger": (5003, "cam7777", False),
    "none that is known": (5003, "cam0", False),
    "of a flat that is blocked": (5001, "cam5001", False),
}


@pytest.fixture(name="cursor")
def cursor_fixture(town: Town) -> Iterator[Any]:
    """In a transaction that leaves nothing behind."""
    settings = town.settings
    connection = psycopg2.connect(
        host=settings.pg_host, port=settings.pg_port, user=settings.pg_user, dbname=DATABASE
    )
    with connection.cursor() as cursor:
        cursor.execute(_TOWN, {"flats": FLATS})
        cursor.execute(PREPARE)
        yield cursor
    connection.rollback()
    connection.close()


def pages(plan: dict[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def nodes(plan: dict[str, Any]) -> Iterator[str]:
    yield plan["Node Type"]
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def test_every_way_to_a_camera_is_by_indexes(cursor: Any) -> None:
    told = {}
    for name, (flat, stream, allowed) in QUESTIONS.items():
        values = (token_hash(str(flat)), stream, "2026-01-01")
        cursor.execute("EXECUTE viewer (%s, %s, %s)", values)
        person, _, granted = cursor.fetchone()
        assert (person, granted) == (flat, allowed), name
        cursor.execute(
            "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE viewer (%s, %s, %s)", values
        )
        plan = cursor.fetchone()[0][0]["Plan"]
        assert "Seq Scan" not in set(nodes(plan)), (name, plan)
        told[name] = pages(plan)
    assert max(told.values()) <= PAGES, told
