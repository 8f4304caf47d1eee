"""The world that billing and Kannel of the sandbox know: houses, contracts, people; it may change.

Loaded from JSON (`world.json` is the demo world, and tells the shape): a contract stands for one
client in one flat, and a person holds contracts by their ids, so that several phones may share one.
Phones are eleven digits beginning with 7, ids are numbers, amounts rubles.
"""

import copy
import json
import secrets
import shlex
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_CONTRACT: dict[str, Any] = {
    "clientName": "",
    "flatNumber": "1",
    "services": ["internet", "cctv", "domophone"],
    "unpaid": [],
    "hasGates": "f",
    "lcab": "",
    "balance": 0,
    "bonus": 0,
    "payAdvice": 0,
    "blocked": "f",
}
_PANELS = {
    f"{name}_url": f"http://127.0.0.{number}"
    for number, name in enumerate(("beward", "sokol", "relay"), 11)
}


def demo_registry(media_url: str, **addresses: str) -> dict[str, Any]:
    """The demo world's inventory, for `flask registry import`, with the addresses of its media
    server and of its panels (`beward_url`, `sokol_url`, `relay_url`; on port 80 where not given).
    """
    text = (_HERE / "registry.json").read_text(encoding="utf-8")
    for name, address in {**_PANELS, "media_url": media_url, **addresses}.items():
        text = text.replace("{" + name + "}", address)
    filled: dict[str, Any] = json.loads(text)
    return filled


def demo_deeds(registry: Path, syslog: str, pbx_key: Path) -> str:
    """What the demo world's operator does, for `flask demo play`: brings the inventory in that
    file, lets guests in, blocks, tells panels where to send their lines, and makes a key for the
    PBX where there is no such file yet."""
    text = (_HERE / "operator.txt").read_text(encoding="utf-8")
    given = {"registry": shlex.quote(str(registry)), "syslog": syslog}
    for name, value in given.items():
        text = text.replace("{" + name + "}", value)
    if pbx_key.exists():
        return text
    name = f"sandbox-pbx-{secrets.token_hex(4)}"  # names of keys are never used again
    made = f"tokens add {name} --scope pbx --from 127.0.0.1 --from ::1"
    return f"{text}{made} > {shlex.quote(str(pbx_key))}\n"


def demo_keys() -> list[str]:
    """The keys of the demo world's inventory, as who hung the panels taught them."""
    told = json.loads((_HERE / "registry.json").read_text(encoding="utf-8"))
    return [str(key["code"]) for key in told["keys"]]


def digits(phone: Any) -> str:
    """The one spelling of a phone here."""
    kept = "".join(sign for sign in str(phone) if sign in "0123456789")
    return "7" + kept[1:] if len(kept) == 11 and kept[0] == "8" else kept


