"""What other features read of a person's homes; and how billing's answer becomes rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from smartyard.contracts.models import (
    BILLING,
    CCTV,
    DOMOPHONE,
    INNER,
    OUTER,
    OWNER,
    Contract,
    Flat,
    FlatBlock,
    FlatMember,
    House,
    ListedHouse,
    Rights,
)
from smartyard.gateways.billing import BilledFlat, Homes
from smartyard.phones import Phone
from smartyard.shapes import FOREVER


@dataclass(frozen=True)
class Roommate:
    """Somebody else who has access to the flat; `kind` is inner, outer or owner."""

    phone: Phone
    expires_at: datetime
    kind: str


DEBT = "debt"


@dataclass(frozen=True)
class Block:
    """A service of a flat that is blocked: `service` may be all, `source` operator or debt, and
    `cause` is a sentence for its people."""

    service: str
    source: str
    cause: str


@dataclass(frozen=True)
class FlatOfMine:  # pylint: disable=too-many-instance-attributes  # it is what billing tells
    """A flat of the caller, under one contract; or one that an owner let the caller into, and then
    `granted_at` tells when. `kind` is owner, inner or outer (gates and wickets alone)."""

    flat_id: int
    house_id: int
    number: str
    address: str
    contract_id: str | None
    contract_name: str
    client_name: str
    contract_owner: bool
    flat_owner: bool
    services: tuple[str, ...]
    unpaid: tuple[str, ...]
    has_gates: bool
    lcab: str | None
    roommates: tuple[Roommate, ...]
    kind: str
    expires_at: datetime | None
    granted_at: datetime | None
    blocks: tuple[Block, ...]

    def block_of(self, service: str) -> Block | None:
        """Why a service of this flat is blocked; the operator's word comes before the debt."""
        return next((one for one in self.blocks if one.service in ("all", service)), None)

    @property
    def has_cctv(self) -> bool:
        """Cameras are connected and the caller is no outer guest, whatever is paid."""
        return CCTV in self.services and self.kind != OUTER

    @property
    def has_domophone(self) -> bool:
        """The intercom is connected, paid or not."""
        return DOMOPHONE in self.services

    @property
    def pays_domophone(self) -> bool:
        """Billing's word alone: what is blocked, and why, tells `block_of`."""
        return self.has_domophone and DOMOPHONE not in self.unpaid

    @property
    def pays_cctv(self) -> bool:
        return self.has_cctv and CCTV not in self.unpaid and not self.block_of(CCTV)


@dataclass
class HouseOfMine:
    """A house where the caller has flats, or that billing lists for the caller.

    `billed_cameras` is billing's own count, None where it says nothing.
    """

    house_id: int
    address: str
    billed_cameras: int | None = None
    flats: list[FlatOfMine] = field(default_factory=list)

    @property
    def has_cctv(self) -> bool:
        """The service is connected, paid or not."""
        return any(flat.has_cctv for flat in self.flats)

    @property
    def pays_cctv(self) -> bool:
        return any(flat.pays_cctv for flat in self.flats)

    @property
    def cctv_block(self) -> Block | None:
        """Why nobody of the caller's flats here may watch, where that is what keeps them."""
        blocks = [flat.block_of(CCTV) for flat in self.flats if flat.has_cctv]
        return next(iter(blocks), None) if all(blocks) else None


def flat_of(
    member: FlatMember,
    flat: Flat,
    house: House,
    contract: Contract | None,
    blocks: Sequence[Block] = (),
) -> FlatOfMine:
    """A flat as features see it."""
    return FlatOfMine(
        flat_id=flat.id,
        house_id=house.id,
        number=flat.number,
        address=flat.address or house.address,
        contract_id=member.contract_id,
        contract_name=contract.name if contract else "",
        client_name=contract.client_name if contract else "",
        contract_owner=member.contract_owner,
        flat_owner=member.flat_owner,
        services=tuple(member.services),
        unpaid=tuple(member.unpaid),
        has_gates=member.has_gates,
        lcab=member.lcab,
        roommates=tuple(
            Roommate(Phone(row["phone"]), datetime.fromisoformat(row["expires_at"]), row["kind"])
            for row in member.roommates
        ),
        kind=member.kind,
        expires_at=member.expires_at,
        granted_at=member.granted_at,
        blocks=tuple(blocks),
    )


