"""Files as people, cameras and attackers make them."""

import io
import struct
import zipfile
import zlib
from typing import Any

from PIL import ExifTags, Image

CAMERA = "NIKONABC CORPORATION"
PLACE = "GPS-OF-A-HOME"
ORIENTATION = ExifTags.Base.Orientation
SCAN = b"\xff\xda"
"""Where a scan of a JPEG begins."""
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><script>alert(1)</script></html>"
GIF = bytes.fromhex("47494638396101000100800000000000ffffff2c00000000010001000002024401003b")


def picture(width: int = 64, height: int = 40, mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new(mode, (width, height), "blue")
    image.paste("red", (0, 0, width // 2, height))
    return image


def written(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """The image as a file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    """What a camera writes: its maker, how it was held, and where."""
    told = Image.Exif()
    told[ExifTags.Base.Make] = CAMERA
    told[ExifTags.Base.ImageDescription] = PLACE
    told[ORIENTATION] = orientation
    told.get_ifd(ExifTags.IFD.GPSInfo).update(
        {
            ExifTags.GPS.GPSLatitudeRef: "N",
            ExifTags.GPS.GPSLatitude: (33.0, 57.0, 21.5),
            ExifTags.GPS.GPSMapDatum: PLACE,
        }
    )
    return told


def photo(orientation: int = 1, kind: str = "JPEG", **options: Any) -> bytes:
    """A photo with all that a camera adds."""
    more = {"comment": PLACE.encode()} if kind == "JPEG" else {}
    return written(
        picture(), kind, exif=exif(orientation), icc_profile=b"icc " + CAMERA.encode(), **more
    )


def bomb() -> bytes:
    """A PNG of 60,000 by 60,000 pixels in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0)
    body = zlib.compress(bytes(10_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def scans(more: int, side: int = 64) -> bytes:
    """A progressive JPEG of ten scans and `more` that change nothing, of some fifty bytes each."""
    given = written(Image.new("RGB", (side, side), "red"), progressive=True)
    last = given.rfind(SCAN)
    one = given[given.rfind(SCAN, 0, last) : last]
    return given[:last] + one * more + given[last:]


def many_names() -> bytes:
    """A PDF of 16 KB with 16 MB of names in it."""
    return pdf(hidden(b"/A" * 8 * 1024**2))


def wide() -> bytes:
    """A PNG of 50 million pixels with four channels in 200 KB."""
    return written(Image.new("RGBA", (10_000, 5000), (1, 2, 3, 200)), "PNG", compress_level=9)


def archive() -> bytes:
    """A ZIP with a web shell."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("shell.php", "<?php system($_GET['c']); ?>")
    return out.getvalue()


def pdf(*objects: bytes, catalog: bytes = b"", trailer: bytes = b"") -> bytes:
    """A PDF of one empty page, with more objects and more in its catalogue."""
    parts = [
        b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>\nendobj\n",
        b"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n",
        b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>\nendobj\n",
        *objects,
    ]
    body = b"%PDF-1.7\n" + b"".join(parts)
    return (
        body
        + b"xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 4 /Root 1 0 R "
        + trailer
        + b" >>\nstartxref\n%d\n%%%%EOF\n" % len(body)
    )


def hidden(
    content: bytes, said: bytes = b"/Type /ObjStm /N 1 /First 4", before: bytes = b""
) -> bytes:
    """An object with others compressed inside it."""
    packed = zlib.compress(content)
    length = b" /Filter /FlateDecode /Length %d" % len(packed)
    head = b"9 0 obj\n<< " + said + length + b" >>\nstream\n"
    return before + head + packed + b"\nendstream\nendobj\n"
