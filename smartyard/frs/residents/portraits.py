"""The picture of one face, cut out of that of an event."""

import io

from PIL import Image

from smartyard.events.log.pictures import small
from smartyard.gateways.falprs import Box

SIDE = 240  # pixels
_AROUND = 0.35  # of the face's own size, on each side


def portrait(picture: bytes, box: Box | None) -> bytes:
    """A JPEG of the face with something around it, or of the whole where nobody told the box, or
    told one that is not in the picture."""
    if box is None:
        return small(picture, SIDE)
    with Image.open(io.BytesIO(picture), formats=["JPEG"]) as image:
        more_x, more_y = round(box.width * _AROUND), round(box.height * _AROUND)
        left, top = max(0, box.left - more_x), max(0, box.top - more_y)
        right = min(image.width, box.left + box.width + more_x)
        bottom = min(image.height, box.top + box.height + more_y)
        if right - left < 1 or bottom - top < 1:
            return small(picture, SIDE)
        cut = io.BytesIO()
        image.convert("RGB").crop((left, top, right, bottom)).save(cut, "JPEG", quality=90)
    return small(cut.getvalue(), SIDE)
