"""Pages in the menu: how the operator brings them, and what the apps are given."""

import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import Result

from smartyard.ext.own.checking import LONGEST, problems
from smartyard.ext.page.document import render
from tests.fixtures.town import Town
from tests.fixtures.world import NOBODY, NORMAL, Resident

LIST, EXT = "ext/list", "ext/ext"
PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    "AAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PAGE = """<!doctype html>
<html><head><title>Тарифы</title><style>p { color: red }</style></head>
<body><p style="margin: 0">Тарифы</p>
<script>document.title = bearerToken();</script>
<SCRIPT
 type="text/javascript">1 < 2 && "<script>".length;</SCRIPT>
</body></html>
"""


class Read(HTMLParser):
    """Scripts with their attributes and texts, and the policy, as a browser finds them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.policy = ""
        self.before_policy: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if told.get("http-equiv") == "Content-Security-Policy":
            self.policy = told["content"] or ""
        if not self.policy:
            self.before_policy.append(tag)
        if tag == "script":
            self.scripts.append((told, ""))

    def handle_data(self, data: str) -> None:
        if self.lasttag == "script" and self.scripts and data.strip():
            attributes, text = self.scripts[-1]
            self.scripts[-1] = (attributes, text + data)

    @property
    def nonce(self) -> str:
        (nonce,) = re.findall(r"script-src 'nonce-([\w-]{20,})'", self.policy)
        return str(nonce)


def run(town: Town, *words: str) -> Result:
    app = town.app or town.open()
    return app.test_cli_runner().invoke(args=["extensions", *words])


def add(town: Town, folder: Path, name: str, page: str = PAGE, more: Sequence[str] = ()) -> Result:
    (folder / "page.html").write_text(page, encoding="utf-8")
    if not (folder / "icon").exists():
        (folder / "icon").write_bytes(PNG)
    words = ["add", name, str(folder / "page.html"), "--icon", str(folder / "icon")]
    return run(town, *words, *(more or ["--caption", "Тарифы"]))


def menu(resident: Resident) -> list[str]:
    answer = resident.post(LIST)
    return [one["extId"] for one in answer.get_json()["data"]] if answer.data else []


def code(resident: Resident, name: str) -> str:
    answer = resident.post(EXT, {"extId": name})
    assert answer.status_code == 200, answer.text
    return str(answer.get_json()["data"]["code"])


def test_a_page_that_is_added_is_in_everybodys_menu(town: Town, tmp_path: Path) -> None:
    shown = ["--caption", "Тарифы", "--order", "50", "--highlight"]
    done = add(town, tmp_path, "tariffs", PAGE, shown)
    assert done.output == "Страница tariffs в меню.\n"
    assert add(town, tmp_path, "news").exit_code == 0
    for phone in (NORMAL, NOBODY):
        first, *others = town.sign_in(phone).post(LIST, {}).get_json()["data"]
        assert first == {
            "caption": "Тарифы",
            "icon": f"data:image/png;base64,{b64encode(PNG).decode()}",
            "extId": "tariffs",
            "order": 50,
            "highlight": "t",
        }
        assert [(one["extId"], one["caption"], one["order"]) for one in others] == [
            ("devices", "Устройства", 400), ("follow", "Кто пришёл", 450), ("news", "Тарифы", 500),
        ]  # fmt: skip
        icons = [b64decode(one["icon"].removeprefix("data:image/png;base64,")) for one in others]
        assert all(icon.startswith(b"\x89PNG") for icon in icons)


def test_an_empty_menu_is_204_and_its_page_is_404(town: Town) -> None:
    town.open(devices_page=False, follow_page=False)
    resident = town.sign_in(NORMAL)
    answer = resident.post(LIST)
    assert (answer.status_code, answer.data) == (204, b"")
    for name in ("devices", "follow", "tariffs", "../../etc/passwd"):
        assert resident.post(EXT, {"extId": name}).status_code == 404


def test_added_again_it_is_another_and_removed_it_is_gone(town: Town, tmp_path: Path) -> None:
    add(town, tmp_path, "tariffs")
    assert add(town, tmp_path, "tariffs", "<p>Новые", ["--caption", "Новые тарифы"]).exit_code == 0
    resident = town.sign_in(NORMAL)
    assert menu(resident) == ["devices", "follow", "tariffs"] and "<p>Новые" in code(
        resident, "tariffs"
    )
    shown = run(town, "list").output
    assert re.match(r"  500  tariffs +Новые тарифы  8 знаков, \d{4}-", shown), shown
    assert run(town, "remove", "tariffs").output == "Страницы tariffs больше нет.\n"
    assert menu(resident) == ["devices", "follow"]
    assert run(town, "remove", "tariffs").exit_code == 1
    assert town.rows("SELECT action, subject FROM audit ORDER BY id") == [
        (action, "extension:tariffs") for action in ("put", "put", "remove")
    ]


