"""The panels of the sandbox: accounts, pulses, what they keep, what they tell, and how they break.

Requests are made by `requests`, so that our own gateway cannot make up for a mistake here.
"""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from requests.auth import HTTPBasicAuth, HTTPDigestAuth

from smartyard.sandbox import Sandbox

ADMIN = HTTPBasicAuth("admin", "demo")
SOON = 10.0  # seconds that a busy machine is given


def beward(sandbox: Sandbox, cgi: str, auth: Any = ADMIN, **query: str) -> Any:
    url = f"{sandbox.beward_url}/cgi-bin/{cgi}"
    return requests.get(url, params=query, auth=auth, timeout=SOON)


def sokol(sandbox: Sandbox, method: str, path: str, content: Any = None) -> Any:
    url = sandbox.sokol_url + path
    return requests.request(method, url, json=content, auth=ADMIN, timeout=SOON)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(SOON)
        yield udp


def test_each_has_an_address_of_its_own(sandbox: Sandbox) -> None:
    hosts = [panel.url.removeprefix("http://").split(":")[0] for panel in sandbox.panels]
    assert hosts == ["127.0.0.11", "127.0.0.12", "127.0.0.13"]


def test_a_beward_opens_its_outputs(sandbox: Sandbox) -> None:
    assert beward(sandbox, "intercom_cgi", action="maindoor").text.strip() == "OK"
    beward(sandbox, "intercom_cgi", action="altdoor")
    beward(sandbox, "intercom_cgi", action="altdoor")
    assert [sandbox.panels.pulses("beward", output) for output in (0, 1, 2)] == [1, 2, 0]
    assert beward(sandbox, "intercom_cgi", action="fly").text.startswith("Error")
    assert sandbox.panels.pulses("beward") == 3


def test_a_light_relay_stays_on_until_it_is_switched_off(sandbox: Sandbox) -> None:
    beward(sandbox, "intercom_cgi", action="light", Enable="on")
    assert sandbox.panels.beward.held_open == {2} and sandbox.panels.pulses("beward", 2) == 1
    beward(sandbox, "intercom_cgi", action="light", Enable="off")
    assert sandbox.panels.beward.held_open == set() and sandbox.panels.pulses("beward", 2) == 1


def test_a_sokol_opens_its_relays_by_put_alone(sandbox: Sandbox) -> None:
    assert sokol(sandbox, "PUT", "/relay/2/open").status_code == 200
    assert sokol(sandbox, "GET", "/relay/1/open").status_code == 404
    assert sokol(sandbox, "PUT", "/relay/3/open").status_code == 404
    assert [sandbox.panels.pulses("sokol", output) for output in (0, 1)] == [0, 1]


@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_a_relay_board_opens_by_any_url(sandbox: Sandbox, method: str) -> None:
    for path in ("/", "/gate/sekret/open/3"):
        requests.request(method, sandbox.relay_url + path, timeout=SOON)
    assert [sandbox.panels.pulses("relay", output) for output in (0, 3)] == [1, 1]


@pytest.mark.parametrize("kind", ["basic", "digest", "both"])
def test_nobody_opens_without_the_password(sandbox: Sandbox, kind: Any) -> None:
    sandbox.panels.beward.account.kind = kind
    for auth in (None, HTTPBasicAuth("admin", "1234"), HTTPDigestAuth("admin", "1234")):
        answer = beward(sandbox, "intercom_cgi", auth, action="maindoor")
        assert answer.status_code == 401
        assert ("Digest" in answer.headers["WWW-Authenticate"]) == (kind != "basic")
    assert sandbox.panels.pulses("beward") == 0
    assert {method for method, _ in sandbox.calls("beward")} == {"challenge"}


