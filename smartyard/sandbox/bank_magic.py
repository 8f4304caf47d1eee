"""Magic amounts: the last two digits of an amount in kopecks choose what becomes of it.

They hold by themselves when an order is registered and `auto_pay` is on; else when a person presses
«Оплатить» on the payment page; and always when a wallet pays. The table stands in docs/sandbox.md.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What becomes of an order."""

    name: str
    en: str
    ru: str
    copies: int = 1  # of the callback
    early: bool = False  # the callback goes before the answer, or before the payer comes back
    forged: bool = False  # its checksum is wrong


PAID = Outcome("paid", "paid", "оплачен")
OUTCOMES = {
    0: PAID,
    1: Outcome("declined", "declined by the bank", "банк отказывает"),
    2: Outcome("pending", "stays unfinished", "так и не завершён"),
    3: Outcome("paid", "paid, the callback comes twice", "оплачен, два уведомления", copies=2),
    4: Outcome(
        "paid",
        "paid, the callback comes before the answer or the return",
        "оплачен, уведомление раньше ответа",
        early=True,
    ),
    5: Outcome(
        "paid",
        "paid, the callback has a wrong checksum",
        "оплачен, подпись уведомления неверна",
        forged=True,
    ),
    6: Outcome("refunded", "paid, then refunded in full", "оплачен, затем возвращён"),
}


def outcome(amount: int) -> Outcome | None:
    """Of an amount in kopecks; None where the amount chooses nothing."""
    return OUTCOMES.get(amount % 100)
