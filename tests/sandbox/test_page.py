"""The page: what it shows and changes, and for whom."""

from typing import Any

import pytest
import requests

from smartyard.sandbox import Sandbox

NORMAL = "79000000001"


def post(sandbox: Sandbox, path: str, body: Any, **headers: str) -> requests.Response:
    return requests.post(sandbox.page_url + path, json=body, headers=headers, timeout=10)


def read(sandbox: Sandbox, path: str) -> Any:
    return requests.get(sandbox.page_url + path, timeout=10).json()


def settings(sandbox: Sandbox, phone: str = NORMAL) -> list[dict[str, Any]]:
    url = sandbox.billing_url + "getsettingslist"
    flats: list[dict[str, Any]] = requests.post(url, json={"phone": int(phone)}, timeout=10).json()[
        "data"
    ]
    return flats


def test_is_one_page_that_needs_nothing_from_outside(sandbox: Sandbox) -> None:
    page = requests.get(sandbox.page_url + "/", timeout=10)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "://" not in page.text and "innerHTML" not in page.text


def test_shows_messages_people_verdicts_and_faults(sandbox: Sandbox) -> None:
    sms = {"user": "demo", "pass": "demo", "to": NORMAL, "text": "<b>1234</b>"}
    requests.get(sandbox.kannel_url + "/cgi-bin/sendsms", params=sms, timeout=10)
    requests.get(sandbox.media_url + "/cam/index.m3u8?token=abcdefgh", timeout=10)
    sandbox.faults.set("billing", "slow", seconds=2)
    state = read(sandbox, "/state")
    assert state["messages"] == read(sandbox, "/messages")
    assert state["messages"][0]["text"] == "<b>1234</b>"
    assert state["verdicts"] == read(sandbox, "/verdicts")
    assert state["verdicts"][0]["name"] == "cam" and state["people"] == read(sandbox, "/people")
    assert state["faults"][0]["mode"] == "slow" and state["faults"][0]["seconds"] == 2


def test_watching_without_a_server_says_so(sandbox: Sandbox) -> None:
    sandbox.accessfl = ""
    said = post(sandbox, "/watch", {"phone": NORMAL})
    assert (said.status_code, "--accessfl" in said.json()["error"]) == (422, True)
    sandbox.accessfl = "http://127.0.0.1:1/api/accessfl"
    said = post(sandbox, "/watch", {"phone": NORMAL})
    assert (said.status_code, "не отвечает" in said.json()["error"]) == (422, True)


def test_every_magic_number_is_explained_in_both_languages(sandbox: Sandbox) -> None:
    people = read(sandbox, "/people")
    assert [one["phone"] for one in people] == [f"790000000{n:02}" for n in range(1, 14)]
    assert all(one["about"]["en"] and one["about"]["ru"] for one in people)


def test_ends_and_restores_payment_for_all_of_a_person(sandbox: Sandbox) -> None:
    assert post(sandbox, "/people", {"phone": NORMAL, "unpaid": ["cctv"]}).status_code == 200
    assert [flat["unpaid"] for flat in settings(sandbox)] == [["cctv"], ["cctv"]]
    assert settings(sandbox, "79000000002")[0]["unpaid"] == ["cctv"]
    assert settings(sandbox, "79000000003")[0]["unpaid"] == []
    post(sandbox, "/people", {"phone": NORMAL, "unpaid": [], "clientId": 1001})
    assert [flat["unpaid"] for flat in settings(sandbox)] == [[], ["cctv"]]


def test_takes_a_contract_away_and_gives_one(sandbox: Sandbox) -> None:
    post(sandbox, "/people", {"phone": NORMAL, "remove": 1002})
    assert [flat["clientId"] for flat in settings(sandbox)] == [1001]
    post(sandbox, "/people", {"phone": NORMAL, "add": 1004})
    new = {"clientId": 5000, "houseId": 500, "flatId": 50001, "address": "ул. Новая, д. 1"}
    post(sandbox, "/people", {"phone": "89000000001", "add": new})
    assert [flat["clientId"] for flat in settings(sandbox)] == [1001, 1004, 5000]
    assert settings(sandbox)[2]["address"] == "ул. Новая, д. 1"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/people", {}),
        ("/people", []),
        ("/people", {"phone": "70000000000", "unpaid": ["cctv"]}),
        ("/people", {"phone": NORMAL, "remove": 5}),
        ("/people", {"phone": NORMAL, "add": 5}),
        ("/people", {"phone": NORMAL, "add": {"clientId": 1}}),
        ("/people", {"phone": NORMAL, "unpaid": 5}),
        ("/faults", {"service": "post", "mode": "error"}),
        ("/faults", {"service": "billing", "mode": "hang", "seconds": "long"}),
    ],
)
def test_what_cannot_be_done_is_422_and_changes_nothing(
    sandbox: Sandbox, path: str, body: Any
) -> None:
    before = read(sandbox, "/state")
    answer = post(sandbox, path, body)
    assert answer.status_code == 422 and answer.json()["error"]
    assert read(sandbox, "/state") == before


def test_sets_faults_and_mends_them(sandbox: Sandbox) -> None:
    order = {"service": "billing", "mode": "rubbish", "kind": "nan", "method": "getlist"}
    post(sandbox, "/faults", order | {"times": 3})
    assert read(sandbox, "/faults") == [order | {"times": 3, "seconds": 0}]
    post(sandbox, "/faults", {"service": "billing", "mode": "ok"})
    assert read(sandbox, "/faults") == []


def test_reset_brings_everything_back(sandbox: Sandbox) -> None:
    before = read(sandbox, "/state")
    post(sandbox, "/people", {"phone": NORMAL, "remove": 1001})
    post(sandbox, "/faults", {"service": "media", "mode": "down"})
    settings(sandbox)
    assert post(sandbox, "/reset", {}).status_code == 200
    assert read(sandbox, "/state") == before
    assert sandbox.calls("billing") == []


def test_reset_forgets_who_came_and_not_what_panels_were_told(sandbox: Sandbox) -> None:
    panel = sandbox.panels.beward
    panel.events_to = ("127.0.0.1", 9)
    sandbox.panels.teach(["0a1b2c3d"])
    post(sandbox, "/panels", {"panel": "beward", "act": "key", "value": "0A1B2C3D"})
    (line,) = read(sandbox, "/lines")
    assert line["panel"] == "beward" and line["to"] == "127.0.0.1:9"
    assert line["text"] == "Opening door by RFID 0000000A1B2C3D, apartment 0"
    assert len(panel.openings) == 1
    post(sandbox, "/reset", {})
    assert read(sandbox, "/lines") == [] and panel.openings == []
    assert panel.events_to == ("127.0.0.1", 9) and panel.keys == {"0000000A1B2C3D": 0}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Host": "["},
    ],
)
def test_another_site_may_neither_change_nor_read(
    sandbox: Sandbox, headers: dict[str, str]
) -> None:
    body = {"phone": NORMAL, "remove": 1001}
    assert post(sandbox, "/people", body, **headers).status_code == 403
    assert len(settings(sandbox)) == 2
    answer = requests.get(sandbox.page_url + "/messages", headers=headers, timeout=10)
    assert answer.status_code == 403


def test_a_form_of_another_site_is_not_json(sandbox: Sandbox) -> None:
    sent = requests.post(
        sandbox.page_url + "/reset",
        data="{}",
        headers={"Content-Type": "text/plain"},
        timeout=10,
    )
    assert sent.status_code == 415


def test_its_own_origin_is_let_in(sandbox: Sandbox) -> None:
    assert post(sandbox, "/reset", {}, Origin=sandbox.page_url).status_code == 200
