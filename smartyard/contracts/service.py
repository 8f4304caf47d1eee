"""The homes of a phone: billing's word, kept with us so that people live on while it is silent.

When billing is down or slow, people see what it said last, up to BILLING_MAX_STALE hours. When it
lies (every customer blocked at once, an answer that cannot be read) the last good copy stays.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from smartyard.config import Settings
from smartyard.contracts import homes
from smartyard.contracts.copies import Copies, storing
from smartyard.contracts.guests import bonds
from smartyard.contracts.guests.repository import GuestRepository
from smartyard.contracts.homes import FlatOfMine, HouseOfMine
from smartyard.contracts.models import Loss, Rights
from smartyard.contracts.repository import HouseRepository, MemberRepository
from smartyard.db import transaction
from smartyard.errors import DependencyUnavailable, NotYours
from smartyard.gateways.billing import BilledHouse, Homes
from smartyard.gateways.billing_promise import Residence
from smartyard.phones import Phone

log = logging.getLogger(__name__)

Listener = Callable[[Sequence[BilledHouse]], None]
FlatListener = Callable[[Collection[int]], None]
Named = Mapping[int, datetime | None]  # flats where billing names somebody, with since when


class FlatNotYours(NotYours):
    message = "У вас нет доступа к этой квартире."


_TAKEN: dict[Loss, str] = {
    "viewing": "billing takes viewing or homes from %d people, where %d watched,",
    "doors": "billing takes doors from %d people, where %d could open them,",
}
INTERCOM_UNPAID = "Домофон в этой квартире не оплачен."
INTERCOM_ABSENT = "Домофон в этой квартире не подключён."


def subject_of(phone: Phone) -> str:
    return f"homes:{phone}"


def _tell_of(ended: int, returned: int = 0) -> None:
    if ended:
        log.info("%d guests have lost those whom their rights hung on", ended)
    if returned:
        log.info("%d guests have back those whom their rights hang on", returned)


class ContractService:
    """Who lives where. Reading never calls billing: `refresh` does, where it is due."""

    def __init__(  # pylint: disable=too-many-arguments
        self,
        houses: HouseRepository,
        members: MemberRepository,
        guests: GuestRepository,
        copies: Copies,
        *,
        billing: Residence,
        settings: Settings,
        clock: Callable[[], datetime],
        on_houses: Listener,
        on_flats: FlatListener,
    ) -> None:
        """Both hear in the transaction of the copy: `on_houses` what billing lists of each house,
        `on_flats` of which flats it named a contract, or does so no more."""
        self._houses = houses
        self._members = members
        self._guests = guests
        self._copies = copies
        self._billing = billing
        self._settings = settings
        self._clock = clock
        self._on_houses = on_houses
        self._on_flats = on_flats

    def deadline(self) -> float:
        """When (of `time.monotonic`) a request that begins now stops waiting for billing."""
        return self._billing.deadline()

    def refresh(self, phone: Phone, *, fresh: bool = False, deadline: float | None = None) -> bool:
        """Make sure that there is a copy to read. `fresh`: the person asked for news. `deadline`
        where the same request asks billing for more than homes. False where billing was asked in
        vain, and what it said last is read.

        Raises DependencyUnavailable when there is none and billing gives none in time.
        """
        until = self.deadline() if deadline is None else deadline

        def fetch(claim: UUID) -> bool:
            return self._store(phone, claim, self._billing.homes(phone, until))

        try:
            return self._copies.refresh(subject_of(phone), fetch, fresh=fresh, deadline=until)
        except DependencyUnavailable:
            with transaction():  # a guest has a home that billing need not know of
                if not self._members.is_guest(phone, self._clock()):
                    raise
            return False

    def refresh_hosts(self, phone: Phone, deadline: float) -> None:
        """For a guest: ask billing about somebody of each flat where it is one, since it is them
        who pay. One of whom billing says nothing stands as before."""
        with transaction():
            hosts = self._members.hosts_of(phone, self._clock())
        for host in hosts:
            try:
                self.refresh(host, deadline=deadline)
            except DependencyUnavailable as failed:
                log.warning("billing says nothing of %s, who has guests: %s", host.masked, failed)

    def homes(self, phone: Phone) -> list[HouseOfMine]:
        """A phone's houses, as the copy has them and as owners let it in, by three statements."""
        with transaction():
            flats = self._members.flats_of(phone, self._clock())
            blocks = self._members.blocks_of({member.flat_id for member, *_ in flats})
            return homes.merge(flats, self._members.listed_of(phone), blocks)

    def flat(self, phone: Phone, flat_id: int, *, ask: bool = True) -> FlatOfMine:
        """One flat of a phone, all its contracts as one, by two statements. Billing is asked where
        the flat is not known to be the phone's, and its word is due; never without `ask`, as it
        must be in a transaction. Raises FlatNotYours, the same whether there is such a flat or
        not."""
        found = self._flat(phone, flat_id)
        if ask and not found:
            with suppress(DependencyUnavailable):
                self.refresh(phone)
                found = self._flat(phone, flat_id)
        if not found:
            raise FlatNotYours()
        return homes.as_one(found)

    def _flat(self, phone: Phone, flat_id: int) -> list[FlatOfMine]:
        with transaction():
            rows = self._members.flats_of(phone, self._clock(), flat_id)
            blocks = self._members.blocks_of([flat_id]) if rows else []
        return [flat for house in homes.merge(rows, [], blocks) for flat in house.flats]

    def call_refusal(self, flat_id: int) -> str | None:
        """Why a call to a flat does not go through, in Russian; None where it does, also where
        billing knows nobody there. Billing is not asked."""
        with transaction():
            block = next(
                (
                    one.cause
                    for one in self._members.blocks_of([flat_id])
                    if one.service in ("all", "calls")
                ),
                None,
            )
            known, connected, paid = self._members.state_of(flat_id)
        if block is not None or not known or paid:
            return block
        return INTERCOM_UNPAID if connected else INTERCOM_ABSENT

    def knows(self, phone: Phone) -> bool:
        """Whether we know of a home of this phone; billing is not asked."""
        with transaction():
            return self._members.knows(phone)

    def ensure_houses(self, addresses: dict[int, str]) -> None:
        """In the caller's transaction: an import names houses. An empty address changes none."""
        self._houses.keep_houses(addresses)

    def ensure_flats(self, rows: Sequence[dict[str, Any]]) -> None:
        """In the caller's transaction: an import names flats by `id`, `house_id`, `number` and
        `entrance`."""
        self._houses.keep_flats(rows)

    def ensure_entrances(self, named: Iterable[tuple[int, str]]) -> None:
        """In the caller's transaction: an import names entrances of houses that are there."""
        self._houses.ensure_entrances(named)

    def ensure_contracts(self, names: Mapping[str, str]) -> None:
        """In the caller's transaction: an import names contracts by billing's id."""
        self._houses.name_contracts(names)

    def ensure_named(self, contract_ids: Collection[str]) -> None:
        """In the caller's transaction: these contracts are there, those that are stay as they
        are."""
        self._houses.add_contracts(contract_ids)

    def houses_of_flats(self, flat_ids: Collection[int]) -> dict[int, int]:
        """The house of each flat that is known."""
        with transaction():
            return self._houses.houses_of_flats(flat_ids)

    def expire(self, phone: Phone) -> None:
        """In the caller's transaction: money moved, so what is paid may have changed."""
        self._copies.expire([subject_of(phone)])

    def forget(self, phone: Phone) -> None:
        """In the caller's transaction: the person left, and our copy about them goes too. Its age
        goes first, since a refresh takes that row first: the two wait, and never in a ring. Then
        the flats, where guests may have lost their last host."""
        self._copies.forget([subject_of(phone)])
        flats = self._guests.flats_with(phone)
        self._guests.lock_flats(flats)
        bonds.settle(flats, phone)
        self._members.forget(phone)
        bonds.spread(flats)
        _tell_of(bonds.end_loose(flats, self._clock()))

    def _store(self, phone: Phone, claim: UUID, answer: Homes) -> bool:
        with storing():
            if not self._copies.keep(claim, [subject_of(phone)]):
                return False  # we were slow: somebody else stores later news, or the person left
            known = self._members.named_in(phone)
            named = {flat.flat_id for flat in answer.flats}
            # From here on nobody gives or takes in these flats, whose owner may go just now.
            self._guests.lock_flats({*known, *named})
            owned = {flat.flat_id for flat in answer.flats if flat.flat_owner}
            since = self._guests.gone_since(phone, self._back()) | known
            self._guests.lift_named(phone, named, owned)
            answer = homes.without(answer, self._guests.left_by(phone))
            before = self._members.rights_of(phone)
            self._houses.keep_houses(homes.addresses_in(answer))
            self._houses.keep_flats(homes.flat_rows(answer.flats))
            self._houses.keep_contracts(homes.contract_rows(answer.flats))
            self._keep_people(phone, known, since, answer)
            counts = {house.house_id: house.cctv for house in answer.houses}
            self._members.replace_listed(phone, counts)
            self._houses.ensure_entrances(homes.entrances_in(answer))
            self._on_houses(answer.houses)
            self._look_at_losses(phone, before, homes.rights_in(answer))
        self._doubt_others(phone, owned - set(known))
        return True

    def _keep_people(self, phone: Phone, known: Named, since: Named, answer: Homes) -> None:
        """In the transaction of a copy: the phone's flats, and what follows for their guests.
        `known` is where billing named it until now, `since` those and where it did lately."""
        now = self._clock()
        touched = self._members.replace(phone, homes.member_rows(phone, answer.flats, since, now))
        named = {flat.flat_id for flat in answer.flats}
        gone = {flat: at for flat, at in known.items() if flat not in named}
        self._guests.mark_gone(gone, phone, now)
        _tell_of(*bonds.follow_billing(touched, now, self._back()))
        bonds.spread(touched)
        self._on_flats(touched)

    def _back(self) -> datetime:
        """What billing has taken since then it may give back."""
        return self._clock() - timedelta(hours=self._settings.guests_return)

    def _doubt_others(self, phone: Phone, flat_ids: Collection[int]) -> None:
        """Of flats that have an owner whom we did not know: what billing said of the others there
        may be over, so the worker and the doors ask. Each in a transaction of its own, because
        a refresh of one of those holds that copy's row, and waits for the flat."""
        if not flat_ids:
            return
        with transaction():
            others = self._members.beside(flat_ids, phone)
        for other in others:
            with transaction():
                self._copies.doubt([subject_of(other)])

    def _look_at_losses(self, phone: Phone, before: Rights, now_has: Rights) -> None:
        """A billing that takes viewing, all homes, or the doors from everybody at once is more
        likely broken than right: past BILLING_BLOCK_SHARE of those who had it in ten minutes its
        word is held back. What our own tables say was looked at when it was written (`losses`)."""
        if self._billing.is_ours:
            return
        now, subject = self._clock(), subject_of(phone)
        for what in _TAKEN:
            if before.has(what) or now_has.has(what):
                self._copies.note_holder(what, subject, now)
            if before.lost_in(now_has, what):
                self._hold_back_many(what, now)
                self._copies.note_loss(what, subject, now)

    def _hold_back_many(self, what: Loss, now: datetime) -> None:
        """In the transaction of one loss more."""
        lost, refreshed = self._copies.lost_share(what, now)
        lost += 1
        most = max(
            self._settings.billing_block_least, self._settings.billing_block_share * refreshed
        )
        if lost > most:
            log.error(
                "%s within ten minutes: held back until it answers otherwise (BILLING_BLOCK_SHARE)",
                _TAKEN[what] % (lost, refreshed),
            )
            raise DependencyUnavailable(cause="billing blocks too many people at once")
