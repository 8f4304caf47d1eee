"""What FALPRS sends us (protocols.md, section 7)."""

from pydantic import Field

from smartyard.shapes import Id, Shape


class SeenRequest(Shape):
    """`eventId` is its own number of what it saw, under which it has the frame for a while."""

    face_id: Id = Field(alias="faceId")
    event_id: Id = Field(alias="eventId")
