"""A flat that billing takes away closes its doors, though nobody reads a list."""

from datetime import timedelta
from pathlib import Path

import pytest

from smartyard.intercom.service import IntercomService
from smartyard.launcher.postgres import Cluster
from smartyard.renewal.service import RenewalService
from smartyard.web import service
from tests.fixtures.database import DATABASE, environment_of
from tests.fixtures.processes import outside_of, wait_for, working
from tests.fixtures.world import NEIGHBOUR, NOBODY, NORMAL, SECOND, Resident
from tests.fixtures.yard import BEWARD, FLAT, FOREVER, NEIGHBOURS_FLAT, Yard, let_in, press

HOURS = 6  # of RIGHTS_REFRESH
GUEST = NOBODY


def due(yard: Yard) -> list[str]:
    assert yard.town.app is not None
    with yard.town.app.app_context():
        return list(service(RenewalService).due())


def renew(yard: Yard) -> None:
    """What a turn of the worker does."""
    assert yard.town.app is not None
    with yard.town.app.app_context():
        for phone in service(RenewalService).due():
            service(RenewalService).renew(phone)


def rung(yard: Yard, flat: int = FLAT) -> list[str]:
    assert yard.town.app is not None
    with yard.town.app.app_context():
        return list(service(IntercomService).voip_phones(flat, yard.town.clock.now))


def take_flat(yard: Yard, *phones: str) -> None:
    for phone in phones:
        yard.town.sandbox.world.remove_contract(phone, 1001)


def asked(yard: Yard) -> int:
    return int(yard.town.asked("getsettingslist"))


def test_a_door_asks_about_who_did_nothing_but_open_it(yard: Yard) -> None:
    resident = yard.at_home(SECOND)
    take_flat(yard, SECOND)
    before = asked(yard)
    yard.town.clock.forward(hours=HOURS, seconds=-1)
    assert (press(resident, BEWARD).status_code, asked(yard)) == (204, before)
    yard.town.clock.forward(seconds=10)
    assert (press(resident, BEWARD).status_code, asked(yard)) == (403, before + 1)
    assert yard.pulses(BEWARD) == 1


def test_what_was_paid_meanwhile_opens_the_door(yard: Yard) -> None:
    yard.town.sandbox.world.set_unpaid(SECOND, ["domophone"])
    resident = yard.at_home(SECOND)
    assert press(resident, BEWARD).status_code == 402
    yard.town.sandbox.world.set_unpaid(SECOND, [])
    yard.town.clock.forward(hours=HOURS)
    assert press(resident, BEWARD).status_code == 204


def test_a_guests_door_asks_about_the_hosts(yard: Yard) -> None:
    owner, guest = yard.at_home(NORMAL), yard.at_home(GUEST)
    let_in(owner, GUEST)
    take_flat(yard, NORMAL)
    yard.town.clock.forward(hours=HOURS)
    assert press(guest, BEWARD).status_code == 403
    assert yard.pulses(BEWARD) == 0


def test_the_worker_looks_again_at_doors_and_rings(yard: Yard) -> None:
    owner, mate, guest = yard.at_home(NORMAL), yard.at_home(SECOND), yard.at_home(GUEST)
    let_in(owner, GUEST)
    assert rung(yard) == [NORMAL, SECOND, GUEST]
    take_flat(yard, NORMAL, SECOND)
    yard.town.clock.forward(hours=HOURS)
    renew(yard)
    before = asked(yard)
    assert [press(one, BEWARD).status_code for one in (owner, mate, guest)] == [403] * 3
    assert asked(yard) == before + 1, "about the guest, who is a stranger now, and nobody else"
    assert not rung(yard)
    assert yard.pulses(BEWARD) == 0


def test_the_oldest_words_come_first_and_so_many_at_most(yard: Yard) -> None:
    yard.town.open(rights_per_turn=2)
    yard.town.clock.forward(hours=1)
    yard.at_home(SECOND)
    yard.town.clock.forward(hours=1)
    yard.at_home(NEIGHBOUR)
    assert not due(yard)
    yard.town.clock.forward(hours=HOURS)
    assert due(yard) == [NORMAL, SECOND]
    late = yard.town.clock.now - timedelta(seconds=1)
    yard.town.change("UPDATE billing_copies SET retry_at = :at WHERE subject = :one",
                     at=late, one=f"homes:{NORMAL}")  # fmt: skip
    assert due(yard) == [SECOND, NEIGHBOUR], "who failed a moment ago waits behind the others"


