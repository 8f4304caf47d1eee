"""Rules of an import for intercom panels and doors."""

from collections.abc import Mapping

from smartyard.registry.inventory.difference import Thing
from smartyard.registry.inventory.rows import PanelRow, written
from smartyard.registry.inventory.rules.draft import Draft
from smartyard.registry.inventory.secrets import (
    NOTHING,
    UNREADABLE,
    address_of,
    clear,
    told,
)
from smartyard.registry.models import BILLING, INVENTORY

_OUTPUTS: Mapping[str, int] = {"beward": 3, "sokol": 2}


def plan_panels(draft: Draft) -> None:
    """After cameras, since a panel has one; before doors, that name it."""
    draft.drop_unnamed("panels")
    for line, row in draft.rows("panels"):
        known = draft.before["panels"].get(row.id)
        panel = _panel(row, known)
        draft.after["panels"][row.id] = panel
        if row.model == "url" and not clear(panel["address"]):
            draft.wrong(line, f"{row.title}: address: у модели url не указано")
        if UNREADABLE in (panel["login"], panel["password"]) and _says_one(row):
            sealed = "login и password зашифрованы другим SECRET_KEY, укажите оба"
            draft.wrong(line, f"{row.title}: {sealed}")
        if row.camera and not draft.knows("cameras", row.camera):
            draft.wrong(line, f"{row.title}: неизвестная камера {row.camera}")
    _keep_numbers_apart(draft)
    _forget_gone_cameras(draft)


def _panel(row: PanelRow, known: Thing | None) -> Thing:
    """Login and password that a row leaves out stay, and so does the address of a panel that is and
    was opened by one: an export has neither."""
    before = known or {"model": None, "login": NOTHING, "password": NOTHING}
    address = address_of(row.model, row.base)
    if row.model == before["model"] == "url" and not row.address:
        address = before["address"]
    kept = row.model != "none"
    return {
        "name": row.name,
        "model": row.model,
        "address": address,
        "method": row.method,
        "login": told(row.login, before["login"] if kept else NOTHING),
        "password": told(row.password, before["password"] if kept else NOTHING),
        "sip": row.sip,
        "dtmf": row.dtmf,
        "syslog": row.syslog,
        "camera": row.camera,
    }


def _says_one(row: PanelRow) -> bool:
    return (row.login is None) != (row.password is None)


def _keep_numbers_apart(draft: Draft) -> None:
    """Who else has the number that a row names; of two rows the file itself has told."""
    for field in ("sip", "syslog"):
        holders: dict[str, list[int]] = {}
        for number, panel in draft.after["panels"].items():
            holders.setdefault(panel[field], []).append(number)
        rows = {row.id for _, row in draft.rows("panels")}
        for line, row in draft.rows("panels"):
            value = getattr(row, field)
            for other in holders.get(value, ()) if value else ():
                if other not in rows:
                    draft.wrong(line, f"{row.title}: {field} {value} уже у панели {other}")


def _forget_gone_cameras(draft: Draft) -> None:
    """A panel stays when its camera goes."""
    cameras = draft.after["cameras"].keys()
    gone = draft.before["cameras"].keys() - cameras
    for number, panel in draft.after["panels"].items():
        if panel["camera"] in gone:
            draft.after["panels"][number] = {**panel, "camera": None}


def plan_doors(draft: Draft) -> None:
    """A door of the inventory is an output that its panel has."""
    draft.drop_unnamed("doors")
    lines = {row.key: line for line, row in draft.rows("doors")}
    for line, row in draft.rows("doors"):
        fields = row.model_dump(include={"icon", "name", "entrance"})
        draft.after["doors"][row.key] = {**fields, "source": INVENTORY}
        if not draft.knows("panels", row.domophone):
            draft.wrong(line, f"{row.title}: неизвестная панель {row.domophone}")
    panels = {row.id: line for line, row in draft.rows("panels")}
    for key, door in draft.after["doors"].items():
        if door["source"] == BILLING:
            continue
        if key[1] not in draft.after["panels"]:
            if key not in lines:
                left = f"панель {key[1]}: на ней дверь {written(key)}, уберите сначала её"
                draft.wrong(0, left)
        elif at := lines.get(key) or panels.get(key[1]):
            _look_at_output(draft, at, key)


def _look_at_output(draft: Draft, at: int, key: tuple[int, int, int]) -> None:
    model = draft.after["panels"][key[1]]["model"]
    if key[2] >= _OUTPUTS.get(model, 100):
        most = f"у панели {key[1]} ({model}) выходы от 0 до {_OUTPUTS[model] - 1}"
        draft.wrong(at, f"дверь {written(key)}: {most}")
