"""The shapes of an inventory's rows.

A row is the whole truth about its thing: a field that it leaves out has its default, save for a few
of which the known value stays then (docs/inventory.md says which).
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from smartyard.registry.inventory import fields
from smartyard.registry.inventory.fields import Entrance, Url
from smartyard.shapes import Id
from smartyard.sheets import Key, Label, Latitude, Longitude, OneLine, YesOrNo


class Row(BaseModel):
    """One row of a file; what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    noun: ClassVar[str]
    secrets: ClassVar[tuple[str, ...]] = ()  # fields that are never shown, nor exported

    @property
    @abstractmethod
    def key(self) -> Any:
        """What names the thing: a second row with it is a mistake."""

    @property
    def title(self) -> str:
        return f"{self.noun} {written(self.key)}"

    def uniques(self) -> Iterator[tuple[str, Any]]:
        """More that no second row of the file may have, by field."""
        yield from ()


def written(key: Any) -> str:
    """What names a thing, as an operator writes it."""
    return "/".join(str(part) for part in key) if isinstance(key, tuple) else str(key)


class MediaServerRow(Row):
    """`type` and `hls_mode` are what players are told; `auth` is how the server knows a viewer, and
    `auth_key` what it signs with. `login` and `password` are of its API. Of the three secrets the
    known one stays when left out."""

    noun = "медиасервер"
    secrets = ("auth_key", "login", "password")
    name: Key
    url: Url
    type: Literal["flussonic", "nimble", "macroscop", "trassir", "forpost"] = "flussonic"
    hls_mode: Literal["mpegts", "fmp4"] = "mpegts"
    auth: Literal["token", "securetoken"] = "token"
    auth_key: Label | None = None
    login: fields.Login | None = None
    password: Label | None = None

    @property
    def key(self) -> str:
        return self.name

    def uniques(self) -> Iterator[tuple[str, Any]]:
        yield "url", self.url

    @model_validator(mode="after")
    def _signs_as_flussonic_does(self) -> Self:
        if self.auth == "securetoken" and self.type != "flussonic":
            raise ValueError("auth securetoken бывает только у типа flussonic")
        if self.auth == "token" and self.auth_key:
            raise ValueError("auth_key бывает только при auth securetoken")
        return self


class HouseRow(Row):
    """`id` is billing's houseId; an empty address takes no known one away."""

    noun = "дом"
    id: Id
    address: OneLine = ""

    @property
    def key(self) -> int:
        return self.id


class FlatRow(Row):
    """`id` is billing's flatId; an empty number takes no known one away, and an entrance that is
    left out neither."""

    noun = "квартира"
    id: Id
    house: Id
    number: Label = ""
    entrance: Entrance = None

    @property
    def key(self) -> int:
        return self.id


class ContractRow(Row):
    """`id` is billing's clientId; `flats` are all of it; an empty name takes no known one away."""

    noun = "договор"
    id: Key
    name: Label = ""
    flats: list[Id]

    @property
    def key(self) -> str:
        return self.id


class KeyRow(Row):
    """A key (RFID) of a flat."""

    noun = "ключ"
    code: fields.KeyCode
    flat: Id
    name: Label = ""

    @property
    def key(self) -> tuple[str, int]:
        return (self.code, self.flat)


class CameraRow(Row):
    """`houses` and `flats` are all who see the camera; whoever is not named sees it no more. One of
    the `city` everybody sees, on a map."""

    noun = "камера"
    stream: fields.Stream
    name: Label
    media_server: Key
    lat: Latitude = ""
    lon: Longitude = ""
    sound: YesOrNo = False
    city: YesOrNo = False
    houses: list[Id] = []
    flats: list[Id] = []

    @property
    def key(self) -> str:
        return self.stream

    @model_validator(mode="after")
    def _says_who_sees(self) -> Self:
        if self.city and not (self.lat and self.lon):
            raise ValueError("у городской камеры (city) нужны lat и lon: её показывают на карте")
        if not self.city and not {"houses", "flats"} & self.model_fields_set:
            raise ValueError(
                "не указаны houses и flats; чтобы камеру не видел никто, напишите пустой список"
            )
        return self


class PanelRow(Row):
    """An intercom panel, or any device opened by a URL (`model` url: `address` is all of it, called
    by `method`). Of login, password and such an address the known one stays when left out."""

    noun = "панель"
    secrets = ("login", "password")
    id: Id
    name: Label = ""
    model: Literal["none", "beward", "sokol", "url"]
    address: fields.DeviceUrl = ""
    method: Annotated[Literal["GET", "PUT", "POST"], fields.UPPER] = "GET"
    login: fields.Login | None = None
    password: Label | None = None
    sip: fields.SipNumber | None = None
    dtmf: fields.Dtmf = "1"
    syslog: fields.IpAddress | None = None
    camera: Annotated[OneLine | None, fields.OR_NONE] = None

    @property
    def key(self) -> int:
        return self.id

    def uniques(self) -> Iterator[tuple[str, Any]]:
        for name in ("sip", "syslog"):
            if value := getattr(self, name):
                yield name, value

    @model_validator(mode="after")
    def _is_called_somehow(self) -> Self:
        if self.model == "none" and (self.address or self.login or self.password):
            raise ValueError("у модели none нет ни address, ни login и password")
        if self.model != "url" and self.method != "GET":
            raise ValueError("method бывает только у модели url")
        if self.model in ("beward", "sokol"):
            if not self.address:
                raise ValueError(f"address: у модели {self.model} не указано")
            if "?" in self.address:
                raise ValueError("address: знак ? бывает только у модели url")
        return self

    @property
    def base(self) -> str:
        """The address as it is kept: of a device with paths of its own, without a slash."""
        return self.address if self.model == "url" else self.address.rstrip("/")


class DoorRow(Row):
    """An output of an intercom panel, by the panel's number."""

    noun = "дверь"
    house: Id
    domophone: Id
    door: fields.Output
    icon: Literal["entrance", "wicket", "gate", "barrier"] = "entrance"
    name: Label = ""
    entrance: Entrance = None

    @property
    def key(self) -> tuple[int, int, int]:
        return (self.house, self.domophone, self.door)


# In the order in which one may name the other.
KINDS: Mapping[str, type[Row]] = {
    "houses": HouseRow,
    "flats": FlatRow,
    "contracts": ContractRow,
    "keys": KeyRow,
    "media_servers": MediaServerRow,
    "cameras": CameraRow,
    "panels": PanelRow,
    "doors": DoorRow,
}
