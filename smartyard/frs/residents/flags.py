"""What a person may do about the faces of events: the flags of `address/plog`."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from smartyard.contracts.homes import FlatOfMine
from smartyard.events.log.service import Event
from smartyard.frs.repository import FaceRepository
from smartyard.intercom.service import IntercomService
from smartyard.phones import Phone

__all__ = ["FlagService", "face_of", "whose"]


def face_of(event: Event) -> int | None:
    """The face that was known at an event, if one was."""
    found = (event.face or {}).get("face_id")
    return found if isinstance(found, int) and found > 0 else None


def whose(flat: FlatOfMine, phone: Phone) -> Phone | None:
    """Whose links a person of the flat sees and takes away: an owner (None) everybody's."""
    return None if flat.flat_owner else phone


class FlagService:
    """Reads what was linked; nothing is written."""

    def __init__(self, faces: FaceRepository, intercom: IntercomService, *, there: bool) -> None:
        """`there`: faces are recognised here at all."""
        self._faces = faces
        self._intercom = intercom
        self._there = there

    def of(
        self, phone: Phone, flat: FlatOfMine, events: Sequence[Event]
    ) -> Mapping[UUID, Sequence[str]]:
        """In the caller's transaction, of the events of a flat. An event with a picture of a
        panel's camera may show a face to be learnt."""
        if not self._there or self._intercom.faces_off(flat.flat_id):
            return {}
        links = self._faces.links_of_flat(flat.flat_id, whose(flat, phone))
        liked = {event_id for event_id, _ in links}
        faces = {face_id for _, face_id in links}
        told: dict[UUID, Sequence[str]] = {}
        for event in events:
            if event.id in liked or face_of(event) in faces:
                told[event.id] = ("canLike", "liked", "canDislike")
            elif event.picture is not None and event.domophone_id is not None and event.camera_id:
                told[event.id] = ("canLike",)
        return told