def sleep_for(yard: Yard, *residents: Resident, days: int) -> None:
    for one in residents:
        seen = yard.town.clock.now - timedelta(days=days)
        yard.town.change(
            "UPDATE sessions SET last_seen_at = :seen FROM persons"
            " WHERE persons.id = person_id AND phone = :one", seen=seen, one=one.phone,
        )  # fmt: skip


def test_whom_nobody_has_seen_for_long_is_asked_about_where_his_phone_rings(yard: Yard) -> None:
    owner, mate, neighbour = (yard.at_home(one) for one in (NORMAL, SECOND, NEIGHBOUR))
    yard.town.clock.forward(hours=HOURS)
    sleep_for(yard, owner, mate, neighbour, days=31)
    assert not due(yard)
    yard.town.change(
        "UPDATE sessions SET push_token = 'x' FROM persons"
        " WHERE persons.id = person_id AND phone = :one", one=SECOND,
    )  # fmt: skip
    assert due(yard) == [SECOND]
    guest = yard.at_home(GUEST)
    yard.town.change(
        "INSERT INTO flat_members (phone, house_id, flat_id, contract_owner, flat_owner, services,"
        " unpaid, has_gates, roommates, source, kind, granted_by, granted_at) VALUES"
        " (:guest, 101, :flat, false, false, '{}', '{}', false, '[]', 'grant', 'inner', :host,"
        " :now)",
        guest=GUEST, flat=NEIGHBOURS_FLAT, host=NEIGHBOUR, now=yard.town.clock.now,
    )  # fmt: skip
    assert guest.phone == GUEST and due(yard) == [SECOND, NEIGHBOUR], "the guest's host"


def test_doors_open_by_the_last_word_for_long_and_not_for_ever(yard: Yard) -> None:
    yard.town.open(doors_max_stale=240.0)
    owner, guest = yard.at_home(NORMAL), yard.at_home(GUEST)
    let_in(owner, GUEST, expire=FOREVER)
    yard.town.sandbox.faults.set("billing", "down")
    yard.town.clock.forward(hours=240, seconds=-1)
    assert [press(one, BEWARD).status_code for one in (owner, guest)] == [204, 204]
    yard.town.clock.forward(seconds=20)
    for one in (owner, guest):
        answer = press(one, BEWARD)
        assert answer.status_code == 503 and "проверить ваш доступ" in answer.get_json()["message"]
    assert yard.pulses(BEWARD) == 2
    yard.town.sandbox.faults.clear()
    yard.town.open(doors_max_stale=240.0)  # its breaker has not learned to be careful
    assert [press(yard.at_home(one), BEWARD).status_code for one in (NORMAL, GUEST)] == [204, 204]


@pytest.mark.parametrize("how", ["debts", "no homes"])
def test_doors_that_are_taken_from_everybody_at_once_are_held_back(yard: Yard, how: str) -> None:
    town = yard.town
    town.open(billing_block_least=2, billing_block_share=0.5)
    phones = [f"7900200{number:04}" for number in range(6)]
    for number, phone in enumerate(phones):
        flat = {"clientId": 8000 + number, "houseId": 101, "flatId": 80000 + number}
        town.sandbox.world.add_contract(phone, flat | {"services": ["domophone"]})
    people = [yard.at_home(phone) for phone in phones]
    for number, phone in enumerate(phones):
        if how == "debts":
            town.sandbox.world.set_unpaid(phone, ["domophone"])
        else:
            town.sandbox.world.remove_contract(phone, 8000 + number)
    town.clock.forward(hours=HOURS)
    renew(yard)
    opened = [press(one, BEWARD, 1).status_code for one in people]
    assert opened.count(204) >= 3 and opened.count(204) < 6, opened


def test_a_real_worker_asks_and_leaves_off_while_billing_is_down(
    yard: Yard, database_cluster: Cluster, tmp_path: Path
) -> None:
    told = outside_of(
        yard.town.sandbox,
        rights_schedule="* * * * * *",
        rights_refresh=1,
        refresh_schedule="0 0 29 2 *",
        billing_ttl=1,
        billing_retry=1,
    )
    yard.at_home(SECOND)
    environment = environment_of(database_cluster, DATABASE, tmp_path) | told
    with working(environment, tmp_path / "worker.log") as worker:
        before = asked(yard)
        wait_for(lambda: asked(yard) > before + 1, "the worker to ask about both")
        take_flat(yard, SECOND)
        wait_for(lambda: SECOND not in rung(yard), "the phone that rings no more")
        assert NORMAL in rung(yard)
        yard.town.sandbox.faults.set("billing", "error")
        before = asked(yard)
        wait_for(lambda: asked(yard) > before, "a question to a dead billing")
        assert NORMAL in rung(yard)
        assert worker.running and "Traceback" not in worker.said, worker.said
