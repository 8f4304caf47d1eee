"""How many codes there may be: a phone, an address, a day; and whose address counts."""

import logging

import pytest
import sqlalchemy as sa

from smartyard.sandbox import Sandbox
from tests.fixtures.world import MANY, NEIGHBOUR, NOBODY, NORMAL, REFUSED, SECOND
from tests.user.asking import ask, call, confirm, hits, token_of
from tests.user.conftest import Clock, MakeApp


def test_five_codes_an_hour_a_phone(make_app: MakeApp, sandbox: Sandbox, clock: Clock) -> None:
    app = make_app(sms_per_phone_hour=5)
    for _ in range(5):
        assert ask(app, NORMAL).status_code == 204
        clock.forward(seconds=61)
    refused = ask(app, "8" + NORMAL[1:])
    assert refused.status_code == 429 and refused.get_json()["code"] == 429
    assert len(sandbox.messages) == 5
    assert ask(app, SECOND).status_code == 204
    clock.forward(hours=1)
    assert ask(app, NORMAL).status_code == 204


def test_ten_codes_a_day_a_phone(make_app: MakeApp, sandbox: Sandbox, clock: Clock) -> None:
    app = make_app(sms_per_phone_hour=5, sms_per_phone_day=10)
    answers = []
    for _ in range(3):
        answers += [ask(app, NORMAL).status_code for _ in range(5) if not clock.forward(seconds=61)]
        clock.forward(hours=1)
    assert answers == [204] * 10 + [429] * 5
    assert len(sandbox.messages) == 10
    clock.forward(hours=21)
    assert ask(app, NORMAL).status_code == 204


@pytest.mark.parametrize(
    ("first", "others"),
    [
        ("203.0.113.7", ["203.0.113.7", "203.0.113.7"]),
        ("2001:db8:1:2::1", ["2001:db8:1:2:ffff::9", "2001:db8:1:2:3:4:5:6"]),
    ],
)
def test_one_address_gets_its_codes_and_no_more(
    make_app: MakeApp, sandbox: Sandbox, first: str, others: list[str]
) -> None:
    app = make_app(sms_per_address_hour=2)
    phones = [NORMAL, SECOND, NEIGHBOUR]
    answers = [ask(app, p, a).status_code for p, a in zip(phones, [first, *others], strict=True)]
    assert answers == [204, 204, 429]
    assert ask(app, NOBODY, "2001:db8:1:3::1").status_code == 204
    assert ask(app, MANY, "203.0.113.8").status_code == 204
    assert len(sandbox.messages) == 4


