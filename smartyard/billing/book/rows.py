"""A contract as a file or a batch tells it, and what it becomes.

A field that is left out stays as it was; of a new contract it is empty. Only `id` names it.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import ErrorDetails

from smartyard import sheets
from smartyard.billing.book.places import Place
from smartyard.billing.models import SERVICES
from smartyard.billing.paying import unpaid
from smartyard.phones import Phone
from smartyard.shapes import MAX_ID, ContractId, Id
from smartyard.sheets import Label, OneLine, YesOrNo

_MOST_KOPECKS = 10**12
_YEAR = 365  # days: who is paid for longer is paid for as long as anybody looks ahead
_NUMBERS = {"house": MAX_ID, "flat": MAX_ID, "opening_balance_kopecks": _MOST_KOPECKS}


def _day(value: Any) -> Any:
    """`2026-12-31`; nothing for one that never ends."""
    if value in (None, ""):
        return None
    if not isinstance(value, str) or not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("день пишется так: 2026-12-31")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("такого дня нет: нужен, например, 2026-12-31") from None


def _services(value: Any) -> Any:
    if not isinstance(value, dict) or not set(value) <= set(SERVICES):
        raise ValueError(f"допустимы услуги {', '.join(SERVICES)}, каждая с последним днём")
    return {name: _day(until) for name, until in value.items()}


def _phones(value: Any) -> Any:
    try:
        return sorted({Phone.parse(one) for one in value})
    except (TypeError, ValueError):
        raise ValueError("нужны номера из 11 цифр, начиная с 7 или 8") from None


def _kopecks(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch("-?[0-9]{1,13}", value, re.ASCII):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > _MOST_KOPECKS:
        raise ValueError("нужно целое число копеек")
    return value


def _not_none(value: Any) -> Any:
    if value == "None":
        raise ValueError("нужен номер договора у провайдера")
    return value


OwnId = Annotated[ContractId, AfterValidator(_not_none)]
"""A contract's, of the provider's own; some programs write None for nothing."""
Phones = Annotated[list[Phone], BeforeValidator(_phones), Field(max_length=100)]


class ContractRow(BaseModel):
    """What it does not know it refuses. `password` lets a phone add itself (`addMyPhone`);
    `opening_balance_kopecks` counts for a new contract alone: payments move it from then on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: OwnId
    name: Label = ""
    client_name: OneLine = ""
    house: Id | None = None
    address: OneLine = ""
    flat: Id | None = None
    flat_number: Label = ""
    entrance: Label = ""
    owners: Phones = []
    phones: Phones = []
    services: Annotated[dict[str, date | None], BeforeValidator(_services)] = {}
    blocked: YesOrNo = False
    opening_balance_kopecks: Annotated[int, BeforeValidator(_kopecks)] = 0
    password: Label = ""

    def told_place(self) -> dict[str, str]:
        """Of its flat; only a number may be taken away."""
        told = {"address": self.address, "entrance": self.entrance}
        told = {name: value for name, value in told.items() if value}
        if "flat_number" in self.model_fields_set:
            told["flat_number"] = self.flat_number
        return told


COLUMNS = tuple(ContractRow.model_fields)
LISTS = ("owners", "phones")


def reason(error: ErrorDetails) -> str:
    """As `sheets.reason`, for these fields."""
    return sheets.reason(error, _NUMBERS)


@dataclass(frozen=True)
class Kept:
    """A contract as the book has it; `people` are its phones, each an owner or not."""

    name: str = ""
    client_name: str = ""
    house_id: int = 0
    flat_id: int = 0
    blocked: bool = False
    people: Mapping[str, bool] = field(default_factory=dict)
    services: Mapping[str, date | None] = field(default_factory=dict)
    password_mac: str | None = None
    place: Place = Place()

    def paid(self, day: date) -> set[str]:
        """The services that are served on a day."""
        return set(self.services) - set(unpaid(self.services, self.blocked, day))

    def told(self) -> dict[str, Any]:
        """For the audit, without the password."""
        return {
            "name": self.name,
            "client_name": self.client_name,
            "house": self.house_id,
            "flat": self.flat_id,
            "blocked": self.blocked,
            "owners": sorted(one for one, owns in self.people.items() if owns),
            "phones": sorted(one for one, owns in self.people.items() if not owns),
            "services": {name: str(until or "") for name, until in self.services.items()},
            **asdict(self.place),
        }


def changed(before: Kept, row: ContractRow, mac: str | None) -> Kept:
    """What the row makes of it; `mac` is kept of the row's password."""
    told = row.model_fields_set
    owners = {one for one, owns in before.people.items() if owns}
    others = set(before.people) - owners
    owners = set(row.owners) if "owners" in told else owners
    others = set(row.phones) if "phones" in told else others
    same = {name: getattr(row, name) for name in ("name", "client_name", "blocked") if name in told}
    return replace(
        before,
        **same,
        house_id=before.house_id if row.house is None else row.house,
        flat_id=before.flat_id if row.flat is None else row.flat,
        people={one: one in owners for one in sorted(owners | others)},
        services=dict(sorted(row.services.items())) if "services" in told else before.services,
        password_mac=mac if "password" in told else before.password_mac,
    )


def loses(before: Kept, after: Kept, days: tuple[date, ...]) -> bool:
    """A service that is served on one of these days is not any more; or somebody is put out or no
    owner any more, or everybody moved to another flat or entrance, whose doors are somebody else's.
    """
    places = {(kept.house_id, kept.flat_id) for kept in (before, after)}
    entrances = {before.place.entrance or after.place.entrance, after.place.entrance}
    out = before.people.items() - after.people.items()
    out -= {(one, False) for one in after.people}  # who is made an owner loses nothing
    return (
        bool(out)
        or (bool(before.people) and len(places) + len(entrances) > 2)
        or any(before.paid(day) - after.paid(day) for day in days)
    )


def shortened(before: Kept, after: Kept, today: date) -> bool:
    """A service that is served today is paid for less than half of the time for which it was."""
    return any(
        2 * _left(after.services[name], today) < _left(before.services[name], today)
        for name in before.paid(today) & set(after.services)
    )


def _left(until: date | None, today: date) -> int:
    """Days that are paid, today among them."""
    return _YEAR if until is None else max(0, min((until - today).days + 1, _YEAR))


def regains(before: Kept, after: Kept, days: tuple[date, ...]) -> bool:
    """It is given something, and has then all that is connected, for somebody. One whose name alone
    is changed may look as whole, and what it lost before stays lost."""
    whole = bool(after.people) and after.paid(days[0]) == set(after.services)
    return whole and loses(before=replace(after, place=before.place), after=before, days=days)
