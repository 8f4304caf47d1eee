"""`user/requestCode`: one SMS, one live code, and a repeated request that is the same request."""

import hashlib
import hmac
from uuid import UUID

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from smartyard.phones import Phone
from smartyard.sandbox import Sandbox
from smartyard.secret import Keys
from smartyard.sign_in.codes import code_hash, new_code
from tests.fixtures.world import NOBODY, NORMAL, SECOND
from tests.user.asking import ask, at_once, confirm, hits, rows, wrong
from tests.user.conftest import Clock, MakeApp


@pytest.mark.parametrize(
    ("beginning", "last_line"),
    [
        ("РОСТЕЛЕСЕТЬ код подтверждения: ", ""),
        ("«РОСТЕЛЕСЕТЬ» & Co+100% код: ", ""),
        ("Код: ", "@example.com #{code}"),
    ],
)
def test_the_text_reaches_kannel_untouched(
    make_app: MakeApp, sandbox: Sandbox, beginning: str, last_line: str
) -> None:
    app = make_app(kannel_text=beginning, sms_last_line=last_line, kannel_from="SmartYard")
    assert ask(app, NORMAL).status_code == 204
    (_, asked), code = sandbox.calls("kannel")[0], sandbox.code_for(NORMAL)
    ending = f"\n@example.com #{code}" if last_line else ""
    assert asked["text"] == f"{beginning}{code}{ending}" == sandbox.messages[0]["text"]
    assert (asked["to"], asked["coding"], asked["charset"]) == (NORMAL, "2", "UTF-8")
    assert asked["from"] == "SmartYard"


def test_answers_204_to_the_apps_and_the_method_to_the_web_client(make_app: MakeApp) -> None:
    app = make_app(confirm_numbers=())
    assert ask(app, NORMAL).data == b""
    told = app.test_client().post(
        "/api/user/requestCode", json={"userPhone": SECOND, "method": "outgoingCall"}
    )
    assert (told.status_code, told.get_json()["data"]) == (200, {"method": "sms"})


@pytest.mark.parametrize(
    "spelling", ["89000000001", 79000000001, 89000000001, "+7 (900) 000-00-01"]
)
def test_every_spelling_of_a_number_is_one_person(
    make_app: MakeApp, sandbox: Sandbox, spelling: object
) -> None:
    app = make_app()
    assert ask(app, spelling).status_code == 204
    assert ask(app, NORMAL).status_code == 204
    assert [message["to"] for message in sandbox.messages] == [NORMAL]
    assert confirm(app, NORMAL, sandbox.code_for(NORMAL)).status_code == 200


@pytest.mark.parametrize("phone", ["74951234567", "77011234567", "88001234567"])
def test_sends_nothing_to_a_prefix_that_is_not_served(
    make_app: MakeApp, sandbox: Sandbox, clean_database: sa.Engine, phone: str
) -> None:
    refused = ask(make_app(), phone)
    assert (refused.status_code, refused.get_json()["code"]) == (422, 422)
    assert not sandbox.calls("kannel")
    assert not rows(clean_database, "SELECT phone FROM login_codes") and not hits(clean_database)


def test_served_prefixes_are_the_operators_choice(make_app: MakeApp, sandbox: Sandbox) -> None:
    app = make_app(sms_prefixes=("7701",))
    assert ask(app, "77011234567").status_code == 204
    assert ask(app, NORMAL).status_code == 422
    assert len(sandbox.messages) == 1


def test_keeps_of_a_code_only_a_mac_under_the_secret_key(
    make_app: MakeApp, sandbox: Sandbox, clean_database: sa.Engine
) -> None:
    ask(make_app(), NORMAL)
    code = sandbox.code_for(NORMAL)
    ((request_id, kept),) = rows(clean_database, "SELECT request_id, code_hash FROM login_codes")
    guessed = [
        hashlib.new(name, text.encode()).digest()
        for name in ("md5", "sha1", "sha256", "sha512", "blake2b")
        for text in (code, NORMAL + code, code + NORMAL, f"{NORMAL}{request_id}{code}")
    ]
    guessed += [hmac.digest(b"", text.encode(), "sha256") for text in (code, NORMAL + code)]
    assert bytes(kept) not in guessed and len(kept) == 32
    (whole,) = rows(clean_database, "SELECT to_jsonb(login_codes) - 'request_id' FROM login_codes")
    assert not [value for value in whole.values() if str(value) == code]


