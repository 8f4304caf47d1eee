"""Money: what a person sees of the contract, orders, crediting, refunds and reconciliation."""

from smartyard.cabinet.accounts import Accounts
from smartyard.cabinet.service import CabinetService
from smartyard.config import Settings, SettingsError
from smartyard.contracts.copies import Copies
from smartyard.contracts.people import PeopleService
from smartyard.contracts.service import ContractService
from smartyard.crediting.delivery import DeliveryService
from smartyard.crediting.reconciliation import ReconciliationService
from smartyard.crediting.refunds import RefundService
from smartyard.crediting.repository import DeliveryRepository, RefundRepository
from smartyard.ledger.books import BookService
from smartyard.ledger.orders import OrderService
from smartyard.ledger.repository import CreditRepository, PaymentRepository, PrepareRepository
from smartyard.ledger.service import LedgerService
from smartyard.limits import Limits
from smartyard.notices import Notices
from smartyard.outbox import Outbox
from smartyard.pay.checksum import CallbackSeal, public_key
from smartyard.pay.prepare import PrepareService
from smartyard.pay.service import PaymentService
from smartyard.wiring.billing import Billing
from smartyard.wiring.ground import Ground, Section


class Money(Section):
    """The services of payments: the order, what the bank says of it, and its credit at billing."""

    def __init__(
        self,
        ground: Ground,
        billing: Billing,
        cabinet: CabinetService,
        *,
        limits: Limits,
        notices: Notices,
        outbox: Outbox,
    ) -> None:
        settings, clock = ground.settings, ground.clock
        payments, credits_ = PaymentRepository(), CreditRepository()
        self.books = BookService(payments, credits_)
        self.ledger = LedgerService(
            payments,
            credits_,
            bank=ground.gateways.bank,
            notices=notices,
            outbox=outbox,
            settings=settings,
            clock=clock,
        )
        self.orders = OrderService(payments, PrepareRepository(), settings=settings, clock=clock)
        self._add_crediting(ground, billing, cabinet)
        self._add_paying(ground, billing, cabinet, limits)

    def _add_paying(
        self, ground: Ground, billing: Billing, cabinet: CabinetService, limits: Limits
    ) -> None:
        settings, clock = ground.settings, ground.clock
        self.prepare = PrepareService(
            self.orders,
            cabinet=cabinet,
            billing=billing.money,
            limits=limits,
            settings=settings,
            clock=clock,
        )
        self.payments = PaymentService(
            self.orders,
            self.ledger,
            bank=ground.gateways.bank,
            seal=callback_seal(settings),
            limits=limits,
            settings=settings,
            clock=clock,
        )

    def _add_crediting(self, ground: Ground, billing: Billing, cabinet: CabinetService) -> None:
        settings, bank, clock = ground.settings, ground.gateways.bank, ground.clock
        self.delivery = DeliveryService(
            self.ledger,
            DeliveryRepository(settings.billing),
            billing=billing.credits,
            settings=settings,
            clock=clock,
            on_credit=cabinet.expire,
        )
        self.refunds = RefundService(
            self.books, self.ledger, RefundRepository(), bank=bank, clock=clock
        )
        self.reconciliation = ReconciliationService(
            self.books, bank=bank, billing=billing.money, zone=settings.timezone
        )


def cabinet_service(  # pylint: disable=too-many-arguments
    ground: Ground,
    billing: Billing,
    copies: Copies,
    *,
    contracts: ContractService,
    people: PeopleService,
    limits: Limits,
) -> CabinetService:
    """What a person sees of their contracts' money, and joins another contract by."""
    settings = ground.settings
    return CabinetService(
        Accounts(copies, billing.money, settings.billing_timeout),
        contracts,
        billing=billing.money,
        limits=limits,
        settings=settings,
        clock=ground.clock,
        on_joining=people.come_back,
    )


def callback_seal(settings: Settings) -> CallbackSeal:
    """How the bank signs. Raises SettingsError for a certificate that is none."""
    path = settings.sber_callback_cert
    try:
        certificate_key = None if path is None else public_key(path)
    except (OSError, ValueError) as wrong:
        raise SettingsError(f"SBER_CALLBACK_CERT cannot be used: {wrong}") from None
    return CallbackSeal(settings.sber_callback_key.get_secret_value(), certificate_key)
