"""Pages in the menus of the apps: the operator's, and those that come with the server."""

import secrets
from dataclasses import dataclass

from smartyard.config import Settings
from smartyard.db import transaction
from smartyard.errors import NotFound
from smartyard.ext.own.repository import ExtensionRepository
from smartyard.ext.page.built_in import BUILT_IN
from smartyard.ext.page.document import render

__all__ = ["ExtensionService", "MenuItem", "Page"]


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
        shown = {"devices": settings.devices_page, "follow": settings.follow_page}
        self._built_in = {page.name: page for page in BUILT_IN if shown[page.name]}

    def menu(self) -> list[MenuItem]:
        """The same for everybody, in its order."""
        with transaction():
            entries = self._extensions.entries()
        items = [
            MenuItem(one.name, one.caption, one.icon, one.position, one.highlight)
            for one in entries
        ]
        # An operator may have had a page of this name before there was ours.
        for page in self._built_in.keys() - {one.name for one in entries}:
            ours = self._built_in[page]
            items.append(MenuItem(ours.name, ours.caption, ours.icon, ours.position, False))
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
        with transaction():
            html = self._extensions.html(name)
        if html is not None:
            return html
        if name not in self._built_in:
            raise PageGone()
        return self._built_in[name].html
