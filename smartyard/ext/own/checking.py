"""What is wrong with an operator's page, in Russian, by line.

A page in the menu can read the token of who looks at it, so all of it must be the operator's own.
The document's policy (`page/document.py`) lets nothing else run in any case: this says beforehand
what will not work there.
"""

import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser

from smartyard.ext.page.document import ADDRESSES, SHIM, origin_of
from smartyard.sheets import Problem

LONGEST = 256 * 1024  # characters: some apps fetch every page when they show the menu
_ALIEN = ("iframe", "frame", "frameset", "object", "embed", "applet", "portal")
_LOADED = {
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "audio": ("src",),
    "video": ("src", "poster"),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
    "input": ("src",),
    "track": ("src",),
}
_INSTEAD = "вставьте файл как data: или укажите его сайт в EXT_ORIGINS"
_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.-]*):", re.IGNORECASE)


def problems(html: str, origins: Sequence[str]) -> list[Problem]:
    """Empty for a page that will work. `origins`: whom it may load pictures from, beside us."""
    if not html.strip():
        return [Problem(0, "страница пуста")]
    if len(html) > LONGEST:
        return [Problem(0, f"страница длиннее {LONGEST // 1024} тысяч знаков: уменьшите картинки")]
    reader = _Reader(tuple(origins))
    reader.feed(html)
    reader.close()
    return sorted(set(reader.found))


class _Reader(HTMLParser):
    def __init__(self, origins: Sequence[str]) -> None:
        super().__init__()
        self._origins = origins
        self.found: list[Problem] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line = self.getpos()[0]
        told = {name.lower(): value or "" for name, value in attrs}
        self.found += [Problem(line, text) for text in self._wrong(tag, told)]

    def _wrong(self, tag: str, told: dict[str, str]) -> Iterator[str]:
        if tag == "script":
            source = next((told[name] for name in ADDRESSES if name in told), None)
            if source is not None and re.split("[?#]", source)[0].rpartition("/")[2] != SHIM:
                yield "скрипт по адресу не запустится: вставьте его текст в страницу"
        elif tag in _ALIEN:
            yield f"<{tag}> не покажется: в страницу нельзя вставить чужую"
        elif tag == "base":
            yield "<base> не действует: адрес страницы задаёт сервер"
        elif tag == "meta" and "http-equiv" in told:
            yield "<meta http-equiv> уберите: правила страницы задаёт сервер"
        elif tag == "link" and "stylesheet" in told.get("rel", "").lower():
            yield "стили по адресу не загрузятся: вставьте их в <style>"
        elif tag == "form" and self._is_alien(told.get("action", "")):
            yield "форма не отправится на чужой адрес"
        for name in _LOADED.get(tag, ()):
            addresses = re.split(r",\s+", told.get(name, ""))  # srcset holds several
            if any(self._is_alien(address.strip()) for address in addresses):
                yield f"{name} у <{tag}> не загрузится: {_INSTEAD}"
        for name, value in told.items():
            if name.startswith("on"):
                yield f"{name} не сработает: назначьте обработчик в <script>"
            elif "".join(value.split()).lower().startswith("javascript:"):
                yield f"{name}: ссылка javascript: не сработает"

    def _is_alien(self, address: str) -> bool:
        """An address elsewhere than at us, in the page itself, or at the operator's own sites."""
        scheme = _SCHEME.match(address)
        if scheme is None:
            return address.startswith(("//", "\\"))
        if scheme[1].lower() == "data":
            return False
        return origin_of(address.strip()) not in self._origins
