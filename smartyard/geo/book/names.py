"""How houses are called: written for people, and folded so that an address of theirs is found.

Pure. People and apps write one address in many ways: order, case, `ё`, dots, and the words that say
what a thing is (`ул.`, `улица`) are no difference; `проспект Мира` and `улица Мира` are.
"""

import re

_TOKEN = re.compile(r"[0-9a-zа-я]+(?:[-/][0-9a-zа-я]+)*")
_NO_MATTER = frozenset("г гор город ул улица д дом россия рф".split())
_KINDS = {
    "проспект": "просп пр пр-кт пр-т проспект",
    "переулок": "пер переулок",
    "проезд": "пр-д проезд",
    "площадь": "пл площадь",
    "бульвар": "б-р бул бульвар",
    "набережная": "наб набережная",
    "шоссе": "ш шоссе",
    "тупик": "туп тупик",
    "аллея": "ал аллея",
}
_KIND_OF = {short: kind for kind, words in _KINDS.items() for short in words.split()}
_DIGITS = re.compile(r"([0-9]+)")


def full_address(location: str, street_type: str, street: str, number: str) -> str:
    """As people read it."""
    street = f"{street_type} {street}".strip()
    return f"{location}, {street}, д. {number}"


def key_of(address: str) -> str:
    """The same for all spellings of one address; empty when nothing is left."""
    return " ".join(sorted(_tokens(address)))


def bare_key_of(address: str) -> str:
    """Without the kind of the street, which apps may leave out; not unique in every town."""
    return " ".join(sorted(token for token in _tokens(address) if token not in _KINDS))


def _tokens(address: str) -> list[str]:
    found = _TOKEN.findall(address.lower().replace("ё", "е"))
    return [_KIND_OF.get(token, token) for token in found if token not in _NO_MATTER]


def natural(number: str) -> list[tuple[int, str]]:
    """The order of house numbers: 2 before 10, 10 before 10а."""
    parts = [part for part in _DIGITS.split(number) if part]
    return [(int(part), "") if part.isdigit() else (-1, part.lower()) for part in parts]