def test_a_digest_opens_once_and_cannot_be_sent_again(sandbox: Sandbox) -> None:
    sandbox.panels.beward.account.kind = "digest"
    assert beward(sandbox, "intercom_cgi", ADMIN, action="maindoor").status_code == 401
    first = beward(sandbox, "intercom_cgi", HTTPDigestAuth("admin", "demo"), action="maindoor")
    assert first.status_code == 200 and sandbox.panels.pulses("beward") == 1
    told = {"Authorization": first.request.headers["Authorization"]}
    assert requests.get(first.url, headers=told, timeout=SOON).status_code == 401
    other = first.url.replace("maindoor", "altdoor")
    assert requests.get(other, headers=told, timeout=SOON).status_code == 401
    assert sandbox.panels.pulses("beward") == 1


def test_a_beward_keeps_flats_and_lists_them(sandbox: Sandbox) -> None:
    flat = {"Number": "12", "DoorCode": "54321", "BlockCMS": "on", "PhonesActive": "on"}
    beward(sandbox, "apartment_cgi", action="set", Phone1="1012", **flat)
    kept = {"code": "54321", "handset": False, "sip": True, "sip_numbers": ["1012"]}
    assert sandbox.panels.beward.flats == {12: kept}
    lines = beward(sandbox, "apartment_cgi", action="list", LastNumber="9998").text.splitlines()
    assert {"Number1=12", "DoorCode1=54321", "DoorCodeActive1=on", "Phone1_1=1012"} <= set(lines)
    beward(sandbox, "apartment_cgi", action="set", Number="12", DoorCodeActive="off")
    assert sandbox.panels.beward.flats[12]["code"] is None


def test_a_newer_beward_has_its_keys_elsewhere(sandbox: Sandbox) -> None:
    beward(sandbox, "rfid_cgi", action="add", Key="000000AABBCCDD")
    assert "KeyValue1=000000AABBCCDD" in beward(sandbox, "rfid_cgi", action="list").text
    sandbox.panels.beward.mifare = True
    assert beward(sandbox, "rfid_cgi", action="list").status_code == 404
    assert "Key1=000000AABBCCDD" in beward(sandbox, "mifare_cgi", action="list").text


def test_a_sokol_says_what_is_there_and_what_is_not(sandbox: Sandbox) -> None:
    flat = {"panelCode": 5, "callsEnabled": {"handset": True, "sip": False}}
    assert sokol(sandbox, "PUT", "/panelCode/5", flat).status_code == 404
    assert sokol(sandbox, "POST", "/panelCode", flat).status_code == 200
    assert sokol(sandbox, "POST", "/panelCode", flat).status_code == 409
    assert sokol(sandbox, "GET", "/panelCode").json() == [flat]
    code = {"code": 12345, "panelCode": 5}
    assert sokol(sandbox, "POST", "/openCode", code).status_code == 200
    assert sokol(sandbox, "POST", "/openCode", code).status_code == 409
    assert sokol(sandbox, "GET", "/openCode").json() == [code]
    assert sokol(sandbox, "DELETE", "/openCode/5").status_code == 200
    assert sokol(sandbox, "DELETE", "/openCode/5").status_code == 404
    assert sokol(sandbox, "PUT", "/key/store/merge", [{"uuid": "0000AA"}]).status_code == 200
    assert sokol(sandbox, "GET", "/key/store").json() == [{"uuid": "0000AA", "panelCode": 0}]
    assert sokol(sandbox, "DELETE", "/key/store/0000AA").status_code == 200
    assert sokol(sandbox, "POST", "/panelCode", ["nonsense"]).status_code == 422


def test_both_show_a_picture(sandbox: Sandbox) -> None:
    for answer in (beward(sandbox, "images_cgi"), sokol(sandbox, "GET", "/camera/snapshot")):
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.content.startswith(b"\xff\xd8\xff") and answer.content.endswith(b"\xff\xd9")


