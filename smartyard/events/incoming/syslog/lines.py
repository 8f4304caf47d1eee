"""What a line of a panel's syslog says (reference page protocols.md, 8; not tried on a device).

Beward and Sokol share their words where they mean the same, so one table reads both. Where a call
begins and is answered is not in the reference: those words are of the panels' public drivers.
"""

import re
from dataclasses import dataclass, field
from typing import Literal

What = Literal["key", "code", "exit", "motion", "ring", "talk", "opened", "over"]

_KEY = r"(?P<key>[0-9A-Fa-f]{6,14})\b"
LONGEST = 2048  # bytes: lines of ours are short
_FLAT = r"(?P<flat>[0-9]{1,6})\b"
_OF_FLAT = rf"(?:.*?\bapartment {_FLAT})?"

# The first that is found in a line counts. Groups are the fields of `Said`; `second` is output 1.
# After a key and a code stands a comma: without it the line was cut, and the code is another's.
_TABLE: tuple[tuple[What, bool | None, str], ...] = (
    ("key", True, rf"Opening door\b.*?(?P<second>\bext\w*)?\s*\bRFID {_KEY},{_OF_FLAT}"),
    ("key", True, rf"(?:Main|(?P<second>Second)) door\b.*?\bUUID {_KEY}"),
    ("key", False, rf"RFID {_KEY} is not present"),
    ("code", True, rf"Opening door by code (?P<code>[0-9]{{1,8}}),{_OF_FLAT}"),
    ("code", False, r"invalid code [0-9]+"),
    ("opened", True, rf"Opening door by (?:DTMF command|CMS handset)\b{_OF_FLAT}"),
    ("opened", True, r"Open (?:main|(?P<second>second)) door by DTMF|Open from handset"),
    ("exit", True, r"(?:(?P<second>Additional|Second)|Main)? *door button press"),
    ("over", None, rf"(?:All calls are done|CMS handset call done){_OF_FLAT}"),
    ("over", None, r"SIP call [0-9]+\b.*\bDISCONNECTED"),
    ("talk", None, rf"talk started for apartment {_FLAT}"),
    ("talk", None, r"SIP call [0-9]+\b.*\bCONFIRMED"),
    ("ring", None, rf"CMS handset call started for apartment {_FLAT}"),
    ("ring", None, rf"Unable to call CMS apartment {_FLAT}"),
    ("ring", None, rf"Calling to (?:[0-9]+ house )?{_FLAT} flat"),
    ("ring", None, r"Calling sip:"),
    ("motion", None, r"SS_MAINAPI_ReportAlarmHappen|EVENT: Detected motion"),
)
_READ = [(what, opened, re.compile(pattern)) for what, opened, pattern in _TABLE]
_PRIORITY = re.compile(r"<[0-9]{1,3}>")


@dataclass(frozen=True)
class Said:
    """`flat` is the number that the panel knows it by, None where it says none."""

    what: What
    opened: bool | None = None
    output: int = 0
    flat: str | None = None
    key: str | None = field(default=None, repr=False)
    code: str | None = field(default=None, repr=False)


def read(datagram: bytes) -> Said | None:
    """What a datagram says, None for one that says nothing of ours: most are about other things,
    and one that was cut off may be. Syslog frames nothing that we need."""
    if not _PRIORITY.match(datagram[:5].decode("ascii", "replace")):
        return None
    # Blanks without end, which any pattern could stop between, would take a second to look through.
    text = " ".join(datagram[:LONGEST].decode("utf-8", "replace").split())
    for what, opened, pattern in _READ:
        if found := pattern.search(text):
            told = found.groupdict()
            outer = told.pop("second", None) or _of_outer_reader(told.get("key") or "")
            number = (told.pop("flat", None) or "").lstrip("0") or None
            return Said(what, opened, 1 if outer else 0, number, **told)
    return None


def _of_outer_reader(key: str) -> bool:
    """It reads three bytes of a key, where the panel's own reads all."""
    return key.zfill(14)[6:8] == "00" if key else False
