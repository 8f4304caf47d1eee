"""The sandbox put together: its servers, one world, the faults, and what happened."""

import re
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from smartyard.sandbox.archive import Archive
from smartyard.sandbox.bank import Bank, BankOptions
from smartyard.sandbox.bank_http import BankService
from smartyard.sandbox.billing import Billing
from smartyard.sandbox.faults import SERVICES, Faults
from smartyard.sandbox.http import Calls, Server, Service
from smartyard.sandbox.kannel import Kannel
from smartyard.sandbox.media import Media
from smartyard.sandbox.page import Page
from smartyard.sandbox.panels import Panels
from smartyard.sandbox.sessions import Sessions
from smartyard.sandbox.world import World, digits

_KEPT = 10000  # calls of each service
_CODE = re.compile(r"[0-9]{4,8}")


class Sandbox:
    """Ports are bound when it is made (0 is any), served from `start` to `stop`."""

    def __init__(  # pylint: disable=too-many-arguments  # they are options, all by name
        self,
        world: Mapping[str, Any] | Path | None = None,
        *,
        accessfl: str = "",
        kannel_port: int = 0,
        billing_port: int = 0,
        media_port: int = 0,
        page_port: int = 0,
        bank_port: int = 0,
        panels_port: int = 0,
        user: str = "demo",
        password: str = "demo",
        billing_token: str = "",
        bank_options: BankOptions | None = None,
    ) -> None:
        """`accessfl` is the whole URL the media server asks; it may be set later. The panels share
        a port, and have an address each. Raises OSError for a busy port, ValueError or KeyError
        for a world that cannot be read."""
        self.faults = Faults()
        self.messages: list[dict[str, Any]] = []
        self.sessions = Sessions(accessfl)
        self.archive = Archive()
        self._calls = {name: Calls(maxlen=_KEPT) for name in SERVICES}
        self._servers: list[Server] = []
        self.bank = Bank(bank_options or BankOptions(), self.faults)
        try:
            media = Media(self.sessions, self._calls["media"], self.archive)
            self._media = self._serve(media, media_port)
            self.world = World(world, self._media.url)
            kannel = Kannel(self.world, self.messages, self._calls["kannel"], user, password)
            self.billing = Billing(self.world, self._calls["billing"], billing_token)
            self._kannel = self._serve(kannel, kannel_port)
            self._billing = self._serve(self.billing, billing_port)
            self._serve_bank(bank_port)
            self.panels = self._serve_panels(panels_port)
            self._page = self._serve(Page(self), page_port)
        except BaseException:
            self.stop()
            raise

    def _serve(self, service: Service, port: int, host: str = "127.0.0.1") -> Server:
        self._servers.append(Server(service, self.faults, port, host))
        return self._servers[-1]

    def _serve_bank(self, port: int) -> None:
        self.bank.url = self._serve(BankService(self.bank, self._calls["bank"]), port).url

    def _serve_panels(self, port: int) -> Panels:
        panels = Panels(self._calls)
        for panel in panels:
            panel.url = self._serve(panel, port, panel.host).url
        return panels

    @property
    def kannel_host(self) -> str:
        return self._kannel.host

    @property
    def kannel_port(self) -> int:
        return self._kannel.port

    @property
    def kannel_url(self) -> str:
        return self._kannel.url

    @property
    def billing_url(self) -> str:
        """With the slash that method names are added to."""
        return self._billing.url + "/"

    @property
    def media_url(self) -> str:
        return self._media.url

    @property
    def bank_url(self) -> str:
        """What SBER_URL is; the methods are under /payment/."""
        return self.bank.url

    @property
    def beward_url(self) -> str:
        return self.panels.beward.url

    @property
    def sokol_url(self) -> str:
        return self.panels.sokol.url

    @property
    def relay_url(self) -> str:
        """Any path opens; a last number in it is the output."""
        return self.panels.relay.url

    @property
    def page_url(self) -> str:
        return self._page.url

    @property
    def accessfl(self) -> str:
        return self.sessions.accessfl

    @accessfl.setter
    def accessfl(self, url: str) -> None:
        self.sessions.accessfl = url

    @property
    def verdicts(self) -> list[dict[str, Any]]:
        """What `accessfl` was asked and answered, oldest first; tokens are cut."""
        return list(self.sessions.verdicts)

    def calls(self, service: str) -> list[tuple[str, Any]]:
        """What a service received, failed requests too: (method, body), oldest first."""
        return list(self._calls[service])

    def code_for(self, phone: str, within: float = 0.0) -> str:
        """The last digits of the newest SMS to a phone; waits so many seconds for one to come.
        Raises LookupError when there is none."""
        deadline = time.monotonic() + within
        while True:
            for message in reversed(self.messages.copy()):
                if digits(message["to"]) == digits(phone):
                    found = _CODE.findall(message["text"])
                    if found:
                        return str(found[-1])
            if time.monotonic() >= deadline:
                raise LookupError("no SMS with a code came to that number")
            time.sleep(0.02)

    def reset(self) -> None:
        """The world as loaded, no faults, nothing recorded, no viewer known."""
        self.faults.clear(abandon=True)
        self.bank.reset()
        self.billing.reset()
        self.archive.reset()
        self.panels.reset()
        self.world.reset()
        self.sessions.reset()
        self.messages.clear()
        for calls in self._calls.values():
            calls.clear()

    def start(self) -> "Sandbox":
        for server in self._servers:
            server.start()
        return self

    def stop(self) -> None:
        """No socket and no waiting request is left."""
        self.faults.clear(abandon=True)
        self.bank.stop()
        for server in self._servers:
            server.stop()
        self.archive.stop()

    def __enter__(self) -> "Sandbox":
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
