"""What others ask about a flat: whose code that is, who is called, what opens by itself."""

from datetime import timedelta

import pytest

from smartyard.intercom.service import IntercomService
from tests.fixtures.town import Town
from tests.intercom.conftest import ELSEWHERE, FLAT, HOUSE, NEXT_FLAT, OTHER_HOUSE, Block

UNKNOWN = 999999
OWNER, MATE, COURIER, GONE = (f"7900100000{number}" for number in range(1, 5))


def test_a_flat_that_set_nothing_has_the_defaults(flats: IntercomService, town: Town) -> None:
    for flat in (FLAT, UNKNOWN):
        assert flats.plog_rights(flat) == "all"
        assert flats.cms_enabled(flat) and not flats.faces_off(flat)
        assert not flats.opens_by_itself(flat, town.clock())
    assert town.one("SELECT count(*) FROM flat_settings") == 0, "asking makes no rows"


def test_what_a_flat_set_is_told_of_it_and_of_no_other(
    flats: IntercomService, block: Block
) -> None:
    block.set(FLAT, log="none", handset=False, faces_off=True)
    assert flats.plog_rights_of([FLAT, NEXT_FLAT]) == {FLAT: "none", NEXT_FLAT: "all"}
    assert not flats.cms_enabled(FLAT) and flats.cms_enabled(NEXT_FLAT)
    assert flats.faces_off(FLAT) and not flats.faces_off(NEXT_FLAT)


def test_a_code_is_of_a_flat_of_its_house(flats: IntercomService, block: Block) -> None:
    block.code(FLAT, 12345)
    assert flats.flat_of_code([HOUSE], "12345") == FLAT
    assert flats.flat_of_code([OTHER_HOUSE], "12345") is None
    assert flats.flat_of_code([HOUSE], "12346") is None


def test_a_code_that_was_replaced_is_still_known(
    flats: IntercomService, block: Block, town: Town
) -> None:
    block.code(FLAT, 12345, replaced_at=town.clock())
    block.code(FLAT, 12346)
    assert flats.flat_of_code([HOUSE], "12345") == FLAT
    assert flats.flat_of_code([HOUSE], "12346") == FLAT


def test_a_panel_of_two_houses_says_whose_code_it_is_only_where_one_has_it(
    flats: IntercomService, block: Block
) -> None:
    block.code(FLAT, 12345)
    block.code(ELSEWHERE, 12345)
    block.code(NEXT_FLAT, 12346)
    assert flats.flat_of_code([HOUSE, OTHER_HOUSE], "12345") is None
    assert flats.flat_of_code([HOUSE, OTHER_HOUSE], "12346") == NEXT_FLAT


@pytest.mark.parametrize(
    "code", ["", "012345", "1e4", "١٢٣٤٥", "12345\n", "9" * 40, "-1234", "123"]
)
def test_what_is_no_code_is_nobodys(flats: IntercomService, block: Block, code: str) -> None:
    block.code(FLAT, 12345)
    assert flats.flat_of_code([HOUSE], code) is None


def test_while_guests_are_expected_a_ring_opens(
    flats: IntercomService, block: Block, town: Town
) -> None:
    block.set(FLAT, auto_open_until=town.clock() + timedelta(hours=1))
    assert flats.opens_by_itself(FLAT, town.clock())
    assert not flats.opens_by_itself(NEXT_FLAT, town.clock())
    town.clock.forward(hours=1)
    assert not flats.opens_by_itself(FLAT, town.clock()), "the moment itself is over"


def test_after_a_door_was_opened_the_next_one_opens_for_so_many_minutes(
    flats: IntercomService, block: Block, town: Town
) -> None:
    block.set(FLAT, white_rabbit=5)
    assert not flats.opens_by_itself(FLAT, town.clock())
    flats.note_opened(FLAT, town.clock())
    assert flats.opens_by_itself(FLAT, town.clock())
    town.clock.forward(minutes=5, seconds=-1)
    assert flats.opens_by_itself(FLAT, town.clock())
    town.clock.forward(seconds=1)
    assert not flats.opens_by_itself(FLAT, town.clock())


def test_a_flat_without_the_rabbit_remembers_no_opening(
    flats: IntercomService, block: Block, town: Town
) -> None:
    block.set(FLAT)
    flats.note_opened(FLAT, town.clock())
    town.change("UPDATE flat_settings SET white_rabbit = 10")
    assert not flats.opens_by_itself(FLAT, town.clock())


def test_an_opening_that_is_told_late_shortens_nothing(
    flats: IntercomService, block: Block, town: Town
) -> None:
    block.set(FLAT, white_rabbit=5)
    flats.note_opened(FLAT, town.clock())
    flats.note_opened(FLAT, town.clock() - timedelta(minutes=20))
    assert flats.opens_by_itself(FLAT, town.clock())


@pytest.mark.parametrize("service", ["all", "doors", "calls"])
def test_a_flat_that_is_blocked_opens_nothing_by_itself(
    flats: IntercomService, block: Block, town: Town, service: str
) -> None:
    block.set(FLAT, auto_open_until=town.clock() + timedelta(hours=1))
    block.block(FLAT, service)
    assert not flats.opens_by_itself(FLAT, town.clock())


def test_a_block_of_something_else_changes_nothing_here(
    flats: IntercomService, block: Block, town: Town
) -> None:
    block.set(FLAT, auto_open_until=town.clock() + timedelta(hours=1))
    block.block(FLAT, "cctv")
    assert flats.opens_by_itself(FLAT, town.clock())


def test_a_ring_calls_the_people_of_the_flat_and_no_outer_or_former_guest(
    flats: IntercomService, block: Block, town: Town
) -> None:
    block.member(OWNER, FLAT, "owner")
    block.member(MATE, FLAT, expires_at=town.clock() + timedelta(days=1))
    block.member(COURIER, FLAT, "outer")
    block.member(GONE, FLAT, expires_at=town.clock())
    assert flats.voip_phones(FLAT, town.clock()) == [OWNER, MATE]
    town.clock.forward(days=1)
    assert flats.voip_phones(FLAT, town.clock()) == [OWNER]


def test_who_wants_no_calls_of_a_flat_is_called_for_the_other_one(
    flats: IntercomService, block: Block, town: Town
) -> None:
    for flat in (FLAT, NEXT_FLAT):
        block.member(OWNER, flat)
        block.member(MATE, flat)
    town.change(
        "INSERT INTO flat_calls (phone, flat_id, rings) VALUES (:phone, :flat, false)",
        phone=OWNER,
        flat=FLAT,
    )
    assert flats.voip_phones(FLAT, town.clock()) == [MATE]
    assert flats.voip_phones(NEXT_FLAT, town.clock()) == [OWNER, MATE]
