"""The demo world in our own tables, and the two billings behind one set of questions."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest
from click.testing import Result

from smartyard.billing.book.reading import RawContract
from smartyard.billing.book.service import ContractBook
from smartyard.billing.money import LocalAccounting
from smartyard.config import Settings
from smartyard.gateways.billing_money import BillingMoney
from smartyard.gateways.billing_promise import Accounting
from smartyard.sandbox import Sandbox
from smartyard.sandbox.book import demo_contracts
from tests.fixtures.money import Money
from tests.fixtures.world import connected


class Office:
    """Whatever the provider does at its billing, in either of them."""

    def __init__(self, money: Money) -> None:
        self.money = money
        self.is_local = money.settings.billing == "local"

    @property
    def accounting(self) -> Accounting:
        if self.is_local:
            return self.money.service(LocalAccounting)
        return self.money.service(BillingMoney)

    def day(self, days: int) -> str:
        now = self.money.clock.now.astimezone(self.money.settings.timezone)
        return str((now + timedelta(days=days)).date())

    def bring(self, *rows: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
        """Into our own tables; what became of each row."""
        raw = [RawContract(line, row) for line, row in enumerate(rows, start=1)]
        with self.money.app.app_context():
            done = self.money.service(ContractBook).bring(raw, actor="test", **more)
        return [(one.result, one.reason) for one in done]

    def load(self) -> None:
        """The demo world."""
        if self.is_local:
            today = self.money.clock.now.astimezone(self.money.settings.timezone).date()
            told = demo_contracts(self.money.sandbox.world, today)
            done = self.run("import", "-", feed=told)
            assert done.exit_code == 0 and "новых 25," in done.output, done.output

    def stop_paying(self, phone: str, contract: int, services: Collection[str]) -> None:
        """The paid time of these services of a contract is over, and of the others not."""
        world = self.money.sandbox.world
        if not self.is_local:
            world.set_unpaid(phone, list(services), contract)
            return
        (told,) = (one for one in world.contracts(phone) if one["clientId"] == contract)
        paid = {name: self.day(-1 if name in services else 0) for name in told["services"]}
        done = self.bring({"id": str(contract), "services": paid}, allow_loss=True)
        assert done == [("changed", "")]

    def run(self, *words: str, feed: str | None = None) -> Result:
        """`flask contracts …`."""
        return self.money.app.test_cli_runner().invoke(args=["contracts", *words], input=feed)


@pytest.fixture(name="local_settings")
def local_settings_fixture(settings: Settings, sandbox: Sandbox) -> Settings:
    return connected(settings, sandbox, billing="local", billing_url="")
