"""What a person may see and open, of the operator's inventory and of what billing lists.

Where the inventory has cameras or doors of a house it wins; where it has none, billing's word is
shown, so that a provider can start before the inventory is filled.
"""

import logging
import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from uuid import UUID

from smartyard.contracts.copies import Copies, storing
from smartyard.contracts.homes import HouseOfMine
from smartyard.db import transaction
from smartyard.errors import DependencyUnavailable
from smartyard.gateways.billing import BilledHouse, HouseCameras
from smartyard.gateways.billing_promise import Residence
from smartyard.phones import Phone
from smartyard.registry.billed import BilledCameraRepository
from smartyard.registry.models import Door
from smartyard.registry.panels.service import FlatOfPanel, PanelOfOurs, PanelReader
from smartyard.registry.repository import CameraRepository, DoorRepository, ReachedDoor, SeenCamera

# What other features take from here; none of them looks into the rooms behind.
__all__ = ["Door", "FlatOfPanel", "PanelOfOurs", "ReachedDoor", "RegistryService", "SeenCamera"]

log = logging.getLogger(__name__)


def _subject(house_id: int) -> str:
    return f"cameras:{house_id}"


class RegistryService:
    """Reads the inventory; keeps billing's list of cameras where the inventory has none."""

    def __init__(
        self,
        cameras: CameraRepository,
        doors: DoorRepository,
        billed: BilledCameraRepository,
        panels: PanelReader,
        *,
        copies: Copies,
        billing: Residence,
        clock: Callable[[], datetime],
    ) -> None:
        self._cameras = cameras
        self._doors = doors
        self._billed = billed
        self._panels = panels
        self._copies = copies
        self._billing = billing
        self._clock = clock

    def reached_doors(
        self, phone: Phone, output: tuple[int, int] | None = None
    ) -> list[ReachedDoor]:
        """What a person may open, and what keeps each flat of theirs from it, by one statement;
        `output` is a panel's number and the door's on it."""
        with transaction():
            return self._doors.reached_by(phone, self._clock(), output)

    def keep_billed_doors(self, houses: Sequence[BilledHouse]) -> None:
        """In the caller's transaction: what billing lists of these houses."""
        self._doors.keep_billed(houses)

    def camera_counts(self, phone: Phone, houses: Sequence[HouseOfMine]) -> dict[int, int]:
        """Cameras of each house, of those where the service is connected: our own count, or
        billing's where neither the inventory nor an earlier list of billing's knows any."""
        ids = [house.house_id for house in houses]
        with transaction():
            counts = self._cameras.counts(phone, self._clock())
            states = self._billed.states(ids)
        return {
            house.house_id: counts.get(house.house_id)
            or (house.billed_cameras or 0 if states.get(house.house_id) != "listed" else 0)
            for house in houses
            if house.has_cctv
            and (states.get(house.house_id) != "absent" or house.house_id in counts)
        }

    def cameras_of(self, phone: Phone, house_id: int | None) -> list[SeenCamera]:
        """The cameras that are connected for a phone, in one house or in all."""
        with transaction():
            return self._cameras.seen_by(phone, house_id, self._clock())

    def cameras_of_panels(self, panel_ids: Collection[int]) -> dict[int, SeenCamera]:
        """The cameras of panels, by the panel's number; who may see them is the caller's matter."""
        found = self._panels.cameras(panel_ids)
        return {
            panel: SeenCamera(camera, server, None, True)
            for panel, (camera, server) in found.items()
        }

    def city_cameras(self, camera_id: int | None = None) -> list[SeenCamera]:
        """The cameras that everybody may see; or this one, where it is one of them."""
        with transaction():
            return self._cameras.of_city(camera_id)

    def has_at_home(self, phone: Phone, camera_id: int) -> bool:
        """Whether a camera is one of a home of this phone, connected or not."""
        with transaction():
            return self._cameras.is_at_home(phone, camera_id, self._clock())

    def billed_states(self, house_ids: Sequence[int]) -> dict[int, str]:
        """What billing last said of the cameras of each house: listed, unpaid or absent."""
        with transaction():
            return self._billed.states(house_ids)

    def refresh_billed(
        self, house_ids: Collection[int], *, deadline: float, fresh: bool = False
    ) -> frozenset[int]:
        """Ask billing, until `deadline` (of `time.monotonic`), for the cameras of those houses that
        the inventory has none of and whose copy is due. Returns the houses of which there is
        neither inventory nor a copy that is not too old."""
        with transaction():
            asked = set(house_ids) - self._cameras.houses_with_inventory(house_ids)
        if not asked or not self._billing.lists_cameras:
            return frozenset()
        houses = {_subject(house_id): house_id for house_id in asked}
        asked_at = self._clock()
        standing = self._copies.standing(houses, fresh=fresh)
        lacking = set(houses) - standing.usable
        if standing.due and time.monotonic() < deadline:
            lacking -= self._fetch(houses, standing.due, asked_at, deadline)
        if lacking & standing.held:
            self._copies.wait(lacking & standing.held, deadline)
            lacking -= self._copies.usable(lacking)
        return frozenset(houses[subject] for subject in lacking)

    def panel(self, domophone_id: int) -> PanelOfOurs | None:
        """The panel by its number; None for one that the inventory does not know."""
        return self._panels.panel(domophone_id)

    def panels(self) -> list[PanelOfOurs]:
        """Every panel of the inventory, by its number."""
        return self._panels.all()

    def panel_called(self, name: str) -> PanelOfOurs | None:
        """By its SIP number, or by its own."""
        return self._panels.called(name)

    def syslog_addresses(self) -> dict[str, int]:
        """The panel whose lines come from each IP; without those that several panels share."""
        return self._panels.syslog_addresses()

    def panels_of_flat(self, flat_id: int) -> list[PanelOfOurs]:
        """The panels of the doors that are for a flat: of its house, or of its entrance."""
        return self._panels.of_flat(flat_id)

    def flats_of_panel(self, domophone_id: int) -> list[FlatOfPanel]:
        """The flats that the panel's doors are for."""
        return self._panels.flats(domophone_id)

    def flats_of_camera(self, camera_id: int, flat_ids: Collection[int]) -> frozenset[int]:
        """Those of some flats whose people may see a camera: one of theirs, at a door of theirs, or
        of the whole city."""
        with transaction():
            return self._cameras.seen_from(camera_id, flat_ids)

    def flat_by_number(self, domophone_id: int, number: str) -> FlatOfPanel | None:
        """The flat that is called by this number at the panel; None where there is not just one."""
        return self._panels.flat_by_number(domophone_id, number)

    def keys_of(self, code: str) -> list[int]:
        """The flats of which this is a key, as a panel tells its code."""
        return self._panels.flats_with_key(code)

    def keys_of_flats(self, flat_ids: Collection[int]) -> dict[str, str]:
        """The keys of some flats, each code once with its name."""
        return self._panels.keys_of(flat_ids)

    def doors_of_panel(self, domophone_id: int) -> list[Door]:
        """The panel's doors, by output and house."""
        return self._panels.doors(domophone_id)

    def _fetch(
        self, houses: dict[str, int], due: Collection[str], asked_at: datetime, deadline: float
    ) -> frozenset[str]:
        """Call billing for what nobody else asks for, with nothing held. Returns what was kept."""
        claim, mine = self._copies.claim(due, asked_at)
        if not mine:
            return frozenset()
        kept: frozenset[str] = frozenset()
        try:
            answers = self._billing.cameras([houses[subject] for subject in sorted(mine)], deadline)
            good = {
                house: answer
                for house, answer in answers.items()
                if isinstance(answer, HouseCameras)
            }
            kept = self._keep(claim, good)
        except DependencyUnavailable as failed:
            log.warning("billing lists no cameras: %s", failed)
        finally:
            if mine - kept:
                self._copies.release(claim, mine - kept)
        return kept

    def _keep(self, claim: UUID, good: dict[int, HouseCameras]) -> frozenset[str]:
        """Store answers; where one of several cannot be stored, the others are. Returns which."""
        if not good:
            return frozenset()
        try:
            with storing():
                kept = self._copies.keep(claim, [_subject(house) for house in good])
                stored = {house: good[house] for house in good if _subject(house) in kept}
                for house in self._cameras.houses_with_inventory(stored):
                    del stored[house]  # an import was there first, while billing was asked
                if stored:
                    self._billed.store(stored)
                return kept
        except DependencyUnavailable:
            if len(good) == 1:
                return frozenset()
        alone = (self._keep(claim, {house: answer}) for house, answer in good.items())
        return frozenset().union(*alone)