def test_a_mac_holds_for_one_phone_one_request_one_code_and_one_key() -> None:
    keys, other = Keys(b"k" * 32), Keys(b"l" * 32)
    first, second = hashlib.md5(b"1").digest(), hashlib.md5(b"2").digest()
    made = {
        code_hash(key, Phone(phone), UUID(bytes=request), code)
        for key in (keys, other)
        for phone in (NORMAL, SECOND)
        for request in (first, second)
        for code in ("0000", "0001")
    }
    assert len(made) == 16


def test_codes_have_their_length_and_keep_leading_zeros() -> None:
    drawn = [new_code(4) for _ in range(3000)]
    assert {len(code) for code in drawn} == {4} and all(code.isdigit() for code in drawn)
    assert {code[0] for code in drawn} == set("0123456789")
    assert len(set(drawn)) > 2000
    assert len(new_code(6)) == 6


def test_a_setting_makes_codes_longer(make_app: MakeApp, sandbox: Sandbox) -> None:
    app = make_app(code_length=6)
    ask(app, NORMAL)
    code = sandbox.code_for(NORMAL)
    assert len(code) == 6 and confirm(app, NORMAL, code).status_code == 200


def test_a_repeat_within_a_minute_is_the_same_request(
    make_app: MakeApp, sandbox: Sandbox, clean_database: sa.Engine, clock: Clock
) -> None:
    app = make_app()
    ask(app, NORMAL)
    clock.forward(seconds=59)
    assert ask(app, NORMAL).status_code == 204
    assert len(sandbox.messages) == 1 and hits(clean_database)["sms-hour"] == 1
    assert confirm(app, NORMAL, sandbox.code_for(NORMAL)).status_code == 200


def test_after_a_minute_a_new_code_takes_the_place_of_the_old(
    make_app: MakeApp, sandbox: Sandbox, clean_database: sa.Engine, clock: Clock
) -> None:
    app = make_app(code_length=8)
    ask(app, NORMAL)
    old = sandbox.code_for(NORMAL)
    clock.forward(seconds=61)
    assert ask(app, NORMAL).status_code == 204
    new = sandbox.code_for(NORMAL)
    assert len(sandbox.messages) == 2
    assert rows(clean_database, "SELECT count(*) FROM login_codes") == [1]
    assert confirm(app, NORMAL, old).status_code == 403
    assert confirm(app, NORMAL, new).status_code == 200


def test_a_code_that_has_ended_holds_no_request_back(
    make_app: MakeApp, sandbox: Sandbox, clock: Clock
) -> None:
    app = make_app(code_ttl=20)
    ask(app, NORMAL)
    clock.forward(seconds=20)
    assert ask(app, NORMAL).status_code == 204
    assert len(sandbox.messages) == 2
    assert confirm(app, NORMAL, sandbox.code_for(NORMAL)).status_code == 200


def test_a_used_code_holds_no_request_back(make_app: MakeApp, sandbox: Sandbox) -> None:
    app = make_app()
    ask(app, NORMAL)
    confirm(app, NORMAL, sandbox.code_for(NORMAL))
    assert ask(app, NORMAL).status_code == 204
    assert len(sandbox.messages) == 2
    assert confirm(app, NORMAL, sandbox.code_for(NORMAL)).status_code == 200


