"""The page of the inbox: one whole HTML document for the web views of the apps.

Server-rendered, without a script; every text is escaped, and only http(s) addresses become links
(Android hands a link that ends in `.mp4` to its download manager). The web client puts the document
into its own page (v-html), so that all styles hang on classes of ours and none on tags.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from html import escape
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit

from smartyard.inbox.models import Message

_STYLE = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEAD = f"""<!doctype html>
<html lang="ru">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="format-detection" content="telephone=no">
<title>Сообщения</title>
<style>{_STYLE}</style>
</head>
<body class="sy-body">
<main class="sy-inbox">
"""
_FOOT = "</main>\n</body>\n</html>\n"

_MONTHS = (
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()
)
# Outlines of 24 by 24, drawn with the colour of the text.
_BELL = "M6 9a6 6 0 1 1 12 0c0 6 2 7 2 7H4s2-1 2-7M10 20a2 2 0 0 0 4 0"
_ICONS = {
    "chat": ("blue", "M4 5h16v11H10l-5 4v-4H4zM8 9h8M8 12h5"),
    "newAddress": ("blue", "M4 11l8-7 8 7M6 9.5V20h12V9.5M10 20v-6h4v6"),
    "paySuccess": ("green", "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8 12.5l3 3 5-6"),
    "payError": ("red", "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7.5v5.5M12 16.2v.3"),
    "videoReady": ("violet", "M4 6h11v12H4zM15 11l5-3v8l-5-3"),
    "eventLog": ("amber", "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3.5 2"),
    "logout": ("red", "M14 4H5v16h9M10 12h10M17 8.5l3.5 3.5-3.5 3.5"),
}
_PLAIN = ("blue", _BELL)

_ADDRESS = re.compile(r"https?://[^\s<>\"'«»]+", re.IGNORECASE)
_HOST = re.compile(r"[^\W_][\w.-]*")
_AFTER = ".,;:!?)]}…"  # of the sentence around an address, not of the address
_MOST_SHOWN = 60  # letters of an address: two lines of a phone


@dataclass(frozen=True)
class Shown:
    """What the page shows of a message."""

    action: str
    title: str
    text: str
    at: datetime
    is_new: bool

    @classmethod
    def of(cls, message: Message, is_new: bool) -> "Shown":
        return cls(message.action, message.title, message.text, message.created_at, is_new)


def render(messages: Sequence[Shown], now: datetime, zone: tzinfo) -> str:
    """The document: the newest message first, one group for each day of `zone`."""
    if not messages:
        return _HEAD + _empty() + _FOOT
    today = now.astimezone(zone).date()
    parts = []
    for day, of_day in groupby(messages, lambda one: one.at.astimezone(zone).date()):
        parts.append(f'<h2 class="sy-day">{_day(day, today)}</h2>\n')
        parts += [_card(message, zone) for message in of_day]
    return _HEAD + "".join(parts) + _FOOT


def _day(day: date, today: date) -> str:
    if day == today:
        return "Сегодня"
    if day == today - timedelta(days=1):
        return "Вчера"
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day.day} {_MONTHS[day.month - 1]}{year}"


def _card(message: Shown, zone: tzinfo) -> str:
    color, outline = _ICONS.get(message.action, _PLAIN)
    at = message.at.astimezone(zone)
    moment = f'<time datetime="{at.isoformat(timespec="seconds")}">{at:%H:%M}</time>'
    # Beside a title, the mark would leave a narrow phone no room for a word.
    new, line = ('<span class="sy-new">новое</span>', " sy-unread") if message.is_new else ("", "")
    title = f'<h3 class="sy-title">{escape(message.title)}</h3>' if message.title else ""
    return (
        f'<article class="sy-card">{_icon(color, outline)}<div class="sy-words">'
        f'<p class="sy-meta{line}">{moment}{new}</p>{title}'
        f'<p class="sy-text">{"".join(_linked(message.text))}</p>'
        "</div></article>\n"
    )


def _icon(color: str, outline: str) -> str:
    return (
        f'<span class="sy-icon sy-{color}" aria-hidden="true">'
        f'<svg viewBox="0 0 24 24" class="sy-svg"><path d="{outline}"/></svg></span>'
    )


def _linked(text: str) -> Iterator[str]:
    """The text as HTML, with its addresses as links."""
    end = 0
    for found in _ADDRESS.finditer(text):
        address = found.group().rstrip(_AFTER)
        yield escape(text[end : found.start()])
        yield _link(address) if _is_address(address) else escape(address)
        end = found.start() + len(address)
    yield escape(text[end:])


def _is_address(address: str) -> bool:
    try:
        return bool(_HOST.fullmatch(urlsplit(address).hostname or ""))
    except ValueError:
        return False


def _link(address: str) -> str:
    if urlsplit(address).path.lower().endswith(".mp4"):
        return f'<a class="sy-video" href="{escape(address)}">Скачать видео</a>'
    told = address if len(address) <= _MOST_SHOWN else f"{address[:_MOST_SHOWN - 1]}…"
    return f'<a class="sy-link" href="{escape(address)}">{escape(told)}</a>'


def _empty() -> str:
    return (
        f'<div class="sy-empty">{_icon("blue", _BELL)}<p class="sy-title">Сообщений пока нет</p>'
        '<p class="sy-text">Здесь появятся новости вашего дома, платежи и записи с камер.</p>'
        "</div>\n"
    )
