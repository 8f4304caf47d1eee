"""Balances and what moved them, as our own billing has them.

Refusals have the codes of `docs/billing-api.md`, so that features tell people the same whichever
billing they ask. A credit and its movement are one transaction, the caller's where it has one.
"""

import hmac
import time
from calendar import monthrange
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, tzinfo

from smartyard.audit import Audit
from smartyard.billing.models import LocalContract, LocalMovement
from smartyard.billing.paying import is_shut
from smartyard.billing.repository import Held, LocalRepository
from smartyard.db import transaction
from smartyard.gateways.billing import BillingLacks, BillingRefused
from smartyard.gateways.billing_money import (
    Account,
    AccountAddress,
    CancellationNotice,
    Confirmation,
    DocumentData,
    Movement,
    RestoreContact,
    in_rubles,
)
from smartyard.phones import Phone
from smartyard.secret import Keys

# The promise has arguments that are for the HTTP billing alone.
# pylint: disable=unused-argument

OnPeople = Callable[[Collection[Phone]], None]


def password_mac(keys: Keys, contract_id: str, password: str) -> str:
    """What is kept of a contract's password."""
    return keys.mac("contract password", contract_id, password).hex()


class LocalAccounting:
    """Every method that names a contract raises BillingRefused for an unknown one."""

    is_ours = True

    def __init__(  # pylint: disable=too-many-arguments
        self,
        rows: LocalRepository,
        *,
        keys: Keys,
        audit: Audit,
        clock: Callable[[], datetime],
        zone: tzinfo,
        seconds: float,
        on_people: OnPeople,
    ) -> None:
        """`on_people` hears, in the transaction, whose balance or contracts are others now."""
        self._rows = rows
        self._keys = keys
        self._audit = audit
        self._clock = clock
        self._zone = zone
        self._seconds = seconds
        self._on_people = on_people

    def deadline(self) -> float:
        """When (of `time.monotonic`) a question that begins now is over."""
        return time.monotonic() + self._seconds

    def hears_from_the_bank(self) -> bool:
        """No: payments are told by us."""
        return False

    def takes_back(self) -> bool:
        """Refunds move the balance too."""
        return True

    def accounts(self, phone: Phone, deadline: float | None = None) -> tuple[AccountAddress, ...]:
        """The contracts of a number with their balances, by flats."""
        today = self._clock().astimezone(self._zone).date()
        with transaction():
            held = self._rows.held_by(phone)
            services = self._rows.services_of([one.contract.id for one in held])
        flats: dict[int, list[Held]] = {}
        for one in held:
            flats.setdefault(one.flat.id, []).append(one)
        return tuple(
            AccountAddress(
                address=of_flat[0].house.address,
                house_id=of_flat[0].house.id,
                flat_id=flat_id,
                accounts=tuple(
                    _account(
                        one.contract,
                        tuple(services[one.contract.id]),
                        is_shut(services[one.contract.id], one.contract.blocked, today),
                    )
                    for one in of_flat
                ),
            )
            for flat_id, of_flat in flats.items()
        )

    def create_invoice(
        self,
        contract_id: str,
        amount_kopecks: int,
        phone: Phone,
        deadline: float | None = None,
    ) -> str:
        """Raises BillingLacks: orders have the server's own numbers."""
        raise BillingLacks(cause="our own billing numbers no invoices")

    def confirm(self, paid: Confirmation) -> None:
        """Credit a contract, once an order."""
        with transaction():
            self._lock(paid.contract_id)
            words = f"Оплата по счёту {paid.order}"
            known = (paid.contract_id, paid.amount_kopecks)
            if not self._rows.move(*known, words, paid.paid_at, order=paid.order, refunded_total=0):
                self._same(self._rows.of_order(paid.order), known)
                return
            self._tell(paid.contract_id)

    def cancel(self, notice: CancellationNotice) -> None:
        """Take a credit back, whole or in part, once an order and total."""
        with transaction():
            credit = self._rows.of_order(notice.order)
            contract_id = credit.contract_id if credit else notice.contract_id
            if not contract_id:
                raise BillingRefused(409)
            self._lock(contract_id)
            known = (contract_id, -notice.amount_kopecks)
            total = notice.refunded_total_kopecks
            seen = self._rows.of_order(notice.order, total)
            if seen is not None:
                self._same(seen, known)
                return
            left = self._rows.left_of_order(notice.order)
            if credit and (total > credit.kopecks or notice.amount_kopecks > left):
                raise BillingRefused(409)
            words = f"Возврат по счёту {notice.order}"
            self._rows.move(*known, words, notice.at, order=notice.order, refunded_total=total)
            self._tell(contract_id)

    def history(
        self, contract_id: str, year: int, deadline: float | None = None
    ) -> Sequence[Movement]:
        """A year of the operator's clock, the newest first."""
        with transaction():
            self._known(contract_id)
            begin, end = (datetime(one, 1, 1, tzinfo=self._zone) for one in (year, year + 1))
            return [
                Movement(
                    id=str(one.id),
                    date=self._shown(one.at, "%H:%M %d.%m.%Y"),
                    sum=in_rubles(one.kopecks),  # type: ignore[arg-type]
                    dsc=one.words,
                )
                for one in self._rows.movements(contract_id, begin, end)
            ]

    def invoice(
        self, contract_id: str, amount_kopecks: int, deadline: float | None = None
    ) -> DocumentData:
        """A bill of this month; its number is the contract's and the moment's."""
        now = self._clock()
        with transaction():
            contract = self._known(contract_id)
            number = f"{contract.name or contract.id}-{self._shown(now, '%y%m%d-%H%M')}"
            return self._document(
                contract, number, now, amount_kopecks, "Счёт на оплату услуг связи"
            )

    def receipt(
        self, contract_id: str, receipt_id: str, deadline: float | None = None
    ) -> DocumentData:
        """Of a movement of the history that is a payment; else BillingRefused."""
        with transaction():
            contract = self._known(contract_id)
            is_number = receipt_id.isascii() and receipt_id.isdigit() and len(receipt_id) < 19
            found = self._rows.movement(contract_id, int(receipt_id)) if is_number else None
            if found is None or found.kopecks <= 0:
                raise BillingRefused(403)
            return self._document(contract, receipt_id, found.at, found.kopecks, found.words)

    def add_phone(self, login: str, password: str, phone: Phone) -> None:
        """Refused with 403 for a wrong password, 409 when it is there already."""
        with transaction():
            contract = self._rows.find(login)
            right = contract.password_mac if contract else None
            told = password_mac(self._keys, contract.id if contract else "", password)
            if contract is None or right is None or not hmac.compare_digest(right, told):
                raise BillingRefused(403)
            self._rows.lock(contract.id)
            if not self._rows.add_phone(contract.id, phone):
                raise BillingRefused(409)
            self._audit.note(f"phone:{phone}", "phone added", f"contract:{contract.id}")
            self._tell(contract.id)

    def restore_contacts(self, contract: str, phone: Phone) -> Sequence[RestoreContact]:
        """Raises BillingLacks: phones of a contract are told by the provider."""
        raise BillingLacks(cause="our own billing keeps no contacts")

    def send_restore_code(self, contract: str, contact_id: str, phone: Phone) -> None:
        """Raises BillingLacks."""
        raise BillingLacks(cause="our own billing keeps no contacts")

    def confirm_restore_code(self, contract: str, code: str, phone: Phone) -> None:
        """Raises BillingLacks."""
        raise BillingLacks(cause="our own billing keeps no contacts")

    def _known(self, contract_id: str) -> LocalContract:
        found = self._rows.find(contract_id)
        if found is None or found.id != contract_id:
            raise BillingRefused(403)
        return found

    def _lock(self, contract_id: str) -> None:
        """Nobody else moves its balance until the transaction ends."""
        if not self._rows.lock(contract_id):
            raise BillingRefused(403)

    def _same(self, seen: LocalMovement | None, known: tuple[str, int]) -> None:
        """A repeat is one only with the same contract and sum."""
        if seen is None or (seen.contract_id, seen.kopecks) != known:
            raise BillingRefused(409)

    def _tell(self, contract_id: str) -> None:
        self._on_people(list(self._rows.phones_of([contract_id])[contract_id]))

    def _shown(self, moment: datetime, shape: str) -> str:
        return moment.astimezone(self._zone).strftime(shape)

    def _document(
        self, contract: LocalContract, number: str, at: datetime, kopecks: int, words: str
    ) -> DocumentData:
        """The service's days are those of the month."""
        day = at.astimezone(self._zone).date()
        last = monthrange(day.year, day.month)[1]
        return DocumentData(
            number=number,
            date=f"{day:%d.%m.%Y}",
            client_name=contract.client_name,
            sum=in_rubles(kopecks),  # type: ignore[arg-type]
            dsc=words,
            service=f"Услуги связи по договору {contract.name or contract.id}",
            start=f"{day.replace(day=1):%d.%m.%Y}",
            end=f"{day.replace(day=last):%d.%m.%Y}",
        )


def _account(contract: LocalContract, services: tuple[str, ...], shut: bool) -> Account:
    return Account(
        client_id=contract.id,
        client_name=contract.client_name or None,
        contract_name=contract.name or contract.id,
        contract_pay_name=contract.name or contract.id,
        blocked=shut,
        balance=in_rubles(contract.balance_kopecks),  # type: ignore[arg-type]
        services=services,
    )
