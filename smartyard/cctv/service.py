"""Which cameras a person sees: what is connected and paid, what is at the doors, and the city's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from smartyard.cctv.tree import ALL_CAMERAS, Group, by_house
from smartyard.config import Settings
from smartyard.contracts.homes import HouseOfMine
from smartyard.contracts.service import ContractService
from smartyard.errors import DependencyUnavailable, NotYours
from smartyard.flussonic.service import VideoService
from smartyard.guard import Caller
from smartyard.registry.service import RegistryService, SeenCamera
from smartyard.registry.sight import CctvNotConnected, CctvNotPaid, SightService, blocked_view

__all__ = [
    "ALL_CAMERAS",
    "CctvService",
    "DoorCamera",
    "Group",
    "HouseNotYours",
    "SeenCamera",
    "Viewing",
]


class HouseNotYours(NotYours):
    message = "У вас нет доступа к этому дому."


@dataclass(frozen=True)
class Viewing:
    """Cameras, and the token that plays each, by its id; and the addresses of houses."""

    cameras: Sequence[SeenCamera] = ()
    tokens: Mapping[int, str] = field(default_factory=dict)
    addresses: Mapping[int, str] = field(default_factory=dict)

    def by_house(self) -> list[Group]:
        """A group for each house with a camera."""
        return by_house(self.cameras, self.addresses)


@dataclass(frozen=True)
class DoorCamera:
    """The camera of a panel, what plays it, and whether faces are looked for in it."""

    panel_id: int
    seen: SeenCamera
    token: str
    finds_faces: bool


class CctvService:
    """Lists cameras and gives the tokens that play them."""

    def __init__(
        self,
        contracts: ContractService,
        registry: RegistryService,
        sight: SightService,
        video: VideoService,
        settings: Settings,
    ) -> None:
        self._contracts = contracts
        self._registry = registry
        self._sight = sight
        self._video = video
        self._finds_faces = bool(settings.frs_url)

    def all(self, caller: Caller, house_id: int | None, *, fresh: bool = False) -> Viewing:
        """The paid cameras of one own house, or of all.

        Raises HouseNotYours; CctvNotConnected for an own house without the service; CctvNotPaid
        when nothing is left and something is unpaid; DependencyUnavailable when billing must be
        asked, is silent, and said nothing before.
        """
        deadline = self._contracts.deadline()
        self._contracts.refresh(caller.phone, fresh=fresh, deadline=deadline)
        houses = self._contracts.homes(caller.phone)
        if house_id is not None:
            houses = [house for house in houses if house.house_id == house_id]
            if not houses:
                raise HouseNotYours()
            if not houses[0].has_cctv:
                raise CctvNotConnected()
        paying = [house.house_id for house in houses if house.pays_cctv]
        lacking = self._registry.refresh_billed(paying, fresh=fresh, deadline=deadline)
        return self._viewing(caller, house_id, houses, lacking)

    def at_doors(self, caller: Caller, *, fresh: bool = False) -> list[DoorCamera]:
        """The camera of each panel with a door of the caller's homes, by the panel's number. Raises
        as `SightService.panels`."""
        panels = self._sight.panels(caller.phone, fresh=fresh)
        tokens = self._video.tokens_for(caller, list(panels.values()))
        return [
            DoorCamera(panel, one, tokens[one.camera.id], self._finds_faces)
            for panel, one in panels.items()
        ]

    def of_city(self, caller: Caller) -> Viewing:
        """What everybody sees: no home, payment or block has to do with it."""
        return self._shown(caller, self._registry.city_cameras())

    def _shown(self, caller: Caller, cameras: Sequence[SeenCamera]) -> Viewing:
        return Viewing(cameras, self._video.tokens_for(caller, cameras))

    def _viewing(
        self,
        caller: Caller,
        house_id: int | None,
        houses: list[HouseOfMine],
        lacking: frozenset[int],
    ) -> Viewing:
        connected = [house for house in houses if house.has_cctv]
        paying = [house.house_id for house in connected if house.pays_cctv]
        # What billing said too long ago gives no token, as if it had never been said.
        cameras = self._registry.cameras_of(caller.phone, house_id)
        seen = [one for one in cameras if one.house_id not in lacking]
        paid = [one for one in seen if one.paid]
        if paid:
            addresses = {house.house_id: house.address for house in houses}
            return replace(self._shown(caller, paid), addresses=addresses)
        states = self._registry.billed_states(paying)
        if house_block := next((one.cctv_block for one in connected if one.cctv_block), None):
            raise blocked_view(house_block)
        if seen or len(paying) < len(connected) or "unpaid" in states.values():
            raise CctvNotPaid()
        if lacking:
            raise DependencyUnavailable(cause="billing listed no cameras, now or before")
        if house_id is not None and states.get(house_id) == "absent":
            raise CctvNotConnected()
        return Viewing()
