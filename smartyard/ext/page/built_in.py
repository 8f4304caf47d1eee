"""The pages that come with the server. Each is one document, since the apps fetch it as one: what
they have in common is put in where a page says so."""

from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

__all__ = ["BUILT_IN", "BuiltIn"]

_FOLDER = Path(__file__).parent
_COMMON = ("look.css", "talk.js")


@dataclass(frozen=True)
class BuiltIn:
    """`icon` is a data URI; the apps' own items stand at 100, 200 and 300."""

    name: str
    caption: str
    position: int
    icon: str
    html: str


def _built_in(name: str, caption: str, position: int) -> BuiltIn:
    icon = b64encode((_FOLDER / f"{name}.png").read_bytes()).decode()
    html = _text(f"{name}.html")
    for part in _COMMON:
        html = html.replace(f"/* {part} */\n", _text(part))
    return BuiltIn(name, caption, position, f"data:image/png;base64,{icon}", html)


def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


BUILT_IN = (_built_in("devices", "Устройства", 400), _built_in("follow", "Кто пришёл", 450))
