"""Links that a media server lets in by themselves: `on_play securetoken://KEY?no_check_ip=true`.

Source: reference/protocols.md, 1.5. The viewer's address is not in it: a phone changes its own
between the list and the player.
"""

import hashlib

EARLY = 300  # seconds by which the media server's clock may be late


def signed(key: str, stream: str, salt: str, begin: int, end: int) -> str:
    """The token that plays this stream from `begin` until `end`, in unix seconds; `salt` is random
    hex digits."""
    told = f"{stream}no_check_ip{begin}{end}{key}{salt}"
    digest = hashlib.sha1(told.encode(), usedforsecurity=False).hexdigest()  # as Flussonic has it
    return f"{digest}-{salt}-{end}-{begin}"