def test_the_days_total_ends_for_everybody_and_the_log_says_so(
    make_app: MakeApp, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    app = make_app(sms_per_day_total=2)
    assert [ask(app, p, "203.0.113.1").status_code for p in (NORMAL, SECOND)] == [204, 204]
    assert not [r for r in caplog.records if "SMS_PER_DAY_TOTAL" in r.getMessage()]
    assert ask(app, NEIGHBOUR, "203.0.113.2").status_code == 429
    told = [r for r in caplog.records if "SMS_PER_DAY_TOTAL" in r.getMessage()]
    assert told and told[0].levelno == logging.WARNING
    assert len(sandbox.messages) == 2


def test_strangers_use_up_their_share_and_people_whom_we_know_go_on_signing_in(
    make_app: MakeApp, sandbox: Sandbox, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(sms_per_day_total=9, sms_strangers_per_day=3)
    ask(app, NORMAL, "203.0.113.1")
    resident = token_of(confirm(app, NORMAL, sandbox.code_for(NORMAL)))
    clock.forward(seconds=61)
    made_up = [ask(app, f"7900555{n:04}", f"203.0.113.{n}").status_code for n in range(4)]
    assert made_up == [204, 204, 429, 429], "three, of which one is used"
    told = [r for r in caplog.records if "SMS_STRANGERS_PER_DAY" in r.getMessage()]
    assert len(told) == 2 and told[0].levelno == logging.WARNING
    assert ask(app, NORMAL, "203.0.113.1").status_code == 204, "signed in before"
    clock.forward(seconds=61)
    call(app, resident, "deleteAccount")
    assert ask(app, NORMAL, "203.0.113.1").status_code == 429, "and is a stranger again"
    clock.forward(days=1)
    assert ask(app, NORMAL, "203.0.113.1").status_code == 204


def test_who_has_a_home_here_is_no_stranger(
    make_app: MakeApp, sandbox: Sandbox, clean_database: sa.Engine
) -> None:
    app = make_app(sms_strangers_per_day=1)
    ask(app, NORMAL)
    resident = token_of(confirm(app, NORMAL, sandbox.code_for(NORMAL)))
    headers = {"Authorization": f"Bearer {resident}"}
    assert app.test_client().post("/api/address/getAddressList", headers=headers).status_code == 200
    with clean_database.begin() as connection:
        connection.execute(sa.text("UPDATE flat_members SET phone = :phone"), {"phone": SECOND})
    assert [ask(app, phone).status_code for phone in (NEIGHBOUR, SECOND)] == [429, 204]


def test_a_whole_site_of_ipv6_gets_ten_times_an_addresses_codes(make_app: MakeApp) -> None:
    app = make_app(sms_per_address_hour=1)
    answers = [ask(app, f"7900555{n:04}", f"2001:db8:1:{n:x}::1").status_code for n in range(1, 12)]
    assert answers == [204] * 10 + [429]
    assert ask(app, NORMAL, "2001:db8:2:1::1").status_code == 204


def test_a_caller_without_an_address_counts_too(make_app: MakeApp, sandbox: Sandbox) -> None:
    app = make_app(sms_per_day_total=1)
    assert [ask(app, p, "").status_code for p in (NORMAL, SECOND)] == [204, 429]
    assert len(sandbox.messages) == 1


def test_a_refused_request_uses_up_no_other_limit(
    make_app: MakeApp, clean_database: sa.Engine, clock: Clock
) -> None:
    app = make_app(sms_per_phone_hour=1)
    answers = []
    for _ in range(3):
        answers.append(ask(app, NORMAL).status_code)
        clock.forward(seconds=61)
    assert answers == [204, 429, 429]
    assert hits(clean_database) == {
        "sms-hour": 1, "sms-day": 1, "sms-address": 1, "sms-total": 1, "sms-strangers": 1
    }  # fmt: skip


def test_an_sms_that_was_not_sent_does_not_count(
    make_app: MakeApp, clean_database: sa.Engine
) -> None:
    app = make_app(sms_per_phone_hour=1)
    assert [ask(app, REFUSED).status_code for _ in range(3)] == [503] * 3
    assert not hits(clean_database)


def _of_three(make_app: MakeApp, peer: str, told: list[str]) -> list[int]:
    """Three phones ask from one peer that tells these addresses, two codes an address."""
    app = make_app(sms_per_address_hour=2, trusted_proxies=("127.0.0.1", "::1"))
    phones = [NORMAL, SECOND, NEIGHBOUR]
    return [
        ask(app, phone, peer, **{"X-Forwarded-For": header}).status_code
        for phone, header in zip(phones, told, strict=True)
    ]


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", ""])
def test_our_own_proxy_tells_the_address(make_app: MakeApp, peer: str) -> None:
    told = ["203.0.113.1", "203.0.113.2", "203.0.113.3"]
    assert _of_three(make_app, peer, told) == [204, 204, 204]


@pytest.mark.parametrize(
    ("peer", "told"),
    [
        ("127.0.0.1", ["198.51.100.1, 203.0.113.7", "198.51.100.2,203.0.113.7", "203.0.113.7"]),
        ("203.0.113.7", ["198.51.100.1", "198.51.100.2", "198.51.100.3"]),
        ("127.0.0.1", ["203.0.113.1, rubbish", "203.0.113.2, ", "rubbish"]),
    ],
    ids=["only the last entry counts", "a stranger tells nothing", "rubbish tells nothing"],
)
def test_nobody_hides_behind_a_header(make_app: MakeApp, peer: str, told: list[str]) -> None:
    assert _of_three(make_app, peer, told) == [204, 204, 429]