def merge(
    flats: Sequence[tuple[FlatMember, Flat, House, Contract | None]],
    listed: Sequence[tuple[ListedHouse, House]],
    blocks: Sequence[FlatBlock] = (),
) -> list[HouseOfMine]:
    """One entry a house, whichever of billing's two answers named it, by address. Who is billing's
    at a flat is no guest there."""
    houses: dict[int, HouseOfMine] = {}
    for row, house in listed:
        houses[house.id] = HouseOfMine(house.id, house.address, row.cctv)
    told = {member.flat_id for member, *_ in flats if member.source == BILLING}
    by_flat: dict[int, list[Block]] = {}
    for one in sorted(blocks, key=lambda one: (one.source == "debt", one.service)):
        by_flat.setdefault(one.flat_id, []).append(Block(one.service, one.source, one.cause))
    for member, flat, house, contract in flats:
        if member.source == BILLING or member.flat_id not in told:
            mine = houses.setdefault(house.id, HouseOfMine(house.id, house.address))
            mine.flats.append(flat_of(member, flat, house, contract, by_flat.get(flat.id, ())))
    for mine in houses.values():
        if not mine.address and mine.flats:
            mine.address = mine.flats[0].address
    return sorted(houses.values(), key=lambda mine: (mine.address, mine.house_id))


def without(answer: Homes, left: Mapping[int, int]) -> Homes:
    """The answer less the flats that were left (flat: house), and less the houses in which nothing
    else is the person's."""
    if not left:
        return answer
    flats = tuple(flat for flat in answer.flats if flat.flat_id not in left)
    gone = {house for house in left.values() if house not in {flat.house_id for flat in flats}}
    houses = tuple(house for house in answer.houses if house.house_id not in gone)
    return replace(answer, flats=flats, houses=houses)


def rights_in(answer: Homes) -> Rights:
    """What the answer gives, by the same rule as `FlatMember.watches` and `opens`."""
    paid = {name for flat in answer.flats for name in flat.services if name not in flat.unpaid}
    at_home = bool(answer.flats or answer.houses)
    return Rights(watches=CCTV in paid, opens=DOMOPHONE in paid, at_home=at_home)


def as_one(flats: Sequence[FlatOfMine]) -> FlatOfMine:
    """The contracts of one flat together: what one of them pays is paid."""
    if len(flats) == 1:
        return flats[0]
    services = {name for flat in flats for name in flat.services}
    paid = {name for flat in flats for name in flat.services if name not in flat.unpaid}
    owner = next((flat for flat in flats if flat.flat_owner), flats[0])
    return replace(owner, services=tuple(sorted(services)), unpaid=tuple(sorted(services - paid)))


def addresses_in(answer: Homes) -> dict[int, str]:
    """Every house that is named, with its address where the list of houses has one."""
    told = {flat.house_id: "" for flat in answer.flats}
    told.update({house.house_id: house.address for house in answer.houses})
    return told


def entrances_in(answer: Homes) -> set[tuple[int, str]]:
    """Every entrance that a door is named by, with its house."""
    return {
        (house.house_id, door.entrance)
        for house in answer.houses
        for door in house.doors
        if door.entrance is not None
    }


def flat_rows(flats: Sequence[BilledFlat]) -> list[dict[str, Any]]:
    rows = {
        flat.flat_id: {
            "id": flat.flat_id,
            "house_id": flat.house_id,
            "number": flat.flat_number or "",
            "address": flat.address,
        }
        for flat in flats
    }
    return list(rows.values())


def contract_rows(flats: Sequence[BilledFlat]) -> list[dict[str, Any]]:
    rows = {
        flat.client_id: {
            "id": flat.client_id,
            "name": flat.contract_name or "",
            "client_name": flat.client_name or "",
        }
        for flat in flats
        if flat.client_id
    }
    return list(rows.values())


def member_rows(
    phone: Phone,
    flats: Sequence[BilledFlat],
    known: Mapping[int, datetime | None],
    now: datetime,
) -> list[dict[str, Any]]:
    """`known`: where billing named the phone before, with since when."""
    since = {flat: at and at.isoformat() for flat, at in known.items()}
    rows = {
        (flat.flat_id, flat.client_id): {
            "phone": phone,
            "house_id": flat.house_id,
            "flat_id": flat.flat_id,
            "contract_id": flat.client_id,
            "contract_owner": flat.contract_owner,
            "flat_owner": flat.flat_owner,
            "kind": OWNER if flat.flat_owner else INNER,
            "source": BILLING,
            "named_at": since.get(flat.flat_id, now.isoformat()),
            "services": list(flat.services),
            "unpaid": list(flat.unpaid),
            "has_gates": flat.has_gates,
            "lcab": flat.lcab,
            "roommates": [
                {
                    "phone": mate.phone,
                    "expires_at": (mate.expire or FOREVER).isoformat(),
                    "kind": mate.type,
                }
                for mate in flat.roommates
            ],
        }
        for flat in flats
    }
    return list(rows.values())
