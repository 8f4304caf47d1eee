"""What flats have by the rights of their contracts: links to cameras, and rights to doors.

Derived anew for some flats whenever a right, a device or a contract's flats change, in that
transaction. A contract's flats are those of the inventory and those that billing names, ours too.
"""

from collections.abc import Collection

from sqlalchemy import ARRAY, BigInteger, Text, TextClause, bindparam, text

from smartyard.db import db

_HOMES = """
    homes AS (
        SELECT contract_id, flat_id FROM contract_flats WHERE flat_id = ANY (:flats)
        UNION
        SELECT contract_id, flat_id FROM flat_members
        WHERE flat_id = ANY (:flats) AND source = 'billing' AND contract_id IS NOT NULL
        UNION
        SELECT id, flat_id FROM local_contracts WHERE flat_id = ANY (:flats)
    ), held AS (
        SELECT f.id AS flat_id, f.house_id, d.id AS device_id, d.camera_id
        FROM homes h JOIN flats f ON f.id = h.flat_id
        JOIN contract_rights r ON r.contract_id = h.contract_id
        JOIN provider_devices d ON d.id = r.device_id AND d.active
    )"""


def _of_flats(statement: str) -> TextClause:
    return text(statement).bindparams(bindparam("flats", type_=ARRAY(BigInteger)))


# Who gives a right locks the contract (`lock_contract`), and so a right and a flat that come at
# the same moment see each other, whichever is first.
_WAIT = _of_flats(f"""
    WITH {_HOMES}
    SELECT c.id FROM contracts c WHERE c.id IN (SELECT contract_id FROM homes)
    ORDER BY c.id FOR SHARE""")
_CAMERAS = _of_flats(f"""
    WITH {_HOMES}, due AS (
        SELECT DISTINCT camera_id, house_id, flat_id FROM held WHERE camera_id IS NOT NULL
    ), gone AS (
        DELETE FROM camera_links l
        WHERE l.source = 'provider' AND l.flat_id = ANY (:flats)
          AND NOT EXISTS (SELECT FROM due
                          WHERE due.camera_id = l.camera_id AND due.flat_id = l.flat_id)
    )
    INSERT INTO camera_links (camera_id, house_id, flat_id, suspended, source)
    SELECT camera_id, house_id, flat_id, false, 'provider' FROM due ORDER BY 1, 2, 3
    ON CONFLICT DO NOTHING""")
_RIGHTS = _of_flats(f"""
    WITH {_HOMES}, due AS (
        SELECT DISTINCT h.flat_id, b.panel_id, b.output
        FROM held h JOIN provider_doors b ON b.device_id = h.device_id
    ), gone AS (
        DELETE FROM door_rights r
        WHERE r.flat_id = ANY (:flats)
          AND NOT EXISTS (SELECT FROM due WHERE due.flat_id = r.flat_id
                          AND due.panel_id = r.domophone_id AND due.output = r.door_id)
    )
    INSERT INTO door_rights (flat_id, domophone_id, door_id)
    SELECT flat_id, panel_id, output FROM due ORDER BY 1, 2, 3
    ON CONFLICT DO NOTHING""")
_DUE_DOORS = """
    houses_of AS (SELECT DISTINCT house_id FROM flats WHERE id = ANY (:flats)),
    due AS (
        SELECT DISTINCT f.house_id, b.panel_id, b.output, b.icon, b.name, b.entrance
        FROM houses_of JOIN flats f USING (house_id)
        JOIN door_rights r ON r.flat_id = f.id
        JOIN provider_doors b ON b.panel_id = r.domophone_id AND b.output = r.door_id
    )"""
_ENTRANCES = _of_flats(f"""
    WITH {_DUE_DOORS}
    INSERT INTO entrances (house_id, name)
    SELECT DISTINCT house_id, entrance FROM due WHERE entrance IS NOT NULL ORDER BY 1, 2
    ON CONFLICT DO NOTHING""")
# What the inventory says of the same output stays: it is the operator's word about the whole house.
_DOORS = _of_flats(f"""
    WITH {_DUE_DOORS}, gone AS (
        DELETE FROM doors d USING houses_of
        WHERE d.house_id = houses_of.house_id AND d.source = 'provider'
          AND NOT EXISTS (SELECT FROM due WHERE due.house_id = d.house_id
                          AND due.panel_id = d.domophone_id AND due.output = d.door_id)
    )
    INSERT INTO doors AS d (house_id, domophone_id, door_id, icon, name, entrance, source)
    SELECT house_id, panel_id, output, icon, name, entrance, 'provider' FROM due ORDER BY 1, 2, 3
    ON CONFLICT (house_id, domophone_id, door_id) DO UPDATE
        SET icon = excluded.icon, name = excluded.name, entrance = excluded.entrance,
            source = excluded.source
        WHERE d.source <> 'inventory'
          AND (d.icon, d.name, d.entrance, d.source)
              IS DISTINCT FROM (excluded.icon, excluded.name, excluded.entrance, excluded.source)
    """)
_STEPS = (_WAIT, _CAMERAS, _RIGHTS, _ENTRANCES, _DOORS)

_ANY = text("SELECT EXISTS (SELECT FROM provider_devices)")
_FLATS = text("""
    SELECT flat_id FROM contract_flats WHERE contract_id = ANY (:contracts)
    UNION
    SELECT flat_id FROM flat_members WHERE contract_id = ANY (:contracts) AND source = 'billing'
    UNION
    SELECT flat_id FROM local_contracts WHERE id = ANY (:contracts)
    """).bindparams(bindparam("contracts", type_=ARRAY(Text)))


def spread(flat_ids: Collection[int]) -> None:
    """In the caller's transaction: bring these flats to what their contracts have."""
    if flat_ids:
        for step in _STEPS:
            db.session.execute(step, {"flats": sorted(flat_ids)})


def follow(flat_ids: Collection[int]) -> None:
    """The same, for who changes flats and contracts: where no provider ever told of a device, one
    look is all that it costs."""
    if flat_ids and db.session.scalar(_ANY):
        spread(flat_ids)


def flats_of(contract_ids: Collection[str]) -> set[int]:
    """The flats of contracts, as far as anybody told them."""
    return set(db.session.execute(_FLATS, {"contracts": sorted(contract_ids)}).scalars())