def test_a_code_spent_on_guesses_holds_no_request_back(make_app: MakeApp, sandbox: Sandbox) -> None:
    app = make_app()
    ask(app, NORMAL)
    for _ in range(5):
        confirm(app, NORMAL, wrong(sandbox.code_for(NORMAL)))
    assert ask(app, NORMAL).status_code == 204
    assert len(sandbox.messages) == 2
    assert confirm(app, NORMAL, sandbox.code_for(NORMAL)).status_code == 200


def test_requests_that_come_at_once_give_one_sms(
    make_app: MakeApp, sandbox: Sandbox, clean_database: sa.Engine
) -> None:
    app = make_app()
    sandbox.faults.set("kannel", "slow", seconds=0.3)
    answers = at_once(lambda _: ask(app, NORMAL).status_code, 5)
    assert answers == [204] * 5
    assert len(sandbox.calls("kannel")) == 1
    assert hits(clean_database) == {
        "sms-hour": 1, "sms-day": 1, "sms-address": 1, "sms-total": 1, "sms-strangers": 1
    }  # fmt: skip


@pytest.mark.parametrize("_round", range(4))
def test_a_resend_of_the_last_allowed_request_is_not_too_often(
    make_app: MakeApp, sandbox: Sandbox, _round: int
) -> None:
    app = make_app(sms_per_phone_hour=1)
    assert at_once(lambda _: ask(app, NORMAL).status_code, 6) == [204] * 6
    assert len(sandbox.calls("kannel")) == 1


def test_requests_that_come_at_once_all_hear_of_a_refusal(
    make_app: MakeApp, sandbox: Sandbox, clean_database: sa.Engine
) -> None:
    app = make_app(breaker_failures=100)
    sandbox.faults.set("kannel", "refuse")
    assert at_once(lambda _: ask(app, NORMAL).status_code, 4) == [503] * 4
    assert not sandbox.messages and not hits(clean_database)


def test_the_reviewers_number_has_a_fixed_code_and_no_sms(
    make_app: MakeApp, sandbox: Sandbox, clean_database: sa.Engine
) -> None:
    app = make_app(test_user=Phone(NOBODY), test_pass=SecretStr("0042"), sms_per_phone_hour=2)
    assert ask(app, "8" + NOBODY[1:]).status_code == 204
    assert not sandbox.calls("kannel") and "sms-total" not in hits(clean_database)
    assert [confirm(app, NOBODY, "0043").status_code for _ in range(6)] == [403] * 5 + [429]
    assert confirm(app, NOBODY, "0042").status_code == 429
    assert ask(app, NOBODY).status_code == 204
    assert confirm(app, NOBODY, 42).status_code == 200
    assert ask(app, NOBODY).status_code == 429


def test_one_address_uses_up_half_of_the_reviewers_codes_of_a_day_at_most(
    make_app: MakeApp, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(test_user=Phone(NOBODY), test_pass=SecretStr("0042"), sms_per_phone_day=4)
    told = []
    for address in ["203.0.113.1"] * 3 + ["203.0.113.2"]:
        told.append(ask(app, NOBODY, address).status_code)
        clock.forward(seconds=61)
    assert told == [204, 204, 429, 204]
    assert [confirm(app, NOBODY, "0043").status_code for _ in range(6)] == [403] * 5 + [429]
    spent = [r for r in caplog.records if "TEST_USER" in r.getMessage()]
    assert len(spent) == 1 and NOBODY not in caplog.text and "0043" not in caplog.text


def test_the_reviewers_number_needs_no_served_prefix(make_app: MakeApp) -> None:
    app = make_app(test_user=Phone("74951234567"), test_pass=SecretStr("1234"))
    assert ask(app, "74951234567").status_code == 204
    assert confirm(app, "74951234567", "1234").status_code == 200


def test_there_is_no_reviewers_number_unless_both_settings_are_set(
    make_app: MakeApp, sandbox: Sandbox
) -> None:
    app = make_app(test_user=Phone(NOBODY))
    assert ask(app, NOBODY).status_code == 204
    assert len(sandbox.messages) == 1
    assert confirm(app, NOBODY, wrong(sandbox.code_for(NOBODY))).status_code == 403
