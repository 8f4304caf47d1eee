"""The outside world imitated over real HTTP, for a laptop, the tests and the benches.

One process, four small servers on loopback: Kannel's sendsms, a provider's billing, a media server
that asks our `accessfl` as Flussonic does, and a page that shows and changes all of it. What they
follow: reference pages `protocols.md` (1 and 2) and `billing-api.md`; the demo world and its magic
numbers: `world.json`. Nothing of the features is imported here, and they import nothing from here.

    with Sandbox(accessfl="http://127.0.0.1:5000/api/accessfl") as sandbox:
        sandbox.faults.set("billing", "hang", seconds=30)
        sandbox.code_for("79000000001")
"""

from smartyard.sandbox.faults import Faults
from smartyard.sandbox.town import Sandbox
from smartyard.sandbox.world import World, demo_registry

__all__ = ["Faults", "Sandbox", "World", "demo_registry"]
