"""What the database is to hold after a file: the rules of an import, without the database.

A row is the whole truth about its thing. What the file does not name stays, save with `replace`,
and then only of the kinds of which the file speaks, and save what is named to be removed.
"""

from smartyard.registry.inventory.checking import Checked
from smartyard.registry.inventory.difference import Stock
from smartyard.registry.inventory.rules.draft import Draft, Removals
from smartyard.registry.inventory.rules.homes import plan_contracts, plan_homes, plan_keys
from smartyard.registry.inventory.rules.openings import plan_doors, plan_panels
from smartyard.registry.inventory.rules.sights import (
    drop_idle_media_servers,
    plan_cameras,
    plan_media_servers,
)


def plan(current: Stock, file: Checked, removed: Removals, *, replace: bool) -> Draft:
    """The two states and what is wrong, each kind after those that it may name."""
    draft = Draft(current, file, removed, replace=replace)
    for step in (
        plan_homes,
        plan_contracts,
        plan_keys,
        plan_media_servers,
        plan_cameras,
        drop_idle_media_servers,
        plan_panels,
        plan_doors,
    ):
        step(draft)
    return draft
