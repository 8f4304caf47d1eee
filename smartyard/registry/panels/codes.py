"""The code of a key (RFID), as it is kept: fourteen hex digits in upper case.

Panels, readers and people write it in six to fourteen digits, with blanks or colons between; a
panel pads it on the left (reference page protocols.md, 8).
"""

import re

LENGTH = 14
_CODE = re.compile(r"[0-9A-F]{6,14}", re.ASCII)


def normal(written: str) -> str | None:
    """The code as it is kept, or None for what is no key's code."""
    digits = re.sub(r"[\s:]", "", written).upper()
    return digits.rjust(LENGTH, "0") if _CODE.fullmatch(digits) else None
