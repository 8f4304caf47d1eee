"""The faces of a flat: shown to its people, and taken away by them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from smartyard.audit import Audit
from smartyard.contracts.homes import FlatOfMine
from smartyard.contracts.people import PeopleService, Person
from smartyard.contracts.service import ContractService
from smartyard.db import transaction
from smartyard.errors import NotFound, NotYours
from smartyard.events.log.service import LogService
from smartyard.frs.addresses import Addresses
from smartyard.frs.keeping.service import KeepingService
from smartyard.frs.repository import FaceRepository
from smartyard.frs.residents.flags import face_of, whose
from smartyard.frs.residents.learning import FacesNotConnected
from smartyard.guard import Caller
from smartyard.phones import Phone

__all__ = ["FaceOfFlat", "FaceService", "PortraitNotYours"]


class FacesNotForGuests(NotYours):
    message = "Лица видят только те, кто живёт в квартире."


class FaceNotYours(NotYours):
    message = "Это лицо добавил другой жилец. Удалить его может он или владелец квартиры."


class PortraitNotYours(NotYours):
    message = "У вас нет доступа к этому снимку. Обновите список лиц."


class PortraitGone(NotFound):
    message = "Этого лица больше нет в списке."


@dataclass(frozen=True)
class FaceOfFlat:
    """A face, and where its picture is for who asked."""

    face_id: int
    image: str = field(repr=False)


class FaceService:
    """An owner sees and takes away all faces of the flat, everybody else their own."""

    def __init__(  # pylint: disable=too-many-arguments
        self,
        faces: FaceRepository,
        contracts: ContractService,
        people: PeopleService,
        log: LogService,
        keeping: KeepingService,
        *,
        addresses: Addresses,
        audit: Audit,
        clock: Callable[[], datetime],
    ) -> None:
        self._faces = faces
        self._contracts = contracts
        self._people = people
        self._log = log
        self._keeping = keeping
        self._addresses = addresses
        self._audit = audit
        self._clock = clock

    def faces(self, caller: Caller, flat_id: int) -> list[FaceOfFlat]:
        """The faces of an own flat, the latest first; none where faces are not recognised, since
        Android asks for each flat that has a log. Raises FlatNotYours, FacesNotForGuests."""
        flat = self._flat(caller, flat_id)
        if not self._keeping.is_there:
            return []
        with transaction():
            found = self._faces.of_flat(flat_id, whose(flat, caller.phone))
        now = self._clock()
        return [
            FaceOfFlat(one, self._addresses.portrait(flat_id, one, caller.phone, now))
            for one in found
        ]

    def dislike_event(self, caller: Caller, event_id: UUID) -> None:
        """Unlink the face of an event from its flat. Raises as `dislike`, and as the log does."""
        self._check_there()
        event, flat = self._log.event(caller, event_id)
        with transaction():
            links = self._faces.links_of_flat(flat.flat_id, None)
            faces = {face for known, face in links if known == event.id}
        known = face_of(event)
        self._unlink(caller, flat, faces | ({known} if known else set()), event.id)

    def dislike(self, caller: Caller, flat_id: int, face_id: int) -> None:
        """Unlink a face from an own flat; one that is not linked is fine. Raises FacesNotConnected,
        FlatNotYours, FacesNotForGuests, FaceNotYours."""
        self._check_there()
        self._unlink(caller, self._flat(caller, flat_id), {face_id}, None)

    def portrait(self, flat_id: int, face_id: int, until: int, seal: str) -> bytes:
        """The picture behind a link. Raises PortraitNotYours for a link that has ended, was made up
        or is of somebody who may not see the face any more; and PortraitGone."""
        if not self._addresses.is_current(until, self._clock()):
            raise PortraitNotYours(cause="the link has ended")
        with transaction():
            person = self._holder(flat_id, face_id, until, seal)
            seen_by = None if person.kind == "owner" else person.phone
            if person.kind == "outer" or face_id not in self._faces.of_flat(flat_id, seen_by):
                raise PortraitNotYours(cause="it may not be seen any more")
            picture = self._faces.picture(face_id)
        if picture is None:
            raise PortraitGone()
        return picture

    def forget(self, phone: Phone) -> None:
        """In the caller's transaction: the person left, and with them the faces that they linked
        and nobody else did."""
        if self._faces.forget(phone):
            self._keeping.sync_soon()

    def _check_there(self) -> None:
        if not self._keeping.is_there:
            raise FacesNotConnected()

    def _flat(self, caller: Caller, flat_id: int) -> FlatOfMine:
        self._contracts.refresh(caller.phone)
        flat = self._contracts.flat(caller.phone, flat_id)
        if flat.kind == "outer":
            raise FacesNotForGuests()
        return flat

    def _unlink(
        self, caller: Caller, flat: FlatOfMine, faces: set[int], event_id: UUID | None
    ) -> None:
        with transaction():
            gone = self._faces.unlink(flat.flat_id, whose(flat, caller.phone), faces, event_id)
            if gone:
                told = {"gone": sorted(faces)}
                self._audit.note(f"phone:{caller.phone}", "face", f"flat:{flat.flat_id}", told)
                self._keeping.sync_soon()
            elif faces & set(self._faces.of_flat(flat.flat_id, None)):
                raise FaceNotYours()

    def _holder(self, flat_id: int, face_id: int, until: int, seal: str) -> Person:
        """Whose link it is, of the people of the flat: the link itself names nobody."""
        for person in self._people.of_flats([flat_id]):
            if self._addresses.is_portrait(flat_id, face_id, person.phone, until, seal):
                return person
        raise PortraitNotYours(cause="nobody's link")
