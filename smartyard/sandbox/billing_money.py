"""The money methods of the sandbox's billing (`billing-api.md`): invoices, credits, history.

Amounts on the wire are kopecks, except `sum` and balances, which are rubles. A credit is made once
an order, a refund once an order and `refundedTotal`, however often they are told.
"""

import threading
import time
from collections.abc import Mapping
from typing import Any

from smartyard.sandbox.billing_words import Declined, Method, kopecks, phone_of, text_of
from smartyard.sandbox.world import World


class Money:
    """`confirmed` is what was told by order: login, amount, bankOrder, `called` and `credited`
    times, and `refunds` by their total. With `forgetful` each call is credited anew, as by a
    billing that keeps no orders."""

    def __init__(self, world: World) -> None:
        self.confirmed: dict[str, dict[str, Any]] = {}
        self.invoices: dict[str, dict[str, Any]] = {}
        self.forgetful = False
        self._world = world
        self._lock = threading.RLock()
        self._entries: list[dict[str, Any]] = []
        self._next = int(time.time())  # a number is never given again, also after a restart
        self.methods: dict[str, Method] = {
            "createinvoice": self._create_invoice,
            "confirmpayment": self._confirm,
            "cancelpayment": self._cancel,
            "getdetail": self._detail,
            "getinvoicedata": self._invoice_data,
            "getreceiptdata": self._receipt_data,
        }

    def reset(self) -> None:
        with self._lock:
            self.confirmed.clear()
            self.invoices.clear()
            self._entries.clear()
            self.forgetful = False

    def _contract(self, body: Mapping[str, Any]) -> dict[str, Any]:
        contract = self._world.contract(text_of(body, "login"))
        if not contract:
            raise Declined(403, "There is no such contract")
        return contract

    def _create_invoice(self, body: Mapping[str, Any]) -> str:
        contract, phone = self._contract(body), phone_of(body)
        amount = kopecks(body, "amount")
        if all(one["clientId"] != contract["clientId"] for one in self._world.contracts(phone)):
            raise Declined(403, "The contract is not of this phone")
        with self._lock:
            self._next += 1
            number = f"INV-{self._next:06d}"
            self.invoices[number] = {"login": str(contract["clientId"]), "amount": amount}
        return number

    def _confirm(self, body: Mapping[str, Any]) -> dict[str, Any]:
        order, amount = text_of(body, "order"), kopecks(body, "amount")
        bank_order, paid_at = text_of(body, "bankOrder"), text_of(body, "paidAt")
        phone_of(body)
        login = str(self._contract(body)["clientId"])
        with self._lock:
            invoice = self.invoices.get(order, {"login": login, "amount": amount})
            row = self.confirmed.get(order)
            if {"login": login, "amount": amount} != invoice:
                raise Declined(409, "The invoice is of another contract or amount")
            if row is not None and (row["login"], row["amount"]) != (login, amount):
                raise Declined(409, "The order was confirmed with another contract or amount")
            if row is None:
                row = {"login": login, "amount": amount, "bankOrder": bank_order}
                row |= {"paidAt": paid_at, "called": 0, "credited": 0, "refunds": {}}
                self.confirmed[order] = row
            row["called"] += 1
            if row["credited"] == 0 or self.forgetful:
                row["credited"] += 1
                self._move(login, amount, f"Оплата по счёту {order}")
        return {"order": order}

    def _cancel(self, body: Mapping[str, Any]) -> dict[str, Any]:
        order, amount = text_of(body, "order"), kopecks(body, "amount")
        total, kind = kopecks(body, "refundedTotal"), text_of(body, "kind")
        text_of(body, "at")
        if kind not in ("refund", "reverse"):
            raise Declined(422, "kind is refund or reverse")
        with self._lock:
            row = self.confirmed.get(order)
            if row is None:
                raise Declined(409, "The order was never confirmed")
            seen = row["refunds"].get(total)
            if seen is not None and seen["amount"] != amount:
                raise Declined(409, "This refund was told with another amount")
            if seen is None:
                returned = sum(one["amount"] for one in row["refunds"].values())
                if total > row["amount"] or returned + amount > row["amount"]:
                    raise Declined(409, "More is refunded than was paid")
                seen = row["refunds"][total] = {"amount": amount, "kind": kind, "called": 0}
                self._move(row["login"], -amount, f"Возврат по счёту {order}")
            seen["called"] += 1
        return {"order": order}

    def _move(self, login: str, amount: int, words: str) -> None:
        self._world.move_balance(login, amount)
        self._next += 1
        entry = {"id": str(self._next), "at": time.time(), "sum": amount / 100, "dsc": words}
        self._entries.append(entry | {"login": login})

    def _history(self, contract: Mapping[str, Any], year: int) -> list[dict[str, Any]]:
        """Newest first: what happened here, and the world's own entries, which are of each year."""
        found: list[dict[str, Any]] = []
        for number, old in enumerate(contract.get("history", [])):
            at = time.mktime(time.strptime(f"{old['date']}.{year}", "%H:%M %d.%m.%Y"))
            if at <= time.time():
                entry = {"id": f"{contract['clientId']}-{year}-{number}", "at": at}
                found.append(entry | {"sum": old["sum"], "dsc": old["dsc"]})
        with self._lock:
            mine = [one for one in self._entries if one["login"] == str(contract["clientId"])]
        found += [one for one in mine if time.localtime(one["at"]).tm_year == year]
        return sorted(found, key=lambda entry: -entry["at"])

    def _detail(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        contract, year = self._contract(body), text_of(body, "year")
        if not (year.isascii() and year.isdigit() and 2000 <= int(year) <= 2200):
            raise Declined(422, "year is a number such as 2026")
        return [
            {"id": entry["id"], "date": _when(entry["at"], "%H:%M %d.%m.%Y")}
            | {"sum": entry["sum"], "dsc": entry["dsc"]}
            for entry in self._history(contract, int(year))
        ]

    def _invoice_data(self, body: Mapping[str, Any]) -> dict[str, Any]:
        contract, amount = self._contract(body), kopecks(body, "amount")
        with self._lock:
            self._next += 1
            number = f"СЧ-{self._next}"
        return _document(contract, number, time.time(), amount / 100, "Счёт на оплату услуг связи")

    def _receipt_data(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Of an entry of the history that is a payment."""
        contract, wanted = self._contract(body), text_of(body, "receiptId")
        years = {time.localtime().tm_year - back for back in range(6)}
        for year in years:
            for entry in self._history(contract, year):
                if entry["id"] == wanted and entry["sum"] > 0:
                    return _document(contract, wanted, entry["at"], entry["sum"], entry["dsc"])
        raise Declined(403, "There is no such receipt")


def _document(
    contract: Mapping[str, Any], number: str, at: float, rubles: float, words: str
) -> dict[str, Any]:
    """What a PDF shows; the service's days are those of the month."""
    first = time.mktime(time.struct_time((*time.localtime(at)[:2], 1, 12, 0, 0, 0, 0, -1)))
    last = time.mktime((*time.localtime(first + 31 * 86400)[:2], 1, 12, 0, 0, 0, 0, -1)) - 86400
    return {
        "number": number,
        "date": _when(at, "%d.%m.%Y"),
        "clientName": contract["clientName"],
        "sum": rubles,
        "dsc": words,
        "service": "Услуги связи по договору " + contract["contractName"],
        "start": _when(first, "%d.%m.%Y"),
        "end": _when(last, "%d.%m.%Y"),
    }


def _when(at: float, shape: str) -> str:
    return time.strftime(shape, time.localtime(at))
