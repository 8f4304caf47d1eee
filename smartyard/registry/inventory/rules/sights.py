"""Rules of an import for media servers and cameras.

A row takes over what so far only billing listed. Where the inventory has a camera of a house it
wins: billing's links to that house end.
"""

from smartyard.registry.inventory.difference import Link, Thing
from smartyard.registry.inventory.rows import CameraRow, MediaServerRow
from smartyard.registry.inventory.rules.draft import Draft
from smartyard.registry.inventory.secrets import NOTHING, UNREADABLE, clear, told
from smartyard.registry.models import BILLING, INVENTORY, SECURETOKEN


def plan_media_servers(draft: Draft) -> None:
    """Those that go stay until cameras are planned: see `drop_idle_media_servers`."""
    servers = draft.after["media_servers"]
    for line, row in draft.rows("media_servers"):
        servers[row.name] = _server(row, draft.before["media_servers"].get(row.name))
        _look_at_secrets(draft, line, row)
    holders: dict[str, list[str]] = {}
    for name, server in servers.items():
        holders.setdefault(server["url"], []).append(name)
    for line, row in draft.rows("media_servers"):
        for other in holders[row.url]:
            if other == row.name or other not in servers:
                continue
            if servers[other]["source"] == BILLING:
                _merge_server(draft, other, row.name)
            elif other in draft.before["media_servers"]:
                draft.wrong(line, f"{row.title}: {row.url} уже у медиасервера {other}")


def _server(row: MediaServerRow, known: Thing | None) -> Thing:
    """What a row leaves out of the secrets stays; with the last signed link goes its key."""
    before = known or {name: NOTHING for name in row.secrets}
    secrets = {name: told(getattr(row, name), before[name]) for name in row.secrets}
    if row.auth != SECURETOKEN and secrets["auth_key"] != UNREADABLE:
        secrets["auth_key"] = NOTHING
    return {**row.model_dump(exclude={"name", *row.secrets}), **secrets, "source": INVENTORY}


def _look_at_secrets(draft: Draft, line: int, row: MediaServerRow) -> None:
    """They are sealed together, so that those which nobody can read cannot stay beside new ones."""
    server = draft.after["media_servers"][row.name]
    if row.auth == SECURETOKEN and not clear(server["auth_key"]):
        draft.wrong(line, f"{row.title}: auth_key: при auth securetoken не указано")
    unread = [name for name in row.secrets if server[name] == UNREADABLE]
    if unread and len(unread) < len(row.secrets):
        sealed = f"{', '.join(unread)}: зашифровано другим SECRET_KEY, укажите заново"
        draft.wrong(line, f"{row.title}: {sealed}")


def _merge_server(draft: Draft, billed: str, name: str) -> None:
    """Billing had made a server of the same address: its cameras are this one's."""
    del draft.after["media_servers"][billed]
    for stream, camera in draft.after["cameras"].items():
        if camera["media_server"] == billed:
            draft.after["cameras"][stream] = {**camera, "media_server": name}


def plan_cameras(draft: Draft) -> None:
    """Cameras and who sees them."""
    draft.drop_unnamed("cameras")
    for line, row in draft.rows("cameras"):
        if not draft.knows("media_servers", row.media_server):
            draft.wrong(line, f"{row.title}: неизвестный медиасервер {row.media_server}")
        if not draft.unknown_flats(line, row):
            draft.after["cameras"][row.stream] = _camera(draft, row)
    _let_inventory_win(draft)


def _camera(draft: Draft, row: CameraRow) -> Thing:
    named = {(house, None) for house in row.houses} | {
        (draft.after["flats"].get(flat, {}).get("house", 0), flat) for flat in row.flats
    }
    known = draft.before["cameras"].get(row.stream, {"links": frozenset()})
    others = {
        link
        for link in known["links"]
        if link.source != INVENTORY and (link.house, link.flat) not in named
    }
    own = {Link(house, flat, INVENTORY) for house, flat in named}
    fields = row.model_dump(exclude={"stream", "houses", "flats"})
    return {**fields, "source": INVENTORY, "links": frozenset(own | others)}


def _let_inventory_win(draft: Draft) -> None:
    cameras = draft.after["cameras"]
    covered = {
        link.house
        for camera in cameras.values()
        for link in camera["links"]
        if link.source != BILLING
    }
    for stream, camera in cameras.items():
        kept = frozenset(
            link for link in camera["links"] if link.source != BILLING or link.house not in covered
        )
        if kept != camera["links"]:
            cameras[stream] = {**camera, "links": kept}


def drop_idle_media_servers(draft: Draft) -> None:
    """With `replace`, a server that is not named goes once no camera is left on it; one that is to
    go by its name may have none."""
    unnamed = dict(draft.after["media_servers"])
    draft.drop_unnamed("media_servers")
    for stream, camera in draft.after["cameras"].items():
        name = camera["media_server"]
        if name in draft.removed("media_servers"):
            left = f"медиасервер {name}: на нём камера {stream}, уберите сначала её"
            draft.wrong(0, left)
        if name in unnamed:
            draft.after["media_servers"][name] = unnamed[name]