def test_the_policy_stands_first_and_lets_only_the_pages_own_scripts_run(
    town: Town, tmp_path: Path
) -> None:
    town.open(server_url="https://smartyard.example", ext_origins=("https://www.provider.example",))
    add(town, tmp_path, "tariffs")
    read = Read(code(town.sign_in(NORMAL), "tariffs"))
    assert read.before_policy == ["html", "head", "meta"]
    sites = "https://smartyard.example https://www.provider.example"
    assert read.policy == (
        f"default-src 'none'; script-src 'nonce-{read.nonce}'; style-src 'unsafe-inline'; "
        f"img-src data: {sites}; font-src data: {sites}; media-src data: {sites}; "
        f"connect-src {sites}; form-action {sites}; base-uri 'none'"
    )
    assert [attributes.get("nonce") for attributes, _ in read.scripts] == [read.nonce] * 4
    assert read.scripts[0][0]["src"] == "api/ext/lanta.js"
    assert read.scripts[2][1] == "document.title = bearerToken();"
    assert read.scripts[3][1] == '1 < 2 && "<script>".length;'


def test_a_nonce_is_of_one_answer(town: Town) -> None:
    resident = town.sign_in(NORMAL)
    assert len({Read(code(resident, "devices")).nonce for _ in range(5)}) == 5


@pytest.mark.parametrize(
    "server", ["https://smartyard.example", "https://smartyard.example/a/", ""]
)
def test_links_have_a_base_that_ends_in_a_slash(town: Town, server: str) -> None:
    """`api/user/sessions` in a page is then ours, wherever we are."""
    town.open(server_url=server)
    told = town.sign_in(NORMAL).post(EXT, {"extId": "devices"}).get_json()["data"]
    assert told["basePath"] == (server.rstrip("/") or "http://localhost") + "/"
    origin = re.match("https?://[^/]+", told["basePath"])
    assert origin and f"connect-src {origin[0]};" in told["code"]


@pytest.mark.parametrize("tag", [
    '<script src="https://evil.example/x.js">', "<script src=x.js>", '<svg><script href="x">',
    '<script nonce="guessed">', "<scripty>", "<!-- --!><b>",
])  # fmt: skip
def test_a_script_that_is_elsewhere_gets_no_nonce(tag: str) -> None:
    html = render(f"<p>{tag}</script>", base="https://smartyard.example/", nonce="of-this-answer")
    assert html.endswith(f"<p>{tag}</script>")


@pytest.mark.parametrize(
    "base", ['https://x"; script-src *', "https://a b/", "javascript:alert(1)", "https://[::1/"]
)
def test_a_base_that_is_no_address_is_in_no_policy(base: str) -> None:
    """It may come from the Host that we were called by."""
    html = render("<p>", base=base, nonce="n")
    assert "connect-src 'none'; form-action 'none'" in html


WRONG = {
    "": "страница пуста",
    "<p>" * LONGEST: "длиннее 256 тысяч",
    "<script src='https://cdn.example/jquery.js'></script>": "строка 1: скрипт по адресу",
    "\n<script src=app.js></script>": "строка 2: скрипт по адресу",
    "<svg><script xlink:href='//cdn.example/x.js'/></svg>": "скрипт по адресу",
    "<iframe src='https://provider.example'>": "<iframe> не покажется",
    "<object data=x>": "<object> не покажется",
    "<base href='https://evil.example'>": "<base> не действует",
    "<meta http-equiv=refresh content='0; url=https://evil.example'>": "<meta http-equiv>",
    "<link rel='preload Stylesheet' href=x.css>": "стили по адресу",
    "<form action='https://evil.example'>": "форма не отправится",
    "<img src='https://evil.example/x.png'>": "src у <img> не загрузится",
    "<img srcset='a.png, //evil.example/x.png 2x'>": "srcset у <img> не загрузится",
    "<video poster='http://smartyard.example/x.png'>": "poster у <video> не загрузится",
    "<p onclick='go()'>": "onclick не сработает",
    "<a href=' JavaScript:go()'>": "href: ссылка javascript:",
}


@pytest.mark.parametrize("page", WRONG, ids=[page[:30] for page in WRONG])
def test_what_would_not_work_is_refused_beforehand(page: str) -> None:
    found = [str(one) for one in problems(page, ["https://smartyard.example"])]
    assert any(WRONG[page] in one for one in found), found


