"""The people of a flat: billing's phones, plus whom its owners let in, less who left.

Whoever changes them first moves the age of the person's copy of billing's word, the row that a
refresh takes first: so a refresh that runs meanwhile brings nobody back who left.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from smartyard.contracts.copies import Copies
from smartyard.contracts.guests import bonds
from smartyard.contracts.guests.repository import GuestRepository, Person
from smartyard.contracts.service import subject_of
from smartyard.db import in_batches, transaction
from smartyard.phones import Phone

__all__ = ["PeopleService", "Person"]

_KEPT = timedelta(days=90)  # after a guest's right has ended, so that the log knows who it was


class PeopleService:
    """Who has a right in a flat. Whether somebody may change that is for the caller to know."""

    def __init__(
        self, guests: GuestRepository, copies: Copies, clock: Callable[[], datetime]
    ) -> None:
        self._guests = guests
        self._copies = copies
        self._clock = clock

    def of_flats(self, flat_ids: Collection[int]) -> list[Person]:
        """Everybody with a right now."""
        with transaction():
            return self._guests.people_of(flat_ids, self._clock())

    def phones_at(
        self, *, house_id: int | None = None, flat_id: int | None = None, after: str, most: int
    ) -> list[Phone]:
        """Everybody with a right now in a house or in a flat, so many after a phone, in order."""
        with transaction():
            return self._guests.phones_at(house_id, flat_id, self._clock(), after, most)

    def count_at(self, *, house_id: int | None = None, flat_id: int | None = None) -> int:
        """How many they are."""
        with transaction():
            return self._guests.count_at(house_id, flat_id, self._clock())

    def left(self, flat_ids: Collection[int]) -> set[tuple[int, str]]:
        """(flat, phone) of all who left or were put out: billing may still name them."""
        with transaction():
            return self._guests.left_of(flat_ids)

    def keeps_out(self, flat_id: int, phone: Phone, made_at: datetime) -> bool:
        """Whether the phone was put out of the flat when a card that was made then was there
        already; what it left by itself, any card lifts."""
        with transaction():
            mark = self._guests.mark_of(flat_id, phone)
            return mark is not None and mark[0] is not None and mark[1] >= made_at

    def left_by_itself(self, flat_id: int, phone: Phone) -> bool:
        """Whether the phone left the flat, and nobody put it out."""
        with transaction():
            mark = self._guests.mark_of(flat_id, phone)
            return mark is not None and mark[0] is None

    def hold(self, flat_id: int, phone: Phone) -> int:
        """In the caller's transaction, which from here on alone changes the flat's people, and of
        them this phone. Returns how many guests there are."""
        self._copies.expire([subject_of(phone)])  # first of all, as a refresh does
        self._guests.lock_flats([flat_id])
        return self._guests.guests_in(flat_id, self._clock())

    def granted(self, flat_id: int, phone: Phone) -> tuple[str, datetime | None] | None:
        """Kind and end (None: for ever) of the right that a phone was given, also where it has
        ended; None where it was given none."""
        with transaction():
            return self._guests.granted(flat_id, phone)

    def address(self, flat_id: int) -> str | None:
        """None where there is no such flat."""
        with transaction():
            return self._guests.address_of(flat_id)

    def let_in(
        self, flat_id: int, phone: Phone, *, kind: str, expires_at: datetime | None, by: str
    ) -> None:
        """In the caller's transaction, after `hold`: a right until `expires_at` (None: for ever),
        given `by` an owner's phone, by "qr", or by an operator (`cli:root`). A mark that kept the
        phone out is lifted. What the phone has given itself ends no later than its own right."""
        now = self._clock()
        self._guests.lift_mark(phone, flat_id)
        self._guests.let_in(flat_id, phone, kind=kind, expires_at=expires_at, by=by, now=now)
        bonds.settle([flat_id], phone)
        if expires_at is not None:
            bonds.shorten(flat_id, phone, expires_at)
        bonds.spread([flat_id])

    def put_out(self, flat_id: int, phone: Phone, *, by: str) -> bool:
        """In the caller's transaction: the phone has no right in the flat any more, whatever
        billing says, and whom it let in neither. `by` as in `let_in`. False where it had none."""
        self.hold(flat_id, phone)
        now = self._clock()
        gone = self._guests.put_out(flat_id, phone)
        self._guests.mark_left(flat_id, phone, None if by == phone else by, now)
        bonds.settle([flat_id], phone)
        bonds.spread([flat_id])
        bonds.end_loose([flat_id], now)
        return gone > 0

    def come_back(self, phone: Phone, contract_id: str | None) -> bool:
        """In the caller's transaction: who proved to be a contract's is let in by billing's word
        again, into the flats that the phone had left by itself, and into those of this contract
        that somebody put it out of; without a proof (None) into the former alone. False where there
        was none of either."""
        self._copies.expire([subject_of(phone)])
        return self._guests.lift_marks(phone, contract_id) > 0

    def forget_ended(self, now: datetime) -> int:
        """Delete rights that ended long ago."""
        return in_batches(lambda most: self._guests.ended(now - _KEPT, most))
