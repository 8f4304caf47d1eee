"""What the apps read in a push (client contract, section 5). Every value is a string."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from smartyard.gateways.firebase import Push
from smartyard.notices import CallPush

LIFE = timedelta(days=1)  # a device that is off for longer finds the message in the inbox
_RING_TITLE = "Звонок в домофон"
_MOST = {"title": 100, "text": 300}  # letters; a push may have 4096 bytes, and holds them thrice


@dataclass(frozen=True)
class Told:
    """A message as a device is told of it. `unread` of the person's messages is the badge."""

    message_id: int
    action: str
    title: str
    text: str = field(repr=False)
    data: dict[str, str] = field(repr=False)
    created_at: datetime
    unread: int


def message(told: Told, token: str, now: datetime) -> Push:
    """Android of 2022 reads title and text from FCM's notification, the newer one from the data."""
    title, body = _cut(told.title, _MOST["title"]), _cut(told.text, _MOST["text"])
    data = told.data | {
        "action": told.action,
        "title": title,
        "body": body,
        "messageId": str(told.message_id),
        "messageType": "chat" if told.action == "chat" else "inbox",
        "badge": str(told.unread),  # anything but a whole number ends Android's handler
    }
    return Push(
        token,
        data,
        title,
        body,
        sent_at=now,
        expires_at=told.created_at + LIFE,
        tag=f"message-{told.message_id}",
        badge=told.unread,
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def call(ringing: CallPush, token: str, *, began: datetime, now: datetime) -> Push:
    """What each app needs of a call, for all four at once."""
    data = dict(ringing.more) | {
        "server": ringing.server,
        "port": str(ringing.port),
        "transport": ringing.transport,
        "extension": ringing.extension,
        "pass": ringing.password,
        "callerId": ringing.caller_id,
        "dtmf": ringing.dtmf,
        "image": ringing.image,
        "live": ringing.live,
        "hash": ringing.hash,
        "flatId": str(ringing.flat_id),
        "flatNumber": ringing.flat_number,
        "timestamp": str(int(began.timestamp())),
        "ttl": str(ringing.ttl),
    }
    return Push(
        token,
        data,
        _RING_TITLE,
        ringing.caller_id,
        sent_at=now,
        expires_at=began + timedelta(seconds=ringing.ttl),
        tag=f"call-{ringing.hash[:40]}",
        rings=True,
    )
