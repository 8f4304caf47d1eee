"""Reminding a guest: a message, one SMS where one is set, and no more of them than of codes."""

import pytest

from tests.fixtures.world import NEIGHBOUR, NOBODY, NORMAL, REFUSED, SECOND, Resident
from tests.fixtures.yard import FLAT, LONG_AGO, Yard, let_in

GUEST = NOBODY
TEXT = "Вам открыт доступ: приложение Умный двор"


def resend(resident: Resident, phone: str = GUEST, flat: int | str = FLAT) -> int:
    body = {"flatId": flat, "guestPhone": phone}
    return resident.post("address/resend", body).status_code


def texts(yard: Yard, phone: str = GUEST) -> list[str]:
    sent = yard.town.sandbox.messages
    return [one["text"] for one in sent if one["to"] == phone and "код" not in one["text"]]


def told(yard: Yard, phone: str = GUEST) -> int:
    return int(yard.town.one("SELECT count(*) FROM messages WHERE phone = :phone", phone=phone))


def test_a_guest_gets_one_sms_a_minute_and_a_message_with_it(yard: Yard) -> None:
    yard.town.open(invite_text=TEXT)
    owner = yard.at_home(NORMAL)
    let_in(owner, GUEST)
    assert [resend(owner), resend(owner, flat=str(FLAT))] == [204, 204]
    assert (texts(yard), told(yard)) == ([TEXT], 2)
    yard.town.clock.forward(minutes=2)
    assert resend(owner) == 204
    assert len(texts(yard)) == 2


def test_without_a_text_there_is_no_sms(yard: Yard) -> None:
    owner = yard.at_home(NORMAL)
    let_in(owner, GUEST)
    assert resend(owner) == 204
    assert (texts(yard), told(yard)) == ([], 2)


def test_one_guest_is_reminded_a_few_times_a_day(yard: Yard) -> None:
    yard.town.open(invite_text=TEXT, invitations_again_per_day=2)
    owner = yard.at_home(NORMAL)
    let_in(owner, GUEST)
    statuses = []
    for _ in range(3):
        statuses.append(resend(owner))
        yard.town.clock.forward(minutes=2)
    assert (statuses, len(texts(yard))) == ([204, 204, 429], 2)


def test_an_invitation_stands_under_the_limits_of_codes(yard: Yard) -> None:
    owner = yard.at_home(NORMAL)
    limited = yard.town.open(invite_text=TEXT, sms_per_phone_hour=1)
    owner.client = limited.test_client()
    let_in(owner, GUEST)
    assert resend(owner) == 204
    yard.town.clock.forward(minutes=2)
    assert resend(owner) == 429
    assert len(texts(yard)) == 1


def test_who_is_no_guest_is_not_reminded(yard: Yard) -> None:
    yard.town.open(invite_text=TEXT)
    owner = yard.at_home(NORMAL)
    assert resend(owner) == 404
    let_in(owner, GUEST)
    let_in(owner, GUEST, expire=LONG_AGO)
    assert resend(owner) == 404
    assert texts(yard) == []


@pytest.mark.parametrize(("who", "flat"), [(NEIGHBOUR, FLAT), (SECOND, FLAT), (NORMAL, 424242)])
def test_nobody_but_an_owner_reminds(yard: Yard, who: str, flat: int) -> None:
    yard.town.open(invite_text=TEXT)
    let_in(yard.at_home(NORMAL), GUEST)
    assert resend(yard.at_home(who), GUEST, flat) == 403
    assert texts(yard) == []


def test_an_sms_that_is_refused_says_so_and_counts_nothing(yard: Yard) -> None:
    yard.town.open(invite_text=TEXT)
    owner = yard.at_home(NORMAL)
    let_in(owner, REFUSED)
    assert resend(owner, REFUSED) == 503
    taken = "SELECT sum(hits) FROM limit_counters WHERE key LIKE :key"
    assert yard.town.one(taken, key=f"sms-hour:{REFUSED}") == 0


@pytest.mark.parametrize("body", [{}, {"flatId": FLAT}, {"flatId": FLAT, "guestPhone": "12"}])
def test_a_wrong_shape_is_422(yard: Yard, body: object) -> None:
    assert yard.at_home(NORMAL).post("address/resend", body).status_code == 422
