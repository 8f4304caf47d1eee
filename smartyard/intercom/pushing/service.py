"""Bringing to the panels what flats have set: again and again until each holds it.

What a panel is to hold is read when it is told, so that the newest wins and telling it twice is the
same. The intent is a row, the call is made with no transaction open, the outcome is written after
it. One worker tells a panel at a time; a panel that is silent is left for its next turn, and holds
no other up.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

from smartyard.config import Settings
from smartyard.db import transaction
from smartyard.errors import DependencyUnavailable
from smartyard.gateways.panels import FlatOnPanel, Panel, PanelGateway, PanelRefused
from smartyard.intercom.models import TAKES_CODES
from smartyard.intercom.pushing.content import Step, steps, wanted
from smartyard.intercom.pushing.keys.repository import KeyStep, PanelKeyRepository
from smartyard.intercom.pushing.repository import PanelFlatRepository, PushRepository
from smartyard.jobs import Queue
from smartyard.registry.service import PanelOfOurs, RegistryService

__all__ = ["Lacking", "PanelPushService"]

log = logging.getLogger(__name__)

TASK = "push_panel"
KEPT = timedelta(days=1)  # a code that was replaced: lines of panels come late
_FIRST, _MOST = 10.0, 600.0  # seconds until a panel that failed has its next turn
_FEW = 3  # keys: of more the panel is asked first which it knows, since each is two requests
_WRONG_LOGIN = (401, 403)
# Why a panel does not hold everything.
SEALED, LOGIN, SOME, SILENT = "sealed", "login", "some", "silent"


@dataclass(frozen=True)
class Lacking:
    """What a panel does not hold yet: numbers of flats, each with the reason where one is known; of
    how many `keys` it is yet to be told; and why it was not told the last time: its login is sealed
    under another key, it does not take the login, it took some only, or it is silent."""

    panel_id: int
    name: str
    flats: dict[str, str] = field(default_factory=dict)
    error: str = ""
    keys: int = 0


class _Stopped(Exception):
    """Another worker took us for dead, and has the panel now."""


class PanelPushService:
    """Tells panels; `flat_changed` says that there is something to tell."""

    def __init__(
        self,
        registry: RegistryService,
        pushes: PushRepository,
        flats: PanelFlatRepository,
        keys: PanelKeyRepository,
        *,
        panels: PanelGateway,
        queue: Queue,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._registry = registry
        self._pushes = pushes
        self._flats = flats
        self._keys = keys
        self._panels = panels
        self._queue = queue
        self._settings = settings
        self._clock = clock

    def flat_changed(self, flat_id: int) -> None:
        """In the caller's transaction: its panels are to be told, as soon as it ends."""
        panels = self._registry.panels_of_flat(flat_id)
        self._want([panel.id for panel in panels if panel.model in TAKES_CODES])

    def hand_out(self) -> None:
        """Let the worker tell the panels whose turn it is: those that failed before, and those
        whose worker was killed."""
        with transaction():
            for panel_id in self._pushes.due(self._clock()):
                self._defer(panel_id)

    def compare(self) -> None:
        """Look at every panel for what it does not hold, whatever the reason: a door was added,
        a number was corrected, a flat was blocked."""
        with transaction():
            panels = self._pushes.code_panels()
        for panel_id in panels:
            with transaction():
                if self._left(panel_id)[0]:
                    self._pushes.keep_due(panel_id, self._clock())

    def push(self, panel_id: int) -> None:
        """Tell a panel what it does not hold; nothing where another is at it, or nothing is due."""
        claim = uuid4()
        with transaction():
            now = self._clock()
            changes = self._pushes.claim(panel_id, claim, now, self._until(now))
        while changes is not None:
            try:
                error = self._tell_all(panel_id, claim)
            except _Stopped:
                log.warning("panel %d: this worker was slow, and another tells it now", panel_id)
                return
            with transaction():
                if error:
                    self._failed(panel_id, claim, error)
                    return
                changes = self._pushes.finish(panel_id, claim, changes)

    def push_now(self, panel_id: int, *, keys: bool = False) -> None:
        """As `push`, of a panel that has something to be told, whenever its turn would be; with
        `keys` of all keys of its flats."""
        with transaction():
            if keys:
                self._keys.all_of(panel_id)
            if self._left(panel_id)[0] or self._keys.count(panel_id):
                self._pushes.want([panel_id], self._clock())
        self.push(panel_id)

    def code_panels(self) -> Sequence[int]:
        """Every panel that takes codes."""
        with transaction():
            return self._pushes.code_panels()

    def lacking(self, panel_id: int) -> Lacking | None:
        """What the panel does not hold; None when it holds everything."""
        with transaction():
            left, impossible = self._left(panel_id)
            errors = self._flats.errors(panel_id)
            push = self._pushes.find(panel_id)
            panel = self._registry.panel(panel_id)
            keys = self._keys.count(panel_id)
        if not left and not impossible and not keys:
            return None
        flats = {str(step.number): errors.get(step.number, "") for step in left} | impossible
        error = push.error if push and (left or keys) else None
        return Lacking(panel_id, panel.name if panel else "", flats, error or "", keys)

    def forget_codes(self, now: datetime) -> int:
        """Delete codes that were replaced and that no panel holds any more; returns how many."""
        with transaction():
            return self._flats.forget_codes(now - KEPT)

    def _want(self, panel_ids: Sequence[int]) -> None:
        self._pushes.want(panel_ids, self._clock())
        for panel_id in panel_ids:
            self._defer(panel_id)

    def _defer(self, panel_id: int) -> None:
        self._queue.defer(TASK, once=f"{TASK}:{panel_id}", panel_id=panel_id)

    def _until(self, now: datetime) -> datetime:
        return now + timedelta(seconds=self._settings.panel_lease)

    def _left(self, panel_id: int) -> tuple[list[Step], dict[str, str]]:
        """In a transaction: what is to be told, and what cannot be, by the flat's number."""
        numbers = {flat.flat_id: flat.number for flat in self._registry.flats_of_panel(panel_id)}
        contents = self._flats.contents(numbers, self._settings.panel_sip_number)
        want = wanted(numbers, contents)
        impossible = {numbers[flat]: reason for flat, reason in want.impossible.items()}
        return steps(want, self._flats.held(panel_id)), impossible

    def _tell_all(self, panel_id: int, claim: UUID) -> str:
        """Returns why something is left, if anything is."""
        with transaction():
            panel = self._registry.panel(panel_id)
            left = self._left(panel_id)[0]
        if panel is None or panel.model not in TAKES_CODES:
            return ""
        if panel.unreadable:
            return SEALED
        error = ""
        for step in left:
            try:
                self._tell(panel, claim, step)
            except PanelRefused as refused:
                if refused.status in _WRONG_LOGIN:
                    return LOGIN
                error = SOME
                with transaction():
                    self._flats.refused(panel_id, step, str(refused))
            except DependencyUnavailable:
                return SILENT  # the transport's line in the log says how
        return self._tell_keys(panel, claim) or error

    def _tell_keys(self, panel: PanelOfOurs, claim: UUID) -> str:
        """Returns why some key is left, if any is. Of many those are passed by that it knows."""
        with transaction():
            due = self._keys.due(panel.id)
        device, error = _device(panel), ""
        try:
            there = self._panels.keys(device) if len(due) > _FEW else None
            for step in due:
                if there is None or (step.code in there) != step.opens:
                    error = self._tell_key(device, claim, step) or error
                else:
                    self._hold(panel.id, claim, partial(self._keys.took, panel.id, step))
        except PanelRefused as refused:
            return LOGIN if refused.status in _WRONG_LOGIN else SOME
        except DependencyUnavailable:
            return SILENT
        return error

    def _tell_key(self, device: Panel, claim: UUID, step: KeyStep) -> str:
        self._hold(device.id, claim, lambda: None)
        try:
            if step.opens:
                self._panels.add_key(device, step.code, step.flat_number)
            else:
                self._panels.remove_key(device, step.code)
        except PanelRefused as refused:
            if refused.status in _WRONG_LOGIN:
                raise
            with transaction():
                self._keys.refused(device.id, step, str(refused))
            return SOME
        try:
            self._hold(device.id, claim, partial(self._keys.took, device.id, step))
        except _Stopped:
            with transaction():
                self._keys.doubt(device.id, step)
            raise
        return ""

    def _tell(self, panel: PanelOfOurs, claim: UUID, step: Step) -> None:
        self._hold(panel.id, claim, lambda: self._flats.intend(panel.id, step))
        content = step.content
        flat = FlatOnPanel(
            number=step.number,
            code=None if content.code is None else str(content.code),
            handset=content.handset,
            sip=bool(content.sip),
            sip_numbers=(content.sip,) if content.sip else (),
        )
        self._panels.set_flat(_device(panel), flat)
        try:
            self._hold(panel.id, claim, lambda: self._flats.took(panel.id, step, self._clock()))
        except _Stopped:
            with transaction():
                self._flats.doubt(panel.id, step)
                self._want([panel.id])
            raise

    def _hold(self, panel_id: int, claim: UUID, write: Callable[[], None]) -> None:
        """Write while the panel is ours."""
        with transaction():
            if not self._pushes.hold(panel_id, claim, self._until(self._clock())):
                raise _Stopped()
            write()

    def _failed(self, panel_id: int, claim: UUID, error: str) -> None:
        found = self._pushes.find(panel_id)
        again = timedelta(seconds=min(_MOST, _FIRST * 2 ** min(found.tries if found else 0, 10)))
        self._pushes.failed(panel_id, claim, error, self._clock() + again)
        log.warning("panel %d does not hold everything: %s", panel_id, error)


def _device(panel: PanelOfOurs) -> Panel:
    return Panel(panel.id, panel.model, panel.address, panel.login, panel.password)
