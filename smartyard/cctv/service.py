"""Which cameras a person sees: what is connected and paid, and nothing else."""

from dataclasses import dataclass, field

from smartyard.contracts.homes import HouseOfMine
from smartyard.contracts.service import ContractService
from smartyard.errors import DependencyUnavailable, NotYours
from smartyard.flussonic.service import VideoService
from smartyard.guard import Caller
from smartyard.registry.service import RegistryService, SeenCamera
from smartyard.registry.sight import CctvNotConnected, CctvNotPaid, blocked_view


class HouseNotYours(NotYours):
    message = "У вас нет доступа к этому дому."


@dataclass(frozen=True)
class Viewing:
    """Cameras and the one token that plays them; no token where there is no camera."""

    cameras: list[SeenCamera] = field(default_factory=list)
    token: str = ""


class CctvService:
    """Lists cameras and gives the token that plays them."""

    def __init__(
        self, contracts: ContractService, registry: RegistryService, video: VideoService
    ) -> None:
        self._contracts = contracts
        self._registry = registry
        self._video = video

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
            token = self._video.give_token(caller, [one.camera.id for one in paid])
            return Viewing(paid, token)
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
