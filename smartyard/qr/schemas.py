"""Shape of `/api/address/registerQR` (client contract, section 8)."""

from typing import Annotated

from pydantic import Field, StringConstraints

from smartyard.shapes import Line, Shape


class RegisterQrRequest(Shape):
    """`QR` is all that the camera read, an address or a bare code."""

    code: Annotated[Line, StringConstraints(min_length=1, max_length=500)] = Field(alias="QR")
