"""Shapes of `geo/*` (client contract, section 8)."""

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from smartyard.shapes import Id, Letter, Line, Shape


class StreetsRequest(Shape):
    location: Id = Field(alias="locationId")


class HousesRequest(Shape):
    street: Id = Field(alias="streetId")


class ServicesRequest(Shape):
    house: Id = Field(alias="houseId")


class AddressRequest(Shape):
    """No app calls it; iOS would name a house, Android a street."""

    house: Id | None = Field(default=None, alias="houseId")
    street: Id | None = Field(default=None, alias="streetId")

    @model_validator(mode="after")
    def _names_one(self) -> "AddressRequest":
        if self.house is None and self.street is None:
            raise ValueError("neither a house nor a street")
        return self


class CoderRequest(Shape):
    address: Annotated[Line, StringConstraints(min_length=1, max_length=500)]


class LocationAnswer(Shape):
    id: str = Field(alias="locationId")
    name: str


class StreetAnswer(Shape):
    id: str = Field(alias="streetId")
    name: str
    type: str


class HouseAnswer(Shape):
    id: str = Field(alias="houseId")
    number: str


class ServiceAnswer(Shape):
    icon: str
    title: str
    description: str


class HouseServiceAnswer(ServiceAnswer):
    by_default: Letter = Field(alias="byDefault")
    can_change: Letter = Field(alias="canChange")


class AddressAnswer(Shape):
    address: str


class CoderAnswer(Shape):
    lat: str
    lon: str
    address: str
