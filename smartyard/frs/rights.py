"""Which door a face opens for a flat, by whose word."""

from collections.abc import Sequence

from smartyard.intercom.service import IntercomService
from smartyard.phones import Phone
from smartyard.registry.service import Door, ReachedDoor, RegistryService
from smartyard.renewal.service import RenewalService


class FaceRights:
    """A face at a panel is for the door that the panel stands at: its first output. How old
    billing's word may be is `renewal`'s, as it is for who opens from the phone."""

    def __init__(
        self, registry: RegistryService, intercom: IntercomService, renewal: RenewalService
    ) -> None:
        self._registry = registry
        self._intercom = intercom
        self._renewal = renewal

    def are_off(self, flat_id: int) -> bool:
        """The flat's people want no faces to be recognised."""
        return self._intercom.faces_off(flat_id)

    def reached(self, phone: Phone, flat_id: int, panel_id: int) -> Sequence[ReachedDoor]:
        """That door, where a person reaches it through a flat, paid or not. A guest who has the
        gates alone reaches none by a face."""
        doors = self._registry.doors_of_panel(panel_id)
        if not doors:
            return []
        output = min(door.door_id for door in doors)
        reached = self._registry.reached_doors(phone, (panel_id, output))
        return [one for one in reached if one.flat_id == flat_id and not one.is_outer]

    def door(self, phone: Phone, flat_id: int, panel_id: int) -> Door | None:
        """The door, if it opens now; None where the giver has lost the right, the flat is blocked
        or owes, its people have switched faces off, or billing has been silent for too long."""
        if self.are_off(flat_id):
            return None
        old = self._renewal.renew_old(phone, [flat_id])
        if old and flat_id in self._renewal.forgotten(phone, [flat_id]):
            return None
        opening = (one for one in self.reached(phone, flat_id, panel_id) if one.opens)
        return next((one.door for one in opening), None)
