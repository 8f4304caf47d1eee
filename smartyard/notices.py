"""What a payer is told on the phone. The sender of pushes comes with the messages; until then the
log says what would be sent."""

import logging
from typing import Protocol

from smartyard.phones import Phone

log = logging.getLogger(__name__)


class Notices(Protocol):
    """Called inside the transaction of what it tells about, so that both happen or neither."""

    def paid(self, phone: Phone, contract_id: str, amount_kopecks: int) -> None:
        """Billing was credited: `paySuccess`, on which the apps read the balances again."""

    def failed(self, phone: Phone, contract_id: str, amount_kopecks: int) -> None:
        """The bank declined: `payError`."""


class LoggedNotices:
    """Keeps to the log."""

    def paid(self, phone: Phone, contract_id: str, amount_kopecks: int) -> None:
        log.info(
            "paySuccess for %s: contract %s, %d kopecks", phone.masked, contract_id, amount_kopecks
        )

    def failed(self, phone: Phone, contract_id: str, amount_kopecks: int) -> None:
        log.info(
            "payError for %s: contract %s, %d kopecks", phone.masked, contract_id, amount_kopecks
        )
