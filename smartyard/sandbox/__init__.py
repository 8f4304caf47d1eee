"""The outside world imitated over real HTTP, for a laptop, the tests and the benches.

One process, small servers on loopback: Kannel's sendsms, a provider's billing, a media server that
asks our `accessfl` as Flussonic does, a bank with its payment page and callbacks, three panels with
doors, and a page that shows and changes all of it. What they follow: reference pages `protocols.md`
(1 to 3, and 8) and `billing-api.md`; the demo world and its magic numbers: `world.json`; magic
amounts and switches: docs/sandbox.md. Nothing of the features is imported here, and they import
nothing from here.

    with Sandbox(accessfl="http://127.0.0.1:5000/api/accessfl") as sandbox:
        sandbox.faults.set("billing", "hang", seconds=30)
        sandbox.code_for("79000000001")
        sandbox.bank.pay("INV-000123")
        sandbox.panels.pulses("beward", 0)
"""

from smartyard.sandbox.bank import Bank, BankOptions
from smartyard.sandbox.bank_callbacks import CallbackOptions
from smartyard.sandbox.bank_orders import Refused
from smartyard.sandbox.faults import Faults
from smartyard.sandbox.town import Sandbox
from smartyard.sandbox.world import World, demo_registry

__all__ = [
    "Bank",
    "BankOptions",
    "CallbackOptions",
    "Faults",
    "Refused",
    "Sandbox",
    "World",
    "demo_registry",
]
