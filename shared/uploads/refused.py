"""Why an uploaded file is not taken. Texts are Chinese message ids with `%(name)s`."""

from collections.abc import Mapping
from typing import Any

from shared.msgid import msgid as msgid  # noqa: PLC0414 - handed on

FIELD = "file"


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


class TooHeavy(RefusedFile):
    """It would take more time or memory to read than any photo or paper does."""

    def __init__(self) -> None:
        super().__init__(msgid("文件太复杂，处理不了"), msgid("请重新拍一张照片，或截屏后再传"))


class Busy(RefusedFile):
    """Nothing is wrong with it: so many others are being read that it has no turn."""

    def __init__(self) -> None:
        super().__init__(msgid("现在上传的人很多，还没有轮到这个文件"), msgid("请过一会儿再传一次"))
