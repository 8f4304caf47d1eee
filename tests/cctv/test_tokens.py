"""How many tokens of lists a device may have at once, and which one goes."""

from tests.fixtures.town import Town, together
from tests.fixtures.world import NORMAL, Resident


def token_for(resident: Resident, house: int) -> str:
    answer = resident.post("cctv/all", {"houseId": house})
    assert answer.status_code == 200, answer.text
    return str(answer.get_json()["data"][0]["token"])


def verdict(resident: Resident, token: str, kind: str = "new_session") -> int:
    asked = {"name": "cam1", "token": token, "request_type": kind}
    return resident.client.get("/api/accessfl", query_string=asked).status_code


def test_past_so_many_tokens_of_a_device_the_one_that_would_end_first_goes(town: Town) -> None:
    town.open(video_tokens_per_session=3)
    town.camera("cam1", houses=[101])
    resident, other = town.sign_in(NORMAL), town.sign_in(NORMAL)
    watched, elsewhere = token_for(resident, 101), token_for(other, 101)
    town.clock.forward(minutes=1)
    idle = token_for(resident, 101)
    town.clock.forward(minutes=town.settings.expire - 2)
    assert verdict(resident, watched, "update_session") == 200  # which moves it on
    later = [token_for(resident, 101) for _ in range(2)]
    verdicts = [verdict(resident, one) for one in (watched, idle, *later, elsewhere)]
    assert verdicts == [200, 403, 200, 200, 200]
    per_device = town.rows("SELECT count(*) FROM video_tokens GROUP BY session_id ORDER BY 1")
    assert per_device == [(1,), (3,)]


def test_lists_at_once_never_wait_for_each_other_in_a_ring(town: Town) -> None:
    town.open(video_tokens_per_session=2)
    resident = town.sign_in(NORMAL)
    token_for(resident, 102)  # billing was asked
    together(8, lambda _: [token_for(resident, 102) for _ in range(4)])
    assert 2 <= town.one("SELECT count(*) FROM video_tokens") <= 9
    token_for(resident, 102)
    assert town.one("SELECT count(*) FROM video_tokens") == 2
