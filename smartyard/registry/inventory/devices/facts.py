"""What a provider says of a device and of a door, in our words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit


@dataclass(frozen=True)
class Intercom:
    """The intercom whose camera a device is; a login or password of None stays as it is."""

    model: str
    address: str
    login: str | None
    password: str | None = field(repr=False)
    sip: str | None
    dtmf: str


@dataclass(frozen=True)
class DeviceFacts:
    """`stream` is the camera's name at the media server `url`; of a lock, `url` is what the
    addresses of its doors begin with. `told` is all of it in the provider's words."""

    type: int
    title: str
    address: str
    url: str
    stream: str
    lat: str
    lon: str
    active: bool
    intercom: Intercom | None
    told: Mapping[str, Any]


@dataclass(frozen=True)
class DoorFacts:
    """`open` is an address, or the rest of one after the lock's; empty: the intercom of the camera
    opens it itself."""

    device_id: int
    cam_id: int | None
    icon: str
    name: str
    entrance: str | None
    open: str = field(repr=False)
    method: str


def whole_address(lock_url: str, rest: str) -> tuple[str, str, str]:
    """Where a door is opened, and the login and password that stood in it. What is no address comes
    back as it is: the inventory refuses it."""
    full = rest if "://" in rest else f"{lock_url.rstrip('/')}/{rest.lstrip('/')}"
    try:
        parts = urlsplit(full)
    except ValueError:
        return full, "", ""
    _, at, host = parts.netloc.rpartition("@")
    plain = urlunsplit(parts._replace(netloc=host)) if at else full
    return plain, unquote(parts.username or ""), unquote(parts.password or "")
