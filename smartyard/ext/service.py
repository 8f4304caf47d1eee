"""Pages in the menus of the apps: the operator's, and the one of signed-in devices."""

import secrets
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

from smartyard.config import Settings
from smartyard.db import transaction
from smartyard.errors import NotFound
from smartyard.ext.own.repository import ExtensionRepository
from smartyard.ext.page.document import render

__all__ = ["ExtensionService", "MenuItem", "Page"]

DEVICES = "devices"
_PLACE = 400  # the apps' own items stand at 100, 200 and 300
_FOLDER = Path(__file__).with_name("page")
_HTML = (_FOLDER / "devices.html").read_text(encoding="utf-8")
_ICON = "data:image/png;base64," + b64encode((_FOLDER / "devices.png").read_bytes()).decode()


class PageGone(NotFound):
    message = "Этой страницы больше нет. Обновите приложение."


@dataclass(frozen=True)
class MenuItem:
    """`icon` is a data URI; items stand by `position`."""

    name: str
    caption: str
    icon: str
    position: int
    highlight: bool


@dataclass(frozen=True)
class Page:
    """A whole HTML document, and what links in it are relative to."""

    base: str
    html: str


class ExtensionService:
    def __init__(self, extensions: ExtensionRepository, settings: Settings) -> None:
        self._extensions = extensions
        self._settings = settings

    def menu(self) -> list[MenuItem]:
        """The same for everybody, in its order."""
        with transaction():
            entries = self._extensions.entries()
        items = [
            MenuItem(one.name, one.caption, one.icon, one.position, one.highlight)
            for one in entries
        ]
        if self._settings.devices_page:
            items.append(MenuItem(DEVICES, "Устройства", _ICON, _PLACE, False))
        return sorted(items, key=lambda item: (item.position, item.name))

    def page(self, name: str, here: str) -> Page:
        """`here` is where we are called, for want of SERVER_URL. Raises PageGone."""
        base = (self._settings.server_url or here).rstrip("/") + "/"
        html = render(
            self._html(name),
            base=base,
            nonce=secrets.token_urlsafe(18),
            origins=self._settings.ext_origins,
        )
        return Page(base, html)

    def _html(self, name: str) -> str:
        if name == DEVICES:
            if not self._settings.devices_page:
                raise PageGone()
            return _HTML
        with transaction():
            html = self._extensions.html(name)
        if html is None:
            raise PageGone()
        return html
