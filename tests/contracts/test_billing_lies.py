"""A billing that lies: nonsense of every kind, and everybody blocked at once."""

import pytest

from tests.fixtures.town import Town
from tests.fixtures.world import NORMAL, Resident

LISTS = ["address/getAddressList", "address/getSettingsList"]
LIES = [
    *(("rubbish", kind) for kind in ("html", "nan", "huge", "array", "cut", "drip")),
    *((mode, "") for mode in ("refuse", "error", "drop", "down", "hang")),
]
HOUSES = 7900100


def read(resident: Resident) -> list[object]:
    return [resident.post(path).get_json() for path in LISTS]


def tables(town: Town) -> list[object]:
    names = ("houses", "flats", "contracts", "flat_members", "listed_houses", "doors")
    return [town.rows(f"SELECT * FROM {name} ORDER BY 1, 2") for name in names]


def tell(town: Town, mode: str, kind: str, method: str = "") -> None:
    more = {"kind": kind} if kind else {}
    town.sandbox.faults.set("billing", mode, method=method, **more)  # type: ignore[arg-type]


def patience(*lie: str) -> dict[str, float]:
    """Only what never ends is waited for in vain."""
    return {"billing_timeout": 1.5 if {"hang", "drip"}.intersection(lie) else 15.0}


@pytest.mark.parametrize(("mode", "kind"), LIES)
def test_the_last_good_copy_stays(town: Town, mode: str, kind: str) -> None:
    town.open(**patience(mode, kind))
    resident = town.sign_in(NORMAL)
    good, kept = read(resident), tables(town)
    tell(town, mode, kind)
    town.clock.forward(seconds=town.settings.billing_ttl)
    assert read(resident) == good and tables(town) == kept
    assert town.asked("getaddresslist") >= 2, "it was asked, and not believed"


@pytest.mark.parametrize(("mode", "kind"), LIES)
def test_without_a_copy_it_is_503_and_nothing_is_stored(town: Town, mode: str, kind: str) -> None:
    town.open(**patience(mode, kind))
    resident = town.sign_in(NORMAL)
    tell(town, mode, kind)
    assert resident.post(LISTS[0]).status_code == 503
    assert not any(tables(town))
    assert town.sign_in(NORMAL).token != resident.token, "signing in needs no billing"


@pytest.mark.parametrize("method", ["getaddresslist", "getsettingslist"])
def test_half_an_answer_is_none(town: Town, method: str) -> None:
    resident = town.sign_in(NORMAL)
    good = read(resident)
    town.sandbox.world.remove_contract(NORMAL, 1002)
    tell(town, "rubbish", "html", method)
    town.clock.forward(seconds=town.settings.billing_ttl)
    assert read(resident) == good


def test_lying_about_cameras_leaves_the_cameras(town: Town) -> None:
    town.open(breaker_failures=1000)
    resident = town.sign_in(NORMAL)
    good = [row["id"] for row in resident.post("cctv/all").get_json()["data"]]
    for _mode, kind in LIES[:4]:
        tell(town, "rubbish", kind, "getcctvlist")
        town.clock.forward(seconds=town.settings.billing_ttl)
        assert [row["id"] for row in resident.post("cctv/all").get_json()["data"]] == good


def test_a_flat_in_two_houses_leaves_the_good_copy(town: Town) -> None:
    resident = town.sign_in(NORMAL)
    good, kept = read(resident), tables(town)
    liar = {"clientId": 1900, "houseId": 102, "flatId": 10101}
    own = town.one("SELECT flat_id FROM flat_members WHERE house_id = 101")
    town.sandbox.world.add_contract(NORMAL, liar | {"flatId": own})
    town.clock.forward(seconds=town.settings.billing_ttl)
    assert read(resident) == good and tables(town) == kept


def watchers(town: Town, count: int) -> list[str]:
    """So many people, each of a house of their own with a camera that they have paid for."""
    phones = []
    for number in range(count):
        phone = f"{HOUSES}{number:04}"
        house = 500 + number
        town.camera(f"yard-{house}", houses=[house])
        town.sandbox.world.add_contract(
            phone, {"clientId": 5000 + number, "houseId": house, "address": f"д. {number}"}
        )
        phones.append(phone)
    return phones


