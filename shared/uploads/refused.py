"""Why an uploaded file is not taken. Texts are Chinese message ids with `%(name)s`."""

from collections.abc import Mapping
from typing import Any

FIELD = "file"


def msgid(text: str) -> str:
    """Mark Chinese `text` for translation; the web kit's own would bring Flask in here."""
    return text


class RefusedFile(Exception):
    """A file that is not taken: the reason, and what to do about it. Nothing was kept of it."""

    field = FIELD

    def __init__(self, reason: str, remedy: str, values: Mapping[str, Any] | None = None) -> None:
        self.reason = reason
        self.remedy = remedy
        self.values = dict(values or {})
        super().__init__(f"{FIELD}: {reason % self.values} ({remedy % self.values})")


class TooLarge(RefusedFile):
    """More bytes than are taken."""

    def __init__(self, most: int) -> None:
        super().__init__(
            msgid("文件太大，最多 %(most)s MB"),
            msgid("请拍小一点，或压缩后再传"),
            {"most": most // 1024**2},
        )


class Unreadable(RefusedFile):
    """It begins like a photo or a PDF, and is none that can be opened."""

    def __init__(self) -> None:
        super().__init__(
            msgid("文件打不开，可能没有传完整"), msgid("请重新拍一张，或换一份文件再传")
        )
