"""Whether a file is a whole mp4, by its outer boxes (ISO 14496-12); its content is not read."""

from typing import BinaryIO

_HEAD = 16  # bytes: size, name, and the size again where it takes 64 bits
_MOST = 200_000  # boxes: two for each second of a day are fewer


def is_whole(file: BinaryIO, size: int, *, length_told: bool) -> bool:
    """`ftyp` first, `moov` somewhere, and the last box ends where the file does.

    A box that goes on "to the end of the file" shows no cut: it counts only where the length of the
    download was told, and so was held.
    """
    at, has_index = 0, False
    for _ in range(_MOST):
        if at >= size:
            break
        file.seek(at)
        head = file.read(_HEAD)
        length, name = int.from_bytes(head[:4], "big"), head[4:8]
        if at == 0 and name != b"ftyp":
            return False
        has_index = has_index or name == b"moov"
        if length == 0 and length_told:
            length = size - at
        elif length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8:
            return False
        at += length
    return at == size and has_index
