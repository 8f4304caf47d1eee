"""Whether a person may see a camera now: connected, paid, and billing's word not too old.

There are three ways to a camera: it is linked to a home (cameras are connected there), it is a
panel's with a door of a home (the intercom is connected there), or it is the whole city's. The
media server's question (`flussonic/viewers`) is answered by the same three.
"""

from collections.abc import Collection, Mapping

from smartyard.contracts.homes import DEBT, Block
from smartyard.contracts.service import ContractService
from smartyard.errors import AppError, DependencyUnavailable, NotFound, NotYours, PaymentRequired
from smartyard.phones import Phone
from smartyard.registry.service import ReachedDoor, RegistryService, SeenCamera

__all__ = [
    "CameraNotYours",
    "CctvNotConnected",
    "CctvNotPaid",
    "SeenCamera",
    "SightService",
    "blocked_view",
]


class CctvNotConnected(NotFound):
    message = "Видеонаблюдение не подключено. Чтобы подключить его, обратитесь к вашему оператору."


class CctvNotPaid(PaymentRequired):
    message = "Видеонаблюдение не оплачено. Пополните счёт, чтобы смотреть камеры."


class CameraNotYours(NotYours):
    message = "У вас нет доступа к этой камере."


class IntercomNotPaid(PaymentRequired):
    message = "Домофон не оплачен. Пополните счёт, чтобы смотреть его камеру."


class CctvBlocked(NotYours):
    """Blocked by the operator; the message is the cause."""


def blocked_view(block: Block) -> AppError:
    """What keeps a person from watching, in the words that the block was made with."""
    return CctvNotPaid(block.cause) if block.source == DEBT else CctvBlocked(block.cause)


class SightService:
    """The right to cameras: to one, by the rules of their lists, and to those of panels."""

    def __init__(self, contracts: ContractService, registry: RegistryService) -> None:
        self._contracts = contracts
        self._registry = registry

    def camera(self, phone: Phone, camera_id: int) -> SeenCamera:
        """The camera, of which billing was asked where its word was due.

        Raises CameraNotYours, the same whether it exists or not; CctvNotConnected for one of an own
        home without the service; CctvNotPaid; DependencyUnavailable when billing is silent and said
        nothing before that could still be believed.
        """
        for of_city in self._registry.city_cameras(camera_id):
            return of_city
        try:
            return self._at_home(phone, camera_id)
        except AppError as refused:
            for at_door in self._at_doors(phone)[0].values():
                if at_door.camera.id == camera_id:
                    return at_door
            raise refused

    def among(self, phone: Phone, camera_ids: Collection[int]) -> frozenset[int]:
        """Those of some cameras that `camera` gives to a person now. Billing is not asked where
        they are all the city's. Raises DependencyUnavailable as `camera` does."""
        wanted = frozenset(camera_ids)
        seen = {one.camera.id for one in self._registry.city_cameras()} if wanted else set()
        if wanted - seen:
            linked, lacking = self._linked(phone)
            seen |= {one.camera.id for one in linked if one.paid and one.house_id not in lacking}
        if wanted - seen:
            seen |= {one.camera.id for one in self._at_doors(phone)[0].values()}
        return wanted & seen

    def panels(self, phone: Phone, *, fresh: bool = False) -> dict[int, SeenCamera]:
        """The cameras of the panels with a door of a person's homes, by the panel's number: where
        the intercom is connected and paid, and neither doors nor cameras are blocked.

        When nothing is left and something is connected it raises what keeps it: IntercomNotPaid, or
        what `blocked_view` makes. DependencyUnavailable when billing is silent and said nothing.
        """
        self._contracts.refresh(phone, fresh=fresh, deadline=self._contracts.deadline())
        seen, kept_from = self._at_doors(phone)
        if not seen and kept_from:
            raise kept_from[0]
        return seen

    def _at_doors(self, phone: Phone) -> tuple[dict[int, SeenCamera], list[AppError]]:
        """What may be seen, and what keeps a person from the rest. Outer guests see nothing."""
        doors = [
            door
            for door in self._registry.reached_doors(phone)
            if door.connected and not door.is_outer
        ]
        cameras = self._registry.cameras_of_panels({door.door.domophone_id for door in doors})
        doors = [door for door in doors if door.door.domophone_id in cameras]
        blocks = self._cctv_blocks(phone) if doors else {}
        told = [(door.door.domophone_id, _refusal(door, blocks)) for door in doors]
        opened = {panel for panel, refused in told if refused is None}
        kept_from = [refused for _, refused in told if refused is not None]
        return {panel: cameras[panel] for panel in sorted(opened)}, kept_from

    def _cctv_blocks(self, phone: Phone) -> Mapping[int, Block]:
        """What keeps flats from their cameras, by flat."""
        flats = [flat for house in self._contracts.homes(phone) for flat in house.flats]
        told = [(flat.flat_id, flat.block_of("cctv")) for flat in flats]
        return {flat_id: block for flat_id, block in told if block}

    def _linked(self, phone: Phone) -> tuple[list[SeenCamera], frozenset[int]]:
        """The cameras that are connected at homes of a person, of which billing was asked where its
        word was due; and the houses of which it listed none, now or lately enough."""
        deadline = self._contracts.deadline()
        self._contracts.refresh(phone, deadline=deadline)
        paying = [one.house_id for one in self._contracts.homes(phone) if one.pays_cctv]
        lacking = self._registry.refresh_billed(paying, deadline=deadline)
        return self._registry.cameras_of(phone, None), lacking

    def _at_home(self, phone: Phone, camera_id: int) -> SeenCamera:
        """The camera as one that is linked to a home. Raises as `camera` does."""
        seen, lacking = self._linked(phone)
        found = next((one for one in seen if one.camera.id == camera_id), None)
        if found is None:
            if self._registry.has_at_home(phone, camera_id):
                raise CctvNotConnected()
        elif found.house_id not in lacking:
            houses = self._contracts.homes(phone)
            of_house = [one for one in houses if one.house_id == found.house_id]
            block = next((one.cctv_block for one in of_house), None)
            if not found.paid and block is not None:
                raise blocked_view(block)
            if not found.paid:
                raise CctvNotPaid()
            return found
        if lacking:
            raise DependencyUnavailable(cause="billing listed no cameras, now or before")
        raise CameraNotYours()


def _refusal(door: ReachedDoor, blocks: Mapping[int, Block]) -> AppError | None:
    """What keeps a flat from the camera at its door."""
    block = Block("doors", *door.block) if door.block else blocks.get(door.flat_id)
    if block:
        return blocked_view(block)
    return IntercomNotPaid() if door.unpaid else None
