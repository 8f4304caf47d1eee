"""Rules of an import for houses, flats, contracts and keys.

Houses, flats and contracts are never deleted: they are made by whoever names them first, and an
empty word takes no known one away.
"""

from typing import Any

from smartyard.registry.inventory.difference import Stock, Thing
from smartyard.registry.inventory.rows import FlatRow
from smartyard.registry.inventory.rules.draft import Draft, named


def plan_homes(draft: Draft) -> None:
    """Houses and flats; `draft.before` is then the state with moved flats' links moved along."""
    houses, flats = draft.after["houses"], draft.after["flats"]
    for house in named(draft.file, {}, replace=False).houses or ():
        houses.setdefault(house, {"address": ""})
    for _, row in draft.rows("houses"):
        houses[row.id] = {"address": row.address or houses[row.id]["address"]}
    for _, row in draft.rows("flats"):
        flats[row.id] = _flat(row, draft.before["flats"].get(row.id))
    draft.before = _with_moved_flats(draft.before, draft.after)
    draft.after["cameras"] = dict(draft.before["cameras"])


def _flat(row: FlatRow, known: Thing | None) -> Thing:
    fields: dict[str, Any] = {"house": row.house, "number": row.number, "entrance": row.entrance}
    if known is not None:
        fields["number"] = row.number or known["number"]
        if "entrance" not in row.model_fields_set and known["house"] == row.house:
            fields["entrance"] = known["entrance"]
    return fields


def _with_moved_flats(current: Stock, after: Stock) -> Stock:
    """The database moves a flat's links with it, so they are no difference of their own."""
    moved = {
        flat: after["flats"][flat]["house"]
        for flat, known in current["flats"].items()
        if after["flats"][flat]["house"] != known["house"]
    }
    if not moved:
        return current
    cameras: dict[Any, Thing] = {
        stream: {
            **camera,
            "links": frozenset(
                link._replace(house=moved.get(link.flat, link.house)) for link in camera["links"]
            ),
        }
        for stream, camera in current["cameras"].items()
    }
    return {**current, "cameras": cameras}


def plan_contracts(draft: Draft) -> None:
    """A contract that goes keeps its row, since payments hang on it: it loses its flats."""
    contracts = draft.after["contracts"]
    draft.drop_unnamed("contracts")
    for contract in contracts.keys() - draft.after["contracts"].keys():
        contracts[contract] = {**contracts[contract], "flats": ()}
    draft.after["contracts"] = contracts
    for line, row in draft.rows("contracts"):
        if not draft.unknown_flats(line, row):
            known = contracts.get(row.id, {"name": ""})
            flats = tuple(sorted(set(row.flats)))
            contracts[row.id] = {"name": row.name or known["name"], "flats": flats}


def plan_keys(draft: Draft) -> None:
    """A key may be of several flats, each with a row of its own."""
    draft.drop_unnamed("keys")
    for line, row in draft.rows("keys"):
        if not draft.knows("flats", row.flat):
            draft.wrong(line, f"{row.title}: неизвестная квартира {row.flat}")
        draft.after["keys"][row.key] = {"name": row.name}
