"""Kinds of events, and their ids, which begin with the time."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args
from uuid import UUID

Kind = Literal[
    "call_missed",
    "call_answered",
    "key",
    "app",
    "face",
    "code",
    "gate_call",
    "plate",
    "exit",
    "motion",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
SHOWN = KINDS[:8]
"""Of these the apps know; their numbers on the wire begin with 1 (client contract, plog)."""

MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def new_id(at: datetime) -> UUID:
    """A UUID of version 7 (RFC 9562) for something that happened at `at`, later than 1970: rows
    that are written one after another lie so in the index, and an id alone tells its month."""
    milliseconds = (at - _EPOCH) // MILLISECOND
    chance = secrets.randbits(74)
    return UUID(
        int=milliseconds << 80
        | 0x7 << 76
        | (chance >> 62) << 64
        | 0b10 << 62
        | chance & (1 << 62) - 1
    )


def first_id(at: datetime) -> UUID:
    """No later event has a lesser one."""
    return UUID(int=(at - _EPOCH) // MILLISECOND << 80)


def moment_of(event_id: UUID) -> datetime:
    """When it happened, to the millisecond below."""
    return _EPOCH + (event_id.int >> 80) * MILLISECOND
