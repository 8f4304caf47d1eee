"""The states of a payment, which may follow which, and what the bank's word means.

    new → registered → (held) → paid → credited → refunded | reversed

`declined` and `expired` are only what we last heard: the bank may say "paid" weeks later.
`reversed` and `refunded` (in full) are ends. `review` is for what does not fit, and for a person.
The same table stands in a trigger of PostgreSQL (migration 0005), which refuses all else.
"""

from dataclasses import dataclass

from smartyard.gateways.sberbank import BankOrder

NEW, REGISTERED, HELD, PAID, CREDITED = "new", "registered", "held", "paid", "credited"
DECLINED, EXPIRED = "declined", "expired"
REVERSED, REFUNDED, REVIEW = "reversed", "refunded", "review"

STATES = (
    NEW, REGISTERED, HELD, PAID, CREDITED, DECLINED, EXPIRED, REVERSED, REFUNDED, REVIEW,
)  # fmt: skip
OPEN = (NEW, REGISTERED, HELD, DECLINED, EXPIRED, REVIEW)  # no money of it is credited
ENDS = (REVERSED, REFUNDED)

_FROM = {
    NEW: (REGISTERED, HELD, PAID, DECLINED, EXPIRED, REVERSED, REVIEW),
    REGISTERED: (HELD, PAID, DECLINED, EXPIRED, REVERSED, REVIEW),
    HELD: (PAID, DECLINED, EXPIRED, REVERSED, REVIEW),
    DECLINED: (REGISTERED, HELD, PAID, EXPIRED, REVERSED, REVIEW),
    EXPIRED: (REGISTERED, HELD, PAID, DECLINED, REVERSED, REVIEW),
    REVIEW: (HELD, PAID, DECLINED, REVERSED),
    PAID: (CREDITED,),
    CREDITED: (REFUNDED, REVERSED),
}
TRANSITIONS = tuple((before, after) for before, afters in _FROM.items() for after in afters)

_AS_HEARD = {0: REGISTERED, 1: HELD, 2: PAID, 3: REVERSED, 5: REGISTERED, 6: DECLINED}
_MONEY_MOVED = (1, 2, 3, 4)


@dataclass(frozen=True)
class Ordered:
    """What we asked to be paid."""

    order_number: str
    amount_kopecks: int
    currency: str


@dataclass(frozen=True)
class Heard:
    """What the bank's word means: the state, and how much went back (None: it does not say)."""

    state: str
    refunded_kopecks: int | None = None
    reason: str = ""


def may_follow(before: str, after: str) -> bool:
    return after in _FROM.get(before, ())


def meaning(ordered: Ordered, word: BankOrder) -> Heard:
    """Judge the bank's word on our order. A sum, number or currency that is not ours is never
    paid: with money moved it is for a person to see, without it nothing has happened yet."""
    if word.order_number != ordered.order_number:
        return Heard(REVIEW, reason="the bank answered about another order")
    fits = (word.amount_kopecks, word.currency) == (ordered.amount_kopecks, ordered.currency)
    if not fits and word.status in _MONEY_MOVED:
        return Heard(REVIEW, reason="another sum or currency was paid")
    if word.status == 4:
        return _refunded(ordered, word)
    odd = _odd_sums(ordered, word)
    if odd:
        return Heard(REVIEW, reason=odd)
    if word.status not in _AS_HEARD:
        return Heard(REVIEW, reason=f"unknown orderStatus {word.status}")
    return Heard(_AS_HEARD[word.status], word.refunded_kopecks)


def _refunded(ordered: Ordered, word: BankOrder) -> Heard:
    """Status 4 also follows a partial refund, so the sums decide. It was paid first: it is
    credited, and what went back is then taken back."""
    if word.refunded_kopecks is None or not 0 < word.refunded_kopecks <= ordered.amount_kopecks:
        return Heard(REVIEW, reason="refunded by a sum that the bank does not tell")
    if not _deposit_fits(ordered, word):
        return Heard(REVIEW, reason="another sum was deposited")
    return Heard(PAID, word.refunded_kopecks)


def _odd_sums(ordered: Ordered, word: BankOrder) -> str:
    """Why the sums beside the amount are not ours; empty where they are."""
    if (word.refunded_kopecks or 0) > ordered.amount_kopecks:
        return "more went back than was paid"
    if word.status == 2 and not _deposit_fits(ordered, word):
        return "another sum was deposited"
    return ""


def _deposit_fits(ordered: Ordered, word: BankOrder) -> bool:
    """All of it was taken; gateways tell the deposit with or without what went back."""
    left = ordered.amount_kopecks - (word.refunded_kopecks or 0)
    return word.deposited_kopecks in (None, ordered.amount_kopecks, left)
