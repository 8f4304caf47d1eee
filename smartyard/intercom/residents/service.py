"""How a flat's intercom stands for one of its people, what they change, the code they draw anew."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from smartyard.audit import Audit
from smartyard.config import Settings
from smartyard.contracts.homes import DEBT, FlatOfMine
from smartyard.contracts.service import ContractService
from smartyard.db import transaction
from smartyard.errors import NotFound, NotYours, PaymentRequired
from smartyard.guard import Caller
from smartyard.intercom.codes import DoorCodes
from smartyard.intercom.models import TAKES_CODES, FlatSettings
from smartyard.intercom.repository import FlatCallsRepository, FlatSettingsRepository
from smartyard.intercom.service import LogRights
from smartyard.limits import Limit, Limits
from smartyard.registry.service import PanelOfOurs, RegistryService

__all__ = ["Intercom", "SettingsService", "Wanted"]

REPEAT = timedelta(seconds=15)  # a second reset within it is the same one (faults.md)
_HOUR = 3600.0
_OF_PANELS = ("code_enabled", "handset")


class GuestMayNot(NotYours):
    message = "Настройки домофона доступны только жителям квартиры."


class OnlyOwner(NotYours):
    message = "Доступ к журналу событий меняет только владелец квартиры."


class LogForbidden(NotYours):
    message = "Журнал событий закрыт оператором. Обратитесь к вашему оператору."


class NoCodeHere(NotFound):
    message = "Домофон этой квартиры не открывается по коду."


class DoorsNotPaid(PaymentRequired):
    message = "Домофон не оплачен. Пополните счёт, чтобы сменить код."


class DoorsBlocked(NotYours):
    """Blocked by the operator; the message is the cause."""


@dataclass(frozen=True)
class Wanted:
    """What a person changes; None for what stays. `auto_open` is a time of the operator's zone."""

    code_enabled: bool | None = None
    handset: bool | None = None
    rings: bool | None = None
    auto_open: datetime | None = None
    white_rabbit: int | None = None
    paper_bill: bool | None = None
    log_off: bool | None = None
    log_hidden: bool | None = None
    faces_off: bool | None = None

    @property
    def about_log(self) -> bool:
        return self.log_off is not None or self.log_hidden is not None

    @property
    def named(self) -> list[str]:
        return [name for name, value in asdict(self).items() if value is not None]


@dataclass(frozen=True)
class Intercom:
    """How a flat's intercom stands for one of its people; None for what there is not, or what is
    not theirs to see."""

    code_enabled: bool
    code: int | None
    handset: bool
    rings: bool
    auto_open_until: datetime | None
    white_rabbit: int
    paper_bill: bool | None
    log: LogRights | None
    faces_off: bool | None


def log_after(before: LogRights, off: bool | None, hidden: bool | None) -> LogRights:
    """Who sees the events once a log is switched off or on, or hidden from all but the owner. A log
    that is switched on shows itself to all only where that was said."""
    if off is not None:
        return "none" if off else "all" if hidden is False else "owner"
    if hidden is not None and before in ("all", "owner"):
        return "owner" if hidden else "all"
    return before


