"""The types that settings are made of. Times are seconds unless said otherwise."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from smartyard.phones import Phone

Seconds = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]
Port = Annotated[int, Field(ge=0, le=65535)]


def _split(value: Any) -> Any:
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def _http(value: Any) -> Any:
    if isinstance(value, str) and value and not value.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""A list, written with commas or blanks between its items."""
Phones = Annotated[tuple[Phone, ...], NoDecode, BeforeValidator(_split)]
HttpUrl = Annotated[str, BeforeValidator(_http)]
"""An address as text; empty when not set."""
