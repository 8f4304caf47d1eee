"""Cameras as a tree: a group for each house, under one for them all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from smartyard.registry.service import SeenCamera

ALL_CAMERAS = "Камеры"


@dataclass(frozen=True)
class Group:
    """The cameras of one house, by name; `is_placed`: each has a place on a map."""

    house_id: int
    address: str
    cameras: Sequence[SeenCamera]

    @property
    def is_placed(self) -> bool:
        return all(one.camera.lat and one.camera.lon for one in self.cameras)


def by_house(cameras: Sequence[SeenCamera], addresses: Mapping[int, str]) -> list[Group]:
    """By address; a camera of several houses stands in one of them, as in the list."""

    def place(one: SeenCamera) -> tuple[str, int]:
        house_id = one.house_id or 0
        return addresses.get(house_id, ""), house_id

    ordered = sorted(cameras, key=place)  # by name within a house, as they came
    return [
        Group(house_id, address, list(group))
        for (address, house_id), group in groupby(ordered, key=place)
    ]
