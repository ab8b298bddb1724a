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
from shared.uploads.refused import RefusedFile, Unreadable, msgid

MOST_PIXELS = 50_000_000
"""What phones of today take at their finest. 200 MB of memory while it is read."""
LONGEST_SIDE = 2560
"""Pixels. Enough to read an A4 page; half a megabyte instead of ten."""
PREVIEW_SIDE = 240
_QUALITY = 85
_ALPHA = frozenset({"RGBA", "LA", "PA", "RGBa", "La"})
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

    Takes long and much memory: not on the hub, and not many at a time.

    Raises:
        RefusedFile: more than MOST_PIXELS.
        Unreadable: it is broken, or not what it begins like.

    """
    try:
        picture = _pixels(data, kind)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except _BROKEN as error:
        raise Unreadable from error
    small = picture.copy()
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    return Photo(_written(picture, kind), _written(small, kind), *picture.size)


def _pixels(data: bytes, kind: Kind) -> Image.Image:
    """The first picture, upright, bounded, with nothing but its pixels."""
    _verify(data, kind)
    with _opened(data, kind) as opened:
        opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # JPEG: decoded smaller at once
        opened.load()
        upright = ImageOps.exif_transpose(opened)
    plain = upright.convert("RGBA" if _has_alpha(upright) and kind is not JPEG else "RGB")
    plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    # A new image: the one that was opened also holds what stood in the file beside the pixels.
    return Image.frombytes(plain.mode, plain.size, plain.tobytes())


def _verify(data: bytes, kind: Kind) -> None:
    with _opened(data, kind) as opened:
        opened.verify()


def _opened(data: bytes, kind: Kind) -> Image.Image:
    """The image, of which only the head was read: nothing is decoded before its size is known."""
    opened = Image.open(io.BytesIO(data), formats=kind.pillow)
    if opened.width * opened.height > MOST_PIXELS:
        raise _too_many_pixels()
    return opened


def _too_many_pixels() -> RefusedFile:
    return RefusedFile(
        msgid("图片的像素太多，最多 %(most)s 万"),
        msgid("请在手机上把图片缩小再传"),
        {"most": MOST_PIXELS // 10_000},
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
