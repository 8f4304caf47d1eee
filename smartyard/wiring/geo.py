"""The address book, its import, and finding places."""

from smartyard.contracts.service import ContractService
from smartyard.geo.book.importing import BookImportService
from smartyard.geo.book.repository import BookFileRepository
from smartyard.geo.coder import CoderService
from smartyard.geo.repository import BookRepository, GeocoderRepository
from smartyard.geo.service import GeoService
from smartyard.limits import Limits
from smartyard.wiring.ground import Ground, Section


class Geo(Section):
    """The services of addresses."""

    def __init__(self, ground: Ground, contracts: ContractService, limits: Limits) -> None:
        book = BookRepository()
        self.book = GeoService(book)
        self.files = BookImportService(BookFileRepository(), contracts)
        self.coder = CoderService(
            book,
            GeocoderRepository(),
            geocoder=ground.gateways.geocoder,
            limits=limits,
            settings=ground.settings,
            clock=ground.clock,
        )
