"""Photos are written anew: pixels only.

What a camera, a phone or a stranger put beside them does not come along: EXIF and the place where
it was taken, colour profiles, comments, thumbnails, further pictures, and whatever was appended.
"""

import io
import struct
import zlib
from dataclasses import dataclass

from PIL import Image, ImageOps

from shared.uploads.inspect import JPEG, PNG, Kind
from shared.uploads.jpeg import has_more_scans
from shared.uploads.refused import RefusedFile, TooHeavy, Unreadable, msgid

MOST_JPEG_PIXELS = 50_000_000
"""What phones of today take at their finest. JPEG alone can be decoded smaller at once; the
coefficients of a progressive one are held whole all the same, up to eight bytes a pixel."""
MOST_PIXELS = 24_000_000
"""Of PNG and WebP, which are held whole: four bytes a pixel, and a copy or three of that."""
MOST_SCANS = 30
"""Of a progressive JPEG; programs write about ten, and each costs time for all of its pixels."""
LONGEST_SIDE = 2560
"""Pixels. Enough to read an A4 page; half a megabyte instead of ten."""
PREVIEW_SIDE = 240
_QUALITY = 85
_ALPHA = frozenset({"RGBA", "LA", "PA", "RGBa", "La"})
_SMOOTH = frozenset({"L", "LA", "RGB", "RGBA", "CMYK", "YCbCr"})
"""Modes that can be made smaller as they are."""
_BROKEN = (
    OSError,  # truncated, or no image at all
    SyntaxError,  # Pillow's word for a broken PNG
    ValueError,
    EOFError,
    OverflowError,
    KeyError,  # marks that point nowhere
    IndexError,
    TypeError,
    ZeroDivisionError,
    struct.error,
    zlib.error,
)
"""What Pillow's readers raise for bytes that are no good image."""


@dataclass(frozen=True)
class Photo:
    """An image written anew, and a small one of it for lists, of the same kind."""

    data: bytes
    preview: bytes
    width: int
    height: int


def rewrite(data: bytes, kind: Kind) -> Photo:
    """Read the image and write it anew, upright, at most LONGEST_SIDE pixels long.

    Takes long and much memory: `prepare` has it done in a process of its own that may be ended.

    Raises:
        RefusedFile: more pixels than are taken, or more scans.
        Unreadable: it is broken, or not what it begins like.

    """
    try:
        picture = _pixels(data, kind)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(kind) from error
    except _BROKEN as error:
        raise Unreadable from error
    small = picture.copy()
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    return Photo(_written(picture, kind), _written(small, kind), *picture.size)


def _pixels(data: bytes, kind: Kind) -> Image.Image:
    """The first picture, upright, bounded, with nothing but its pixels."""
    _verify(data, kind)
    with _opened(data, kind) as opened:
        opened.draft("RGB", _bounded(opened.size))  # JPEG: decoded smaller at once
        opened.load()
        plain = _small(opened, "RGBA" if _has_alpha(opened) and kind is not JPEG else "RGB")
    plain = ImageOps.exif_transpose(plain)
    # A new image: the one that was opened also holds what stood in the file beside the pixels.
    return Image.frombytes(plain.mode, plain.size, plain.tobytes())


def _verify(data: bytes, kind: Kind) -> None:
    if kind is JPEG and has_more_scans(data, MOST_SCANS):
        raise TooHeavy
    with _opened(data, kind) as opened:
        opened.verify()


def _opened(data: bytes, kind: Kind) -> Image.Image:
    """The image, of which only the head was read: nothing is decoded before its size is known."""
    opened = Image.open(io.BytesIO(data), formats=kind.pillow)
    if opened.width * opened.height > _most_pixels(kind):
        raise _too_many_pixels(kind)
    return opened


def _most_pixels(kind: Kind) -> int:
    return MOST_JPEG_PIXELS if kind is JPEG else MOST_PIXELS


def _bounded(size: tuple[int, int]) -> tuple[int, int]:
    """Both sides of what is kept, so that a long and narrow one is decoded smaller as well."""
    scale = min(1.0, LONGEST_SIDE / max(size))
    return max(1, int(size[0] * scale)), max(1, int(size[1] * scale))


def _small(picture: Image.Image, mode: str) -> Image.Image:
    """Made small before anything else, as every step on the whole is another copy of it."""
    if picture.mode not in _SMOOTH or "transparency" in picture.info:
        picture = picture.convert(mode)  # of a palette's numbers there is no mean
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return picture if picture.mode == mode else picture.convert(mode)


def _too_many_pixels(kind: Kind) -> RefusedFile:
    return RefusedFile(
        msgid("图片的像素太多，最多 %(most)s 万"),
        msgid("请在手机上把图片缩小再传"),
        {"most": _most_pixels(kind) // 10_000},
    )


def _has_alpha(picture: Image.Image) -> bool:
    return picture.mode in _ALPHA or "transparency" in picture.info


def _written(picture: Image.Image, kind: Kind) -> bytes:
    written = io.BytesIO()
    if kind is PNG:
        picture.save(written, "PNG", compress_level=6)
    else:
        picture.save(written, kind.pillow[0], quality=_QUALITY)
    return written.getvalue()
