"""A day's ledger against the bank's statuses and billing's history: what differs, and how."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo

from smartyard.errors import DependencyUnavailable
from smartyard.gateways.billing import BillingLacks
from smartyard.gateways.billing_money import Movement
from smartyard.gateways.billing_promise import Accounting
from smartyard.gateways.sberbank import BankOrder, SberbankGateway
from smartyard.ledger.books import BookService, Payment

TAKEN = (2, 4)  # the bank took the money, whatever went back of it later
IN_BILLING = ("credited", "refunded", "reversed")


@dataclass(frozen=True)
class Line:
    """One order. `bank` is orderStatus, None when the bank knows no such order. `credited`: we told
    billing of it. `in_billing` is what billing's history shows as credited for it, kopecks, None
    where there is no history. `differs` is empty where all agree."""

    order_number: str
    contract_id: str
    amount_kopecks: int
    state: str
    bank: int | None
    credited: bool
    in_billing: int | None
    differs: str


@dataclass(frozen=True)
class History:
    """A contract's year as billing tells it; `failed` when it should have one and gave none."""

    rows: Sequence[Movement] | None
    failed: bool = False

    def credited(self, order_number: str) -> int | None:
        """The sum of what came in by this order, named whole in a line's id or description."""
        if self.rows is None:
            return None
        named = re.compile(rf"(?<![0-9A-Za-z-]){re.escape(order_number)}(?![0-9A-Za-z-])")
        return sum(
            row.sum for row in self.rows if row.sum > 0 and named.search(f"{row.id} {row.dsc}")
        )


class ReconciliationService:
    """Asks everybody, changes nothing."""

    def __init__(
        self, books: BookService, *, bank: SberbankGateway, billing: Accounting, zone: tzinfo
    ) -> None:
        self._books = books
        self._bank = bank
        self._billing = billing
        self._zone = zone

    def of_day(self, day: date, progress: Callable[[int, int], None]) -> list[Line]:
        """Every order that was begun or credited, or went back, on that day of the operator's
        zone. `progress` hears how many of how many are done."""
        begin = datetime.combine(day, time.min, self._zone)
        end = datetime.combine(day + timedelta(days=1), time.min, self._zone)
        payments = self._books.between(begin, end)
        histories: dict[tuple[str, tuple[int, ...]], History] = {}
        lines = []
        for number, payment in enumerate(payments, start=1):
            begun = payment.created_at.astimezone(self._zone).year
            # What was ordered on New Year's Eve may be credited in the next year.
            years = tuple(sorted({begun, day.year, (day + timedelta(days=1)).year}))
            key = (payment.contract_id, years)
            if key not in histories:
                histories[key] = self._history(*key)
            lines.append(self._line(payment, histories[key]))
            progress(number, len(payments))
        return list(_with_billing(lines))

    def _line(self, payment: Payment, history: History) -> Line:
        bank = None
        try:
            word = self._bank.order(payment.order_number)
            bank = word.status if word else None
            differs = difference(
                payment.state, payment.amount_kopecks, payment.refunded_kopecks, word
            )
        except DependencyUnavailable:
            differs = "банк не ответил"
        if not differs and history.failed:
            differs = "история биллинга не получена"
        return Line(
            payment.order_number,
            payment.contract_id,
            payment.amount_kopecks,
            payment.state,
            bank,
            _was_credited(payment),
            history.credited(payment.order_number),
            differs,
        )

    def _history(self, contract_id: str, years: Sequence[int]) -> History:
        try:
            told = [self._billing.history(contract_id, year) for year in years]
            return History([row for rows in told for row in rows])
        except BillingLacks:
            return History(None)
        except DependencyUnavailable:
            return History(None, failed=True)


def _was_credited(payment: Payment) -> bool:
    """A hold that the bank let go is reversed too, and nothing of it went to billing."""
    never = payment.state == "reversed" and not payment.refunded_kopecks
    return payment.state in IN_BILLING and not never


def unseen_in_billing(lines: Sequence[Line]) -> bool:
    """Billing has a history, and of all that we credited it shows nothing: it may never name
    orders, or it lost the day."""
    credited = [line for line in lines if line.credited and line.in_billing is not None]
    return bool(credited) and not any(line.in_billing for line in credited)


def difference(state: str, amount: int, refunded: int, word: BankOrder | None) -> str:
    """What the ledger and the bank's word say differently, in words for the operator."""
    counted = state in ("paid", *IN_BILLING)
    taken = word is not None and word.status in TAKEN
    told = word.amount_kopecks if word is not None else None
    back = word.refunded_kopecks if word is not None else 0
    kept = word.deposited_kopecks if word is not None else None
    whole = (None, amount, amount - refunded)
    found = {
        "требует разбора": state == "review",
        "у нас оплачен, банк о нём не знает": counted and word is None,
        "банк взял деньги, у нас не оплачен": taken and not counted,
        "у нас отменён, в банке оплачен": taken and state == "reversed",
        "у нас оплачен, в банке нет": counted and not taken and state != "reversed",
        f"другая сумма в банке: {told} коп.": taken and told != amount,
        "банк не говорит, сколько возвращено": word is not None
        and word.status == 4
        and back is None,
        f"возвращено в банке {back or 0} коп., у нас {refunded} коп.": taken
        and (back or 0) != refunded,
        f"банк списал не всё: {kept} коп.": taken and kept not in whole,
        "биллинг ещё не подтвердил": state == "paid",
    }
    return next((words for words, is_so in found.items() if is_so), "")


def _with_billing(lines: Sequence[Line]) -> Iterator[Line]:
    """Billing's part, where its history shows order numbers at all."""
    shown = any(line.in_billing for line in lines)
    for line in lines:
        differs = line.differs
        if not differs and shown and line.in_billing is not None:
            differs = _billing_difference(line, line.in_billing)
        yield replace(line, differs=differs)


def _billing_difference(line: Line, credited: int) -> str:
    if not line.credited:
        return "в биллинге зачислен, у нас нет" if credited else ""
    if not credited:
        return "у нас зачислен, в биллинге не виден"
    return f"в биллинге зачислено {credited} коп." if credited != line.amount_kopecks else ""