class SettingsService:
    """Any inner member of a flat reads and writes; the log is its owner's."""

    def __init__(  # pylint: disable=too-many-arguments  # each is asked for something
        self,
        rows: FlatSettingsRepository,
        codes: DoorCodes,
        calls: FlatCallsRepository,
        contracts: ContractService,
        registry: RegistryService,
        *,
        limits: Limits,
        audit: Audit,
        settings: Settings,
        clock: Callable[[], datetime],
        on_change: Callable[[int], None],
        on_faces: Callable[[], None],
    ) -> None:
        """In the transaction of a change `on_change` hears of which flat the panels are to be
        told, and `on_faces` that a flat has switched faces off or on."""
        self._rows = rows
        self._codes = codes
        self._calls = calls
        self._contracts = contracts
        self._registry = registry
        self._limits = limits
        self._audit = audit
        self._settings = settings
        self._clock = clock
        self._on_change = on_change
        self._on_faces = on_faces

    def intercom(self, caller: Caller, flat_id: int) -> Intercom:
        """How it stands. Raises FlatNotYours, GuestMayNot, DependencyUnavailable when billing is
        silent and never said where the caller lives."""
        flat = self._flat(caller, flat_id)
        with transaction():
            return self._shown(caller, flat, self._rows.find(flat_id))

    def change(self, caller: Caller, flat_id: int, wanted: Wanted) -> Intercom:
        """Write what is named and nothing else, all or nothing, and tell how it stands then. Raises
        as `intercom`, and OnlyOwner, LogForbidden."""
        flat = self._flat(caller, flat_id)
        if wanted.about_log and not flat.flat_owner:
            raise OnlyOwner()
        with transaction():
            row = self._rows.hold(flat_id)
            if wanted.about_log and row.log == "forbidden":
                raise LogForbidden()
            self._write(caller, flat, row, wanted)
            if any(name in _OF_PANELS for name in wanted.named):
                self._on_change(flat_id)
            if wanted.faces_off is not None:
                self._on_faces()
            if wanted.named:
                told = {"set": wanted.named}
                self._audit.note(f"phone:{caller.phone}", "intercom", f"flat:{flat_id}", told)
            return self._shown(caller, flat, row)

    def reset_code(self, caller: Caller, flat_id: int) -> int:
        """A new code; the same one when it is asked for again within seconds. Raises as `intercom`,
        and NoCodeHere, DoorsNotPaid, DoorsBlocked, LimitReached, NoCodeLeft."""
        flat = self._flat(caller, flat_id)
        if not _takes_codes(flat, self._registry.panels_of_flat(flat_id)):
            raise NoCodeHere()
        _check_paid(flat)
        now = self._clock()
        with transaction():
            row = self._rows.hold(flat_id)
            code = self._codes.current(flat_id)
            if code is not None and row.code_reset_at and now < row.code_reset_at + REPEAT:
                return code
            most = self._settings.door_code_resets_per_phone_hour
            self._limits.take([Limit(f"door-code:{caller.phone}", most, _HOUR)], now)
            code = self._codes.draw(flat_id, now)
            row.code_reset_at = now
            self._audit.note(f"phone:{caller.phone}", "door code", f"flat:{flat_id}")
            return code

    def _flat(self, caller: Caller, flat_id: int) -> FlatOfMine:
        self._contracts.refresh(caller.phone)
        flat = self._contracts.flat(caller.phone, flat_id)
        if flat.kind == "outer":
            raise GuestMayNot()
        return flat

    def _write(self, caller: Caller, flat: FlatOfMine, row: FlatSettings, wanted: Wanted) -> None:
        for name in ("code_enabled", "handset", "white_rabbit", "paper_bill", "faces_off"):
            if (value := getattr(wanted, name)) is not None:
                setattr(row, name, value)
        if wanted.auto_open is not None:
            row.auto_open_until = self._until(wanted.auto_open, flat.expires_at)
            row.auto_open_by = caller.phone
        if wanted.white_rabbit is not None:
            row.white_rabbit_by = caller.phone
        row.log = log_after(cast(LogRights, row.log), wanted.log_off, wanted.log_hidden)
        if wanted.rings is not None:
            self._calls.set(caller.phone, row.flat_id, wanted.rings)

    def _until(self, told: datetime, own_end: datetime | None) -> datetime | None:
        """A time on the operator's clock, AUTO_OPEN_MAX away at most, and no later than the end of
        a guest's own right; None when it is past. The apps tell the device's clock, so that one
        that is ahead would open for hours."""
        zone, now = self._settings.timezone, self._clock()
        most = now + timedelta(hours=self._settings.auto_open_max)
        if own_end is not None:
            most = min(most, own_end)
        if told <= now.astimezone(zone).replace(tzinfo=None):
            return None
        if told >= most.astimezone(zone).replace(tzinfo=None):
            return most
        return told.replace(tzinfo=zone).astimezone(UTC)

    def _shown(self, caller: Caller, flat: FlatOfMine, row: FlatSettings | None) -> Intercom:
        """In a transaction. Whoever looks first makes the row and draws the code."""
        panels = self._registry.panels_of_flat(flat.flat_id)
        takes_codes = _takes_codes(flat, panels)
        code = self._codes.current(flat.flat_id) if takes_codes else None
        if row is None or takes_codes and code is None:
            row = self._rows.hold(flat.flat_id)
            if takes_codes:
                code = self._codes.current(flat.flat_id) or self._codes.draw(
                    flat.flat_id, self._clock()
                )
        expects, follows = self._rows.stand(flat.flat_id, self._clock())
        until = row.auto_open_until if expects else None
        faces = bool(self._settings.frs_url) and any(panel.camera for panel in panels)
        seen = flat.flat_owner and row.log != "forbidden"
        return Intercom(
            code_enabled=takes_codes and row.code_enabled,
            code=code,
            handset=row.handset,
            rings=self._calls.rings(caller.phone, flat.flat_id),
            auto_open_until=until if until and until > self._clock() else None,
            white_rabbit=row.white_rabbit if follows else 0,
            paper_bill=row.paper_bill if self._settings.paper_bill else None,
            log=cast(LogRights, row.log) if seen else None,
            faces_off=row.faces_off if faces else None,
        )


def _takes_codes(flat: FlatOfMine, panels: Sequence[PanelOfOurs]) -> bool:
    """The service is connected, and there is a panel to key a code in."""
    return flat.has_domophone and any(panel.model in TAKES_CODES for panel in panels)


def _check_paid(flat: FlatOfMine) -> None:
    block = flat.block_of("doors")
    if block is not None:
        raise DoorsNotPaid(block.cause) if block.source == DEBT else DoorsBlocked(block.cause)
    if not flat.pays_domophone:
        raise DoorsNotPaid()
