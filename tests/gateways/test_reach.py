"""Which addresses an outside may stand at, and that it is the address that counts."""

from ipaddress import ip_network

import pytest

from smartyard.gateways.reach import Reach
from smartyard.gateways.transport import Request, Unreachable
from tests.gateways.conftest import OutsideMaker
from tests.gateways.servers import reply, serving

NETWORKS = [ip_network("10.1.0.0/16"), ip_network("fd00::/64")]
INSIDE = ["127.0.0.1", "10.0.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
          "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00:1::1", "2001:db8::1",
          "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::808:808", "2002:a00:1::",
          "fec0::1", "::ffff:0:10.0.0.1", "5f00::1",  # Python takes these three for global
          "2001:0:4136:e378:8000:63bf:3fff:fdd2"]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_of_no_public_host_is_out_of_reach(address: str) -> None:
    assert not Reach(NETWORKS, public=True).allows(address)


@pytest.mark.parametrize("address", ["77.88.55.242", "2a02:6b8::2", "64:ff9b::4d58:37f2"])
def test_public_addresses_are_reached_where_that_is_wanted(address: str) -> None:
    assert Reach([], public=True).allows(address)
    assert not Reach(NETWORKS, public=False).allows(address)


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "fd00::7%eth0"])
def test_a_network_that_is_named_is_reached(address: str) -> None:
    assert Reach(NETWORKS, public=False).allows(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001"])
def test_whatever_a_name_says_the_address_decides(make_outside: OutsideMaker, host: str) -> None:
    with serving(reply(200)) as server:
        request = Request("POST", f"http://{host}:{server.port}/", body=b"{}")
        with pytest.raises(Unreachable, match="must not be reached"):
            make_outside(reach=Reach(NETWORKS, public=True)).ask(request, lambda answer: answer)
        assert not server.seen
        open_to = make_outside(reach=Reach([ip_network("127.0.0.0/8")], public=False))
        assert open_to.ask(request, lambda answer: answer.status) == 200
        assert open_to.ask(request, lambda answer: answer.status) == 200
        assert len({seen.port for seen in server.seen}) == 1, "the connection is kept"
