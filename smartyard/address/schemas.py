"""Shapes of `/api/address/*` (client contract, section 8). Ids are strings here: iOS wants them."""

from typing import Literal

from pydantic import Field

from smartyard.shapes import Letter, Shape


class DoorAnswer(Shape):
    domophone_id: str = Field(alias="domophoneId")
    door_id: int = Field(alias="doorId")
    entrance: str | None = None
    icon: Literal["entrance", "wicket", "gate", "barrier"]
    name: str
    blocked: str | None = None


class AddressAnswer(Shape):
    house_id: str = Field(alias="houseId")
    address: str
    doors: list[DoorAnswer]
    cctv: int
    has_plog: Letter = Field(alias="hasPlog")


class OfficeAnswer(Shape):
    """A place is of JSON numbers here, as nowhere else."""

    lat: float
    lon: float
    address: str
    opening: str


class UtilityHouseAnswer(Shape):
    house_id: str = Field(alias="houseId")
    address: str


class RoommateAnswer(Shape):
    phone: str
    expire: str
    type: Literal["inner", "outer", "owner"]


class SettingsAnswer(Shape):
    address: str
    services: list[str]
    house_id: str = Field(alias="houseId")
    flat_id: str = Field(alias="flatId")
    flat_number: str | None = Field(default=None, alias="flatNumber")
    client_id: str | None = Field(default=None, alias="clientId")
    client_name: str | None = Field(default=None, alias="clientName")
    contract_name: str | None = Field(default=None, alias="contractName")
    contract_owner: Letter = Field(alias="contractOwner")
    flat_owner: Letter = Field(alias="flatOwner")
    has_gates: Letter = Field(alias="hasGates")
    has_plog: Letter = Field(alias="hasPlog")
    lcab: str | None = None
    roommates: list[RoommateAnswer]
