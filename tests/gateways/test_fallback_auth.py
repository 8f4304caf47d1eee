"""PROXYFL: the query goes on as it came; 200, 403 and the X- headers come back."""

import pytest

from smartyard.errors import DependencyUnavailable
from smartyard.gateways.breaker import Breaker
from smartyard.gateways.fallback_auth import FallbackAuth, FallbackVerdict
from tests.gateways.conftest import OutsideMaker
from tests.gateways.servers import Behaviour, hang, raw, reply, serving

QUERY = [("name", "двор/cam 1"), ("token", "a&b=c"), ("ip", ""), ("qs", "token%3Da"), ("ip", "2")]


@pytest.mark.parametrize("status", [200, 403])
def test_passes_the_verdict_on(make_outside: OutsideMaker, status: int) -> None:
    headers = ("X-AuthDuration: 60", "Content-Type: text/html", "X-UserId: 7", "Server: old")
    with serving(reply(status, b"{}", *headers)) as server:
        verdict = FallbackAuth(make_outside(), server.url + "/fl?old=1").ask(QUERY)
    assert verdict == FallbackVerdict(status, (("X-AuthDuration", "60"), ("X-UserId", "7")))
    assert server.seen[0].method == "GET"
    assert server.seen[0].query == [("old", "1"), *QUERY]


def test_no_header_that_moves_our_own_nginx_passes(make_outside: OutsideMaker) -> None:
    headers = ("X-Accel-Redirect: /secret", "x-sendfile: /etc/passwd", "X-Max-Sessions: 2")
    with serving(reply(200, b"", *headers)) as server:
        verdict = FallbackAuth(make_outside(), server.url).ask([])
    assert verdict.headers == (("X-Max-Sessions", "2"),)


@pytest.mark.parametrize(
    "behaviour",
    [
        *(reply(status) for status in (201, 204, 301, 302, 401, 404, 429, 500, 502, 503)),
        hang,
        raw(b""),
        raw(b"HTTP/1.1 200 OK\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"),
    ],
)
def test_anything_else_is_no_verdict(make_outside: OutsideMaker, behaviour: Behaviour) -> None:
    with serving(behaviour) as server, pytest.raises(DependencyUnavailable):
        FallbackAuth(make_outside(total=0.5), server.url).ask(QUERY)


def test_its_refusals_never_open_the_breaker(make_outside: OutsideMaker) -> None:
    with serving(reply(403)) as server:
        fallback = FallbackAuth(make_outside(breaker=Breaker(1, 10)), server.url)
        assert [fallback.ask(QUERY).status for _ in range(3)] == [403, 403, 403]


def test_without_a_url_it_says_so(make_outside: OutsideMaker) -> None:
    fallback = FallbackAuth(make_outside(), "")
    assert not fallback.configured
    with pytest.raises(DependencyUnavailable, match="PROXYFL is not set"):
        fallback.ask(QUERY)
