"""Billing: the provider's over HTTP, or tables of our own."""

from collections.abc import Collection

from smartyard.audit import Audit
from smartyard.billing.book.repository import BookRepository
from smartyard.billing.book.service import ContractBook, Parts
from smartyard.billing.homes import LocalResidence
from smartyard.billing.money import LocalAccounting
from smartyard.billing.repository import LocalRepository
from smartyard.cabinet.accounts import subject_of as accounts_of
from smartyard.contracts.copies import Copies
from smartyard.contracts.service import ContractService
from smartyard.contracts.service import subject_of as homes_of
from smartyard.gateways.billing_promise import Accounting, Residence
from smartyard.losses import Losses
from smartyard.phones import Phone
from smartyard.registry.inventory.devices.spread import follow
from smartyard.wiring.ground import Ground, Section

_PART = 5000  # subjects of one statement


class Billing(Section):
    """What features ask, whichever it is: BILLING says. `credits` has places and a breaker of its
    own where it is another's."""

    def __init__(self, ground: Ground, copies: Copies, audit: Audit) -> None:
        self.homes: Residence = ground.gateways.billing
        self.money: Accounting = ground.gateways.billing_money
        self.credits: Accounting = ground.gateways.billing_credits
        self.losses = Losses(ground.settings, ground.clock)
        self._copies = copies
        settings = ground.settings
        if settings.billing == "local":
            rows = LocalRepository()
            self.homes = LocalResidence(
                rows,
                clock=ground.clock,
                zone=settings.timezone,
                seconds=settings.billing_timeout,
            )
            self.money = self.credits = LocalAccounting(
                rows,
                keys=ground.keys,
                audit=audit,
                clock=ground.clock,
                zone=settings.timezone,
                seconds=settings.billing_timeout,
                on_people=self.expire,
            )

    def expire(self, phones: Collection[Phone]) -> None:
        """Nobody's copy of these is fresh any more, nor do doors open by it unasked."""
        subjects = sorted(of(phone) for phone in phones for of in (homes_of, accounts_of))
        for begin in range(0, len(subjects), _PART):
            self._copies.doubt(subjects[begin : begin + _PART])


class Books(Section):
    """What changes our own billing, by a file, a command or a batch."""

    def __init__(
        self, ground: Ground, billing: Billing, contracts: ContractService, audit: Audit
    ) -> None:
        self.contracts = ContractBook(
            Parts(
                BookRepository(),
                LocalRepository(),
                contracts=contracts,
                losses=billing.losses,
                audit=audit,
                keys=ground.keys,
                clock=ground.clock,
                zone=ground.settings.timezone,
                is_master=ground.settings.billing == "local",
                on_people=billing.expire,
                on_flats=follow,
            )
        )
