"""What a panel is to hold of its flats, and what of that it does not hold yet. Pure."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

_NUMBER = re.compile("[1-9][0-9]{0,3}")


@dataclass(frozen=True)
class Content:
    """Of one flat: no code where none opens; `sip` is whom a call rings, empty for nobody."""

    code: int | None = field(repr=False)
    handset: bool
    sip: str


# Under a number that is no flat's any more nothing opens; its handset is none of ours.
NOTHING = Content(code=None, handset=True, sip="")


@dataclass(frozen=True)
class Held:
    """Under a number: whose it was, and what the panel surely holds; None where nobody knows."""

    flat_id: int
    content: Content | None


@dataclass(frozen=True)
class Wanted:
    """What a panel is to hold, by number; and of which flats it cannot, with the reason."""

    flats: Mapping[int, tuple[int, Content]]
    impossible: Mapping[int, str]


@dataclass(frozen=True)
class Step:
    """One thing to tell: of a flat, or (`gone`) of a number that is none any more."""

    number: int
    flat_id: int
    content: Content
    gone: bool = False


def wanted(numbers: Mapping[int, str], contents: Mapping[int, Content]) -> Wanted:
    """`numbers` are those of all flats of the panel, `contents` of the flats that have settings.
    Where two houses have the same number at one panel, nobody could say whose a code would be."""
    told = Counter(number for number in map(as_number, numbers.values()) if number is not None)
    flats: dict[int, tuple[int, Content]] = {}
    impossible: dict[int, str] = {}
    for flat_id, content in contents.items():
        number = as_number(numbers[flat_id])
        if number is None:
            impossible[flat_id] = f"номер «{numbers[flat_id]}» — не число от 1 до 9999"
        elif told[number] > 1:
            impossible[flat_id] = f"номер {number} у панели есть в нескольких домах"
        else:
            flats[number] = (flat_id, content)
    return Wanted(flats, impossible)


def steps(want: Wanted, held: Mapping[int, Held]) -> list[Step]:
    """What is to be told. Numbers that are no flat's any more, or several flats', come first: no
    code may open under them, and theirs may be another flat's by now."""
    gone = [
        Step(number, one.flat_id, NOTHING, gone=True)
        for number, one in sorted(held.items())
        if number not in want.flats
    ]
    new = [
        Step(number, flat_id, content)
        for number, (flat_id, content) in sorted(want.flats.items())
        if held.get(number) != Held(flat_id, content)
    ]
    return gone + new


def as_number(text: str) -> int | None:
    """The number that a panel knows a flat by."""
    return int(text) if _NUMBER.fullmatch(text.strip()) else None
