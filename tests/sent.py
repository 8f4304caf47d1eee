"""One request as an app sends it; the cases of `contract_cases.py` and of its parts are such."""

from dataclasses import dataclass, field
from typing import Any

from tests.fixtures.world import MANY, NOBODY, NORMAL, SECOND, UNPAID


@dataclass(frozen=True)
class Sent:
    """One request as an app sends it. `body` None: no bytes and no content type. `bare`: without
    the token that the contract asks for."""

    app: str
    body: dict[str, Any] | None = None
    status: int = 200
    who: str = NORMAL
    headers: dict[str, str] = field(default_factory=dict)
    bare: bool = False


CODE = "<the code in the SMS>"  # of restore: the code that went to a contact
NO_BODY = [Sent("android"), Sent("ios", {}), Sent("vue")]
REFRESHED = [
    Sent("android", headers={"X-Dm-Api-Refresh": ""}),
    Sent("ios", {}, headers={"X-Dm-Api-Refresh": " "}),
]
LISTS = [
    *NO_BODY,
    *REFRESHED,
    Sent("android", who=SECOND),
    Sent("ios", {}, who=MANY),
    Sent("android", who=UNPAID),
    Sent("android", who=NOBODY, status=204),
    Sent("ios", {}, who=NOBODY, status=204),
]