def test_a_good_page_has_no_problems() -> None:
    page = PAGE + (
        "<script src='https://dm.example/lanta.js'></script><img src=data:image/png;base64,AA>"
        "<img src=api/x.png><img src='https://smartyard.example/x.png'><a href='https://a.example'>"
        "<meta name=viewport content=x><form action=api/x><a href='tel:112'>"
    )
    assert problems(page, ["https://smartyard.example"]) == []


@pytest.mark.parametrize(("name", "calls"), [
    ("devices", {"user/sessions", "user/sessions/end"}),
    ("follow", {"address/getSettingsList", "address/followed", "address/follow"}),
])  # fmt: skip
def test_a_page_of_ours_is_as_good_as_any_and_calls_what_is_there(
    town: Town, name: str, calls: set[str]
) -> None:
    app = town.open()
    html = code(town.sign_in(NORMAL), name)
    own = html.partition("</script>\n<title>")[2]
    assert own and problems(own, []) == []
    called = set(re.findall(r'ask\("([A-Za-z/]+)"', own))
    assert called == calls and 'fetch("api/" +' in own and "--page:" in own
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    assert {f"/api/{name}" for name in called} <= rules


def test_a_page_of_ours_takes_no_operators_page_away_that_was_there_before(
    town: Town, tmp_path: Path
) -> None:
    add(town, tmp_path, "tariffs")
    town.change("UPDATE extensions SET name = 'follow'")
    resident = town.sign_in(NORMAL)
    assert menu(resident) == ["devices", "follow"] and "Тарифы" in code(resident, "follow")
    assert run(town, "remove", "follow").exit_code == 0
    assert menu(resident) == ["devices", "follow"] and "Кто пришёл" in code(resident, "follow")


def test_a_refused_page_leaves_the_one_that_is_there(town: Town, tmp_path: Path) -> None:
    add(town, tmp_path, "tariffs")
    alien = "<p>\n<script src='https://cdn.example/x.js'></script>\n<iframe></iframe>"
    done = add(town, tmp_path, "tariffs", alien)
    assert done.exit_code == 1 and "строка 2" in done.output and "строка 3" in done.output
    assert "Ошибок: 2. Ничего не записано." in done.output
    assert "Тарифы" in code(town.sign_in(NORMAL), "tariffs")
    assert run(town, "check", str(tmp_path / "page.html")).exit_code == 1
    (tmp_path / "page.html").write_text(PAGE, encoding="utf-8")
    assert run(town, "check", str(tmp_path / "page.html")).output == "Всё в порядке.\n"


@pytest.mark.parametrize(("name", "caption", "icon", "word"), [
    ("devices", "Тарифы", PNG, "Имя страницы"), ("follow", "Тарифы", PNG, "Имя страницы"),
    ("Тарифы", "Тарифы", PNG, "Имя страницы"),
    ("../x", "Тарифы", PNG, "Имя страницы"), ("a" * 41, "Тарифы", PNG, "Имя страницы"),
    ("tariffs", " ", PNG, "Название"), ("tariffs", "x" * 61, PNG, "Название"),
    ("tariffs", "Тарифы", b"<svg/>", "PNG или JPEG"), ("tariffs", "Тарифы", b"", "PNG или JPEG"),
    ("tariffs", "Тарифы", PNG + b"x" * 65536, "больше 64 КБ"),
])  # fmt: skip
def test_what_no_menu_can_show_is_refused(
    town: Town, tmp_path: Path, name: str, caption: str, icon: bytes, word: str
) -> None:
    (tmp_path / "icon").write_bytes(icon)
    done = add(town, tmp_path, name, PAGE, ["--caption", caption])
    assert done.exit_code == 1 and word in done.output, done.output
    assert town.one("SELECT count(*) FROM extensions") == 0


def test_the_script_that_android_of_2022_replaces_is_there_for_all(town: Town) -> None:
    answer = town.open().test_client().get("/api/ext/lanta.js")
    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    assert answer.headers["Cache-Control"] == "public, max-age=86400"


def test_the_menu_is_one_statement_however_many_pages_there_are(town: Town, tmp_path: Path) -> None:
    app = town.open()
    resident = town.sign_in(NORMAL)
    counts = []
    for name in ("first", "second", "third"):
        assert add(town, tmp_path, name).exit_code == 0
        resident.post("user/ping")
        with town.counting(app) as sent:
            assert name in menu(resident)
        counts.append(len(sent))
    assert counts == [2, 2, 2]  # the session's is the other
