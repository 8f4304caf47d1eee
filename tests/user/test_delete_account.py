"""`user/deleteAccount`: everything of the person ends and is erased, at once."""

import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from smartyard.sandbox import Sandbox
from tests.fixtures.processes import wait_for
from tests.fixtures.world import NORMAL, SECOND, Resident, SignIn
from tests.user.asking import rows, wait_until_blocked


def viewing(person: Resident) -> str:
    """What the media server would ask about the person's first camera."""
    answer = person.post("cctv/all")
    assert answer.status_code == 200, answer.text
    camera = answer.get_json()["data"][0]
    return f"name={urlsplit(camera['url']).path.lstrip('/')}&token={camera['token']}"


def verdict(person: Resident, query: str) -> int:
    return person.client.get(f"/api/accessfl?{query}").status_code


def test_every_session_and_video_token_ends_at_once(
    sign_in: SignIn, sandbox: Sandbox, clean_database: sa.Engine
) -> None:
    phone, tablet, other = sign_in(NORMAL), sign_in(NORMAL), sign_in(SECOND)
    views = [viewing(phone), viewing(tablet)]
    other.post("user/sendName", {"name": "Анна"})
    assert [verdict(phone, view) for view in views] == [200, 200]
    answer = phone.post("user/deleteAccount")
    assert (answer.status_code, answer.data) == (204, b"")
    assert [one.post("user/ping").status_code for one in (phone, tablet)] == [401, 401]
    assert [verdict(phone, view) for view in views] == [403, 403]
    assert other.post("user/getName").get_json()["data"]["name"] == "Анна"
    assert rows(clean_database, "SELECT count(*) FROM video_tokens") == [0]
    assert sandbox.calls("billing")  # homes are the provider's: they were read from there


def test_personal_data_is_erased_and_another_phones_stays(
    sign_in: SignIn, clean_database: sa.Engine
) -> None:
    person, other = sign_in(NORMAL), sign_in(SECOND)
    for one in (person, other):
        one.post("user/sendName", {"name": "Иван", "patronymic": "Иванович"})
        one.post("user/registerPushToken", {"pushToken": one.phone, "platform": "ios"})
        assert one.post("address/getAddressList").status_code == 200
    person.post("user/deleteAccount")
    # Counters of SMS keep the number for a day: who deletes an account shall not get more codes.
    kept = rows(
        clean_database,
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        " AND table_type = 'BASE TABLE' AND table_name <> 'limit_counters'",
    )
    holding = {
        phone: [
            table
            for table in kept
            if phone in "\n".join(rows(clean_database, f"SELECT to_jsonb(t)::text FROM {table} t"))
        ]
        for phone in (NORMAL, SECOND)
    }
    # The other resident's home lists its people, who are billing's to name.
    assert set(holding[NORMAL]) <= {"flat_members"}
    assert rows(clean_database, "SELECT DISTINCT phone FROM flat_members") == [SECOND]
    assert {"persons", "sessions", "flat_members", "billing_copies"} <= set(holding[SECOND])


def test_a_code_on_its_way_dies_with_the_account(
    sign_in: SignIn, sandbox: Sandbox, clean_database: sa.Engine
) -> None:
    person = sign_in(NORMAL)
    person.client.post("/api/user/requestCode", json={"userPhone": NORMAL})
    person.post("user/deleteAccount")
    late = {"userPhone": NORMAL, "smsCode": sandbox.code_for(NORMAL)}
    assert person.client.post("/api/user/confirmCode", json=late).status_code == 404
    assert rows(clean_database, "SELECT count(*) FROM persons") == [0]


def test_who_comes_back_is_new(sign_in: SignIn) -> None:
    person = sign_in(NORMAL)
    person.post("user/sendName", {"name": "Иван"})
    person.post("user/notification", {"money": "f"})
    person.post("user/deleteAccount")
    back = sign_in(NORMAL)
    assert back.post("user/getName").get_json()["data"]["name"] == ""
    assert back.post("user/notification").get_json()["data"]["money"] == "t"
    assert person.post("user/ping").status_code == 401


Call = Callable[[Resident], Any]


@pytest.mark.parametrize(
    "method",
    [
        lambda person: person.post("user/sendName", {"name": "Иван"}),
        lambda person: person.post("user/notification", {"money": "f"}),
        lambda person: person.post("user/registerPushToken", {"pushToken": "p", "platform": "ios"}),
        lambda person: person.post("cctv/all"),
    ],
    ids=["sendName", "notification", "registerPushToken", "cctv/all"],
)
def test_a_call_in_flight_while_the_account_goes_is_logged_out(
    sign_in: SignIn, clean_database: sa.Engine, method: Call
) -> None:
    person = sign_in(NORMAL)
    person.post("user/ping")  # seen just now: the guard writes nothing
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(method(person).status_code))
    with clean_database.connect() as leaving:
        leaving.execute(sa.text("DELETE FROM persons"))
        thread.start()
        wait_until_blocked(clean_database)
        leaving.commit()
    thread.join(30)
    assert answers == [401]
    assert rows(clean_database, "SELECT count(*) FROM persons") == [0]


@pytest.mark.parametrize("path", ["user/getBillingList", "user/getPaymentsList"])
def test_who_leaves_while_billing_is_asked_for_the_accounts_is_logged_out(
    sign_in: SignIn, sandbox: Sandbox, clean_database: sa.Engine, path: str
) -> None:
    """The copy goes with the person: this is no silence of billing's."""
    phone, tablet = sign_in(NORMAL), sign_in(NORMAL)
    sandbox.faults.set("billing", "slow", method="getpaymentslist", seconds=1)
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(phone.post(path).status_code))
    thread.start()
    claims = "SELECT count(*) FROM billing_copies WHERE claim IS NOT NULL"
    wait_for(lambda: rows(clean_database, claims) == [1], "the question")
    assert tablet.post("user/deleteAccount").status_code == 204
    thread.join(30)
    assert answers == [401]
    assert rows(clean_database, "SELECT count(*) FROM billing_copies") == [0]