@pytest.mark.parametrize(
    ("mode", "pulses"), [("refuse", 0), ("error", 0), ("lie", 0), ("stall", 1), ("drop", 1)]
)
def test_breaks_as_it_is_told(sandbox: Sandbox, mode: str, pulses: int) -> None:
    sandbox.faults.set("beward", mode, method="open", seconds=0.1)
    try:
        status = beward(sandbox, "intercom_cgi", action="maindoor").status_code
    except requests.ConnectionError:
        status = 0
    wanted = {"refuse": 403, "error": 500, "lie": 200, "stall": 200, "drop": 0}
    assert (status, sandbox.panels.pulses("beward")) == (wanted[mode], pulses)


def test_a_dead_panel_leaves_the_others_alone(sandbox: Sandbox) -> None:
    sandbox.faults.set("beward", "down")
    with pytest.raises(requests.ConnectionError):
        beward(sandbox, "intercom_cgi", action="maindoor")
    assert sokol(sandbox, "PUT", "/relay/1/open").status_code == 200


def test_tells_of_keys_and_codes_from_its_own_address(
    sandbox: Sandbox, listener: socket.socket
) -> None:
    port = str(listener.getsockname()[1])
    to = {"Enable": "on", "ServerAddress": "127.0.0.1", "ServerPort": port}
    beward(sandbox, "rsyslog_cgi", action="set", **to)
    panel = sandbox.panels.beward
    panel.keys["000000AABBCCDD"] = 0
    panel.flats[12] = {"code": "54321"}
    for act in ("key", "key", "code", "code", "button", "motion"):
        value = {"key": "aabbccdd", "code": "54321", "button": "1"}.get(act, "")
        panel.act(act, value)
        panel.keys.clear()
    texts = []
    for _ in range(7):
        datagram, (host, _) = listener.recvfrom(2000)
        assert host == "127.0.0.11" and datagram.startswith(b"<14>1 ")
        texts.append(datagram.decode().split(" - - ")[1])
    assert texts == [
        "Opening door by RFID 000000AABBCCDD, apartment 0",
        "RFID 000000AABBCCDD is not present in database",
        "Opening door by code 54321, apartment 12",
        "Opening door by code 54321, apartment 12",
        "Additional door button pressed!",
        "SS_MAINAPI_ReportAlarmHappen(0, 2)",
        "SS_MAINAPI_ReportAlarmFinish(0, 2)",
    ]
    assert panel.pulses() == 0 and len(panel.openings) == 4


def test_a_sokol_tells_of_a_call_in_its_own_words(
    sandbox: Sandbox, listener: socket.socket
) -> None:
    to = {"addr": "127.0.0.1", "port": listener.getsockname()[1]}
    assert sokol(sandbox, "PUT", "/v1/network/syslog", to).status_code == 200
    sandbox.panels.sokol.dtmf(7)
    texts = [listener.recv(2000).decode().partition(" sokol 1: ")[2] for _ in range(3)]
    assert texts == ["Calling to 7 flat...", "Open main door by DTMF", "All calls are done"]


def test_the_page_shows_the_doors_and_acts_at_them(sandbox: Sandbox) -> None:
    requests.get(sandbox.relay_url + "/open/1", timeout=SOON)
    act = {"panel": "beward", "act": "button", "value": ""}
    assert requests.post(sandbox.page_url + "/panels", json=act, timeout=SOON).ok
    shown = requests.get(sandbox.page_url + "/panels", timeout=SOON).json()
    told = {one["name"]: (one["pulses"], one["open"]) for one in shown}
    assert told == {"beward": (0, True), "sokol": (0, False), "relay": (1, True)}
    for wrong in ({"panel": "nobody", "act": "button"}, act | {"act": "dance"}, {"act": "key"}):
        assert (
            requests.post(sandbox.page_url + "/panels", json=wrong, timeout=SOON).status_code == 422
        )
    sandbox.reset()
    after = requests.get(sandbox.page_url + "/panels", timeout=SOON).json()
    assert [one["open"] for one in after] == [False, False, False]
