"""What goes over the wire: the body of a message, and what of it only an encrypted line carries."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from smartyard.phones import Phone

TEST = "webhook.test"
# In a person's own words, or where they live: left out where others could read it.
_PERSONAL = {"text", "address", "lat", "lon"}


def name_of(event_id: UUID) -> str:
    """What `webhook-id` is of an event, each time it is sent."""
    return f"msg_{event_id.hex}"


def body_of(kind: str, at: datetime, data: Mapping[str, Any], *, private: bool) -> str:
    """JSON, the same for each attempt. Without `private` the phone is masked, and what a person
    wrote is left out."""
    shown = dict(data) if private else _masked(data)
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    told = {"type": kind, "timestamp": moment, "data": shown}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _masked(data: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in data.items() if name not in _PERSONAL}
    if "phone" in shown:
        shown["phone"] = Phone(shown["phone"]).masked
    return shown
