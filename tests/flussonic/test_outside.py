"""accessfl when others fail: PostgreSQL that is down, silent or back; and PROXYFL."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from werkzeug.test import Client

from tests.fixtures.processes import wait_for
from tests.fixtures.town import Town
from tests.fixtures.world import NORMAL
from tests.flussonic.conftest import PATH, Asking, Line, Watch
from tests.gateways.servers import Server, hang, raw, reply, serving

FOREIGN = "0" * 32


def door(town: Town, token: str, name: str = "cam1") -> tuple[int, dict[str, str]]:
    assert town.app is not None
    answer = Client(town.app.wsgi_app).get(PATH, query_string={"name": name, "token": token})
    return answer.status_code, dict(answer.headers)


def test_a_database_that_is_down_is_503_and_it_comes_back_by_itself(
    town: Town, line: Line, asking: Asking, watch: Watch
) -> None:
    town.open()
    town.camera("cam1", houses=[101])
    token = watch()
    assert asking(token, "cam1").status_code == 200
    for _ in range(2):
        line.cut()
        for _ in range(8):  # more than there are connections
            answer = asking(token, "cam1")
            assert answer.status_code == 503
            assert "X-AuthDuration" not in answer.headers, "nothing to remember"
        assert asking(FOREIGN, "cam1").status_code == 403, "this needs no database"
        line.join()
        assert [asking(token, "cam1").status_code for _ in range(8)] == [200] * 8


def test_connections_that_died_unnoticed_cost_nobody_an_answer(
    town: Town, line: Line, asking: Asking, watch: Watch
) -> None:
    """PostgreSQL was restarted between two questions."""
    town.open()
    town.camera("cam1", houses=[101])
    token = watch()
    assert asking(token, "cam1").status_code == 200
    line.cut()
    line.join()
    assert [asking(token, "cam1").status_code for _ in range(8)] == [200] * 8


def test_a_database_that_is_silent_takes_few_threads_along(
    town: Town, line: Line, watch: Watch
) -> None:
    town.open(video_pool=2, video_statement_timeout=0.3)
    town.camera("cam1", houses=[101])
    token = watch()
    assert door(town, token)[0] == 200
    line.hold()
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(door, town, token) for _ in range(8)]
        wait_for(lambda: sum(one.done() for one in asked) >= 6, "the answers of all but two")
        assert {one.result()[0] for one in asked if one.done()} == {503}
        line.join()
        assert {one.result()[0] for one in asked} <= {200, 503}
    assert door(town, token)[0] == 200


def test_a_statement_that_takes_too_long_is_a_fast_503(
    town: Town, asking: Asking, watch: Watch
) -> None:
    """Somebody holds the table (a migration that is not careful)."""
    town.open(video_statement_timeout=0.3)
    town.camera("cam1", houses=[101])
    token = watch()
    with town.engine.begin() as connection:
        connection.exec_driver_sql("LOCK TABLE video_tokens IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        assert door(town, token)[0] == 503
        assert time.monotonic() - began < 2.5, "Flussonic waits for 3 s"
    assert asking(token, "cam1").status_code == 200


@pytest.fixture(name="earlier")
def _earlier(town: Town) -> Iterator[Server]:
    """The installation before ours, which says yes and more than we pass on."""
    headers = ("X-AuthDuration: 30", "X-UserId: 77", "X-Max-Sessions: 2", "Set-Cookie: a=b",
               "Content-Type: text/html", "X-Accel-Redirect: /secret")  # fmt: skip
    with serving(reply(200, b"<html>yes</html>", *headers)) as server:
        town.open(proxyfl=f"{server.url}/old/accessfl", proxyfl_timeout=1.0, breaker_failures=1000)
        yield server


def test_a_token_of_the_earlier_server_is_asked_there(
    town: Town, asking: Asking, earlier: Server
) -> None:
    answer = asking(FOREIGN, "дом/cam 1", request_type="update_session", dvr="true")
    assert answer.status_code == 200
    passed = {name: text for name, text in answer.headers.items() if name.startswith("X-")}
    assert passed == {"X-AuthDuration": "30", "X-UserId": "77", "X-Max-Sessions": "2"}
    assert "Set-Cookie" not in answer.headers
    seen, _ = earlier.seen  # the door's and the route's
    assert (seen.method, seen.path) == ("GET", "/old/accessfl")
    assert dict(seen.query) == {
        "token": FOREIGN, "name": "дом/cam 1", "ip": "203.0.113.7", "proto": "hls",
        "request_type": "update_session", "dvr": "true",
    }  # fmt: skip
    assert town.one("SELECT count(*) FROM video_tokens") == 0


def test_its_refusal_passes_too(asking: Asking, earlier: Server) -> None:
    earlier.behaviour = reply(403, b"no", "X-AuthDuration: 15")
    answer = asking(FOREIGN, "cam1")
    assert (answer.status_code, answer.headers["X-AuthDuration"]) == (403, "15")


@pytest.mark.parametrize("status", [201, 204, 301, 302, 400, 401, 404, 429, 500, 502, 503])
def test_anything_else_it_says_is_503(asking: Asking, earlier: Server, status: int) -> None:
    earlier.behaviour = reply(status, b"", "Location: /elsewhere", "X-AuthDuration: 999")
    answer = asking(FOREIGN, "cam1")
    assert answer.status_code == 503
    assert not {"X-AuthDuration", "Location"} & set(answer.headers.keys())


def test_its_silence_and_its_nonsense_are_503(asking: Asking, earlier: Server) -> None:
    for behaviour in (hang, raw(b"nonsense\r\n\r\n"), raw(b"")):
        earlier.behaviour = behaviour
        assert asking(FOREIGN, "cam1").status_code == 503


def test_a_token_of_ours_is_never_asked_there(
    town: Town, asking: Asking, watch: Watch, earlier: Server
) -> None:
    town.camera("cam1", houses=[101])
    resident = town.sign_in(NORMAL)
    good = watch(resident)
    assert asking(good, "cam1").status_code == 200
    assert asking(good, "cam2").status_code == 403, "not of its cameras"
    town.clock.forward(minutes=town.settings.expire)
    assert asking(good, "cam1").status_code == 403, "expired"
    late = watch(resident)
    assert asking(late, "cam1").status_code == 200
    town.change("DELETE FROM video_tokens WHERE expires_at <= :now", now=town.clock.now)
    assert asking(good, "cam1").status_code == 403, "forgotten"
    assert resident.post("user/deleteAccount").status_code == 204
    assert asking(late, "cam1").status_code == 403, "of a deleted account"
    assert not earlier.seen


@pytest.mark.parametrize(
    "query", ["name=cam1", "name=cam1&token=", f"name=a&name=b&token={FOREIGN}",
              f"name=a&token={FOREIGN}&token={FOREIGN}", f"name=%ff&token={FOREIGN}", "", "&&",
              f"token={FOREIGN}", f"name=&token={FOREIGN}", f"token={FOREIGN}&name"],
)  # fmt: skip
def test_what_is_no_question_is_not_passed_on(asking: Asking, earlier: Server, query: str) -> None:
    assert asking.raw(query).status_code == 403
    assert not earlier.seen


def test_a_foreign_token_is_refused_where_there_is_no_earlier_server(asking: Asking) -> None:
    assert asking(FOREIGN, "cam1").status_code == 403


def test_waiting_for_the_earlier_server_does_not_delay_our_own(
    town: Town, watch: Watch, earlier: Server
) -> None:
    town.open(proxyfl=f"{earlier.url}/x", proxyfl_timeout=4.0, proxyfl_calls=4)
    town.camera("cam1", houses=[101])
    good = watch()
    earlier.behaviour = hang
    with ThreadPoolExecutor(24) as threads:
        held = [threads.submit(door, town, FOREIGN) for _ in range(16)]
        wait_for(lambda: len(earlier.seen) >= 4, "the question")
        assert [door(town, good)[0] for _ in range(20)] == [200] * 20
        assert sum(not one.done() for one in held) >= 4
        earlier.behaviour = reply(500)
        assert {one.result()[0] for one in held} == {503}
