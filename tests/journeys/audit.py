"""The auditor of the fault test: sets the bank's own books and billing's against our ledger.

It trusts neither our states nor our words: what the bank took is what the sandbox's bank holds, and
what was credited is what moved in the sandbox's billing. A finding is a sentence about one order.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.journeys.paying import Installation

HELD, PAID, REVERSED, REFUNDED, DECLINED = 1, 2, 3, 4, 6
WORDS = {
    0: "registered",
    HELD: "held",
    PAID: "paid",
    REVERSED: "reversed",
    REFUNDED: "refunded",
    5: "at 3-D Secure",
    DECLINED: "declined",
}


@dataclass
class Books:
    """One moment of everybody's books, by order number."""

    payments: dict[str, dict[str, Any]]
    events: dict[str, list[dict[str, Any]]]
    credits: Counter[str]
    bank: dict[str, dict[str, Any]]
    billing: dict[str, dict[str, Any]]
    balances: dict[str, float] = field(default_factory=dict)  # rubles, by contract


def read(installation: Installation) -> Books:
    sandbox = installation.sandbox
    payments = installation.rows("SELECT * FROM payments")
    events: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in installation.rows(
        "SELECT p.order_number, e.* FROM payment_events e"
        " JOIN payments p ON p.id = e.payment_id ORDER BY e.id"
    ):
        events[event["order_number"]].append(event)
    counted = installation.rows(
        "SELECT p.order_number, count(*) AS rows FROM credits c"
        " JOIN payments p ON p.id = c.payment_id GROUP BY 1"
    )
    contracts = {str(payment["contract_id"]) for payment in payments}
    return Books(
        payments={payment["order_number"]: payment for payment in payments},
        events=events,
        credits=Counter({row["order_number"]: row["rows"] for row in counted}),
        bank={order["number"]: order for order in sandbox.bank.orders()},
        billing=dict(sandbox.billing.confirmed),
        balances={name: float(sandbox.world.contract(name)["balance"]) for name in contracts},
    )


def findings(books: Books, begun_with: Mapping[str, float]) -> list[str]:
    """All that is wrong; nothing, when all money is where it belongs. `begun_with` are the
    balances of before."""
    found = []
    for number in sorted({*books.payments, *books.bank, *books.billing}):
        found += [f"{number}: {what}" for what in _of_order(books, number)]
    moved: Counter[str] = Counter()
    for told in books.billing.values():
        moved[told["login"]] += told["credited"] * told["amount"] - _returned(told)
    for contract, balance in sorted(books.balances.items()):
        due = sum(
            _kept_by_bank(books, payment)
            for payment in books.payments.values()
            if payment["contract_id"] == contract
        )
        if abs(balance - begun_with[contract] - due / 100) > 0.001:
            found.append(f"contract {contract}: {moved[contract]} kopecks came, {due} are due")
    return found


def _of_order(books: Books, number: str) -> Iterator[str]:
    payment = books.payments.get(number)
    if payment is None:
        yield "nobody here knows it"
        return
    yield from _money(books, number, payment)
    yield from _reasons(books.events[number], payment)


def _money(books: Books, number: str, payment: dict[str, Any]) -> Iterator[str]:
    order, told = books.bank.get(number), books.billing.get(number)
    rows, times = books.credits[number], told["credited"] if told else 0
    if rows > 1 or times > 1:
        yield f"a double credit: {rows} rows, {times} times in billing"
    if rows != bool(told):
        yield f"{rows} rows, and billing {'knows' if told else 'does not know'} it"
    wanted = _wanted_states(order, payment)
    if payment["state"] not in wanted:
        bank = WORDS[order["status"]] if order else "unknown"
        yield f"{bank} at the bank, {payment['state']} here, and not {' or '.join(wanted)}"
    if _took(order, payment) and not times:
        yield "the bank took it, and it is not credited"
    if times and not _took(order, payment) and (order or {}).get("status") != REVERSED:
        yield "credited, and the bank did not take it"
    if told and told["amount"] != payment["amount_kopecks"]:
        yield "another sum is credited"
    if told and told["login"] != payment["contract_id"]:
        yield "another contract is credited"
    if told and times == 1 and told["amount"] - _returned(told) != _kept_by_bank(books, payment):
        yield f"billing gave {_returned(told)} back, and that is not what the bank did"


def _wanted_states(order: dict[str, Any] | None, payment: dict[str, Any]) -> tuple[str, ...]:
    """What the bank's book makes of a payment in the end."""
    if order is None:
        return ("new", "expired")
    moved = order["status"] in (PAID, REVERSED, REFUNDED)
    if moved and order["amount"] != payment["amount_kopecks"]:
        return ("review",)
    if order["status"] == REFUNDED:
        return ("refunded",) if order["refunded"] == order["amount"] else ("credited",)
    ends = {PAID: "credited", REVERSED: "reversed", DECLINED: "declined", HELD: "no hold at all"}
    if order["status"] in ends:
        return (ends[order["status"]],)
    return ("registered", "review")  # a word that did not fit may have come, and none that ends it


def _took(order: dict[str, Any] | None, payment: dict[str, Any]) -> bool:
    return (
        order is not None
        and order["status"] in (PAID, REFUNDED)
        and order["amount"] == payment["amount_kopecks"]
    )


def _kept_by_bank(books: Books, payment: dict[str, Any]) -> int:
    """Kopecks of it that the bank still holds for us, where they are ours to credit."""
    order = books.bank.get(payment["order_number"])
    return order["amount"] - order["refunded"] if order and _took(order, payment) else 0


def _returned(told: Mapping[str, Any]) -> int:
    return sum(one["amount"] for one in told["refunds"].values())


def _reasons(events: list[dict[str, Any]], payment: dict[str, Any]) -> Iterator[str]:
    """The ledger says why: an unbroken chain from `new` to the state of now, a cause for each, and
    the words without which nothing is credited, taken back, or left to a person."""
    befores, afters = [e["before"] for e in events], [e["after"] for e in events]
    if befores[:1] != [None] or befores[1:] != afters[:-1] or afters[-1:] != [payment["state"]]:
        yield f"the chain of events is broken: {list(zip(befores, afters))}"
    if not all(event["cause"].strip() for event in events):
        yield "an event has no cause"
    causes = [event["cause"] for event in events]
    steps = list(zip(befores, afters))
    if "credited" in afters and causes.count("billing took the credit") != 1:
        yield "the ledger does not say once that billing took the credit"
    if "credited" in afters and ("paid", "credited") not in steps:
        yield "credited without having been paid"
    if payment["refunded_kopecks"] and not any(cause.startswith("the bank ") for cause in causes):
        yield "the ledger does not say that the bank gave it back"
    if payment["state"] in ("refunded", "reversed") and "credited" in afters:
        if "all of it went back" not in causes:
            yield "the ledger does not say why it ended"
