"""One method of one route, and what its view says of itself by its decorators."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic.json_schema import JsonSchemaMode
from werkzeug.routing import Rule

from smartyard.guard import PROVIDER, PUBLIC, RESIDENT, door_of

Json = dict[str, Any]
Shape = tuple[Any, JsonSchemaMode]

CLAIMS = {402, 403, 404, 429}  # whoever names something may be refused by any of these


@dataclass(frozen=True)
class Operation:
    """One method of one route, and what its view says of itself."""

    method: str
    rule: Rule
    view: Callable[..., Any]

    @property
    def path(self) -> str:
        return re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", self.rule.rule)

    @property
    def tag(self) -> str:
        endpoint = str(self.rule.endpoint)
        return endpoint.rpartition(".")[0] or endpoint

    def mark(self, name: str) -> Any:
        """What a decorator left on the view, or None."""
        return getattr(self.view, name, None)

    @property
    def takes(self) -> Any:
        return self.mark("takes")

    @property
    def answers(self) -> Any:
        return self.mark("answers")

    @property
    def shapes(self) -> Iterator[Shape]:
        if self.takes is not None:
            yield self.takes, "validation"
        if self.answers is not None:
            yield self.answers, "serialization"

    @property
    def refuses(self) -> set[int]:
        """The statuses of the envelope without `data`."""
        found = {503}
        if door_of(self.view) == RESIDENT:
            found |= {401, 422}
        elif door_of(self.view) == PROVIDER:
            found |= {401, 403, 422}
        if self.mark("knows_residents"):
            found.add(401)
        if self.takes is not None:
            found |= {413, 422}
        told = self.mark("refuses")
        if told is None:
            names_something = self.takes is not None and self.takes.model_fields
            told = CLAIMS if names_something or self.rule.arguments else ()
        return found | set(told)

    @property
    def security(self) -> list[Json]:
        door = door_of(self.view)
        if door != PUBLIC:
            return [{door: [self.mark("scope")] if self.mark("scope") else []}]
        return [{}, {RESIDENT: []}] if self.mark("knows_residents") else []
