"""What is never shown: logins, passwords, keys of signed links, an address that may hold a key.

In a state of the inventory they are `Secret`s, which compare by what they hold and are printed
without it.
"""

from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Secret:
    """`shown` is what may be read of it."""

    value: str = field(repr=False)
    shown: str = field(default="задан", compare=False)

    def __str__(self) -> str:
        return self.shown if self.value else ""


NOTHING = Secret("")
UNREADABLE = Secret("\0", "зашифрован другим SECRET_KEY")


def address_of(model: str, address: str) -> str | Secret:
    """The URL of a device that is opened by it is shown by its host alone."""
    return Secret(address, f"{urlsplit(address).hostname}/…") if model == "url" else address


def clear(value: str | Secret) -> str:
    """What a field holds, for the database."""
    return value.value if isinstance(value, Secret) else value


def told(value: str | None, known: Secret) -> Secret:
    """What a row says of a secret: what it leaves out stays."""
    return known if value is None else Secret(value)
