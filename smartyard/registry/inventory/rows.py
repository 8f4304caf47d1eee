"""The shapes of an inventory's rows, and what is wrong with a row, in Russian.

A row is the whole truth about its thing: a field that it leaves out has its default.
"""

import re
import unicodedata
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic_core import ErrorDetails

from smartyard.shapes import MAX_ID, Id, Line, Name

_DECIMAL = re.compile(r"-?[0-9]{1,3}(\.[0-9]+)?", re.ASCII)
_YES, _NO = ("t", "true", "1", "да", "yes"), ("f", "false", "0", "нет", "no")


def _printable(value: Any) -> Any:
    """Control characters would break players, tables and terminals; surrogates the database."""
    if isinstance(value, str) and any(unicodedata.category(char) in ("Cc", "Cs") for char in value):
        raise ValueError("есть знаки, которые нельзя хранить (перевод строки, табуляция и т. п.)")
    return value


def _filled(value: str) -> str:
    if not value:
        raise ValueError("не указано")
    return value


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known or "?" in value or "#" in value or any(char.isspace() for char in value):
        raise ValueError("нужен адрес вида http://host или https://host:port/путь")
    return value.rstrip("/")


def _stream(value: str) -> str:
    if value.startswith("/") or value.endswith("/"):
        raise ValueError("имя потока не начинается и не заканчивается косой чертой")
    if "?" in value or "#" in value:
        raise ValueError("в имени потока не бывает ? и #")
    return value


def _degrees(most: int) -> Callable[[str], str]:
    """Decimal text within the range; Excel in Russia writes a comma."""

    def checked(value: str) -> str:
        value = value.replace(",", ".")
        if value and (not _DECIMAL.fullmatch(value) or abs(float(value)) > most):
            raise ValueError(f"нужна десятичная дробь от -{most} до {most}")
        return value

    return checked


def _yes_or_no(value: Any) -> Any:
    word = str(value).strip().lower()
    if word in _YES + _NO:
        return word in _YES
    raise ValueError("нужно t или f")


OneLine = Annotated[Line, BeforeValidator(_printable)]
Label = Annotated[Name, BeforeValidator(_printable)]
Key = Annotated[Label, AfterValidator(_filled)]
Stream = Annotated[OneLine, AfterValidator(_filled), AfterValidator(_stream)]
Url = Annotated[OneLine, AfterValidator(_filled), AfterValidator(_url)]


class Row(BaseModel):
    """One row of a file; what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    noun: ClassVar[str]

    @property
    @abstractmethod
    def key(self) -> Any:
        """What names the thing: a second row with it is a mistake."""

    @property
    def title(self) -> str:
        return f"{self.noun} {self.key}"


class MediaServerRow(Row):
    """`type` and `hls_mode` are what players are told."""

    noun = "медиасервер"
    name: Key
    url: Url
    type: Literal["flussonic", "nimble", "macroscop", "trassir", "forpost"] = "flussonic"
    hls_mode: Literal["mpegts", "fmp4"] = "mpegts"

    @property
    def key(self) -> str:
        return self.name


class HouseRow(Row):
    """`id` is billing's houseId; an empty address takes no known one away."""

    noun = "дом"
    id: Id
    address: OneLine = ""

    @property
    def key(self) -> int:
        return self.id


class FlatRow(Row):
    """`id` is billing's flatId; an empty number takes no known one away."""

    noun = "квартира"
    id: Id
    house: Id
    number: Label = ""

    @property
    def key(self) -> int:
        return self.id


class CameraRow(Row):
    """`houses` and `flats` are all who see the camera; whoever is not named sees it no more."""

    noun = "камера"
    stream: Stream
    name: Label
    media_server: Key
    lat: Annotated[OneLine, AfterValidator(_degrees(90))] = ""
    lon: Annotated[OneLine, AfterValidator(_degrees(180))] = ""
    sound: Annotated[bool, BeforeValidator(_yes_or_no)] = False
    houses: list[Id] = []
    flats: list[Id] = []

    @property
    def key(self) -> str:
        return self.stream

    @model_validator(mode="after")
    def _says_who_sees(self) -> Self:
        if not {"houses", "flats"} & self.model_fields_set:
            raise ValueError(
                "не указаны houses и flats; чтобы камеру не видел никто, напишите пустой список"
            )
        return self


class DoorRow(Row):
    """An output of an intercom panel, by the panel's number."""

    noun = "дверь"
    house: Id
    domophone: Id
    door: Id
    icon: Literal["entrance", "wicket", "gate", "barrier"] = "entrance"
    name: Label = ""
    entrance: Label | None = None

    @property
    def key(self) -> tuple[int, int, int]:
        return (self.house, self.domophone, self.door)

    @property
    def title(self) -> str:
        return f"{self.noun} {self.house}/{self.domophone}/{self.door}"


# In the order in which one may name the other.
KINDS: Mapping[str, type[Row]] = {
    "houses": HouseRow,
    "flats": FlatRow,
    "doors": DoorRow,
    "media_servers": MediaServerRow,
    "cameras": CameraRow,
}
_NUMBERS = {"id", "house", "houses", "flats", "domophone", "door"}


def reason(error: ErrorDetails) -> str:
    """pydantic's finding as `field: what to do`, without the value."""
    where = [str(part) for part in error["loc"]]
    if error["type"] == "value_error" and not where:
        return str(error["ctx"]["error"])
    return f"{where[0]}: {_what(error, where[0])}"


_WORDS = {
    "missing": "не указано",
    "extra_forbidden": "такого поля нет",
    "list_type": "нужен список чисел",
}


def _what(error: ErrorDetails, field: str) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind in _WORDS:
        return _WORDS[kind]
    if kind == "literal_error":
        return f"допустимо: {str(context['expected']).replace(' or ', ', ')}"
    if "max_length" in context:
        return f"длиннее {context['max_length']} знаков"
    if field in _NUMBERS:
        return f"нужно целое число от 0 до {MAX_ID}"
    return str(context["error"]) if kind == "value_error" else "нужна строка"
