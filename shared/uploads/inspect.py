"""What uploaded bytes really are. Neither their name nor what the browser says is believed."""

from dataclasses import dataclass
from pathlib import PurePosixPath

import puremagic

from shared.uploads.refused import RefusedFile, TooLarge, msgid

MOST_BYTES = 10 * 1024**2
"""Of a photo, and of a PDF."""
_HEAD = 4096
"""By these the kind is known; what stands behind is for those who read the whole."""


@dataclass(frozen=True)
class Kind:
    """A kind of file that is taken.

    Attributes:
        media_type: as HTTP and puremagic name it.
        suffixes: how its names end; the first is written when it is given back.
        signature: (place, bytes) that every such file has; puremagic also finds kinds elsewhere.
        pillow: Pillow's names of it; empty for what is no image.

    """

    media_type: str
    suffixes: tuple[str, ...]
    signature: tuple[tuple[int, bytes], ...]
    pillow: tuple[str, ...] = ()

    @property
    def is_image(self) -> bool:
        """Whether it can be shown in a page."""
        return bool(self.pillow)

    def begins(self, data: bytes) -> bool:
        """Whether `data` has the signature."""
        return all(data.startswith(mark, place) for place, mark in self.signature)


JPEG = Kind(
    "image/jpeg",
    (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
    ((0, b"\xff\xd8\xff"),),
    ("JPEG", "MPO"),  # phones write several pictures into one JPEG; Pillow calls that MPO
)
PNG = Kind("image/png", (".png",), ((0, b"\x89PNG\r\n\x1a\n"),), ("PNG",))
WEBP = Kind("image/webp", (".webp",), ((0, b"RIFF"), (8, b"WEBP")), ("WEBP",))
PDF = Kind("application/pdf", (".pdf",), ((0, b"%PDF-"),))
KINDS = (JPEG, PNG, WEBP, PDF)
BY_MEDIA_TYPE = {kind.media_type: kind for kind in KINDS}

_TAKEN = msgid(
    "请上传 JPG、PNG、WebP 照片或 PDF；苹果手机的照片请在“设置 - 相机 - 格式”里选“兼容性最佳”"
)


def kind_of(data: bytes, name: str) -> Kind:
    """The kind the bytes are; it must not contradict the name.

    Raises:
        RefusedFile: empty, of no kind that is taken, or named as another kind.
        TooLarge: more than MOST_BYTES.

    """
    if not data:
        raise RefusedFile(msgid("文件是空的"), msgid("请重新选一个文件"))
    if len(data) > MOST_BYTES:
        raise TooLarge(MOST_BYTES)
    found = _sniffed(data[:_HEAD])
    suffix = PurePosixPath(name.strip().lower()).suffix
    if suffix and suffix not in found.suffixes:
        raise RefusedFile(
            msgid("文件名以“%(suffix)s”结尾，内容却是 %(kind)s"),
            msgid("请不要改文件名的后缀，传原来的文件"),
            {"suffix": suffix[:10], "kind": found.suffixes[0][1:].upper()},
        )
    return found


def _sniffed(head: bytes) -> Kind:
    try:
        seen = {match.mime_type for match in puremagic.magic_string(head)}
    except puremagic.PureError:
        seen = set()
    for kind in KINDS:
        if kind.media_type in seen and kind.begins(head):
            return kind
    raise RefusedFile(msgid("这种文件不能上传"), _TAKEN)
