"""The homes of a phone: billing's word, kept with us so that people live on while it is silent.

When billing is down or slow, people see what it said last, up to BILLING_MAX_STALE hours. When it
lies (every customer blocked at once, an answer that cannot be read) the last good copy stays.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from smartyard.config import Settings
from smartyard.contracts import homes
from smartyard.contracts.copies import Copies
from smartyard.contracts.homes import HouseOfMine
from smartyard.contracts.repository import HouseRepository, MemberRepository
from smartyard.db import transaction
from smartyard.errors import DependencyUnavailable
from smartyard.gateways.billing import BilledHouse, BillingGateway, Homes
from smartyard.phones import Phone

log = logging.getLogger(__name__)

Listener = Callable[[Sequence[BilledHouse]], None]


def subject_of(phone: Phone) -> str:
    return f"homes:{phone}"


class ContractService:
    """Who lives where. Reading never calls billing: `refresh` does, where it is due."""

    def __init__(
        self,
        houses: HouseRepository,
        members: MemberRepository,
        copies: Copies,
        *,
        billing: BillingGateway,
        settings: Settings,
        clock: Callable[[], datetime],
        on_houses: Listener,
    ) -> None:
        """`on_houses` hears, in the transaction of the copy, what billing lists of each house."""
        self._houses = houses
        self._members = members
        self._copies = copies
        self._billing = billing
        self._settings = settings
        self._clock = clock
        self._on_houses = on_houses

    def deadline(self) -> float:
        """When (of `time.monotonic`) a request that begins now stops waiting for billing."""
        return self._billing.deadline()

    def refresh(self, phone: Phone, *, fresh: bool = False, deadline: float | None = None) -> None:
        """Make sure that there is a copy to read. `fresh`: the person asked for news. `deadline`
        where the same request asks billing for more than homes.

        Raises DependencyUnavailable when there is none and billing gives none in time.
        """
        subject = subject_of(phone)
        deadline = self.deadline() if deadline is None else deadline
        asked_at = self._clock()
        standing = self._copies.standing([subject], fresh=fresh)
        usable = subject in standing.usable
        if subject in standing.due:
            claim, mine = self._copies.claim([subject], asked_at)
            if mine:
                self._fetch(phone, claim, usable, deadline)
                return
        if not usable:
            self._copies.wait([subject], deadline)
            if not self._copies.usable([subject]):
                raise DependencyUnavailable(cause="billing failed for another request")

    def homes(self, phone: Phone) -> list[HouseOfMine]:
        """The houses of a phone as the copy has them, by two statements."""
        with transaction():
            return homes.merge(self._members.flats_of(phone), self._members.listed_of(phone))

    def ensure_houses(self, addresses: dict[int, str]) -> None:
        """In the caller's transaction: an import names houses. An empty address changes none."""
        self._houses.keep_houses(addresses)

    def ensure_flats(self, rows: Sequence[dict[str, Any]]) -> None:
        """In the caller's transaction: an import names flats by `id`, `house_id` and `number`."""
        self._houses.keep_flats(rows)

    def houses_of_flats(self, flat_ids: Collection[int]) -> dict[int, int]:
        """The house of each flat that is known."""
        with transaction():
            return self._houses.houses_of_flats(flat_ids)

    def forget(self, phone: Phone) -> None:
        """In the caller's transaction: the person left, and our copy about them goes too."""
        self._members.forget(phone)
        self._copies.forget([subject_of(phone)])

    def _fetch(self, phone: Phone, claim: UUID, usable: bool, deadline: float) -> None:
        """Call billing with nothing held, then store; on any failure the copy stays."""
        subject = subject_of(phone)
        try:
            answer = self._billing.homes(phone, deadline)
            self._store(phone, claim, answer)
        except DependencyUnavailable as failed:
            self._copies.release(claim, [subject])
            if not usable:
                raise
            log.warning("billing failed for %s, the copy stays: %s", phone.masked, failed)
        except BaseException:
            self._copies.release(claim, [subject])
            raise

    def _store(self, phone: Phone, claim: UUID, answer: Homes) -> None:
        with transaction():
            if not self._copies.keep(claim, [subject_of(phone)]):
                return  # we were slow, and somebody else has stored later news
            watched = self._members.watches(phone)
            self._houses.keep_houses(homes.addresses_in(answer))
            self._houses.keep_flats(homes.flat_rows(answer.flats))
            self._houses.keep_contracts(homes.contract_rows(answer.flats))
            self._members.replace(phone, homes.member_rows(phone, answer.flats))
            counts = {house.house_id: house.cctv for house in answer.houses}
            self._members.replace_listed(phone, counts)
            self._on_houses(answer.houses)
            if watched and not self._members.watches(phone):
                self._note_loss(phone)

    def _note_loss(self, phone: Phone) -> None:
        """A billing that takes viewing from everybody at once is more likely broken than right:
        past BILLING_BLOCK_SHARE of the people of ten minutes its word is held back."""
        now = self._clock()
        lost, refreshed = self._copies.lost_share(now)
        lost += 1
        most = max(
            self._settings.billing_block_least, self._settings.billing_block_share * refreshed
        )
        if lost > most:
            log.error(
                "billing takes viewing from %d of %d people within ten minutes: held back until it"
                " answers otherwise (BILLING_BLOCK_SHARE)",
                lost,
                refreshed,
            )
            raise DependencyUnavailable(cause="billing blocks too many people at once")
        self._copies.note_loss(subject_of(phone), now)
