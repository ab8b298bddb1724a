"""PDF materials: kept as they are, so refused when they could do more than be read.

A guard, no proof: a PDF is served only as a download in a sandbox, never inside a page.
"""

import re
import zlib
from collections.abc import Iterator

from shared.uploads.refused import RefusedFile, Unreadable, msgid

ACTIVE = ("JavaScript", "Launch", "EmbeddedFile", "EmbeddedFiles", "RichMedia")
"""Names of what runs, starts programs or carries other files."""
MOST_INFLATED = 8 * 1024**2
"""Bytes that all streams of objects together may hold once inflated."""
MOST_OBJECT_STREAMS = 2000
"""Streams of objects in one file; each usually holds a hundred objects."""
MOST_BEGINNINGS = 40_000
"""Places where a stream may begin: two for each, as `endstream` ends like one. A page has one or
two streams, and each image one."""
_PIECE = 64 * 1024
_TAIL = 1024
_DELIMITERS = rb"\x00\t\n\f\r ()<>\[\]{}/%"


def _named(*names: str) -> re.Pattern[bytes]:
    """Finds these names and no longer ones, each letter plain or escaped (`/J#61va`).

    What it does not look for it passes over without keeping it, however many names there are.
    """
    found = b"|".join(b"".join(map(_letter, name)) for name in names)
    return re.compile(b"/(?:" + found + b")(?![^" + _DELIMITERS + b"])")


def _letter(letter: str) -> bytes:
    code = f"{ord(letter):02x}"  # its first digit is 4 to 7
    return f"(?:{letter}|#{code[0]}[{code[1]}{code[1].upper()}])".encode()


_ACTIVE = _named(*ACTIVE)
_LOCKED = _named("Encrypt")
_OBJECTS = _named("ObjStm")
_STREAM = re.compile(rb"stream\r?\n")
_END = re.compile(rb"%%EOF[\s\x00]*\Z")


def check(data: bytes) -> None:
    """Let a plain PDF pass.

    Raises:
        RefusedFile: it holds scripts, other files or programs, or is locked, so nobody can tell.
        Unreadable: it is not whole, or something stands behind its end.

    """
    if not _END.search(data[-_TAIL:]) or b"startxref" not in data:
        raise Unreadable
    _look_through(data)
    for objects in _inflated(data):
        _look_through(objects)


def _look_through(data: bytes) -> None:
    if _LOCKED.search(data):
        raise RefusedFile(
            msgid("PDF 加了密码或限制，打不开"), msgid("请另存为不加密的 PDF，或拍照上传")
        )
    if _ACTIVE.search(data):
        raise RefusedFile(
            msgid("PDF 里带有脚本、程序或附件，不能上传"),
            msgid("请打印成新的 PDF，或拍照上传"),
        )


def _inflated(data: bytes) -> Iterator[bytes]:
    """The streams of objects, in which names stand compressed.

    Raises:
        Unreadable: one cannot be read, so nobody can tell what is in it.

    """
    left, before, found = MOST_INFLATED, 0, 0
    for count, mark in enumerate(_STREAM.finditer(data), 1):
        if count > MOST_BEGINNINGS:
            raise Unreadable
        # What it is stands between the last beginning of a stream and this one.
        said = _OBJECTS.search(data, before, mark.start())
        before = mark.end()
        if said is None:
            continue
        found += 1
        if found > MOST_OBJECT_STREAMS:
            raise Unreadable
        objects = _inflate(data, mark.end(), left)
        left -= len(objects)
        yield objects


def _inflate(data: bytes, start: int, most: int) -> bytes:
    """What is compressed from `start` on; piece by piece, as nobody knows where it ends."""
    inflater, objects = zlib.decompressobj(), bytearray()
    try:
        for place in range(start, len(data), _PIECE):
            room = most - len(objects) + 1
            objects += inflater.decompress(data[place : place + _PIECE], room)
            if len(objects) > most or inflater.unconsumed_tail:
                raise Unreadable  # more than is taken
            if inflater.eof:
                return bytes(objects)
    except zlib.error as error:
        raise Unreadable from error
    raise Unreadable  # cut off
