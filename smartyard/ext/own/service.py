"""Brings the operator's pages, shows them to the operator, and takes them away."""

import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import datetime

from smartyard.audit import Audit
from smartyard.config import Settings
from smartyard.db import transaction
from smartyard.ext.own.checking import problems
from smartyard.ext.own.repository import Entry, ExtensionRepository
from smartyard.ext.page.built_in import BUILT_IN
from smartyard.sheets import FileRefused, refuse, text_of

__all__ = ["Entry", "OwnPageService"]

_TAKEN = [page.name for page in BUILT_IN]
_LARGEST = 64 * 1024  # bytes of an icon
_KINDS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg"}


class OwnPageService:
    def __init__(
        self,
        extensions: ExtensionRepository,
        audit: Audit,
        *,
        settings: Settings,
        clock: Callable[[], datetime],
    ) -> None:
        self._extensions = extensions
        self._audit = audit
        self._origins = settings.ext_origins
        self._server = settings.server_url
        self._clock = clock

    def all(self) -> Sequence[Entry]:
        """In the order of the menu."""
        with transaction():
            return self._extensions.entries()

    def check(self, page: bytes) -> str:
        """The page as text. Raises FileRefused with all that would not work of it."""
        html = text_of(page)
        found = problems(html, [self._server.rstrip("/").lower(), *self._origins])
        if found:
            raise FileRefused(found)
        return html

    def put(  # pylint: disable=too-many-arguments  # what a menu shows
        self,
        name: str,
        *,
        caption: str,
        icon: bytes,
        page: bytes,
        position: int,
        highlight: bool,
        actor: str,
    ) -> None:
        """Add a page, or put it in place of the one with its name. Raises FileRefused."""
        if not re.fullmatch("[a-z0-9][a-z0-9-]{0,39}", name) or name in _TAKEN:
            taken = " и не ".join(_TAKEN)
            refuse(f"Имя страницы — латинские буквы, цифры и дефис, и не {taken}.")
        if not caption.strip() or len(caption) > 60 or not caption.isprintable():
            refuse("Название страницы — от 1 до 60 знаков, без перевода строки.")
        row = {
            "name": name,
            "caption": caption.strip(),
            "icon": _data_uri(icon),
            "html": self.check(page),
            "position": position,
            "highlight": highlight,
            "changed_at": self._clock(),
        }
        with transaction():
            self._extensions.put(row)
            self._audit.note(actor, "put", f"extension:{name}", {"caption": row["caption"]})

    def remove(self, name: str, actor: str) -> bool:
        """False where there is none."""
        with transaction():
            gone = self._extensions.drop(name)
            if gone:
                self._audit.note(actor, "remove", f"extension:{name}")
        return gone


def _data_uri(icon: bytes) -> str:
    kind = next((kind for start, kind in _KINDS.items() if icon.startswith(start)), None)
    if kind is None:
        refuse("Значок — файл PNG или JPEG: другие iPhone не покажет.")
    if len(icon) > _LARGEST:
        refuse(f"Значок больше {_LARGEST // 1024} КБ: уменьшите его, хватит 192 на 192 точки.")
    return f"data:image/{kind};base64,{b64encode(icon).decode()}"
