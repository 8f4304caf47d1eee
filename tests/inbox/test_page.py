"""The page of the inbox: what it shows, and what it never lets into a web view."""

import base64
import hashlib
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from smartyard.inbox.page import Shown, render
from tests.fixtures.town import Town
from tests.fixtures.world import NORMAL, SECOND
from tests.inbox.telling import page, tell

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class Read(HTMLParser):
    """Tags, links, the text of cards and of days, as a browser finds them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.texts: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        if data.strip() and self.tags[-1] != "style":
            self.texts.append((self.tags[-1], data))

    def of(self, tag: str) -> list[str]:
        return [text for name, text in self.texts if name == tag]


def shown(text: str, *, at: datetime = NOW, title: str = "Дом", is_new: bool = False) -> Read:
    return Read(render([Shown("inbox", title, text, at, is_new)], NOW, MOSCOW))


@pytest.mark.parametrize("text", [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</p></main><iframe src=//evil>",
    "\"><svg onload=alert(1)>", "<style>*{display:none}</style>", "<!-- ", "<meta http-equiv=x>",
    "https://evil.example/\"onmouseover=alert(1)", "https://evil.example/<script>alert(1)</script>",
])  # fmt: skip
def test_whatever_a_text_holds_is_text(text: str) -> None:
    plain = shown("просто слова")
    for read in (shown(text), shown("x", title=text)):
        assert [tag for tag in read.tags if tag != "a"] == plain.tags
        assert read.attributes <= plain.attributes | {"href"}


@pytest.mark.parametrize("text, links", [
    ("см. https://provider.example/news.", ["https://provider.example/news"]),
    ("(http://provider.example/?a=1&b=2)", ["http://provider.example/?a=1&b=2"]),
    ("HTTPS://PROVIDER.EXAMPLE", ["HTTPS://PROVIDER.EXAMPLE"]),
    ("https://a.example/1 и https://b.example/2", ["https://a.example/1", "https://b.example/2"]),
    ("javascript:alert(1) data:text/html,x file:///etc/passwd tel:112 //evil.example", []),
    ("intent://x#Intent;scheme=http://;end", []),
    ("https://", []), ("https://[", []), ("https:///path", []),
])  # fmt: skip
def test_only_web_addresses_become_links(text: str, links: list[str]) -> None:
    assert shown(text).links == links


def test_a_recording_is_a_link_that_ends_in_mp4_for_androids_download_manager() -> None:
    read = shown("Запись готова: https://smartyard.example/clips/abc.mp4")
    assert read.links == ["https://smartyard.example/clips/abc.mp4"]
    assert read.of("a") == ["Скачать видео"]


def test_a_long_address_is_cut_for_the_eye_and_leads_where_it_led() -> None:
    address = "https://provider.example/news/" + "x" * 500
    read = shown(f"см. {address}")
    assert read.links == [address] and read.of("a") == [address[:59] + "…"]


def test_days_are_those_of_the_operators_zone() -> None:
    moments = [
        datetime(2026, 11, 23, 21, 30, tzinfo=UTC),  # 00:30 of the 24th in Moscow
        datetime(2026, 11, 23, 20, 59, tzinfo=UTC),
        datetime(2026, 11, 5, 9, 0, tzinfo=UTC),
        datetime(2026, 11, 5, 8, 0, tzinfo=UTC),
        datetime(2025, 12, 31, 20, 0, tzinfo=UTC),
    ]
    read = Read(render([Shown("inbox", "Дом", "x", at, False) for at in moments], NOW, MOSCOW))
    assert read.of("h2") == ["Сегодня", "Вчера", "5 ноября", "31 декабря 2025"]
    assert read.of("time") == ["00:30", "23:59", "12:00", "11:00", "23:00"]


def test_the_document_allows_no_script_and_no_style_but_its_own() -> None:
    html = render([Shown("inbox", "Дом", "x", NOW, True)], NOW, MOSCOW)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', html)
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.S)
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{hashed}'" in policy and "default-src 'none'" in policy
    assert "unsafe" not in policy and "script" not in Read(html).tags
    assert "style" not in Read(html).attributes


def test_styles_hang_on_classes_of_ours_or_the_web_clients_own_page_would_change() -> None:
    html = render([], NOW, MOSCOW)
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.S)
    selectors = re.findall(
        r"([^{}]+)\{", style.replace("@media (prefers-color-scheme: dark) {", "")
    )
    assert len(selectors) > 15
    for selector in selectors:
        assert re.fullmatch(r"(\.sy-[a-z]+(::before)? ?)+", selector.strip() + " "), selector


def test_the_newest_stands_first_and_only_so_many_are_shown(town: Town) -> None:
    town.open(inbox_shown=3)
    resident = town.sign_in(NORMAL)
    for number in range(5):
        town.clock.forward(minutes=1)
        tell(town, f"Сообщение {number}", title="")
    tell(town, "Чужое", phone=SECOND)
    texts = [text for text in Read(page(resident)).of("p") if "Сообщение" in text]
    assert texts == ["Сообщение 4", "Сообщение 3", "Сообщение 2"]
    assert town.one("SELECT count(*) FROM messages WHERE read_at IS NULL") == 1


def test_what_is_new_is_marked_once(town: Town) -> None:
    resident = town.sign_in(NORMAL)
    tell(town)
    assert ["новое" in page(resident), "новое" in page(resident)] == [True, False]


def test_an_empty_inbox_says_so(town: Town) -> None:
    assert "Сообщений пока нет" in page(town.sign_in(NORMAL))


@pytest.mark.parametrize("base", ["https://smartyard.example", ""])
def test_links_have_a_base_that_ios_can_read(town: Town, base: str) -> None:
    town.open(server_url=base)
    data = town.sign_in(NORMAL).post("inbox/inbox").get_json()["data"]
    assert data["basePath"] == base or re.fullmatch(r"https?://[^/]+/", data["basePath"])
    assert data["code"].startswith("<!doctype html>") and data["code"].endswith("</html>\n")
