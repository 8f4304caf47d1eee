"""A session that is ended while its door is asked: the log knows, and nothing breaks."""

from concurrent.futures import ThreadPoolExecutor

from tests.fixtures.processes import wait_for
from tests.fixtures.world import NORMAL
from tests.fixtures.yard import BEWARD, FLAT, Yard, press

ASKED = "SELECT count(*) FROM door_openings WHERE state = 'asked'"


def test_an_opening_is_written_down_though_its_session_was_ended_meanwhile(yard: Yard) -> None:
    yard.town.open(panel_timeout=20.0)
    here, elsewhere = yard.at_home(NORMAL), yard.at_home(NORMAL)
    yard.break_panel(BEWARD, "slow", seconds=1.5)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(press, here, BEWARD)
        wait_for(lambda: yard.town.one(ASKED) == 1, "the panel to be asked")
        repeat = threads.submit(press, here, BEWARD)
        assert elsewhere.post("user/sessions/end", {"others": "t"}).status_code == 204
        assert first.result().status_code == 204
        assert repeat.result().status_code == 401
    assert yard.pulses(BEWARD) == 1
    assert [tuple(one) for one in yard.events()] == [("app", NORMAL, FLAT, True, "")]
