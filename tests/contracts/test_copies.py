"""Our copy of billing's word: how often it is asked, and how people live while it is silent."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import pytest

from smartyard.db import db
from tests.fixtures.processes import wait_for
from tests.fixtures.town import Town, together
from tests.fixtures.world import NORMAL, SECOND, Resident

FRESH = {"X-Dm-Api-Refresh": ""}
LISTS = ["address/getAddressList", "address/getSettingsList", "cctv/all"]
BOTH = {"getaddresslist": 1, "getsettingslist": 1}


def statuses(resident: Resident) -> list[int]:
    return [resident.post(path).status_code for path in LISTS]


def outcome(resident: Resident, path: str) -> tuple[int, str]:
    answer = resident.post(path)
    return answer.status_code, answer.text


def wait_until_asked(town: Town, times: int = 1) -> None:
    """Until billing has heard the question, which may then hang there."""
    for _ in range(1000):
        if town.asked("getsettingslist") >= times and town.asked("getaddresslist") >= times:
            return
        threading.Event().wait(0.01)
    raise AssertionError("billing was not asked")


def test_one_answer_serves_every_list_until_it_is_old(town: Town) -> None:
    resident = town.sign_in(NORMAL)
    for _ in range(3):
        assert resident.post("address/getAddressList").status_code == 200
        assert resident.post("address/getSettingsList").status_code == 200
    assert town.asked() == BOTH
    town.clock.forward(seconds=town.settings.billing_ttl - 1)
    resident.post("address/getAddressList")
    assert town.asked() == BOTH
    town.clock.forward(seconds=1)
    resident.post("address/getAddressList")
    assert town.asked("getsettingslist") == town.asked("getaddresslist") == 2


def test_sign_in_asks_billing_nothing(town: Town) -> None:
    town.sign_in(NORMAL)
    assert not town.asked()


@pytest.mark.parametrize("value", ["", " ", "1"])
def test_the_apps_header_asks_at_once(town: Town, value: str) -> None:
    resident = town.sign_in(NORMAL)
    before = resident.post("address/getSettingsList").get_json()["data"]
    town.sandbox.world.remove_contract(NORMAL, 1002)
    assert resident.post("address/getSettingsList").get_json()["data"] == before
    after = resident.post("address/getSettingsList", **{"X-Dm-Api-Refresh": value})
    assert [row["clientId"] for row in after.get_json()["data"]] == ["1001"]
    assert town.asked("getsettingslist") == 2


def test_the_apps_header_asks_for_cameras_too(town: Town) -> None:
    resident = town.sign_in(NORMAL)
    assert resident.post("cctv/all").status_code == 200
    asked = town.asked("getcctvlist")
    assert resident.post("cctv/all").status_code == 200
    assert town.asked("getcctvlist") == asked
    assert resident.post("cctv/all", **FRESH).status_code == 200
    assert town.asked("getcctvlist") == 2 * asked


def test_people_sign_in_and_see_their_homes_while_billing_is_down(town: Town) -> None:
    before = town.sign_in(NORMAL)
    seen = [before.post(path).get_json()["data"] for path in LISTS[:2]]
    assert before.post("cctv/all").status_code == 200
    town.sandbox.faults.set("billing", "down")
    town.clock.forward(hours=town.settings.billing_max_stale - 1)
    again = town.sign_in(NORMAL)
    for resident in (before, again):
        assert [resident.post(path).get_json()["data"] for path in LISTS[:2]] == seen
        assert resident.post("cctv/all").status_code == 200
        assert resident.post("cctv/all", **FRESH).status_code == 200


def test_without_a_copy_a_silent_billing_is_an_honest_503(town: Town) -> None:
    town.open(breaker_failures=1000)
    resident = town.sign_in(NORMAL)
    town.sandbox.faults.set("billing", "down")
    assert statuses(resident) == [503, 503, 503]
    town.sandbox.faults.set("billing", "ok")
    assert statuses(resident) == [200, 200, 200]


def test_an_unset_billing_is_503_for_those_who_need_it(town: Town) -> None:
    town.open(billing_url="")
    resident = town.sign_in(NORMAL)
    assert statuses(resident) == [503, 503, 503]
    assert resident.post("user/getName").status_code in (200, 204)
    assert not town.asked()


def test_past_the_longest_age_lists_are_503_until_billing_is_back(town: Town) -> None:
    resident = town.sign_in(NORMAL)
    assert statuses(resident) == [200, 200, 200]
    town.sandbox.faults.set("billing", "error")
    town.clock.forward(hours=town.settings.billing_max_stale, seconds=-1)
    assert statuses(resident) == [200, 200, 200]
    tokens = town.one("SELECT count(*) FROM video_tokens")
    town.clock.forward(seconds=1)
    assert statuses(resident) == [503, 503, 503]
    assert town.one("SELECT count(*) FROM video_tokens") == tokens, "a token on too old a word"
    town.sandbox.faults.set("billing", "ok")
    town.open()  # its breaker has not learned to be careful
    assert statuses(town.sign_in(NORMAL)) == [200, 200, 200]


def test_too_old_a_list_of_cameras_alone_gives_no_token_for_them(town: Town) -> None:
    town.open(breaker_failures=1000)
    own = town.camera("own-101", houses=[101])
    resident = town.sign_in(NORMAL)
    both = {row["id"] for row in resident.post("cctv/all").get_json()["data"]}
    assert own in both and len(both) == 3
    town.sandbox.faults.set("billing", "error", method="getcctvlist")
    town.clock.forward(hours=town.settings.billing_max_stale)
    left = resident.post("cctv/all")
    assert {row["id"] for row in left.get_json()["data"]} == {own}
    assert resident.post("cctv/all", {"houseId": 102}).status_code == 503
    assert town.one("SELECT camera_ids FROM video_tokens ORDER BY created_at DESC LIMIT 1") == [own]


def test_a_failure_is_not_repeated_at_once(town: Town) -> None:
    town.open(breaker_failures=1000)
    resident = town.sign_in(NORMAL)
    resident.post("address/getSettingsList")
    town.sandbox.faults.set("billing", "error")
    town.clock.forward(seconds=town.settings.billing_ttl)
    for _ in range(5):
        assert resident.post("address/getSettingsList").status_code == 200
    # The other method may be given up before it is asked.
    assert town.asked("getaddresslist") == 2
    town.clock.forward(seconds=town.settings.billing_retry + 1)
    resident.post("address/getSettingsList")
    assert town.asked("getaddresslist") == 3


def test_one_call_of_each_method_serves_all_who_wait(town: Town) -> None:
    town.open(billing_timeout=10.0)
    residents = [town.sign_in(NORMAL) for _ in range(3)]
    town.sandbox.faults.set("billing", "slow", seconds=0.5)
    answers = together(9, lambda n: outcome(residents[n % 3], LISTS[n % 2]))
    assert {status for status, _ in answers} == {200}
    assert len({text for _, text in answers}) == 2
    assert town.asked() == BOTH


def test_too_many_who_would_wait_are_told_at_once(town: Town) -> None:
    app = town.open(billing_calls=2, billing_timeout=15.0)
    resident = town.sign_in(NORMAL)
    town.sandbox.faults.set("billing", "hang")
    with ThreadPoolExecutor(8) as threads:
        asked: list[Future[tuple[int, str]]] = [
            threads.submit(outcome, Resident(app.test_client(), NORMAL, resident.token), LISTS[0])
            for _ in range(8)
        ]
        wait_until_asked(town)
        for _ in range(1000):
            if sum(one.done() for one in asked) == 5:
                break
            threading.Event().wait(0.01)
        early = [one.result()[0] for one in asked if one.done()]
        town.sandbox.faults.set("billing", "ok")
        late = [one.result()[0] for one in asked]
    assert early == [503] * 5, "one asks, two wait, the others are told"
    assert sorted(late) == [200] * 3 + [503] * 5
    assert town.asked() == BOTH


def test_who_waits_in_vain_gets_503(town: Town) -> None:
    town.open(billing_timeout=0.5)
    resident = town.sign_in(NORMAL)
    town.sandbox.faults.set("billing", "hang")
    assert set(together(4, lambda _: outcome(resident, LISTS[0])[0])) == {503}
    assert town.asked() == BOTH


def test_others_answer_from_the_copy_while_one_asks(town: Town) -> None:
    app = town.open(billing_timeout=15.0)
    asking, others = town.sign_in(NORMAL), town.sign_in(NORMAL)
    assert statuses(asking) == [200, 200, 200]
    town.clock.forward(seconds=town.settings.billing_ttl)
    town.sandbox.faults.set("billing", "hang")
    with ThreadPoolExecutor(1) as thread:
        held = thread.submit(outcome, asking, LISTS[0])
        wait_until_asked(town, 2)
        quick = [others.post(path).status_code for path in LISTS[:2]]
        assert not held.done() and quick == [200, 200]
        with app.app_context():
            pool = db.engine.pool
        assert pool.checkedout() == 0, "a connection is held"  # type: ignore[attr-defined]
        town.sandbox.faults.set("billing", "ok")
        assert held.result()[0] == 200
    assert town.asked("getsettingslist") == town.asked("getaddresslist") == 2


def test_nobody_holds_a_lock_or_a_transaction_while_billing_hangs(town: Town) -> None:
    town.open(billing_timeout=15.0)
    resident = town.sign_in(NORMAL)
    town.sandbox.faults.set("billing", "hang")
    with ThreadPoolExecutor(4) as threads:
        held = [threads.submit(outcome, resident, LISTS[n % 2]) for n in range(4)]
        wait_until_asked(town)
        for _ in range(20):  # the waiters look now and then; a transaction left open would stay
            open_for = town.one(
                "SELECT coalesce(max(extract(epoch FROM now() - xact_start)), 0)"
                " FROM pg_stat_activity WHERE application_name = 'smartyard'"
            )
            threading.Event().wait(0.05)
        waiting = town.one("SELECT count(*) FROM pg_locks WHERE NOT granted")
        assert not any(one.done() for one in held)
        town.sandbox.faults.set("billing", "ok")
        assert [one.result()[0] for one in held] == [200] * 4
    assert float(open_for) < 0.5 and waiting == 0


def test_one_request_never_waits_for_billing_twice(town: Town) -> None:
    """`cctv/all` asks for homes and then for cameras: both share the seconds of one request."""
    town.open(billing_timeout=2.0)
    resident = town.sign_in(NORMAL)
    assert resident.post("cctv/all").status_code == 200
    town.clock.forward(seconds=town.settings.billing_ttl)
    town.sandbox.faults.set("billing", "hang")
    began = time.monotonic()
    assert resident.post("cctv/all").status_code == 200
    assert time.monotonic() - began < 3.5


def test_two_phones_of_one_contract_are_stored_at_once(town: Town) -> None:
    people = [town.sign_in(NORMAL), town.sign_in(SECOND)]
    asked = together(
        8, lambda n: [people[n % 2].post(LISTS[0], **FRESH).status_code for _ in range(4)]
    )
    assert {status for row in asked for status in row} == {200}


def test_leaving_forgets_the_copy_of_that_phone_alone(town: Town) -> None:
    leaving, staying = town.sign_in(NORMAL), town.sign_in(SECOND)
    assert [statuses(one) for one in (leaving, staying)] == [[200, 200, 200], [200, 200, 204]]
    assert leaving.post("user/deleteAccount").status_code == 204
    for table in ("flat_members", "listed_houses"):
        assert town.rows(f"SELECT DISTINCT phone FROM {table}") == [(SECOND,)]
    assert not town.rows(f"SELECT FROM billing_copies WHERE subject = 'homes:{NORMAL}'")
    assert statuses(staying) == [200, 200, 204]


@pytest.mark.parametrize(
    ("path", "method"),
    [("address/getAddressList", "getsettingslist"), ("user/getPaymentsList", "getpaymentslist")],
)
def test_an_answer_that_could_not_be_kept_is_not_an_empty_home(
    town: Town, path: str, method: str
) -> None:
    """The claim ended before the answer came, and whoever took it over got nothing so far."""
    town.open(billing_timeout=10.0)
    resident = town.sign_in(NORMAL)
    town.sandbox.faults.set("billing", "hang", method=method)
    with ThreadPoolExecutor(1) as thread:
        held = thread.submit(outcome, resident, path)
        wait_for(lambda: town.asked(method) == 1, "the question")
        town.change(
            "UPDATE billing_copies SET claim = gen_random_uuid(), claimed_until = :past",
            past=town.clock.now - timedelta(seconds=1),
        )
        town.sandbox.faults.set("billing", "ok")
        assert held.result()[0] == 503
    assert not town.rows("SELECT FROM flat_members UNION ALL SELECT FROM account_copies")


def test_an_account_deleted_while_billing_is_asked_stays_deleted(town: Town) -> None:
    town.open(billing_timeout=15.0)
    leaving, asking = town.sign_in(NORMAL), town.sign_in(NORMAL)
    town.sandbox.faults.set("billing", "hang")
    with ThreadPoolExecutor(1) as thread:
        held = thread.submit(outcome, asking, LISTS[0])
        wait_until_asked(town)
        assert leaving.post("user/deleteAccount").status_code == 204
        town.sandbox.faults.set("billing", "ok")
        held.result()
    assert not town.rows(f"SELECT FROM flat_members WHERE phone = '{NORMAL}'")
