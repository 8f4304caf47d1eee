"""The operator lets somebody into a flat, or puts them out, and sees who is there and why.

The rows are the same as an owner's. An operator counts no invitations, and may give what an owner
may not; but whom billing names as an owner is billing's to put out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from smartyard.audit import Audit
from smartyard.contracts.homes import FlatOfMine
from smartyard.contracts.people import PeopleService, Person
from smartyard.contracts.service import ContractService
from smartyard.db import transaction
from smartyard.errors import DependencyUnavailable
from smartyard.intercom.codes import KnownCode
from smartyard.notices import Notice, Notices
from smartyard.phones import Phone


class NotDone(Exception):
    """The text is a sentence for the operator."""


@dataclass(frozen=True)
class Household:
    """Who may come into a flat now, and who left it or was put out."""

    address: str
    people: Sequence[Person]
    left: Sequence[str]


class OperatorAccess:
    """Rights in flats, by hand. `actor` is who the audit says it was."""

    def __init__(
        self,
        contracts: ContractService,
        people: PeopleService,
        code: KnownCode,
        *,
        audit: Audit,
        notices: Notices,
        clock: Callable[[], datetime],
    ) -> None:
        self._contracts = contracts
        self._people = people
        self._code = code
        self._audit = audit
        self._notices = notices
        self._clock = clock

    def give(
        self, flat_id: int, phone: Phone, *, kind: str, until: datetime | None, actor: str
    ) -> bool:
        """A right until then (None: for ever); one that is past is kept as ended. False where it is
        so already. Raises NotDone."""
        with transaction():
            address = self._address(flat_id)
            self._people.hold(flat_id, phone)  # from here on nobody else changes the flat's people
            person = self._person(flat_id, phone)
            if person is not None and person.billed:
                raise NotDone("Этот номер и так живёт в квартире по данным биллинга.")
            if self._people.granted(flat_id, phone) == (kind, until):
                return False
            self._people.let_in(flat_id, phone, kind=kind, expires_at=until, by=actor)
            end = "for ever" if until is None else until.isoformat()
            told = {"phone": phone, "kind": kind, "until": end}
            self._audit.note(actor, "access given", f"flat:{flat_id}", told)
            if person is None and (until is None or until > self._clock()):
                self._tell(phone, "Вам открыли доступ", f"Вам открыт доступ по адресу {address}")
        return True

    def take(self, flat_id: int, phone: Phone, *, actor: str) -> bool:
        """Whatever billing says, the phone has no right any more. False where it had none. Raises
        NotDone."""
        with transaction():
            address = self._address(flat_id)
            self._code.hold(flat_id)
            self._people.hold(flat_id, phone)
            person = self._person(flat_id, phone)
            if person is not None and person.billed and person.kind == "owner":
                raise NotDone("Это владелец по данным биллинга: уберите номер из договора там.")
            if person is None and self._people.granted(flat_id, phone) is None:
                return False
            self._people.put_out(flat_id, phone, by=actor)
            self._audit.note(actor, "access taken", f"flat:{flat_id}", {"phone": phone})
            if person is not None:
                self._tell(phone, "Доступ закрыт", f"Доступ по адресу {address} закрыт")
                if person.kind != "outer":
                    self._code.change(flat_id, address)
        return True

    def household(self, flat_id: int) -> Household:
        """Everybody with a right in a flat now. Raises NotDone."""
        with transaction():
            left = sorted(phone for _, phone in self._people.left([flat_id]))
            return Household(self._address(flat_id), self._people.of_flats([flat_id]), left)

    def homes(self, phone: Phone) -> tuple[list[FlatOfMine], bool]:
        """The flats of a phone, and whether billing's word about them is fresh: it is asked where
        that is due."""
        try:
            self._contracts.refresh(phone)
            fresh = True
        except DependencyUnavailable:
            fresh = False
        return self.known_homes(phone), fresh

    def known_homes(self, phone: Phone) -> list[FlatOfMine]:
        """The same by what we know; billing is not asked."""
        return [flat for house in self._contracts.homes(phone) for flat in house.flats]

    def _address(self, flat_id: int) -> str:
        address = self._people.address(flat_id)
        if address is None:
            raise NotDone(f"Квартира {flat_id} неизвестна: её нет ни в реестре, ни в биллинге.")
        return address

    def _person(self, flat_id: int, phone: Phone) -> Person | None:
        people = self._people.of_flats([flat_id])
        return next((person for person in people if person.phone == phone), None)

    def _tell(self, phone: Phone, title: str, text: str) -> None:
        self._notices.send(Notice(phone, "newAddress", title, text))
