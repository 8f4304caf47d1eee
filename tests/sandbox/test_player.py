"""The page's player in a real browser: a picture that moves, now and in the archive, and a refusal
in words."""

import time
from typing import Any

import pytest

from smartyard.sandbox import Sandbox
from tests.fixtures.browser import Browser
from tests.fixtures.processes import wait_for
from tests.sandbox.conftest import Accessfl

PLAY = """
    (window.player ??= new Player(at("screen"), words => { window.told = words; }),
     window.told = undefined,
     player.play({url: %r, token: %r}, %s))
    """
SEEN = "[at('screen').videoWidth, at('screen').currentTime, window.told ?? null]"


def open_page(browser: Browser, sandbox: Sandbox) -> None:
    browser.open(sandbox.page_url)
    wait_for(lambda: browser.run("typeof Player === 'function' && !!at('screen')"), "the page")


def play(browser: Browser, sandbox: Sandbox, when: str, token: str = "T" * 32) -> None:
    browser.run(f"void {PLAY % (f'{sandbox.media_url}/yard', token, when)}")


def moves(browser: Browser) -> bool:
    width, seconds, told = browser.run(SEEN)
    return bool(width == 320 and seconds > 0.5 and told == "")


@pytest.mark.real
def test_it_plays_now_and_the_archive_and_says_who_was_refused(
    sandbox: Sandbox, accessfl: Accessfl, browser: Browser
) -> None:
    accessfl.headers = {"X-AuthDuration": "60"}
    open_page(browser, sandbox)
    play(browser, sandbox, "undefined")
    wait_for(lambda: moves(browser), "a picture of now")
    play(browser, sandbox, f"{int(time.time()) - 3600}, 60")
    wait_for(lambda: moves(browser), "a picture of an hour ago")
    kinds: list[Any] = [kind for kind, _ in sandbox.calls("media")]
    assert kinds.count("playlist") >= 2 and kinds.count("segment") >= 4
    accessfl.status = 403
    play(browser, sandbox, "undefined", token="other")
    wait_for(lambda: "403" in (browser.run(SEEN)[2] or ""), "the refusal")
    assert len(accessfl.asked) == 2, "one session for both, and the one that was refused"
    sandbox.faults.set("media", "drop")
    play(browser, sandbox, "undefined")
    wait_for(lambda: "не ответил" in (browser.run(SEEN)[2] or ""), "what went wrong, in Russian")


@pytest.mark.real
def test_what_comes_late_takes_no_screen_from_what_was_chosen_since(
    sandbox: Sandbox, accessfl: Accessfl, browser: Browser
) -> None:
    accessfl.headers = {"X-AuthDuration": "60"}
    open_page(browser, sandbox)
    sandbox.faults.set("media", "slow", method="playlist", times=1, seconds=60)
    play(browser, sandbox, f"{int(time.time()) - 3600}, 60")
    wait_for(lambda: sandbox.faults.waiting("media"), "the first question")
    play(browser, sandbox, "undefined")
    wait_for(lambda: moves(browser), "a picture of now")
    sandbox.faults.clear()
    wait_for(lambda: not sandbox.faults.waiting("media"), "the late answer")
    time.sleep(1)  # for what it would do
    before = browser.run(SEEN)[1]
    wait_for(lambda: moves(browser) and browser.run(SEEN)[1] > before, "a picture that goes on")
