"""The provider's side: keys of its programs, and what they may ask."""

from smartyard.audit import Audit
from smartyard.billing.book.service import ContractBook
from smartyard.provider.batch.service import BatchService
from smartyard.provider.bill.keys import KeyService
from smartyard.provider.bill.service import BillService
from smartyard.provider.tokens.repository import TokenRepository
from smartyard.provider.tokens.service import TokenService
from smartyard.registry.service import RegistryService
from smartyard.wiring.ground import Ground, Section
from smartyard.wiring.inventory import Inventories


class Providers(Section):
    def __init__(
        self,
        ground: Ground,
        audit: Audit,
        inventories: Inventories,
        registry: RegistryService,
        book: ContractBook,
    ) -> None:
        self.tokens = TokenService(
            TokenRepository(),
            audit,
            clock=ground.clock,
            every=ground.settings.session_seen_every,
        )
        self.bill = BillService(
            self.tokens, inventories.devices, inventories.device_doors, inventories.rights
        )
        self.batches = BatchService(book, inventories.rights)
        self.keys = KeyService(inventories.inventory, registry)
