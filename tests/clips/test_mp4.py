"""A file that is cut is noticed by its boxes, wherever it is cut."""

import io
from pathlib import Path

import pytest

from smartyard.clips.making.mp4 import is_whole

CLIP = (Path(__file__).parents[2] / "smartyard/sandbox/clip/archive.mp4").read_bytes()


def whole(data: bytes, length_told: bool = False) -> bool:
    return is_whole(io.BytesIO(data), len(data), length_told=length_told)


def box(name: bytes, content: bytes = b"") -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + name + content


START = box(b"ftyp", b"isom") + box(b"moov", b"index")


def test_a_whole_file_passes_and_one_that_is_cut_anywhere_does_not() -> None:
    assert whole(CLIP) and whole(CLIP, True)
    for length in [*range(0, 200), *range(0, len(CLIP), 997), len(CLIP) - 1]:
        assert not whole(CLIP[:length]) and not whole(CLIP[:length], True), length
    assert not whole(CLIP + b"\x00") and not whole(CLIP + b"more")


@pytest.mark.parametrize(
    "data",
    [b"", b"<html>no such stream</html>", b"\x00" * 100, box(b"moov"), box(b"ftyp"),
     box(b"ftyp") + box(b"mdat", b"picture"), box(b"moov") + box(b"ftyp"),
     START + b"\x00\x00\x00\x07mdat", START + b"\x00\x00\x00\x01mdat" + bytes(8)],
)  # fmt: skip
def test_what_is_no_mp4_does_not_pass(data: bytes) -> None:
    assert not whole(data) and not whole(data, True)


def test_fragments_and_large_boxes_pass() -> None:
    fragments = START + (box(b"moof") + box(b"mdat", b"x" * 9)) * 900
    assert whole(fragments) and not whole(fragments[:-1])
    large = START + b"\x00\x00\x00\x01free" + (16 + 5).to_bytes(8, "big") + b"12345"
    assert whole(large) and not whole(large[:-1])


def test_a_box_to_the_end_of_the_file_needs_a_length_that_was_told() -> None:
    data = START + b"\x00\x00\x00\x00mdat" + b"x" * 50
    assert whole(data, True) and not whole(data)
