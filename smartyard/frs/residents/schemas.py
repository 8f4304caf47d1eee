"""Shapes of `/api/frs` (client contract, frs/*)."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BeforeValidator, Field, model_validator

from smartyard.shapes import Id, Line, Shape


def _none(value: Any) -> Any:
    """iOS may send an empty text for what there is not."""
    return None if value == "" else value


class LikeRequest(Shape):
    """`comment` is for nobody: Android sends an empty one always."""

    event: UUID
    comment: Line | None = None


class DislikeRequest(Shape):
    """Either an event of the log, or a flat and one of its faces."""

    event: Annotated[UUID | None, BeforeValidator(_none)] = None
    flat_id: Annotated[Id | None, BeforeValidator(_none)] = Field(default=None, alias="flatId")
    face_id: Annotated[Id | None, BeforeValidator(_none)] = Field(default=None, alias="faceId")

    @model_validator(mode="after")
    def _names_a_face(self) -> Self:
        if self.event is None and (self.flat_id is None or self.face_id is None):
            raise ValueError("an event, or a flat and a face, are needed")
        return self


class ListFacesRequest(Shape):
    flat_id: Id = Field(alias="flatId")


class FaceAnswer(Shape):
    """`faceId` is text: iOS takes no number."""

    face_id: str = Field(alias="faceId")
    image: str
