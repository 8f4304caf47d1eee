"""A media server that asks nobody: it lets in by what a link itself says, under a key of its own
(`protocols.md`, 1.5; `on_play securetoken://KEY?no_check_ip=true`)."""

import hashlib
import hmac
import re
import time

_TOKEN = re.compile(r"(?P<hash>[0-9a-f]{40})-(?P<salt>[^-]*)-(?P<end>[0-9]+)-(?P<start>[0-9]+)")


class SecureLinks:
    """`key` is empty while the media server asks `accessfl`."""

    def __init__(self, key: str) -> None:
        self.key = self._given = key

    def reset(self) -> None:
        self.key = self._given

    def admit(self, name: str, token: str) -> bool:
        """True when the token was signed for this stream and its time is now."""
        found = _TOKEN.fullmatch(token)
        if found is None:
            return False
        parts = name, "no_check_ip", found["start"], found["end"], self.key, found["salt"]
        known = hashlib.sha1("".join(parts).encode()).hexdigest()
        in_time = int(found["start"]) <= time.time() <= int(found["end"])
        return in_time and hmac.compare_digest(known, found["hash"])
