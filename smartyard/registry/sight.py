"""Whether a person may see one camera now: connected, paid, and billing's word not too old."""

from smartyard.contracts.homes import DEBT, Block
from smartyard.contracts.service import ContractService
from smartyard.errors import AppError, DependencyUnavailable, NotFound, NotYours, PaymentRequired
from smartyard.phones import Phone
from smartyard.registry.service import RegistryService, SeenCamera

__all__ = ["CameraNotYours", "CctvNotConnected", "CctvNotPaid", "SightService", "blocked_view"]


class CctvNotConnected(NotFound):
    message = "Видеонаблюдение не подключено. Чтобы подключить его, обратитесь к вашему оператору."


class CctvNotPaid(PaymentRequired):
    message = "Видеонаблюдение не оплачено. Пополните счёт, чтобы смотреть камеры."


class CameraNotYours(NotYours):
    message = "У вас нет доступа к этой камере."


class CctvBlocked(NotYours):
    """Blocked by the operator; the message is the cause."""


def blocked_view(block: Block) -> AppError:
    """What keeps a person from watching, in the words that the block was made with."""
    return CctvNotPaid(block.cause) if block.source == DEBT else CctvBlocked(block.cause)


class SightService:
    """The right to one camera, by the rules of the list of cameras."""

    def __init__(self, contracts: ContractService, registry: RegistryService) -> None:
        self._contracts = contracts
        self._registry = registry

    def camera(self, phone: Phone, camera_id: int) -> SeenCamera:
        """The camera, of which billing was asked where its word was due.

        Raises CameraNotYours, the same whether it exists or not; CctvNotConnected for one of an own
        home without the service; CctvNotPaid; DependencyUnavailable when billing is silent and said
        nothing before that could still be believed.
        """
        deadline = self._contracts.deadline()
        self._contracts.refresh(phone, deadline=deadline)
        houses = self._contracts.homes(phone)
        paying = [house.house_id for house in houses if house.pays_cctv]
        lacking = self._registry.refresh_billed(paying, deadline=deadline)
        seen = self._registry.cameras_of(phone, None)
        found = next((one for one in seen if one.camera.id == camera_id), None)
        if found is None:
            if self._registry.has_at_home(phone, camera_id):
                raise CctvNotConnected()
        elif found.house_id not in lacking:
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
