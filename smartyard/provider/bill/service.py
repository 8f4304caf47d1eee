"""What billings ask by `/bill/api`, over the services of the operator's inventory."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from smartyard.errors import Malformed, NotFound
from smartyard.guard import Provider, ProviderTokenRefused
from smartyard.provider.bill import words
from smartyard.provider.tokens.service import TokenService
from smartyard.registry.inventory.devices.doors import DeviceDoorService
from smartyard.registry.inventory.devices.rights import RightService
from smartyard.registry.inventory.devices.service import Absent, DeviceService
from smartyard.registry.inventory.problems import InventoryRefused

__all__ = ["BillRefused", "BillService", "NotThere", "told_of"]

_SCOPE = "billing"


class BillRefused(Malformed):
    """What the inventory will not take; the message says all that is wrong."""


class NotThere(NotFound):
    """A device or a door that is named is not there; the message says which."""


@contextmanager
def told_of() -> Iterator[None]:
    """What the inventory refuses, as an answer."""
    try:
        yield
    except Absent as missing:
        raise NotThere(_sentence(missing), cause="unknown number") from None
    except InventoryRefused as refused:
        raise BillRefused(_sentence(refused), cause="the inventory refuses") from None


def _sentence(refused: InventoryRefused) -> str:
    return "; ".join(problem.text for problem in refused.problems[:20]) + "."


class BillService:
    """Devices, doors and rights by a provider's numbers. Raises BillRefused and NotThere."""

    def __init__(
        self,
        tokens: TokenService,
        devices: DeviceService,
        doors: DeviceDoorService,
        rights: RightService,
    ) -> None:
        self._tokens = tokens
        self._devices = devices
        self._doors = doors
        self._rights = rights

    def admit(self, name: str, key: str, address: str) -> str:
        """The key itself, for who signs in by its name before each call. Raises
        ProviderTokenRefused, the same for every reason."""
        found: Provider | None = self._tokens.identify(key)
        if found is None or found.name != name or _SCOPE not in found.scopes:
            raise ProviderTokenRefused(cause="unknown name or key")
        if not found.comes_from(address):
            raise ProviderTokenRefused(cause=f"{found.actor} came from {address}")
        return key

    def types(self) -> list[dict[str, Any]]:
        return [{"id": number, "type": name} for number, name in words.TYPES.items()]

    def devices(self) -> list[dict[str, Any]]:
        """Every camera and lock; no secrets."""
        return [words.shown_device(one) for one in self._devices.listed()]

    def devices_at(self, address: str) -> list[dict[str, Any]]:
        """Where the devices of an address stand on the map."""
        names = ("device_id", "title", "longitude", "latitude")
        shown = [words.shown_device(one) for one in self._devices.at(address)]
        return [{name: one[name] for name in names} for one in shown]

    def add_device(self, told: Mapping[str, Any], actor: str) -> tuple[int, str]:
        """Its number, and the name of its stream."""
        with told_of():
            number = self._devices.add(words.device_facts(told), actor=actor)
            (device,) = self._devices.listed([number])
            return number, device.stream

    def change_device(self, device_id: int, told: Mapping[str, Any], actor: str) -> None:
        """What is not told stays as it was told before."""
        with told_of():
            known = self._devices.get(device_id)
            before = {**words.shown_device(known), "stream": "", **known.told}
            self._devices.change(device_id, words.device_facts({**before, **told}), actor=actor)

    def remove_devices(self, device_ids: Collection[int], actor: str) -> None:
        with told_of():
            self._devices.remove(device_ids, actor=actor)

    def place_devices(self, places: Sequence[tuple[int, str, str]], actor: str) -> None:
        with told_of():
            self._devices.place(places, actor=actor)

    def doors(self) -> list[dict[str, Any]]:
        return [words.shown_door(one) for one in self._doors.listed()]

    def add_door(self, told: Mapping[str, Any], actor: str) -> int:
        """Its number."""
        with told_of():
            return self._doors.add(words.door_facts(told), actor=actor)

    def change_door(self, door_id: int, told: Mapping[str, Any], actor: str) -> None:
        """All of it at once."""
        with told_of():
            self._doors.change(door_id, words.door_facts(told), actor=actor)

    def remove_doors(self, door_ids: Collection[int], actor: str) -> None:
        with told_of():
            self._doors.remove(door_ids, actor=actor)

    def rights(self, contract_id: str) -> list[dict[str, Any]]:
        """The devices of a contract; an unknown one has none."""
        numbers = self._rights.of_contract(contract_id)
        return [
            {
                "device_id": one.id,
                "device_type": words.TYPES[one.type],
                "title": one.title,
            }
            for one in self._devices.listed(numbers)
        ]

    def give(self, contract_id: str, device_ids: Collection[int], actor: str) -> None:
        with told_of():
            self._rights.give(contract_id, device_ids, actor=actor)

    def take(self, contract_id: str, device_ids: Collection[int], actor: str) -> None:
        with told_of():
            self._rights.take(contract_id, device_ids, actor=actor)
