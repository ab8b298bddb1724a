"""Somebody's spreadsheet as rows, read in a process that may be ended (`sheet_worker.py`)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from services.intake.hotline.pack import Hotline
from services.intake.reason import Invalid, Reason, msgid
from shared.uploads.inspect import MOST_BYTES
from shared.uploads.prepare import reader_turn
from shared.uploads.reading import ask, worker_of
from shared.uploads.refused import FIELD, Busy, RefusedFile, TooLarge

WORKER = Path(__file__).with_name("sheet_worker.py")
MOST_SECONDS = 25
"""Of a processor: 20,000 rows of .xlsx take some six."""
_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Sheet:
    """A spreadsheet's name, and (row in the file, {field: cell}) of all that are not blank."""

    file_name: str
    rows: list[tuple[int, Mapping[str, Any]]]


def read(data: bytes, name: str, hotline: Hotline) -> Sheet:
    """Read .xlsx, or .csv in UTF-8 or GB18030; the others are answered meanwhile.

    Raises:
        Invalid: it is no spreadsheet with these headings, or is too large; says what to do.
        Busy: too many others are sending files.
        Failed: the process that should read it is broken.

    """
    try:
        kind = _kind(data, name)
        about = (kind, json.dumps(hotline.headings, ensure_ascii=False), str(hotline.most_rows))
        with reader_turn():
            told, body = ask(worker_of(WORKER, *about, seconds=MOST_SECONDS), data, kind)
    except Busy:
        raise  # nothing is wrong with the file: 503, see problems.py
    except RefusedFile as refused:
        reason = Reason(FIELD, refused.reason, refused.remedy, refused.values)
        raise Invalid(reason) from refused
    _all_columns(told["columns"], hotline)
    rows = [(number, given) for number, given in json.loads(body)]
    if not rows:
        raise Invalid(Reason(FIELD, msgid("表头下面没有内容"), msgid("请填好工单再传")))
    return Sheet(name, rows)


def _kind(data: bytes, name: str) -> str:
    """What the bytes are; the name only tells text from what is none of ours."""
    if not data:
        raise RefusedFile(msgid("文件是空的"), msgid("请重新选一个文件"))
    if len(data) > MOST_BYTES:
        raise TooLarge(MOST_BYTES)
    if data.startswith(_ZIP):
        return "xlsx"
    if data.startswith(_OLD_EXCEL):
        raise RefusedFile(
            msgid("这是旧版 .xls，或者加了密码的表格"),
            msgid("请用 Excel 打开，去掉密码，另存为 .xlsx 再传"),
        )
    if PurePosixPath(name.lower()).suffix in {".csv", ".txt"} and b"\0" not in data:
        return "csv"
    raise RefusedFile(msgid("这不是表格"), msgid("请上传 .xlsx，或者 UTF-8、GB18030 编码的 .csv"))


def _all_columns(columns: list[str], hotline: Hotline) -> None:
    """A column that is missing is one fault of the file, not one of each row.

    Raises:
        Invalid: naming each that is not there.

    """
    missing = [one.headings[0] for one in hotline.required if one.field not in columns]
    if missing:
        text = msgid("没有这些列：%(names)s")
        remedy = msgid("请下载模板，把表头改成模板里的写法")
        raise Invalid(Reason(FIELD, text, remedy, {"names": "、".join(missing)}))
