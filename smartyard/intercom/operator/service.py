"""What an operator does about one flat: closing its log, a new code when its people changed."""

from collections.abc import Callable
from datetime import datetime

from smartyard.audit import Audit
from smartyard.contracts.service import ContractService
from smartyard.db import transaction
from smartyard.errors import NotFound
from smartyard.intercom.codes import DoorCodes
from smartyard.intercom.repository import FlatSettingsRepository

__all__ = ["OperatorService"]


class FlatUnknown(NotFound):
    message = "Такой квартиры нет."


class OperatorService:
    """Each change has its row in the audit."""

    def __init__(
        self,
        rows: FlatSettingsRepository,
        codes: DoorCodes,
        contracts: ContractService,
        *,
        audit: Audit,
        clock: Callable[[], datetime],
    ) -> None:
        self._rows = rows
        self._codes = codes
        self._contracts = contracts
        self._audit = audit
        self._clock = clock

    def close_log(self, flat_id: int, closed: bool, actor: str) -> None:
        """Let nobody of the flat see its events, or its owner alone again, who then may show them
        to the others. Raises FlatUnknown."""
        self._check(flat_id)
        with transaction():
            row = self._rows.hold(flat_id)
            if closed != (row.log == "forbidden"):
                row.log = "forbidden" if closed else "owner"
                self._audit.note(actor, "log closed" if closed else "log opened", f"flat:{flat_id}")

    def new_code(self, flat_id: int, actor: str) -> int:
        """A code that those who lived there before do not know. Raises FlatUnknown, NoCodeLeft."""
        self._check(flat_id)
        with transaction():
            self._rows.hold(flat_id)
            code = self._codes.draw(flat_id, self._clock())
            self._audit.note(actor, "door code", f"flat:{flat_id}")
            return code

    def _check(self, flat_id: int) -> None:
        if flat_id not in self._contracts.houses_of_flats([flat_id]):
            raise FlatUnknown()
