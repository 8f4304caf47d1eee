"""The shapes of the address book's files, and what is wrong with a row, in Russian."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import ErrorDetails

from smartyard import sheets
from smartyard.shapes import MAX_ID, Id
from smartyard.sheets import Key, Label, Latitude, Longitude, YesOrNo

_NUMBERS = dict.fromkeys(("id", "location", "street", "house"), MAX_ID)


class Row(BaseModel):
    """One row of a file; what it does not know it refuses. Its fields are the things' own."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    noun: ClassVar[str]
    above: ClassVar[tuple[str, str, str] | None] = None
    """The field that names another thing, that thing's kind, and how an operator calls it."""

    @property
    @abstractmethod
    def key(self) -> Any:
        """What names the thing: a second row with it is a mistake."""

    @property
    def title(self) -> str:
        parts = self.key if isinstance(self.key, tuple) else (self.key,)
        return f"{self.noun} {'/'.join(map(str, parts))}"


class LocationRow(Row):
    noun = "населённый пункт"
    id: Id
    name: Key

    @property
    def key(self) -> int:
        return self.id


class StreetRow(Row):
    """`type` as in `улица` or `проспект`."""

    noun = "улица"
    above = ("location", "locations", "населённого пункта")
    id: Id
    location: Id
    name: Key
    type: Label = ""

    @property
    def key(self) -> int:
        return self.id


class HouseRow(Row):
    """`id` is billing's houseId."""

    noun = "дом"
    above = ("street", "streets", "улицы")
    id: Id
    street: Id
    number: Key
    lat: Latitude = ""
    lon: Longitude = ""

    @property
    def key(self) -> int:
        return self.id

    @model_validator(mode="after")
    def _stands_somewhere_or_not(self) -> Self:
        if bool(self.lat) != bool(self.lon):
            raise ValueError("нужны и lat, и lon, или ни того ни другого")
        return self


class OfferRow(Row):
    """A service at a house: `default` — chosen when the form opens, `can_change` — may be taken
    away there."""

    noun = "услуга"
    above = ("house", "houses", "дома")
    house: Id
    service: Literal["internet", "iptv", "ctv", "phone", "cctv", "domophone", "gsm"]
    default: YesOrNo = False
    can_change: YesOrNo = True

    @property
    def key(self) -> tuple[int, str]:
        return (self.house, self.service)


# Each can only name those before it.
KINDS: Mapping[str, type[Row]] = {
    "locations": LocationRow,
    "streets": StreetRow,
    "houses": HouseRow,
    "services": OfferRow,
}
_TOLD_BY = {"service": "services", "number": "houses", "location": "streets", "name": "locations"}


def kind_of(columns: list[str]) -> str:
    """What a file holds, by a column that no other kind has. Raises FileRefused."""
    for column, kind in _TOLD_BY.items():
        if column in columns:
            return kind
    sheets.refuse("По столбцам не понять, что в файле: нужны name, location, number или service.")


def reason(error: ErrorDetails) -> str:
    """As `sheets.reason`."""
    return sheets.reason(error, _NUMBERS)
