"""Who lives where and what is paid, as our own billing has it."""

import time
from collections.abc import Callable, Sequence
from datetime import date, datetime, tzinfo

from smartyard.billing.paying import unpaid
from smartyard.billing.repository import Held, LocalRepository
from smartyard.db import transaction
from smartyard.errors import DependencyUnavailable
from smartyard.gateways.billing import (
    BilledFlat,
    BilledHouse,
    BilledRoommate,
    Homes,
    HouseCameras,
)
from smartyard.phones import Phone

# The promise has arguments that are for the HTTP billing alone.
# pylint: disable=unused-argument


class LocalResidence:
    """Answers from our tables. Doors and cameras are the inventory's, so it lists none."""

    is_ours = True
    lists_cameras = False

    def __init__(
        self,
        rows: LocalRepository,
        *,
        clock: Callable[[], datetime],
        zone: tzinfo,
        seconds: float,
    ) -> None:
        """Days are those of `zone`; `seconds` is what a question may take."""
        self._rows = rows
        self._clock = clock
        self._zone = zone
        self._seconds = seconds

    def deadline(self) -> float:
        """When (of `time.monotonic`) a question that begins now is over."""
        return time.monotonic() + self._seconds

    def homes(self, phone: Phone, deadline: float | None = None) -> Homes:
        """The houses and flats under a number, by three statements."""
        today = self._clock().astimezone(self._zone).date()
        with transaction():
            held = self._rows.held_by(phone)
            ids = [one.contract.id for one in held]
            services, phones = self._rows.services_of(ids), self._rows.phones_of(ids)
        houses = {one.house.id: one.house.address for one in held}
        return Homes(
            houses=tuple(BilledHouse(house_id=id_, address=text) for id_, text in houses.items()),
            flats=tuple(
                _flat(
                    one,
                    services[one.contract.id],
                    [
                        BilledRoommate(phone=mate, type="owner" if owns else "inner")
                        for mate, owns in phones[one.contract.id].items()
                        if mate != phone
                    ],
                    today,
                )
                for one in held
            ),
        )

    def cameras(
        self, house_ids: Sequence[int], deadline: float | None = None
    ) -> dict[int, HouseCameras | DependencyUnavailable]:
        """None: what the inventory does not have is nowhere."""
        return {}


def _flat(
    held: Held, services: dict[str, date | None], roommates: list[BilledRoommate], today: date
) -> BilledFlat:
    contract = held.contract
    return BilledFlat(
        house_id=contract.house_id,
        flat_id=contract.flat_id,
        flat_number=held.flat.number,
        address=held.house.address,
        client_id=contract.id,
        client_name=contract.client_name,
        contract_name=contract.name,
        contract_owner=held.is_owner,
        flat_owner=held.is_owner,
        services=tuple(services),
        unpaid=unpaid(services, contract.blocked, today),
        roommates=tuple(roommates),
    )
