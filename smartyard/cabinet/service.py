"""The cabinet of a person: own contracts only, as billing has them."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from smartyard.cabinet.accounts import Accounts
from smartyard.cabinet.documents import invoice_pdf, receipt_pdf
from smartyard.config import Settings
from smartyard.contracts.service import ContractService
from smartyard.db import transaction
from smartyard.errors import AppError, Malformed, NotFound, NotYours, TooOften
from smartyard.gateways.billing import BillingLacks, BillingRefused
from smartyard.gateways.billing_money import (
    Account,
    AccountAddress,
    DocumentData,
    Movement,
    RestoreContact,
)
from smartyard.gateways.billing_promise import Accounting
from smartyard.guard import Caller
from smartyard.limits import Limit, LimitReached, Limits
from smartyard.phones import Phone

__all__ = ["Account", "AccountAddress", "CabinetService"]

T = TypeVar("T")

_HOUR = 3600.0


class AskTheOffice(NotFound):
    message = "Эта услуга недоступна в приложении. Обратитесь в офис."


class ContractNotYours(NotYours):
    message = "У вас нет доступа к этому договору."


class WrongPassword(NotYours):
    message = "Неверный номер договора или пароль."


class ContractThere(NotFound):
    message = "Этот договор уже есть в вашем списке."


class ContractUnknown(NotFound):
    message = "Договор не найден. Проверьте номер или обратитесь в офис."


class WrongRestoreCode(NotYours):
    message = "Неверный код. Проверьте его и попробуйте ещё раз."


class TooManyGuesses(TooOften):
    message = "Слишком много попыток. Попробуйте через час."


class CabinetService:
    """Balances, history and documents of the caller's contracts, and the two ways to add one."""

    def __init__(
        self,
        accounts: Accounts,
        contracts: ContractService,
        *,
        billing: Accounting,
        limits: Limits,
        settings: Settings,
        clock: Callable[[], datetime],
        on_joining: Callable[[Phone, str | None], bool],
    ) -> None:
        """`on_joining` hears, in a transaction, of who proved to be a contract's; or whom billing
        has there without a proof (None). It says whether that led somebody back home."""
        self._accounts = accounts
        self._contracts = contracts
        self._billing = billing
        self._limits = limits
        self._settings = settings
        self._clock = clock
        self._on_joining = on_joining

    def addresses(
        self, caller: Caller, *, fresh: bool = False, deadline: float | None = None
    ) -> Sequence[AccountAddress]:
        """Every contract under the caller's number, by address. Raises AskTheOffice, or
        DependencyUnavailable when billing is silent and said nothing before."""
        return self._asked(lambda: self._accounts.of(caller.phone, fresh=fresh, deadline=deadline))

    def check_own(self, caller: Caller, contract_id: str, deadline: float) -> None:
        """Raises ContractNotYours unless billing holds the contract under the caller's number.
        `deadline` (of `time.monotonic`) is that of all calls of this request to billing."""
        self._contracts.refresh(caller.phone, deadline=deadline)
        homes = self._contracts.homes(caller.phone)
        if any(flat.contract_id == contract_id for home in homes for flat in home.flats):
            return
        if any(
            account.client_id == contract_id
            for address in self._listed(caller, deadline)
            for account in address.accounts
        ):
            return
        raise ContractNotYours()

    def _listed(self, caller: Caller, deadline: float) -> Sequence[AccountAddress]:
        """The accounts, none where billing lists no accounts: homes alone tell then."""
        try:
            return self.addresses(caller, deadline=deadline)
        except AskTheOffice:
            return ()

    def history(self, caller: Caller, contract_id: str, year: int) -> Sequence[Movement]:
        """A year's movements of a contract. Raises as `document`."""
        deadline = self._begin_document(caller, contract_id)
        return self._asked(lambda: self._billing.history(contract_id, year, deadline))

    def invoice(
        self, caller: Caller, contract_id: str, amount_kopecks: int
    ) -> tuple[DocumentData, bytes]:
        """What is billed and its PDF. Raises ContractNotYours, AskTheOffice where billing makes
        none, ContractUnknown where it refuses."""
        deadline = self._begin_document(caller, contract_id)
        data = self._asked(lambda: self._billing.invoice(contract_id, amount_kopecks, deadline))
        return data, invoice_pdf(data)

    def receipt(
        self, caller: Caller, contract_id: str, receipt_id: str
    ) -> tuple[DocumentData, bytes]:
        """What was paid and its PDF. Raises as `invoice`."""
        deadline = self._begin_document(caller, contract_id)
        data = self._asked(lambda: self._billing.receipt(contract_id, receipt_id, deadline))
        return data, receipt_pdf(data)

    def add_phone(self, caller: Caller, login: str, password: str) -> None:
        """Put the caller's number under a contract. Whose it was all along comes back to what he
        had left by himself. Raises WrongPassword, ContractThere, AskTheOffice, TooManyGuesses."""
        self._count_guess(caller, "add", login)
        try:
            self._asked(
                lambda: self._billing.add_phone(login, password, caller.phone),
                {403: WrongPassword, 404: WrongPassword, 409: ContractThere},
            )
        except ContractThere:
            # Billings need not look at the password first, so that this proves nothing.
            if not self._joined(caller.phone, None):
                raise
        else:
            self._joined(caller.phone, login)

    def restore_contacts(self, caller: Caller, contract: str) -> Sequence[RestoreContact]:
        """Where a code can be sent, masked. Raises ContractUnknown, AskTheOffice."""
        self._count_guess(caller, "restore", contract)
        found = self._asked(lambda: self._billing.restore_contacts(contract, caller.phone))
        return [RestoreContact(id=one.id, contact=mask(one), type=one.type) for one in found]

    def send_restore_code(self, caller: Caller, contract: str, contact_id: str) -> None:
        """Have billing send a code. It costs money, so it is counted like a guess."""
        self._count_guess(caller, "restore-send", contract)
        self._asked(lambda: self._billing.send_restore_code(contract, contact_id, caller.phone))

    def confirm_restore_code(self, caller: Caller, contract: str, code: str) -> None:
        """Raises WrongRestoreCode."""
        self._count_guess(caller, "restore-code", contract)
        self._asked(
            lambda: self._billing.confirm_restore_code(contract, code, caller.phone),
            {403: WrongRestoreCode},
        )
        self._joined(caller.phone, contract)

    def _joined(self, phone: Phone, contract: str | None) -> bool:
        with transaction():
            self.expire(phone)
            return self._on_joining(phone, contract)

    def expire(self, phone: Phone) -> None:
        """Billing's word on this phone is no longer so: ask again when next read."""
        with transaction():
            self._accounts.expire(phone)
            self._contracts.expire(phone)

    def forget(self, phone: Phone) -> None:
        """In the caller's transaction: the person left."""
        self._accounts.forget(phone)
        self._contracts.forget(phone)

    def _begin_document(self, caller: Caller, contract_id: str) -> float:
        """Count one more that asks billing (more than the limit is no person), and see that the
        contract is the caller's. Returns the deadline of all calls of this request."""
        most = self._settings.documents_per_phone_hour
        self._take([Limit(f"documents:{caller.phone}", most, _HOUR)])
        deadline = self._billing.deadline()
        self.check_own(caller, contract_id, deadline)
        return deadline

    def _count_guess(self, caller: Caller, what: str, contract: str) -> None:
        most = self._settings.account_guesses_per_hour
        limits = [
            Limit(f"{what}:{caller.phone}", most, _HOUR),
            Limit(f"{what}-contract:{contract[:100]}", 3 * most, _HOUR),
        ]
        self._take(limits)

    def _take(self, limits: list[Limit]) -> None:
        try:
            self._limits.take(limits, self._clock())
        except LimitReached as reached:
            raise TooManyGuesses(cause=reached.cause) from None

    def _asked(self, ask: Callable[[], T], refusals: dict[int, type[AppError]] | None = None) -> T:
        """Billing's answer, with its refusals in our words."""
        try:
            return ask()
        except BillingLacks as lacks:
            raise AskTheOffice(cause=lacks.cause) from None
        except BillingRefused as refused:
            known = {404: ContractUnknown, 422: Malformed} | (refusals or {})
            raise known.get(refused.code, ContractUnknown)(cause=refused.cause) from None


def mask(contact: RestoreContact) -> str:
    """Enough to know one's own by, and no more; what billing masked stays as it is."""
    text = contact.contact
    if "*" in text:
        return text
    if contact.type == "email":
        name, _, domain = text.partition("@")
        return f"{name[:1]}***@{domain[:1]}***{domain[domain.rfind('.'):] if '.' in domain else ''}"
    digits = re.sub(r"[^0-9]", "", text)
    return f"***{digits[-4:]}" if len(digits) > 4 else "***"
