"""Whose key, code, flat number or phone it was, as the inventory says now."""

from collections.abc import Collection

from smartyard.contracts.service import ContractService
from smartyard.intercom.service import IntercomService
from smartyard.phones import Phone
from smartyard.registry.service import RegistryService

__all__ = ["Whose"]


class Whose:
    """Flats; none where nobody knows, which is no mistake: an event is kept all the same, for the
    operator."""

    def __init__(
        self, registry: RegistryService, intercom: IntercomService, contracts: ContractService
    ) -> None:
        self._registry = registry
        self._intercom = intercom
        self._contracts = contracts

    def key(self, key: str, panel_id: int | None) -> list[int]:
        """A key of several flats is of those that the panel serves, if of any."""
        found = self._registry.keys_of(key)
        if len(found) > 1 and panel_id is not None:
            here = {flat.flat_id for flat in self._registry.flats_of_panel(panel_id)}
            found = [flat for flat in found if flat in here] or found
        return found

    def code(self, code: str, panel_id: int | None, house_id: int | None = None) -> list[int]:
        """A code is a flat's within one house."""
        houses = {house_id} if house_id is not None else self._houses(panel_id)
        flat = self._intercom.flat_of_code(houses, code) if houses else None
        return [] if flat is None else [flat]

    def number(self, number: str, panel_id: int | None) -> list[int]:
        """The flat that the panel knows by this number."""
        found = self._registry.flat_by_number(panel_id, number) if panel_id is not None else None
        return [found.flat_id] if found else []

    def phone(self, phone: Phone, panel_id: int | None, house_id: int | None = None) -> list[int]:
        """The person's flats in the houses of the panel."""
        houses = {house_id} if house_id is not None else self._houses(panel_id)
        mine = self._contracts.homes(phone) if houses else []
        return sorted(
            {flat.flat_id for home in mine if home.house_id in houses for flat in home.flats}
        )

    def looking(
        self, flats: Collection[int], panel_id: int | None, camera_id: int | None
    ) -> frozenset[int]:
        """Those of some flats that the panel and the camera, where they are told, are there for."""
        found = frozenset(flats)
        if found and panel_id is not None and self._registry.panel(panel_id) is not None:
            found &= {flat.flat_id for flat in self._registry.flats_of_panel(panel_id)}
        if found and camera_id is not None:
            found &= self._registry.flats_of_camera(camera_id, found)
        return found

    def _houses(self, panel_id: int | None) -> set[int]:
        doors = self._registry.doors_of_panel(panel_id) if panel_id is not None else []
        return {door.house_id for door in doors}
