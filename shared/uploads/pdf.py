"""PDF materials: kept as they are, so refused when they could do more than be read.

A guard, no proof: a PDF is served only as a download in a sandbox, never inside a page.
"""

import re
import zlib
from collections.abc import Iterator

from shared.uploads.refused import RefusedFile, Unreadable, msgid

ACTIVE = frozenset({b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/EmbeddedFiles", b"/RichMedia"})
"""Names of what runs, starts programs or carries other files."""
MOST_INFLATED = 64 * 1024**2
"""Bytes that all streams of objects together may hold once inflated."""
MOST_STREAMS = 2000
"""Streams of objects in one file; each usually holds a hundred objects."""
_PIECE = 64 * 1024
_TAIL = 1024
_NAME = re.compile(rb"/[^\x00\t\n\f\r ()<>\[\]{}/%]+")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"stream\r?\n")
_OBJECTS = re.compile(rb"/ObjStm\b")
_END = re.compile(rb"%%EOF[\s\x00]*\Z")


def check(data: bytes) -> None:
    """Let a plain PDF pass.

    Raises:
        RefusedFile: it holds scripts, other files or programs, or is locked, so nobody can tell.
        Unreadable: it is not whole, or something stands behind its end.

    """
    if not _END.search(data[-_TAIL:]) or b"startxref" not in data:
        raise Unreadable
    names = set(_names(data))
    for objects in _inflated(data):
        names.update(_names(objects))
    if b"/Encrypt" in names:
        raise RefusedFile(
            msgid("PDF 加了密码或限制，打不开"), msgid("请另存为不加密的 PDF，或拍照上传")
        )
    if names.intersection(ACTIVE):
        raise RefusedFile(
            msgid("PDF 里带有脚本、程序或附件，不能上传"),
            msgid("请打印成新的 PDF，或拍照上传"),
        )


def _names(data: bytes) -> Iterator[bytes]:
    """Every name in it, with its escapes (`/J#53`) undone."""
    for name in set(_NAME.findall(data)):
        yield _unescaped(name)


def _inflated(data: bytes) -> Iterator[bytes]:
    """The streams of objects, in which names stand compressed.

    Raises:
        Unreadable: one cannot be read, so nobody can tell what is in it.

    """
    left, before, found = MOST_INFLATED, 0, 0
    for mark in _STREAM.finditer(data):
        # What it is stands between the last beginning of a stream and this one.
        said, before = _unescaped(data[before : mark.start()]), mark.end()
        if _OBJECTS.search(said) is None:
            continue
        found += 1
        if found > MOST_STREAMS:
            raise Unreadable
        objects = _inflate(data, mark.end(), left)
        left -= len(objects)
        yield objects


def _unescaped(text: bytes) -> bytes:
    return _ESCAPED.sub(lambda code: bytes([int(code[1], 16)]), text)


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