def test_a_mass_blocking_is_held_back(town: Town) -> None:
    town.open(billing_block_least=2, billing_block_share=0.5)
    people = [town.sign_in(phone) for phone in watchers(town, 8)]
    assert {one.post("cctv/all").status_code for one in people} == {200}
    for one in people:
        town.sandbox.world.set_unpaid(one.phone, ["cctv"])
    town.clock.forward(seconds=town.settings.billing_ttl)
    after = [one.post("cctv/all").status_code for one in people]
    assert after == [402] * 4 + [200] * 4
    # ... and is still held back when they are asked about again,
    town.clock.forward(seconds=town.settings.billing_retry + 1)
    assert [one.post("cctv/all").status_code for one in people] == after
    # ... until billing answers otherwise.
    for one in people[:4]:
        town.sandbox.world.set_unpaid(one.phone, [])
    town.clock.forward(seconds=town.settings.billing_ttl)
    assert {one.post("cctv/all").status_code for one in people} == {200}


def test_a_billing_that_loses_everybody_is_held_back_too(town: Town) -> None:
    town.open(billing_block_least=2, billing_block_share=0.5)
    people = [town.sign_in(phone) for phone in watchers(town, 6)]
    assert {one.post("cctv/all").status_code for one in people} == {200}
    for number, one in enumerate(people):
        town.sandbox.world.remove_contract(one.phone, 5000 + number)
    town.clock.forward(seconds=town.settings.billing_ttl)
    lists = [one.post("address/getAddressList").status_code for one in people]
    assert lists == [204] * 3 + [200] * 3


def test_people_who_never_watched_do_not_make_a_mass_blocking_look_small(town: Town) -> None:
    town.open(billing_block_least=2, billing_block_share=0.5)
    for number in range(20):
        phone = f"{HOUSES}1{number:03}"
        contract = {"clientId": 6000 + number, "houseId": 700 + number, "address": "д. 7"}
        town.sandbox.world.add_contract(phone, contract | {"services": ["internet"]})
        assert town.sign_in(phone).post(LISTS[0]).status_code == 200
    people = [town.sign_in(phone) for phone in watchers(town, 6)]
    assert {one.post("cctv/all").status_code for one in people} == {200}
    for one in people:
        town.sandbox.world.set_unpaid(one.phone, ["cctv"])
    town.clock.forward(seconds=town.settings.billing_ttl)
    assert [one.post("cctv/all").status_code for one in people] == [402] * 3 + [200] * 3


def test_an_empty_answer_for_people_with_homes_is_held_back(town: Town) -> None:
    """None of them watches; they would lose their homes."""
    town.open(billing_block_least=2, billing_block_share=0.5)
    people = []
    for number in range(5):
        phone = f"{HOUSES}2{number:03}"
        contract = {"clientId": 6000 + number, "houseId": 700 + number, "address": "д. 7"}
        town.sandbox.world.add_contract(phone, contract | {"services": ["internet"]})
        people.append(town.sign_in(phone))
        assert people[-1].post(LISTS[0]).status_code == 200
    for number, one in enumerate(people):
        town.sandbox.world.remove_contract(one.phone, 6000 + number)
    town.clock.forward(seconds=town.settings.billing_ttl)
    assert [one.post(LISTS[0]).status_code for one in people] == [204] * 2 + [200] * 3
    newcomer = town.sign_in(f"{HOUSES}2999")
    assert newcomer.post(LISTS[0]).status_code == 204, "who had none loses none"


def test_few_debtors_are_believed(town: Town) -> None:
    town.open(billing_block_least=2, billing_block_share=0.5)
    people = [town.sign_in(phone) for phone in watchers(town, 8)]
    assert {one.post("cctv/all").status_code for one in people} == {200}
    for one in people[:3]:
        town.sandbox.world.set_unpaid(one.phone, ["cctv"])
    town.clock.forward(seconds=town.settings.billing_ttl)
    after = [one.post("cctv/all").status_code for one in people]
    assert after == [402] * 3 + [200] * 5
