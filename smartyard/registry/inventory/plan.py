"""What the database is to hold after a file: the rules of an import, without the database.

A row is the whole truth about its thing and takes over what so far only billing listed. Where the
inventory has a camera of a house it wins: billing's links to that house end. What the file does
not name stays, save with `replace`, and then only of the kinds of which the file speaks.
"""

from collections.abc import Iterator
from typing import Any

from smartyard.registry.inventory.checking import Checked
from smartyard.registry.inventory.difference import Link, Stock, Thing
from smartyard.registry.inventory.problems import Problem
from smartyard.registry.inventory.rows import CameraRow
from smartyard.registry.models import BILLING, INVENTORY


def named_ids(file: Checked) -> tuple[set[int], set[int]]:
    """The houses and the flats that a file names anywhere."""
    cameras = [row for _, row in file.rows["cameras"]]
    houses = {row.id for _, row in file.rows["houses"]}
    houses |= {row.house for kind in ("flats", "doors") for _, row in file.rows[kind]}
    houses |= {house for row in cameras for house in row.houses}
    flats = {row.id for _, row in file.rows["flats"]}
    return houses, flats | {flat for row in cameras for flat in row.flats}


class Plan:
    """`before` and `after` are the two states, `problems` what the file cannot mean."""

    def __init__(self, current: Stock, file: Checked, *, replace: bool) -> None:
        self._file = file
        self._replaced = file.kinds if replace else set()
        self.problems: list[Problem] = []
        self.after: Stock = {kind: dict(things) for kind, things in current.items()}
        self._plan_homes(current)
        self.before = self._with_moved_flats(current)
        self.after["cameras"] = dict(self.before["cameras"])
        self._plan_doors()
        self._plan_media_servers()
        self._plan_cameras()
        self._let_inventory_win()
        self._drop_idle_media_servers()

    def _rows(self, kind: str) -> Iterator[tuple[int, Any]]:
        return iter(self._file.rows[kind])

    def _plan_homes(self, current: Stock) -> None:
        houses, flats = self.after["houses"], self.after["flats"]
        for house in named_ids(self._file)[0]:  # made by whoever names it first
            houses.setdefault(house, {"address": ""})
        for _, row in self._rows("houses"):
            houses[row.id] = {"address": row.address or houses[row.id]["address"]}
        for _, row in self._rows("flats"):
            known = current["flats"].get(row.id, {"number": ""})
            flats[row.id] = {"house": row.house, "number": row.number or known["number"]}

    def _with_moved_flats(self, current: Stock) -> Stock:
        """The database moves a flat's links with it, so they are no difference of their own."""
        moved = {
            flat: self.after["flats"][flat]["house"]
            for flat, known in current["flats"].items()
            if self.after["flats"][flat]["house"] != known["house"]
        }
        if not moved:
            return current
        cameras: dict[Any, Thing] = {
            stream: {
                **camera,
                "links": frozenset(
                    link._replace(house=moved.get(link.flat, link.house))
                    for link in camera["links"]
                ),
            }
            for stream, camera in current["cameras"].items()
        }
        return {**current, "cameras": cameras}

    def _drop_unnamed(self, kind: str) -> None:
        named = {row.key for _, row in self._rows(kind)}
        if kind in self._replaced:
            self.after[kind] = {
                key: thing
                for key, thing in self.after[kind].items()
                if key in named or thing["source"] != INVENTORY
            }

    def _plan_doors(self) -> None:
        self._drop_unnamed("doors")
        for _, row in self._rows("doors"):
            fields = row.model_dump(include={"icon", "name", "entrance"})
            self.after["doors"][row.key] = {**fields, "source": INVENTORY}

    def _plan_media_servers(self) -> None:
        servers = self.after["media_servers"]
        for _, row in self._rows("media_servers"):
            servers[row.name] = {**row.model_dump(exclude={"name"}), "source": INVENTORY}
        holders: dict[str, list[str]] = {}
        for name, server in servers.items():
            holders.setdefault(server["url"], []).append(name)
        for line, row in self._rows("media_servers"):
            for other in holders[row.url]:
                if other == row.name or other not in servers:
                    continue
                if servers[other]["source"] == BILLING:
                    self._merge_server(other, row.name)
                elif other in self.before["media_servers"]:
                    self._wrong(line, f"{row.title}: {row.url} уже у медиасервера {other}")

    def _merge_server(self, billed: str, name: str) -> None:
        """Billing had made a server of the same address: its cameras are this one's."""
        del self.after["media_servers"][billed]
        for stream, camera in self.after["cameras"].items():
            if camera["media_server"] == billed:
                self.after["cameras"][stream] = {**camera, "media_server": name}

    def _plan_cameras(self) -> None:
        self._drop_unnamed("cameras")
        for line, row in self._rows("cameras"):
            if not self._knows("media_servers", row.media_server):
                self._wrong(line, f"{row.title}: неизвестный медиасервер {row.media_server}")
            unknown = [flat for flat in row.flats if not self._knows("flats", flat)]
            for flat in unknown:
                self._wrong(line, f"{row.title}: неизвестная квартира {flat}")
            if not unknown:
                self.after["cameras"][row.stream] = self._camera(row)

    def _camera(self, row: CameraRow) -> Thing:
        named = {(house, None) for house in row.houses} | {
            (self.after["flats"].get(flat, {}).get("house", 0), flat) for flat in row.flats
        }
        known = self.before["cameras"].get(row.stream, {"links": frozenset()})
        billed = {
            link
            for link in known["links"]
            if link.source == BILLING and (link.house, link.flat) not in named
        }
        own = {Link(house, flat, INVENTORY) for house, flat in named}
        fields = row.model_dump(exclude={"stream", "houses", "flats"})
        return {**fields, "source": INVENTORY, "links": frozenset(own | billed)}

    def _let_inventory_win(self) -> None:
        cameras = self.after["cameras"]
        covered = {
            link.house
            for camera in cameras.values()
            for link in camera["links"]
            if link.source == INVENTORY
        }
        for stream, camera in cameras.items():
            kept = frozenset(
                link
                for link in camera["links"]
                if link.source == INVENTORY or link.house not in covered
            )
            if kept != camera["links"]:
                cameras[stream] = {**camera, "links": kept}

    def _drop_idle_media_servers(self) -> None:
        """With `replace`, a server that is not named goes once no camera is left on it."""
        unnamed = dict(self.after["media_servers"])
        self._drop_unnamed("media_servers")
        for camera in self.after["cameras"].values():
            name = camera["media_server"]
            if name in unnamed:
                self.after["media_servers"][name] = unnamed[name]

    def _knows(self, kind: str, key: Any) -> bool:
        return key in self.after[kind] or (kind, str(key)) in self._file.spoilt

    def _wrong(self, line: int, text: str) -> None:
        self.problems.append(Problem(line, text))
