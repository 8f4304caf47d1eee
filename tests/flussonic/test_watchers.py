"""Whose rights are looked at again while they watch: by the copy of their homes, and of cameras."""

from smartyard.flussonic.service import VideoService
from smartyard.web import service
from tests.fixtures.town import Town
from tests.fixtures.world import NEIGHBOUR, NORMAL, SECOND
from tests.flussonic.conftest import Asking, Watch


def due(town: Town) -> list[str]:
    assert town.app is not None
    with town.app.app_context():
        return list(service(VideoService).watchers_due())


def look_again(town: Town) -> None:
    assert town.app is not None
    with town.app.app_context():
        for phone in service(VideoService).watchers_due():
            service(VideoService).refresh_watcher(phone)


def age(town: Town, subject: str, seconds: float) -> None:
    """As if this copy had been fetched so long ago."""
    town.change(
        "UPDATE billing_copies SET fetched_at = :now - make_interval(secs => :seconds)"
        " WHERE subject = :subject",
        now=town.clock.now, seconds=seconds, subject=subject,
    )  # fmt: skip


def test_those_with_the_oldest_word_come_first(town: Town, watch: Watch) -> None:
    town.camera("cam1", houses=[101])
    for phone in (NORMAL, SECOND, NEIGHBOUR):
        watch(phone, 101)
    assert not due(town)
    age(town, f"homes:{SECOND}", 500)
    age(town, f"homes:{NEIGHBOUR}", 900)
    assert due(town) == [NEIGHBOUR, SECOND]
    town.change("UPDATE video_tokens SET expires_at = :now WHERE phone = :phone",
                now=town.clock.now, phone=NEIGHBOUR)  # fmt: skip
    assert due(town) == [SECOND]
    town.change("DELETE FROM billing_copies WHERE subject = :one", one=f"homes:{NORMAL}")
    assert due(town) == [NORMAL, SECOND], "who has no copy at all is asked about first"


def test_an_old_list_of_cameras_is_asked_for_though_the_homes_are_fresh(
    town: Town, watch: Watch, asking: Asking
) -> None:
    token = watch(NORMAL)  # of both houses
    assert asking(token, "house102/yard").status_code == 200 and not due(town)
    age(town, "cameras:102", town.settings.billing_ttl + 1)
    assert due(town) == [NORMAL]
    town.change("UPDATE billing_copies SET retry_at = :later WHERE subject = 'cameras:102'",
                later=town.clock.now.replace(year=2100))  # fmt: skip
    assert not due(town), "it failed a moment ago"
    town.change("UPDATE billing_copies SET retry_at = NULL")
    asked = town.asked("getsettingslist"), town.asked("getcctvlist")
    look_again(town)
    assert (town.asked("getsettingslist"), town.asked("getcctvlist")) == (asked[0], asked[1] + 1)
    assert not due(town)


def test_where_the_inventory_has_cameras_or_nobody_may_watch_no_list_is_due(
    town: Town, watch: Watch
) -> None:
    watch(NORMAL, 102)
    age(town, "cameras:102", 10**6)
    assert due(town) == [NORMAL]
    town.change("UPDATE flat_members SET unpaid = '{cctv}'")
    assert not due(town)
    town.change("UPDATE flat_members SET unpaid = '{}'")
    town.camera("own", houses=[102])
    assert not due(town)
