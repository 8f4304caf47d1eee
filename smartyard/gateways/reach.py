"""At which addresses an outside may stand whose URL was given to us.

A name tells nothing: it may lead anywhere, and elsewhere a moment later. So libcurl asks us about
each address that it is about to connect to, after the name was resolved.
"""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

Network = IPv4Network | IPv6Network
_REFUSED = -1  # libcurl's CURL_SOCKET_BAD
# Their last four bytes are an address of IPv4: NAT64, and a spelling that is out of use.
_WRAPPED = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))
_GIVEN_OUT = IPv6Network("2000::/3")  # all of IPv6 that is the internet: RFC 4291, and IANA's list
_OF_A_PROVIDER = IPv6Network("64:ff9b:1::/48")  # NAT64 by a prefix of its own: anything lies behind


class Reach:
    """`networks` may be reached, and with `public` every address of the open internet."""

    def __init__(self, networks: Sequence[Network], *, public: bool) -> None:
        self._networks = networks
        self._public = public

    def allows(self, address: str) -> bool:
        """Whether an address, in digits, may be connected to."""
        found = _inner(ip_address(address.partition("%")[0]))
        if any(found in network for network in self._networks):
            return True
        if found.is_multicast or found in _OF_A_PROVIDER:
            return False
        is_open = found.is_global and (found.version == 4 or found in _GIVEN_OUT)
        return self._public and is_open


class Opener:
    """Opens the sockets of one request for libcurl (CURLOPT_OPENSOCKETFUNCTION), where there is a
    reach; `refused` when it did not."""

    def __init__(self, reach: Reach | None) -> None:
        self.refused = False
        self._reach = reach
        self._opened: list[socket.socket] = []

    def __call__(self, _purpose: int, place: Any) -> Any:
        family, kind, protocol, address = place
        is_net = family in (socket.AF_INET, socket.AF_INET6)
        if not is_net or self._reach is None or not self._reach.allows(address[0]):
            self.refused = True
            return _REFUSED
        self._opened.append(socket.socket(family, kind, protocol))
        return self._opened[-1]

    def close(self) -> None:
        """pycurl has made a double of each, which stays open."""
        for one in self._opened:
            one.close()


def _inner(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """What an address of IPv6 that only wraps one of IPv4 leads to."""
    if isinstance(address, IPv4Address):
        return address
    if int(address) > 1 and any(address in network for network in _WRAPPED):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return (
        address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1] or address
    )
