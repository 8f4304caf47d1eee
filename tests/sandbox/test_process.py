"""The sandbox as a process and as an object: starting, stopping, and for loopback only."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from smartyard.sandbox import Faults, Sandbox, demo_registry
from smartyard.sandbox.bank_signing import hmac_checksum
from smartyard.sandbox.billing import Billing
from smartyard.sandbox.http import Calls, Server
from smartyard.sandbox.world import World
from tests.fixtures.ports import free_port
from tests.sandbox.shop import Shop, wait_for

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "smartyard.sandbox"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_tells_where_it_listens_and_ends_cleanly(number: signal.Signals) -> None:
    with subprocess.Popen(
        COMMAND, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None and process.stderr is not None
            told = json.loads(process.stdout.readline())
            assert told["kannel_url"] == f"http://{told['kannel_host']}:{told['kannel_port']}"
            assert told["billing_url"].endswith("/")
            orders = told["bank_url"] + "/payment/rest/getOrderStatusExtended.do"
            assert requests.post(orders, timeout=10).json()["errorCode"] == "5"
            assert requests.get(told["beward_url"], timeout=10).status_code == 401
            panels = requests.get(told["page_url"] + "/panels", timeout=10).json()
            taught = {key["code"].zfill(14) for key in demo_registry("")["keys"]}
            assert taught and {*panels[0]["keys"]} == taught
            assert requests.get(told["relay_url"] + "/open/0", timeout=10).status_code == 200
            with requests.Session() as kept:  # a connection that stays open holds nothing up
                assert kept.get(told["page_url"] + "/state", timeout=10).status_code == 200
                process.send_signal(number)
                assert process.wait(20) == 0
            assert process.stderr.read() == ""
        finally:
            process.kill()


def test_the_process_s_bank_is_told_where_callbacks_go() -> None:
    with Shop() as shop:
        shop.timeout = 30
        options = ["--auto-pay", "--callback", shop.url, "--callback-key", "k"]
        options += ["--callback-method", "POST", "--callback-signature", "hmac"]
        with subprocess.Popen(
            [*COMMAND, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                assert process.stdout is not None
                bank = json.loads(process.stdout.readline())["bank_url"]
                form = {"userName": "demo-api", "password": "demo", "orderNumber": "N1"}
                form |= {"amount": "15000", "returnUrl": "https://shop.example/"}
                requests.post(f"{bank}/payment/rest/register.do", data=form, timeout=10)
                shop.handle_request()
                wait_for(lambda: shop.came, "the callback")
                assert shop.methods == ["POST"] and shop.operations() == [("deposited", "1")]
                assert shop.came[0]["checksum"] == hmac_checksum(shop.came[0], "k")
                process.send_signal(signal.SIGTERM)
                assert process.wait(20) == 0
            finally:
                process.kill()


@pytest.mark.parametrize("world", ["", "[1]", "not json"])
def test_a_world_that_cannot_be_read_is_one_sentence(tmp_path: Path, world: str) -> None:
    file = tmp_path / "world.json"
    file.write_text(world)
    done = subprocess.run(
        [*COMMAND, "--world", str(file)], cwd=ROOT, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 2 and done.stderr.count(b"\n") == 1


def test_a_busy_port_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        done = subprocess.run(
            [*COMMAND, "--page-port", port],
            cwd=ROOT,
            capture_output=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2 and port.encode() in done.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1"])
def test_refuses_an_address_that_others_could_reach(host: str) -> None:
    with pytest.raises(ValueError):
        Server(Billing(World({}), Calls()), Faults(), host=host)


def test_a_port_that_is_busy_leaves_the_others_free() -> None:
    free = free_port()
    with socket.create_server(("127.0.0.1", 0)) as busy:
        with pytest.raises(OSError):
            Sandbox(media_port=free, page_port=busy.getsockname()[1])
        with socket.create_server(("127.0.0.1", free)):
            pass


def test_the_demo_inventory_fits_the_demo_world() -> None:
    registry = demo_registry("http://127.0.0.1:8080")
    assert registry["media_servers"][0]["url"] == "http://127.0.0.1:8080"
    world = World()
    for house in registry["houses"]:
        assert world.house(house["id"])["address"] == house["address"]
    known = {house["id"] for house in registry["houses"]}
    flats = {
        contract["flatId"] for one in world.people() for contract in world.contracts(one["phone"])
    }
    streams = [camera["stream"] for camera in registry["cameras"]]
    assert len(streams) == len(set(streams))
    for camera in registry["cameras"]:
        assert set(camera["houses"]) <= known and set(camera["flats"]) <= flats
        assert camera["houses"] or camera["flats"] or camera["city"]
    panels = {panel["id"]: panel for panel in registry["panels"]}
    assert {panel["camera"] for panel in panels.values() if "camera" in panel} <= set(streams)
    for door in registry["doors"]:
        billed = world.house(door["house"])["doors"]
        assert door["domophone"] in panels and door["domophone"] in {
            one["domophoneId"] for one in billed
        }
    assert {key["flat"] for key in registry["keys"]} <= flats


def test_the_demo_panels_are_those_that_the_sandbox_plays(sandbox: Sandbox) -> None:
    urls = {name: getattr(sandbox, name) for name in ("beward_url", "sokol_url", "relay_url")}
    panels = demo_registry(sandbox.media_url, **urls)["panels"]
    for panel, played in zip(
        panels, (sandbox.panels.beward, sandbox.panels.relay, sandbox.panels.sokol), strict=True
    ):
        assert panel["model"] == played.model and panel["address"].startswith(played.url)
        if panel["model"] != "url":
            assert (panel["login"], panel["password"]) == (
                played.account.login,
                played.account.password,
            )
            assert panel["sip"] == sandbox.panels.intercom(played.name).sip


def test_one_home_of_the_normal_number_has_its_cameras_from_billing_alone() -> None:
    inventory = {h for camera in demo_registry("")["cameras"] for h in camera["houses"]}
    first, second = World().contracts("79000000001")
    assert first["houseId"] in inventory and second["houseId"] not in inventory
    assert World().house(second["houseId"])["cameras"]
