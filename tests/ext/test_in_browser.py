"""The page of devices as the apps show it: in each the token comes another way, and it works."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

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
        answer = resident.post("ext/ext", {"extId": "devices"}).get_json()["data"]
        assert answer["basePath"] == f"{url}/"
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
    for app in ("android-2022", "android-head", "ios"):
        browser.open(f"{phone.url}/?{app}")
        shown = "document.querySelectorAll('.card').length"
        wait_for(lambda: browser.run(f"window.told?.at(-1) === 'finished' && {shown}"), app)
        assert browser.run("told") == ["started", "finished"], app
        assert browser.run(shown) == 2, app
        assert "Это устройство" in browser.run("document.querySelector('.card').innerText")
    browser.run(f"void (() => {{ {PRESS} }})()")
    wait_for(lambda: browser.run(shown) == 1, "the other's end")
    assert phone.town.one("SELECT count(*) FROM sessions") == 1


@pytest.mark.real
def test_a_page_runs_no_script_of_others_and_tells_nobody_else(
    phone: Phone, browser: Browser
) -> None:
    stranger = phone.url.replace("127.0.0.1", "localhost")
    asked = f"fetch('{stranger}/api/user/phonePattern', {{mode: 'no-cors'}}).then(() => 'sent', () => 'kept back')"
    browser.open(f"{phone.url}/?browser")
    wait_for(lambda: browser.run("!document.getElementById('said').hidden"), "the page")
    assert "в приложении" in browser.run("document.getElementById('said').innerText")
    assert browser.run(TAG) is False
    assert browser.run(asked) == "kept back"
