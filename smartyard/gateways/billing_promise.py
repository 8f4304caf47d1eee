"""What features may ask of billing, whichever it is: the provider's over HTTP (`billing`,
`billing_money`), or our own tables where the provider has none (`smartyard/billing`).

The words, units and errors of each method are those of the HTTP one: see there.
"""

from collections.abc import Sequence
from typing import Protocol

from smartyard.errors import DependencyUnavailable
from smartyard.gateways.billing_answers import Homes, HouseCameras
from smartyard.gateways.billing_money import (
    AccountAddress,
    CancellationNotice,
    Confirmation,
    DocumentData,
    Movement,
    RestoreContact,
)
from smartyard.phones import Phone


class AnyBilling(Protocol):
    """Billing as such. `is_ours`: it is tables of our own. Then what it says is no answer that may
    be a lie, and what it is told is written in our own transaction."""

    @property
    def is_ours(self) -> bool: ...

    def deadline(self) -> float:
        """When (of `time.monotonic`) a question that begins now is over."""


class Residence(AnyBilling, Protocol):
    """Who lives where, what is connected and paid."""

    @property
    def lists_cameras(self) -> bool:
        """Where the inventory has none of a house."""

    def homes(self, phone: Phone, deadline: float | None = None) -> Homes: ...

    def cameras(
        self, house_ids: Sequence[int], deadline: float | None = None
    ) -> dict[int, HouseCameras | DependencyUnavailable]: ...


class Accounting(AnyBilling, Protocol):
    """Contracts with their money."""

    def hears_from_the_bank(self) -> bool: ...

    def takes_back(self) -> bool: ...

    def accounts(
        self, phone: Phone, deadline: float | None = None
    ) -> tuple[AccountAddress, ...]: ...

    def create_invoice(
        self, contract_id: str, amount_kopecks: int, phone: Phone, deadline: float | None = None
    ) -> str: ...

    def confirm(self, paid: Confirmation) -> None: ...

    def cancel(self, notice: CancellationNotice) -> None: ...

    def history(
        self, contract_id: str, year: int, deadline: float | None = None
    ) -> Sequence[Movement]: ...

    def invoice(
        self, contract_id: str, amount_kopecks: int, deadline: float | None = None
    ) -> DocumentData: ...

    def receipt(
        self, contract_id: str, receipt_id: str, deadline: float | None = None
    ) -> DocumentData: ...

    def add_phone(self, login: str, password: str, phone: Phone) -> None: ...

    def restore_contacts(self, contract: str, phone: Phone) -> Sequence[RestoreContact]: ...

    def send_restore_code(self, contract: str, contact_id: str, phone: Phone) -> None: ...

    def confirm_restore_code(self, contract: str, code: str, phone: Phone) -> None: ...
