"""What the apps send is the operator's wall clock: over midnight, and when the clock is moved."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from smartyard import wallclock
from tests.clips.conftest import Studio
from tests.fixtures.world import NORMAL

BERLIN, MOSCOW = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Moscow")

# Berlin's clock went from 02:00 to 03:00 on 2026-03-29 (01:00 UTC), and will go from 03:00 to 02:00
# on 2026-10-25 (01:00 UTC).
SPANS = {
    "an ordinary evening": ("2026-03-10 18:00:00", "2026-03-10 18:10:00", "03-10 17:00", 10),
    "over midnight": ("2026-03-10 23:55:00", "2026-03-11 00:05:00", "03-10 22:55", 10),
    "in summer": ("2026-07-01 18:00:00", "2026-07-01 18:10:00", "07-01 16:00", 10),
    "over the hour left out": ("2026-03-29 01:55:00", "2026-03-29 03:05:00", "03-29 00:55", 10),
    "into the hour left out": ("2026-03-29 01:55:00", "2026-03-29 02:05:00", "03-29 00:55", 10),
    "out of the hour left out": ("2026-03-29 02:55:00", "2026-03-29 03:05:00", "03-29 00:55", 10),
    "within the hour left out": ("2026-03-29 02:10:00", "2026-03-29 02:20:00", "03-29 01:10", 10),
    "within the hour twice": ("2026-10-25 02:10:00", "2026-10-25 02:20:00", "10-25 00:10", 10),
    "into the hour twice": ("2026-10-25 01:55:00", "2026-10-25 02:05:00", "10-24 23:55", 10),
    "out of the hour twice": ("2026-10-25 02:55:00", "2026-10-25 03:05:00", "10-25 01:55", 10),
    "over the clock's step back": ("2026-10-25 02:55:00", "2026-10-25 02:05:00", "10-25 00:55", 10),
    "all the hour twice": ("2026-10-25 01:50:00", "2026-10-25 03:10:00", "10-24 23:50", 140),
}


@pytest.mark.parametrize("begin, end, since, minutes", SPANS.values(), ids=SPANS)
def test_a_span_is_the_shortest_that_can_be_meant(
    begin: str, end: str, since: str, minutes: int
) -> None:
    found = wallclock.span(datetime.fromisoformat(begin), datetime.fromisoformat(end), BERLIN)
    assert f"{found[0]:%m-%d %H:%M}" == since and found[0].tzinfo is UTC
    assert found[1] - found[0] == timedelta(minutes=minutes)


def test_one_that_ends_before_it_begins_stays_so() -> None:
    begin = datetime(2026, 3, 10, 18)
    for end in (begin, begin - timedelta(seconds=1), begin - timedelta(days=1)):
        since, until = wallclock.span(begin, end, BERLIN)
        assert until - since == end - begin


@pytest.mark.parametrize("zone", [MOSCOW, BERLIN, ZoneInfo("Asia/Vladivostok"), ZoneInfo("UTC")])
def test_the_media_server_is_asked_for_the_operators_time_in_unix_seconds(
    studio: Studio, zone: ZoneInfo
) -> None:
    studio.open(timezone=zone)
    camera, resident = studio.camera(), studio.resident()
    begin = studio.town.clock.now - timedelta(hours=30)
    shown = [
        f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}" for at in (begin, begin + timedelta(minutes=9))
    ]
    told = resident.post("cctv/recPrepare", {"id": camera, "from": shown[0], "to": shown[1]})
    assert told.status_code == 200, told.text
    studio.work()
    (row,) = studio.town.rows("SELECT begins_at, ends_at - begins_at, state FROM clips")
    assert row == (begin, timedelta(minutes=9), 2)
    ((_, text),) = studio.messages()
    assert f"{shown[0][11:]}–{shown[1][11:]}" in text


NIGHTS = {
    "an hour left out": ("2026-03-29", "01:55:00", "03:05:00", "01:50:00", "03:10:00", "00:55"),
    "an hour twice": ("2026-10-25", "02:55:00", "03:05:00", "01:50:00", "03:10:00", "01:55"),
}


@pytest.mark.parametrize("night", NIGHTS.values(), ids=NIGHTS)
def test_the_nights_of_summer_time_are_asked_for_and_fetched(
    studio: Studio, night: tuple[str, ...]
) -> None:
    """Ten minutes are ten, whatever the clock shows; of the hour left out `early` to `late` are
    twenty, of the hour twice they are 140."""
    day, begin, end, early, late, since = night
    studio.open(timezone=BERLIN)
    studio.town.clock.now = datetime.fromisoformat(f"{day} 06:00+00:00")
    camera, resident = studio.camera(), studio.resident(NORMAL)
    night = {"id": camera, "from": f"{day} {begin}", "to": f"{day} {end}"}
    clip = resident.post("cctv/recPrepare", night)
    assert clip.status_code == 200, clip.text
    (row,) = studio.town.rows("SELECT begins_at, ends_at - begins_at FROM clips")
    assert row == (datetime.fromisoformat(f"{day} {since}+00:00"), timedelta(minutes=10))
    whole = {"id": camera, "from": f"{day} {early}", "to": f"{day} {late}"}
    assert resident.post("cctv/recPrepare", whole).status_code == 403
    studio.work()
    # The archive of the sandbox reaches back a week: that it is asked for is what counts here.
    assert studio.town.sandbox.calls("media") == [("clip", "yard")]
    assert studio.state(clip.get_json()["data"]) == (3, "absent", 1)
