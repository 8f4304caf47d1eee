"""A day's ledger against the bank's statuses and billing's history: what differs, and how."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from smartyard.errors import DependencyUnavailable
from smartyard.gateways.billing_money import BillingMoney
from smartyard.gateways.sberbank import BankOrder, SberbankGateway
from smartyard.ledger.books import BookService, Payment

TAKEN = (2, 4)  # the bank took the money, whatever went back of it later
IN_BILLING = ("credited", "refunded", "reversed")


@dataclass(frozen=True)
class Line:
    """One order. `bank` is orderStatus, None when the bank knows no such order; `in_billing` None
    when billing does not show order numbers. `differs` is empty where all agree."""

    order_number: str
    contract_id: str
    amount_kopecks: int
    state: str
    bank: int | None
    in_billing: bool | None
    differs: str


class ReconciliationService:
    """Asks everybody, changes nothing."""

    def __init__(
        self, books: BookService, *, bank: SberbankGateway, billing: BillingMoney, zone: tzinfo
    ) -> None:
        self._books = books
        self._bank = bank
        self._billing = billing
        self._zone = zone

    def of_day(self, day: date, progress: Callable[[int, int], None]) -> list[Line]:
        """Every order that was begun or credited on that day of the operator's zone. `progress`
        hears how many of how many are done."""
        begin = datetime.combine(day, time.min, self._zone)
        end = datetime.combine(day + timedelta(days=1), time.min, self._zone)
        payments = self._books.between(begin, end)
        histories: dict[tuple[str, int], str | None] = {}
        lines = []
        for number, payment in enumerate(payments, start=1):
            key = (payment.contract_id, payment.created_at.astimezone(self._zone).year)
            if key not in histories:
                histories[key] = self._history(*key)
            lines.append(self._line(payment, histories[key]))
            progress(number, len(payments))
        return list(_with_billing(lines))

    def _line(self, payment: Payment, history: str | None) -> Line:
        bank = None
        try:
            word = self._bank.order(payment.order_number)
            bank = word.status if word else None
            differs = difference(
                payment.state, payment.amount_kopecks, payment.refunded_kopecks, word
            )
        except DependencyUnavailable:
            differs = "банк не ответил"
        return Line(
            payment.order_number,
            payment.contract_id,
            payment.amount_kopecks,
            payment.state,
            bank,
            None if history is None else payment.order_number in history,
            differs,
        )

    def _history(self, contract_id: str, year: int) -> str | None:
        """All that billing writes of a contract's year; an order number is looked for in it."""
        try:
            rows = self._billing.history(contract_id, year)
        except DependencyUnavailable:
            return None
        return "\n".join(f"{row.id} {row.dsc}" for row in rows)


def difference(state: str, amount: int, refunded: int, word: BankOrder | None) -> str:
    """What the ledger and the bank's word say differently, in words for the operator."""
    counted = state in ("paid", *IN_BILLING)
    taken = word is not None and word.status in TAKEN
    told = word.amount_kopecks if word is not None else None
    back = (word.refunded_kopecks or 0) if word is not None else 0
    found = {
        "требует разбора": state == "review",
        "у нас оплачен, банк о нём не знает": counted and word is None,
        "банк взял деньги, у нас не оплачен": taken and not counted,
        "у нас оплачен, в банке нет": counted and not taken and state != "reversed",
        f"другая сумма в банке: {told} коп.": taken and told != amount,
        f"возвращено в банке {back} коп., у нас {refunded} коп.": taken and back != refunded,
        "биллинг ещё не подтвердил": state == "paid",
    }
    return next((words for words, is_so in found.items() if is_so), "")


def _with_billing(lines: Sequence[Line]) -> Iterator[Line]:
    """Billing's part, where its history shows order numbers at all."""
    shown = any(line.in_billing for line in lines)
    for line in lines:
        told = line.in_billing if shown else None
        differs = line.differs
        if not differs and told is False and line.state in IN_BILLING:
            differs = "у нас зачислен, в биллинге не виден"
        if not differs and told is True and line.state not in IN_BILLING:
            differs = "в биллинге зачислен, у нас нет"
        yield Line(
            line.order_number,
            line.contract_id,
            line.amount_kopecks,
            line.state,
            line.bank,
            told,
            differs,
        )
