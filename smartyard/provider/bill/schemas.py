"""What billings send to `/bill/api`: everything quoted, unused values as the word None.

Source: docs/provider-api.md. An id may be a number or a string, one or many, in a list or in a
string that looks like one. A body may be a list of one object.
"""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from smartyard.shapes import MAX_ID, ContractId, Line, Shape

_NOTHING = ("", "None", "none", "null", "NULL")
_TRUE, _FALSE = ("true", "t", "1"), ("false", "f", "0")
_MOST_IDS = 500


def _said(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("a text is needed")
    if isinstance(value, (int, float)):
        return str(value)
    return None if isinstance(value, str) and value.strip() in _NOTHING else value


def _active(value: Any) -> Any:
    word = str(value).strip().lower()
    if value is None or str(value).strip() in _NOTHING:
        return True
    if word in _TRUE + _FALSE:
        return word in _TRUE
    raise ValueError("true or false is needed")


def _ids(value: Any) -> list[int]:
    """`12`, `"12"`, `[12, "13"]`, `"[12, 13]"`, `"12, 13"`: each number once, in their order."""
    parts = value if isinstance(value, list) else [value]
    found: list[int] = []
    for part in parts:
        if isinstance(part, int) and not isinstance(part, bool):
            part = str(part)
        if part is None:
            continue
        if not isinstance(part, str):
            raise ValueError("numbers are needed")
        listed = part.strip().removeprefix("[").removesuffix("]")
        if listed.count(",") > _MOST_IDS:
            raise ValueError("too many numbers")
        for word in listed.split(","):
            word = word.strip().strip("\"'").strip()
            if word in _NOTHING:
                continue
            if not re.fullmatch("[0-9]{1,19}", word, re.ASCII) or int(word) > MAX_ID:
                raise ValueError("numbers are needed")
            found.append(int(word))
    if len(found) > _MOST_IDS:
        raise ValueError("too many numbers")
    return list(dict.fromkeys(found))


_Word = str | int | float | None
Said = Annotated[Line | None, BeforeValidator(_said, json_schema_input_type=_Word)]
Ids = Annotated[list[int], BeforeValidator(_ids, json_schema_input_type=_Word | list[_Word])]
Active = Annotated[bool, BeforeValidator(_active, json_schema_input_type=_Word | bool)]
Uid = Annotated[ContractId, BeforeValidator(_said, json_schema_input_type=_Word)]


class BillShape(Shape):
    @model_validator(mode="before")
    @classmethod
    def _one_object(cls, value: Any) -> Any:
        return value[0] if isinstance(value, list) and len(value) == 1 else value


class AuthRequest(BillShape):
    """The name of a key, and the key."""

    username: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    password: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class DeviceRequest(BillShape):
    """A device in the words of earlier servers."""

    device_type: Said = None
    url: Said = None
    stream: Said = None
    is_active: Active = True
    title: Said = None
    address: Said = None
    longitude: Said = None
    latitude: Said = None
    record_days: Said = None
    domophoneid: Said = None
    monitorid: Said = None
    sippassword: Said = None
    dtmf: Said = None
    camshot: Said = None
    paneltype: Said = None
    panelip: Said = None
    panellogin: Said = None
    panelpasswd: Said = None


class DeviceChangeRequest(DeviceRequest):
    device_id: Ids = Field(min_length=1, max_length=1)


class DevicesRequest(BillShape):
    device_id: Ids = Field(min_length=1)


class DoorRequest(BillShape):
    """A door in the words of earlier servers."""

    device_id: Ids = Field(min_length=1, max_length=1)
    cam: Ids = Field(default=[], max_length=1)
    entrance: Said = None
    icon: Said = None
    name: Said = None
    open: Said = None
    open_trait: Said = None


class DoorChangeRequest(DoorRequest):
    doors_id: Ids = Field(min_length=1, max_length=1)


class DoorsRequest(BillShape):
    doors_id: Ids = Field(min_length=1)


class AddressRequest(BillShape):
    address: Said = None


class PlaceRow(BillShape):
    device_id: Ids = Field(min_length=1, max_length=1)
    latitude: Said = None
    longitude: Said = None


class PlacesRequest(BillShape):
    data: Annotated[list[PlaceRow], Field(min_length=1, max_length=_MOST_IDS)]


class ContractRequest(BillShape):
    uid: Uid


class KeyRequest(BillShape):
    uid: Uid
    key: Annotated[Line, StringConstraints(min_length=1, max_length=100)]
    comment: Said = None


class RightsRequest(BillShape):
    uid: Uid
    device_id: Ids = Field(min_length=1)
