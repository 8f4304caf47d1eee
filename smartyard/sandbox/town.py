"""The sandbox put together: its servers, one world, the faults, and what happened."""

import json
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from smartyard.sandbox.archive import Archive
from smartyard.sandbox.background import Background
from smartyard.sandbox.bank import Bank, BankOptions
from smartyard.sandbox.bank_http import BankService
from smartyard.sandbox.billing import Billing
from smartyard.sandbox.desk import Desk
from smartyard.sandbox.falprs import Falprs
from smartyard.sandbox.faults import SERVICES, Faults
from smartyard.sandbox.fcm import Fcm
from smartyard.sandbox.geocoder import Geocoder
from smartyard.sandbox.hooks import Hooks
from smartyard.sandbox.http import Calls, Server, Service
from smartyard.sandbox.kannel import Kannel
from smartyard.sandbox.mail import MailServer
from smartyard.sandbox.media import Media
from smartyard.sandbox.page import Page
from smartyard.sandbox.panels import Panels
from smartyard.sandbox.pbx import Pbx
from smartyard.sandbox.phone import Phones
from smartyard.sandbox.securetoken import SecureLinks
from smartyard.sandbox.sessions import Sessions
from smartyard.sandbox.world import World, digits

_KEPT = 10000  # calls of each service
_CODE = re.compile(r"[0-9]{4,8}")


# pylint: disable-next=too-many-instance-attributes,too-many-public-methods  # a door to each server
class Sandbox:
    """Ports are bound when it is made (0 is any), served from `start` to `stop`."""

    def __init__(
        self,
        world: Mapping[str, Any] | Path | None = None,
        *,
        accessfl: str = "",
        user: str = "demo",
        password: str = "demo",
        billing_token: str = "",
        bank_options: BankOptions | None = None,
        securetoken: str = "",
        **ports: int,
    ) -> None:
        """`accessfl` is the whole URL the media server asks; it may be set later. With a key, its
        `securetoken`, it asks nobody. `ports` are `kannel_port` and so on, any where not given; the
        panels share one, and have an address each. Raises OSError for a busy port, ValueError or
        KeyError for a world that cannot be read."""
        self.faults = Faults()
        self.messages, self.letters = list[dict[str, Any]](), list[dict[str, Any]]()
        self.sessions = Sessions(accessfl)
        self.archive = Archive()
        self.links = SecureLinks(securetoken)
        self._calls = {name: Calls(maxlen=_KEPT) for name in SERVICES}
        self._servers: list[Server | MailServer] = []
        self._later = Background()
        self._ports = ports
        self.bank = Bank(bank_options or BankOptions(), self.faults)
        try:
            self._media = self._serve_media()
            self.world = World(world, self._media.url)
            self.billing = Billing(self.world, self._calls["billing"], billing_token)
            kannel = Kannel(self.world, self.messages, self._calls["kannel"], user, password)
            self._kannel = self._serve(kannel, "kannel")
            self._billing = self._serve(self.billing, "billing")
            self._serve_bank()
            self._serve_panels()
            self._serve_desk()
            self._page = self._serve(Page(self), "page")
        except BaseException:
            self.stop()
            raise

    def _serve(self, service: Service, port: str, host: str = "127.0.0.1") -> Server:
        server = Server(service, self.faults, self._ports.get(f"{port}_port", 0), host)
        self._servers.append(server)
        return server

    def _serve_media(self) -> Server:
        self.phones = Phones(lambda: self.accessfl, self.code_for)
        self.media = Media(self.sessions, self._calls["media"], self.archive, self.links)
        return self._serve(self.media, "media")

    def _serve_bank(self) -> None:
        self.bank.url = self._serve(BankService(self.bank, self._calls["bank"]), "bank").url

    def _serve_panels(self) -> None:
        """With the phones that ring when somebody stands before one."""
        self.panels = Panels(self._calls)
        for panel in self.panels:
            panel.url = self._serve(panel, "panels", panel.host).url
        self.fcm = Fcm(self._calls["fcm"])
        self.fcm.url = self._serve(self.fcm, "fcm").url
        self.pbx = Pbx(self.panels, self.fcm, self._later)

    def _serve_desk(self) -> None:
        self.desk = Desk(self._calls["desk"])
        self._desk = self._serve(self.desk, "desk")
        self.hooks = Hooks(self._calls["webhooks"])
        self._hooks = self._serve(self.hooks, "webhooks")
        self.frs = Falprs(self._calls["frs"])
        self.frs.url = self._serve(self.frs, "frs").url
        self._geocoder = self._serve(Geocoder(self._calls["geocoder"]), "geocoder")
        self._mail = MailServer(self.letters, self.faults, self._ports.get("mail_port", 0))
        self._servers.append(self._mail)

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
    def fcm_url(self) -> str:
        """What FCM_URL is."""
        return self.fcm.url

    @property
    def frs_url(self) -> str:
        """What FRS_URL is."""
        return self.frs.url

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
    def smtp_host(self) -> str:
        return self._mail.host

    @property
    def smtp_port(self) -> int:
        return self._mail.port

    @property
    def desk_url(self) -> str:
        """What TICKET_WEBHOOK_URL is."""
        return self._desk.url + "/tickets"

    @property
    def webhooks_url(self) -> str:
        """What `flask webhooks add` is told."""
        return self._hooks.url + "/events"

    @property
    def geocoder_url(self) -> str:
        return self._geocoder.url

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

    def pushes(self, token: str) -> list[dict[str, Any]]:
        """What the device with this token received, oldest first, as FCM's messages."""
        return [push for push in self.fcm.pushes.copy() if push["token"] == token]

    def write_service_account(self, path: Path) -> None:
        """What FCM_CREDENTIALS names; for its owner's eyes only."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(self.fcm.service_account(), file, indent=1)

    def reset(self, *, devices: bool = True) -> None:
        """The world as loaded, no faults, nothing recorded, no viewer known. Without `devices` the
        panels go on with what they were told, as they would beside a server that runs."""
        self.faults.clear(abandon=True)
        self.bank.reset()
        self.billing.reset()
        self.archive.reset()
        self.links.reset()
        self.media.reset()
        self.phones.reset()
        self.pbx.reset()
        (self.panels.reset if devices else self.panels.forget)()
        self.world.reset()
        self.sessions.reset()
        self.fcm.reset()
        self.frs.reset()
        self.messages.clear()
        self.letters.clear()
        self.desk.taken.clear()
        self.hooks.reset()
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
        self._later.stop()
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