class World:
    """Safe to use from any thread; what it returns are copies."""

    def __init__(self, source: Mapping[str, Any] | Path | None = None, media_url: str = "") -> None:
        """`source` is a world, its file, or None for the demo world."""
        if source is None:
            source = _HERE / "world.json"
        if isinstance(source, Path):
            source = json.loads(source.read_text(encoding="utf-8"))
        if not isinstance(source, Mapping):
            raise ValueError("a world is a JSON object")
        self._loaded = json.dumps(source).replace("{media_url}", media_url)
        self._lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Everything as it was loaded."""
        data = json.loads(self._loaded)
        with self._lock:
            self._houses = {int(house["houseId"]): house for house in data.get("houses", [])}
            self._contracts: dict[int, dict[str, Any]] = {}
            self._people = {digits(person["phone"]): person for person in data.get("people", [])}
            for contract in data.get("contracts", []):
                self._keep(contract)

    def _keep(self, contract: Mapping[str, Any]) -> int:
        number, house = int(contract["clientId"]), int(contract["houseId"])
        self._houses.setdefault(house, {"houseId": house, "address": contract.get("address", "")})
        named = {"contractName": str(number), "contractPayName": str(number)}
        self._contracts[number] = copy.deepcopy(_CONTRACT) | named | dict(contract)
        self._contracts[number].setdefault("flatId", number)
        return number

    def person(self, phone: Any) -> dict[str, Any]:
        """Empty when nobody has that number."""
        with self._lock:
            return copy.deepcopy(self._people.get(digits(phone), {}))

    def house(self, house_id: Any) -> dict[str, Any]:
        """Empty when there is no such house."""
        with self._lock:
            return copy.deepcopy(self._houses.get(int(house_id), {}))

    def camera(self, camera_id: Any) -> dict[str, Any]:
        """Empty when billing knows no such camera."""
        with self._lock:
            for house in self._houses.values():
                for camera in house.get("cameras", []):
                    if str(camera["id"]) == str(camera_id):
                        return dict(camera)
        return {}

    def contract(self, name: Any) -> dict[str, Any]:
        """By its id, or the number that people know; empty when there is none."""
        with self._lock:
            for number, contract in self._contracts.items():
                if str(name) in (str(number), contract["contractName"]):
                    return copy.deepcopy(contract)
        return {}

    def move_balance(self, client_id: Any, kopecks: int) -> None:
        with self._lock:
            contract = self._contracts[int(client_id)]
            contract["balance"] = round(contract["balance"] * 100 + kopecks) / 100

    def contracts(self, phone: Any) -> list[dict[str, Any]]:
        """Those of a phone, each with the house's address and the caller's own `owner`."""
        with self._lock:
            person = self.person(phone)
            return [
                copy.deepcopy(self._contracts[number])
                | {"address": self._houses[int(self._contracts[number]["houseId"])]["address"]}
                | {"owner": person.get("owner", "t")}
                for number in person.get("contracts", [])
            ]

    def phones(self, client_id: int) -> list[dict[str, Any]]:
        """Everybody who holds a contract: `phone` and `owner` (t or f)."""
        with self._lock:
            return [
                {"phone": phone, "owner": person.get("owner", "t")}
                for phone, person in self._people.items()
                if client_id in person.get("contracts", [])
            ]

    def people(self) -> list[dict[str, Any]]:
        """What the page shows of everybody."""
        shown = ["clientId", "contractName", "address", "flatNumber", "services", "unpaid"]
        shown.append("balance")
        with self._lock:
            return [
                {"phone": phone, "about": person.get("about", {}), "sms": person.get("sms", "")}
                | {"contracts": [{k: c[k] for k in shown} for c in self.contracts(phone)]}
                for phone, person in self._people.items()
            ]

    def set_unpaid(self, phone: Any, services: list[str], client_id: int | None = None) -> None:
        """What of a person's contracts (or of one) is not paid; other phones of them see it too."""
        with self._lock:
            for number in self._held(phone):
                if client_id in (None, number):
                    contract = self._contracts[number]
                    contract["unpaid"] = [s for s in services if s in contract["services"]]

    def add_contract(self, phone: Any, contract: int | Mapping[str, Any]) -> None:
        """Give a person a contract there is, or a new one (clientId, houseId, address at least)."""
        with self._lock:
            number = self._keep(contract) if isinstance(contract, Mapping) else int(contract)
            if number not in self._contracts:
                raise ValueError("there is no such contract")
            person = self._people.setdefault(digits(phone), {"phone": digits(phone)})
            held = person.setdefault("contracts", [])
            if number not in held:
                held.append(number)

    def remove_contract(self, phone: Any, client_id: int) -> None:
        with self._lock:
            held = self._held(phone)
            if client_id not in held:
                raise ValueError("the person has no such contract")
            held.remove(client_id)

    def _held(self, phone: Any) -> list[int]:
        if digits(phone) not in self._people:
            raise ValueError("there is no such person")
        held: list[int] = self._people[digits(phone)].setdefault("contracts", [])
        return held

    def change(self, wanted: Mapping[str, Any]) -> None:
        """What the page posts: `phone`, and `unpaid` (with `clientId` for one contract), `add` or
        `remove`. Raises ValueError, KeyError or TypeError for what cannot be done."""
        phone = wanted["phone"]
        if "unpaid" in wanted:
            number = int(wanted["clientId"]) if "clientId" in wanted else None
            self.set_unpaid(phone, [str(service) for service in wanted["unpaid"]], number)
        if "add" in wanted:
            self.add_contract(phone, wanted["add"])
        if "remove" in wanted:
            self.remove_contract(phone, int(wanted["remove"]))
