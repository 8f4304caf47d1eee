"""A panel with its credentials in clear, for who speaks to it or hears it.

They are sealed in the database (`Sealed`), and neither `repr` nor a log shows them.
"""

import logging
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from smartyard.db import transaction
from smartyard.registry.models import Camera, Door, MediaServer, Panel
from smartyard.registry.panels.codes import normal
from smartyard.registry.panels.repository import FlatOfPanel, PanelRepository, PanelRow
from smartyard.secret import Keys, SealedRecords, Unreadable

__all__ = ["Credentials", "FlatOfPanel", "PanelOfOurs", "PanelReader", "Sealed"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Credentials:
    """What a device asks for; empty where it asks for nothing."""

    login: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class PanelOfOurs:
    """An intercom panel, or any device opened by a URL. `unreadable`: its login and password were
    sealed under another SECRET_KEY, so that they are empty here."""

    id: int
    name: str
    model: str
    address: str = field(repr=False)  # of model url it may hold a secret
    method: str
    login: str
    password: str = field(repr=False)
    sip_number: str | None
    dtmf: str
    camera: Camera | None
    media_server: MediaServer | None  # of the camera
    unreadable: bool = False


class Sealed(SealedRecords[Credentials]):
    """The credentials of panels, by their numbers."""

    def __init__(self, keys: Keys) -> None:
        super().__init__(keys, "panel", Credentials())


class PanelReader:
    """Reads panels and what hangs on them."""

    def __init__(self, panels: PanelRepository, sealed: Sealed) -> None:
        self._panels = panels
        self._sealed = sealed

    def panel(self, panel_id: int) -> PanelOfOurs | None:
        """By its number; None for one that the inventory does not know."""
        with transaction():
            row = self._panels.find(panel_id)
        return None if row is None else self._ours(row)

    def all(self) -> list[PanelOfOurs]:
        """By their numbers."""
        with transaction():
            rows = self._panels.all()
        return [self._ours(row) for row in rows]

    def called(self, name: str) -> PanelOfOurs | None:
        """The panel that the PBX knows by a SIP number, or by the panel's own number."""
        with transaction():
            row = self._panels.called(name)
        return None if row is None else self._ours(row)

    def syslog_addresses(self) -> dict[str, int]:
        """Whose lines come from each IP: of the panel that names it for its syslog, else of the one
        whose address it is; not of several that share one, since nobody knows then."""
        with transaction():
            rows = self._panels.syslog_addresses()
        named = {syslog: panel_id for panel_id, syslog, _ in rows if syslog}
        others = [(own, panel_id) for panel_id, syslog, own in rows if own and not syslog]
        shared = Counter(own for own, _ in others)
        return {own: panel_id for own, panel_id in others if shared[own] == 1} | named

    def of_flat(self, flat_id: int) -> list[PanelOfOurs]:
        """The panels of the doors that are for a flat."""
        with transaction():
            rows = self._panels.of_flat(flat_id)
        return [self._ours(row) for row in rows]

    def cameras(self, panel_ids: Collection[int]) -> dict[int, tuple[Camera, MediaServer]]:
        """The cameras of those of them that have one, by the panel's number."""
        with transaction():
            rows = self._panels.with_camera(panel_ids)
        return {panel.id: (camera, server) for panel, camera, server in rows if camera and server}

    def flats(self, panel_id: int) -> list[FlatOfPanel]:
        """The flats that its doors are for, by house."""
        with transaction():
            return self._panels.flats(panel_id)

    def flat_by_number(self, panel_id: int, number: str) -> FlatOfPanel | None:
        """The flat that is called by this number; None when there is none, or one in each of
        several houses: then nobody knows whose it is."""
        with transaction():
            found = self._panels.flats(panel_id, number.strip())
        return found[0] if len(found) == 1 else None

    def doors(self, panel_id: int) -> list[Door]:
        """Its doors, by output and house."""
        with transaction():
            return list(self._panels.doors(panel_id))

    def flats_with_key(self, code: str) -> list[int]:
        """Whose key that is: one key may be of several flats. `code` as a panel tells it."""
        kept = normal(code)
        if kept is None:
            return []
        with transaction():
            return list(self._panels.flats_with_key(kept))

    def keys_of(self, flat_ids: Collection[int]) -> dict[str, str]:
        """The keys of some flats, each code once with its name."""
        with transaction():
            return self._panels.keys_of(flat_ids)

    def _ours(self, row: PanelRow) -> PanelOfOurs:
        panel, camera, media_server = row
        credentials, unreadable = self._credentials(panel)
        return PanelOfOurs(
            id=panel.id,
            name=panel.name,
            model=panel.model,
            address=panel.address,
            method=panel.method,
            login=credentials.login,
            password=credentials.password,
            sip_number=panel.sip_number,
            dtmf=panel.dtmf,
            camera=camera,
            media_server=media_server,
            unreadable=unreadable,
        )

    def _credentials(self, panel: Panel) -> tuple[Credentials, bool]:
        try:
            return self._sealed.open(panel.id, panel.secret), False
        except Unreadable:
            log.error(
                "panel %d: its login and password were sealed under another SECRET_KEY: import"
                " them anew",
                panel.id,
            )
            return Credentials(), True
