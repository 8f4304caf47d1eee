"""What so far only billing listed, and an import: the inventory takes over, and wins."""

from tests.registry.conftest import LINKS, SERVER, Import, Rows, camera, inventory_of, panels

URL = SERVER["url"]


def billing_lists(
    rows: Rows, stream: str, *houses: int, url: str = URL, state: str = "listed"
) -> None:
    """Rows as billing's answer leaves them."""
    rows(
        "INSERT INTO media_servers (name, url, type, hls_mode, source)"
        " VALUES (:url, :url, 'flussonic', 'mpegts', 'billing') ON CONFLICT DO NOTHING",
        url=url,
    )
    rows(
        "INSERT INTO cameras (stream, name, media_server_id, lat, lon, has_sound, source,"
        " external_id) SELECT :stream, 'Billed', id, '', '', false, 'billing', 77"
        " FROM media_servers WHERE url = :url",
        stream=stream,
        url=url,
    )
    for house in houses:
        rows("INSERT INTO houses (id, address) VALUES (:h, '') ON CONFLICT DO NOTHING", h=house)
        rows(
            "INSERT INTO camera_links (camera_id, house_id, suspended, source)"
            " SELECT id, :house, :unpaid, 'billing' FROM cameras WHERE stream = :stream",
            house=house,
            unpaid=state == "unpaid",
            stream=stream,
        )
        rows(
            "INSERT INTO house_cameras VALUES (:house, :state) ON CONFLICT DO NOTHING",
            house=house,
            state=state,
        )


def test_a_row_takes_over_a_camera_of_billing_with_its_id(bring: Import, rows: Rows) -> None:
    billing_lists(rows, "cam", 1, 2, state="unpaid")
    before = rows("SELECT id FROM cameras")
    done = bring(inventory_of(camera("cam", houses=[1])))
    assert done.exit_code == 0, done.stderr
    assert rows("SELECT source, name FROM cameras") == [("inventory", "cam")]
    assert rows("SELECT id FROM cameras") == before
    # House 2 has nothing in the inventory, so there billing's word stands.
    assert rows(LINKS) == [("cam", 1, None, "inventory"), ("cam", 2, None, "billing")]
    assert rows("SELECT suspended FROM camera_links ORDER BY house_id") == [(False,), (True,)]
    assert rows("SELECT house_id FROM house_cameras") == [(2,)]


def test_the_inventory_wins_in_a_house_where_it_has_a_camera(bring: Import, rows: Rows) -> None:
    billing_lists(rows, "billed", 1, 2)
    file = inventory_of(camera("own", houses=[1]))
    shown = bring(file, "--dry-run").stdout
    assert "~ камера billed\n" in shown and "больше не видит: дом 1 (от биллинга)" in shown
    bring(file)
    assert rows(LINKS) == [("billed", 2, None, "billing"), ("own", 1, None, "inventory")]


def test_a_row_takes_over_a_door_of_billing(bring: Import, rows: Rows) -> None:
    rows("INSERT INTO houses VALUES (1, '')")
    for door in (0, 1):
        rows(
            "INSERT INTO doors (house_id, domophone_id, door_id, icon, name, source)"
            " VALUES (1, 5, :door, 'entrance', 'Billed', 'billing')",
            door=door,
        )
    row = {"house": 1, "domophone": 5, "door": 0, "name": "Own"}
    assert bring({"doors": [row], **panels(5)}, "--replace").exit_code == 0
    assert rows("SELECT door_id, name, source FROM doors ORDER BY 1") == [
        (0, "Own", "inventory"),
        (1, "Billed", "billing"),
    ]


def test_a_media_server_that_billing_made_becomes_the_named_one(bring: Import, rows: Rows) -> None:
    billing_lists(rows, "billed", 2)
    assert bring(inventory_of(camera("own", houses=[1]))).exit_code == 0
    assert rows("SELECT name, url, source FROM media_servers") == [("media", URL, "inventory")]
    assert rows(
        "SELECT c.stream, c.source, s.name FROM cameras c"
        " JOIN media_servers s ON s.id = c.media_server_id ORDER BY 1"
    ) == [("billed", "billing", "media"), ("own", "inventory", "media")]
    assert ("billed", 2, None, "billing") in rows(LINKS)


def test_a_known_media_server_that_moves_to_an_address_of_billing_takes_its_cameras(
    bring: Import, rows: Rows
) -> None:
    bring(inventory_of(camera("own", houses=[1])))
    billing_lists(rows, "billed", 2, url="https://new.example")
    assert (
        bring({"media_servers": [{"name": "media", "url": "https://new.example"}]}).exit_code == 0
    )
    assert rows("SELECT name, url FROM media_servers") == [("media", "https://new.example")]
    assert len(rows("SELECT FROM cameras c JOIN media_servers s ON s.id = c.media_server_id")) == 2


def test_replace_removes_nothing_of_billings(bring: Import, rows: Rows) -> None:
    billing_lists(rows, "billed", 2)
    bring(inventory_of(camera("own", houses=[1])))
    assert bring({"cameras": [], "media_servers": []}, "--replace").exit_code == 0
    assert rows(LINKS) == [("billed", 2, None, "billing")]
    assert rows("SELECT stream FROM cameras") == [("billed",)]
