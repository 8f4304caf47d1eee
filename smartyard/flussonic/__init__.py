"""`/api/accessfl`: the media server asks about every viewer; and the video tokens behind it."""
