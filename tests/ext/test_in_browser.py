"""The pages of ours as the apps show them: in each the token comes another way, and it works."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from tests.events.conftest import Doors
from tests.fixtures.browser import Browser
from tests.fixtures.ports import free_port
from tests.fixtures.processes import wait_for
from tests.fixtures.town import Town
from tests.fixtures.world import NORMAL, Resident

# What each app puts around a page (client contract, section 6). Android of 2022 has its functions
# in the place of `lanta.js`, so that nothing is there before.
APPS = """
    window.told = [];
    const note = what => () => { told.push(what); };
    if (location.search === "?android-head") {
        window.Android = {bearerToken: () => "%(token)s", postLoadingStarted: note("started"),
                          postLoadingFinished: note("finished")};
    } else if (location.search === "?ios") {
        window.bearerToken = () => "%(token)s";
        const handler = what => ({postMessage(body) {
            told.push(body && typeof body === "object" ? what : "ignored");
        }});
        window.webkit = {messageHandlers: {loadingStartedHandler: handler("started"),
                                           loadingFinishedHandler: handler("finished")}};
    }
    """
LANTA = """
    function bearerToken() { return "%(token)s"; }
    function postLoadingStarted() { told.push("started"); }
    function postLoadingFinished() { told.push("finished"); }
    """
PRESS = """
    const card = document.querySelectorAll(".card")[1];
    card.querySelector(".end").click();
    card.querySelector(".sure").click();
    """
KEY = "000000A1B2C3D4"
SWITCHES = "[...document.querySelectorAll('.switch')].map(one => one.checked)"
NOTES = (
    "[...document.querySelectorAll('.note')].filter("
    "one => one.innerText === 'Пришлём уведомление.').length"
)
FOLLOW = """
    document.querySelector(".name input").value = "Вася";
    document.querySelectorAll(".switch").forEach(one => one.click());
    """
TAG = """
    (() => {
        const script = document.createElement("script");
        script.textContent = "window.ran = true";
        document.body.append(script);
        return window.ran ?? false;
    })()
    """


class Phone:
    """A web view: it shows the page where links in it are relative to, and asks us for the rest."""

    def __init__(self, town: Town, url: str, resident: Resident) -> None:
        self.town = town
        self.url = url
        self.token = {"token": resident.token}
        self.resident = resident
        self.page = ""
        self.take("devices")

    def take(self, name: str) -> None:
        """The page that it shows from now on."""
        answer = self.resident.post("ext/ext", {"extId": name}).get_json()["data"]
        assert answer["basePath"] == f"{self.url}/"
        self.page = answer["code"]

    def __call__(self, environ: Any, start_response: Any) -> Any:
        path, seen_by = environ["PATH_INFO"], environ.get("HTTP_REFERER", "")
        if path == "/":
            return Response(self.page, mimetype="text/html")(environ, start_response)
        if path.endswith("lanta.js") and seen_by.endswith("?android-2022"):
            return Response(LANTA % self.token, mimetype="text/javascript")(environ, start_response)
        assert self.town.app is not None
        return self.town.app.wsgi_app(environ, start_response)


@pytest.fixture(name="phone")
def phone_fixture(town: Town) -> Iterator[Phone]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    town.open(server_url=url)
    town.sign_in(NORMAL).post("user/ping")
    found = Phone(town, url, town.sign_in(NORMAL))
    server = make_server("127.0.0.1", port, found, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield found
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.mark.real
def test_in_every_app_a_person_sees_their_devices_and_ends_another(
    phone: Phone, browser: Browser
) -> None:
    browser.before_each_page(APPS % phone.token)
    shown = "document.querySelectorAll('.card').length"
    for app in ("android-2022", "android-head", "ios"):
        browser.open(f"{phone.url}/?{app}")
        wait_for(lambda: browser.run(f"window.told?.at(-1) === 'finished' && {shown}"), app)
        assert browser.run("told") == ["started", "finished"], app
        assert browser.run(shown) == 2, app
        assert "Это устройство" in browser.run("document.querySelector('.card').innerText")
    browser.run(f"void (() => {{ {PRESS} }})()")
    wait_for(lambda: browser.run(shown) == 1, "the other's end")
    assert phone.town.one("SELECT count(*) FROM sessions") == 1


@pytest.mark.real
def test_a_person_asks_to_be_told_of_a_key_and_of_the_code_and_is_told(
    phone: Phone, browser: Browser
) -> None:
    town = phone.town
    phone.resident.post("address/getSettingsList")
    town.change(f"INSERT INTO keys (code, flat_id, name) VALUES ('{KEY}', 10101, 'Выдан 1 марта')")
    town.change("INSERT INTO flat_settings (flat_id, log) VALUES (10205, 'none')")
    phone.take("follow")
    browser.before_each_page(APPS % phone.token)
    browser.open(f"{phone.url}/?android-head")
    wait_for(lambda: browser.run("window.told?.at(-1) === 'finished'"), "the page")
    shown = browser.run("document.querySelector('main').innerText")
    assert (
        "Выдан 1 марта" in shown
        and "д. 1, кв.\u00a01" in shown
        and "…C3D4" in shown
        and KEY[-8:] not in phone.page + shown
    )
    assert browser.run(SWITCHES) == [False, False]
    assert "Журнал событий отключён" in browser.run(
        "[...document.querySelectorAll('section .said')].map(one => one.innerText).join()"
    )
    browser.run(f"void (() => {{ {FOLLOW} }})()")
    wait_for(lambda: browser.run(NOTES) == 2, "the answers")
    browser.open(f"{phone.url}/?ios")
    wait_for(lambda: browser.run(f"{SWITCHES}.join()") == "true,true", "what was kept")
    doors = Doors(town)
    doors.happened("code", flat_id=10101, code="12345", opened=True)
    doors.happened("key", flat_id=10101, key=KEY, opened=True)
    inbox = phone.resident.post("inbox/inbox", {}).get_json()["data"]["code"]
    assert "Дверь открыта кодом квартиры:" in inbox and "Дверь открыта ключом «Вася»:" in inbox


@pytest.mark.real
def test_a_page_runs_no_script_of_others_and_tells_nobody_else(
    phone: Phone, browser: Browser
) -> None:
    stranger = phone.url.replace("127.0.0.1", "localhost")
    url = f"{stranger}/api/user/phonePattern"
    asked = f"fetch('{url}', {{mode: 'no-cors'}}).then(() => 'sent', () => 'kept back')"
    browser.open(f"{phone.url}/?browser")
    wait_for(lambda: browser.run("!document.getElementById('said').hidden"), "the page")
    assert "в приложении" in browser.run("document.getElementById('said').innerText")
    assert browser.run(TAG) is False
    assert browser.run(asked) == "kept back"
