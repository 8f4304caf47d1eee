"""The operator's inventory."""

from smartyard.audit import Audit
from smartyard.contracts.service import ContractService
from smartyard.intercom.pushing.keys.repository import PanelKeyRepository
from smartyard.intercom.pushing.repository import PushRepository
from smartyard.losses import Losses
from smartyard.registry.inventory.blocks.repository import BlockRepository
from smartyard.registry.inventory.blocks.service import BlockService
from smartyard.registry.inventory.devices.doors import DeviceDoorService
from smartyard.registry.inventory.devices.repository import (
    DeviceDoorRepository,
    DeviceRepository,
    RightRepository,
)
from smartyard.registry.inventory.devices.rights import RightService
from smartyard.registry.inventory.devices.service import DeviceService
from smartyard.registry.inventory.media import SealedMedia
from smartyard.registry.inventory.repository import InventoryRepository
from smartyard.registry.inventory.service import InventoryService
from smartyard.registry.inventory.stock.repository import StockRepository
from smartyard.registry.panels.service import Sealed
from smartyard.wiring.ground import Ground, Section


class Inventories(Section):
    """What changes it, by a file, a command or a provider's call."""

    def __init__(
        self, ground: Ground, contracts: ContractService, audit: Audit, losses: Losses
    ) -> None:
        self.inventory = InventoryService(
            InventoryRepository(),
            StockRepository(),
            contracts,
            sealed={"panels": Sealed(ground.keys), "media_servers": SealedMedia(ground.keys)},
            audit=audit,
            on_keys=PanelKeyRepository(PushRepository(), ground.clock).changed,
        )
        self.blocks = BlockService(BlockRepository(), audit, ground.clock)
        devices, doors = DeviceRepository(), DeviceDoorRepository()
        self.devices = DeviceService(devices, doors, self.inventory, audit)
        self.device_doors = DeviceDoorService(devices, doors, self.inventory, audit)
        self.rights = RightService(
            RightRepository(), devices, contracts, audit=audit, losses=losses
        )
