"""A provider's billing as `billing-api.md` has it: POST /<method>, JSON, one envelope for all.

A method is an entry of `Billing.methods`; it takes the body and returns `data`, or raises
`Declined` with the envelope's code; those about money are `billing_money`, about getting at a
contract `billing_access`. Bodies are read strictly (a phone is an integer of 11 digits
beginning with 7), so that a client that sends something else is found out.
"""

import hmac
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from smartyard.sandbox.billing_access import Access
from smartyard.sandbox.billing_money import Money
from smartyard.sandbox.billing_words import Declined, Method, phone_of, text_of
from smartyard.sandbox.faults import Fault
from smartyard.sandbox.http import Answer, Calls, Request, Service, json_answer
from smartyard.sandbox.world import World

_FOR_EVER = "3001-01-01 00:00:00"


def _envelope(code: int, message: str, data: Any = None, http: int = 200) -> Answer:
    body = {"code": code, "name": HTTPStatus(code).phrase, "message": message, "data": data}
    if code >= 400:
        del body["data"]
    return json_answer(http, body)


class Billing(Service):
    """Answers from the world; `calls` keeps each method asked with its body."""

    name = "billing"

    def __init__(self, world: World, calls: Calls, token: str = "") -> None:
        """With a `token` only callers that send it as a bearer are answered."""
        self.world = world
        self.calls = calls
        self.token = token
        self.methods: dict[str, Method] = {
            "getaddresslist": self._addresses,
            "getsettingslist": self._settings,
            "getlist": self._payments,
            "getpaymentslist": self._payments,
            "getcctvlist": self._cameras,
            "getcctvcam": self._camera,
        }
        self.money = Money(world)
        self.access = Access(world)
        self.methods |= self.money.methods | self.access.methods

    @property
    def confirmed(self) -> dict[str, dict[str, Any]]:
        """What was credited, by order: login, amount, `called`, `credited`, `refunds`."""
        return self.money.confirmed

    def reset(self) -> None:
        self.money.reset()
        self.access.reset()

    def receive(self, request: Request) -> str:
        method = request.path.strip("/")
        try:
            body = json.loads(request.body or b"{}")
        except ValueError:
            body = None
        self.calls.append((method, body))
        return method

    def magic(self, request: Request) -> Fault | None:
        return None

    def odd(self, mode: str, request: Request) -> Answer:
        if mode == "lacks":
            return _envelope(404, "There is no such method", http=404)
        return _envelope(403, "The provider's billing refuses")

    def answer(self, request: Request) -> Answer:
        try:
            return _envelope(200, "", self._asked(request))
        except Declined as refusal:
            return _envelope(refusal.code, str(refusal), http=refusal.http)

    def _asked(self, request: Request) -> Any:
        if request.method != "POST":
            raise Declined(405, "Methods are called by POST", http=405)
        bearer = request.headers.get("Authorization", "").encode()
        if self.token and not hmac.compare_digest(bearer, f"Bearer {self.token}".encode()):
            raise Declined(401, "The token is wrong", http=401)
        method = self.methods.get(request.path.strip("/"))
        if method is None:
            raise Declined(404, "There is no such method", http=404)
        try:
            body = json.loads(request.body or b"{}")
        except ValueError:
            raise Declined(422, "The body is not JSON") from None
        if not isinstance(body, dict):
            raise Declined(422, "The body is not an object")
        return method(body)

    def _addresses(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        houses: dict[int, dict[str, Any]] = {}
        for contract in self.world.contracts(phone_of(body)):
            house = self.world.house(contract["houseId"])
            row = {str(k): v for k, v in house.items() if k in ("houseId", "address", "doors")}
            row["hasPlog"] = house.get("hasPlog", "f")
            if house.get("cameras"):
                row["cctv"] = len(house["cameras"])
            houses[house["houseId"]] = row
        return list(houses.values())

    def _settings(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        phone = phone_of(body)
        return [self._flat(contract, str(phone)) for contract in self.world.contracts(phone)]

    def _flat(self, contract: dict[str, Any], caller: str) -> dict[str, Any]:
        names = ("houseId", "flatId", "flatNumber", "address", "clientId", "clientName")
        more = ("contractName", "services", "unpaid", "hasGates", "lcab")
        return {name: contract[name] for name in names + more} | {
            "contractOwner": contract["owner"],
            "flatOwner": contract["owner"],
            "hasPlog": self.world.house(contract["houseId"]).get("hasPlog", "f"),
            "roommates": [
                {"phone": other["phone"], "expire": _FOR_EVER}
                | {"type": "owner" if other["owner"] == "t" else "inner"}
                for other in self.world.phones(contract["clientId"])
                if other["phone"] != caller
            ],
        }

    def _payments(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        names = ("clientId", "clientName", "contractName", "contractPayName", "blocked", "balance")
        more = ("bonus", "payAdvice", "services", "lcab")
        flats: dict[int, dict[str, Any]] = {}
        for contract in self.world.contracts(phone_of(body)):
            flat = {name: contract[name] for name in ("houseId", "flatId", "address")}
            account = {name: contract[name] for name in names + more}
            account["lcabPay"] = contract.get("lcabPay", contract["lcab"])
            flats.setdefault(contract["flatId"], flat | {"accounts": []})
            flats[contract["flatId"]]["accounts"].append(account)
        return list(flats.values())

    def _cameras(self, body: Mapping[str, Any]) -> Any:
        """A house's `refuseCctv` (402, 404) is the envelope's code, `cctvNumber` comes as data."""
        wanted = text_of(body, "houseId")
        house = self.world.house(wanted) if wanted.isascii() and wanted.isdigit() else {}
        if "refuseCctv" in house:
            raise Declined(int(house["refuseCctv"]), "Cameras of this house are refused")
        if "cctvNumber" in house:
            return house["cctvNumber"]
        return house.get("cameras") or 404

    def _camera(self, body: Mapping[str, Any]) -> dict[str, Any]:
        camera = self.world.camera(text_of(body, "camid"))
        if not camera:
            raise Declined(404, "There is no such camera")
        return {"url": camera["url"], "name": camera["name"]}
