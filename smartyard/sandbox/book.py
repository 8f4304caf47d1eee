"""The world's contracts as a file for `flask contracts import`: the server is billing itself then
(BILLING=local), and the sandbox's own billing is asked nothing."""

import csv
import io
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from smartyard.sandbox.world import World


def demo_contracts(world: World, today: date) -> str:
    """CSV, the format of docs/contracts.md. What is not paid was until yesterday."""
    rows: dict[int, dict[str, Any]] = {}
    for person in world.people():
        for contract in world.contracts(person["phone"]):
            number = int(contract["clientId"])
            rows[number] = _row(contract, world.phones(number), today - timedelta(days=1))
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, fieldnames=list(next(iter(rows.values()))))
    writer.writeheader()
    writer.writerows(rows[number] for number in sorted(rows))
    return written.getvalue()


def _row(
    contract: Mapping[str, Any], holders: list[dict[str, Any]], yesterday: date
) -> dict[str, Any]:
    held = {owns: [str(one["phone"]) for one in holders if one["owner"] == owns] for owns in "tf"}
    return {
        "id": contract["clientId"],
        "name": contract["contractName"],
        "client_name": contract["clientName"],
        "house": contract["houseId"],
        "address": contract["address"],
        "flat": contract["flatId"],
        "flat_number": contract["flatNumber"],
        "owners": " ".join(held["t"]),
        "phones": " ".join(held["f"]),
        "services": " ".join(
            f"{name}:{yesterday}" if name in contract["unpaid"] else name
            for name in contract["services"]
        ),
        "blocked": contract["blocked"],
        "opening_balance_kopecks": round(contract["balance"] * 100),
        "password": contract.get("password", ""),
    }
