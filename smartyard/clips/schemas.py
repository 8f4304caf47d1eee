"""Shapes of `recPrepare` and `recDownload` (client contract, sections 4 and 8)."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from smartyard.shapes import Id, Moment, Shape

# Years that any clock of ours may be moved in; another is a mistake.
Recorded = Annotated[Moment, Field(ge=datetime(2000, 1, 1), lt=datetime(2100, 1, 1))]


class RecPrepareRequest(Shape):
    """`id` is the camera's; times are of the operator's wall clock."""

    camera_id: Id = Field(alias="id")
    begin: Recorded = Field(alias="from")
    end: Recorded = Field(alias="to")


class RecDownloadRequest(Shape):
    """`id` is the record's, as `recPrepare` answered it."""

    clip_id: Id = Field(alias="id")
