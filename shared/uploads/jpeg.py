"""How a JPEG is divided, found out without decoding it."""

import re

_MARKER = re.compile(rb"\xff+([\x01-\xfe])")
_END_OF_IMAGE = 0xD9
_SCAN = 0xDA
_ALONE = frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})
"""Markers without a length: they stand between coded bytes."""


def has_more_scans(data: bytes, most: int) -> bool:
    """Whether the first picture has more than `most` scans.

    A progressive picture is decoded in scans, and each goes over all of its pixels, however few
    bytes it has. What a marker is inside coded bytes is escaped there, and what stands in other
    segments or behind the picture (its thumbnail, a short film) is not counted.
    """
    scans, place = 0, 0
    while (found := _MARKER.search(data, place)) is not None:
        marker, place = found[1][0], found.end()
        if marker == _END_OF_IMAGE:
            return False
        if marker not in _ALONE:
            place += int.from_bytes(data[place : place + 2], "big")
        scans += marker == _SCAN
        if scans > most:
            return True
    return False
