"""The process that reads one spreadsheet: `sheet_worker.py NAME HEADINGS MOST CPU MEMORY`.

NAME is `xlsx` or `csv`, HEADINGS a JSON object {plain heading: field}, MOST the number of rows
that are taken. The file comes by standard input; a line of JSON goes out, and behind it the rows as
JSON: [[number in the file, {field: cell}], …]. Bounded and isolated as shared/uploads/worker.py is.
"""

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

ROOT = Path(__file__).resolve().parents[3]
MOST_COLUMNS = 100
LONGEST_CELL = 10_000
MOST_UNPACKED = 200 * 1024**2
"""Bytes of an .xlsx when unpacked: 20,000 rows have some 30 MB, bombs gigabytes."""
HEADINGS_WITHIN = 20
"""Rows from the top in which the headings are looked for."""
Row = list[Any]
Numbered = Iterable[tuple[int, Row]]


def msgid(text: str) -> str:
    """Mark Chinese `text` for translation; nothing of ours can be imported up here."""
    return text


class Wrong(Exception):
    """Not a spreadsheet with these headings; says why and what to do."""

    def __init__(self, reason: str, remedy: str, **values: Any) -> None:
        super().__init__(reason)
        self.told = [reason, remedy, values]


def main(name: str, headings: str, most: str, seconds: str, memory: str) -> None:
    """Read, work, answer."""
    sys.path.insert(0, str(ROOT))  # isolated Python does not look where it was started
    from shared.uploads.worker import bound  # noqa: PLC0415 - found by the path above

    bound(int(seconds), int(memory))
    out = answer(name, json.loads(headings), int(most), sys.stdin.buffer.read())
    sys.stdout.buffer.write(out)
    sys.stdout.buffer.flush()


def answer(name: str, headings: dict[str, str], most: int, data: bytes) -> bytes:
    """The rows under their fields, or why there are none."""
    try:
        rows = _workbook(data) if name == "xlsx" else _text(data)
        columns, found = _fields(rows, headings, most)
    except MemoryError:
        return _line(ended_by="memory")
    except Wrong as wrong:
        return _line(refused=wrong.told)
    return _line(columns=columns) + json.dumps(found, ensure_ascii=False).encode()


def _workbook(data: bytes) -> Numbered:
    """The rows of the first sheet that has any, with the numbers Excel shows them under."""
    from openpyxl import DEFUSEDXML, load_workbook  # noqa: PLC0415 - slow, and not for CSV

    if not DEFUSEDXML:
        raise RuntimeError("defusedxml is missing: install requirements/run.txt")
    _not_a_bomb(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = next(one for one in book.worksheets if one.sheet_state == "visible")
        sheet.reset_dimensions()  # some programs write wrong ones, and rows would be missed
        yield from _cells(sheet)
    except (MemoryError, Wrong):
        raise
    except Exception as error:
        # Whatever a broken file makes openpyxl raise: it is the file's fault.
        raise _unreadable() from error


def _cells(sheet: Any) -> Numbered:
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), start=1):
        yield number, [_cell(one) for one in row]


def _cell(cell: Any) -> Any:
    """A value JSON can hold: moments and Excel's errors (#N/A) are marked as such."""
    value = cell.value
    if value is not None and cell.data_type == "e":
        return {"error": str(value)}
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, date):
        return {"at": datetime.combine(value, time()).isoformat(), "day": True}
    if isinstance(value, (time, timedelta)):
        return str(value)
    return value[:LONGEST_CELL] if isinstance(value, str) else value


def _not_a_bomb(data: bytes) -> None:
    try:
        with ZipFile(io.BytesIO(data)) as packed:
            size = sum(one.file_size for one in packed.infolist())
    except (BadZipFile, ValueError, NotImplementedError) as error:
        raise _unreadable() from error
    if size > MOST_UNPACKED:
        raise Wrong(msgid("表格太大，处理不了"), msgid("请分成几份再传"))


def _text(data: bytes) -> Numbered:
    """The rows of a text with commas, or tabs or semicolons, in UTF-8 or GB18030."""
    text = _decoded(data)
    first = text[: text.find("\n") if "\n" in text else len(text)]
    delimiter = max(",\t;，", key=first.count)
    csv.field_size_limit(10 * LONGEST_CELL)
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), start=1):
            yield number, [_unquoted(one)[:LONGEST_CELL] for one in row[:MOST_COLUMNS]]
    except csv.Error as error:
        raise _unreadable() from error


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Wrong(msgid("文字编码认不出来"), msgid("请用 Excel 打开，另存为 .xlsx 再传"))


def _unquoted(text: str) -> str:
    """Without what keeps Excel from reading a long number as a number: ="138…", a tab, '138…."""
    text = text.strip()
    if text.startswith('="') and text.endswith('"'):
        return text[2:-1]
    return text.removeprefix("'")


def _fields(
    rows: Numbered, headings: dict[str, str], most: int
) -> tuple[list[str], list[tuple[int, dict[str, Any]]]]:
    """The fields that have a column, and each row that is not blank, as field -> cell."""
    numbered = iter(rows)
    columns, waiting = _columns(numbered, headings)
    found = []
    for number, row in chain(waiting, numbered):
        given = {field: row[at] for at, field in columns.items() if at < len(row)}
        given = {field: cell for field, cell in given.items() if not _blank(cell)}
        if given:
            found.append((number, given))
        if len(found) > most:
            raise Wrong(msgid("超过 %(most)s 行"), msgid("请分成几份再传"), most=most)
    return list(columns.values()), found


def _columns(
    numbered: Iterator[tuple[int, Row]], headings: dict[str, str]
) -> tuple[dict[int, str], list[tuple[int, Row]]]:
    """Where each field stands, and the rows that were read too far.

    Titles above the headings are passed over. Where cells are merged, headings may stand in two
    rows; what the upper one does not tell is looked for in the lower.
    """
    for _, row in islice(numbered, HEADINGS_WITHIN):
        upper = _matched(row, headings)
        if "number" not in upper.values():
            continue
        below = next(numbered, None)
        lower = _matched(below[1], headings) if below else {}
        fresh = {at: f for at, f in lower.items() if at not in upper and f not in upper.values()}
        if fresh:
            return upper | fresh, []
        return upper, [below] if below else []
    reason = msgid("没有找到“%(heading)s”这一列")
    raise Wrong(reason, msgid("请下载模板，把表头改成模板里的写法"), heading="工单编号")


def _matched(row: Row, headings: dict[str, str]) -> dict[int, str]:
    """Column -> field; of two columns of one field the first counts."""
    from services.intake.hotline.headings import plain  # noqa: PLC0415 - found by main's path

    found: dict[int, str] = {}
    for at, cell in enumerate(row):
        field = headings.get(plain(cell)) if isinstance(cell, str) else None
        if field and field not in found.values():
            found[at] = field
    return found


def _blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _unreadable() -> Wrong:
    reason = msgid("文件打不开，可能没有传完整")
    return Wrong(reason, msgid("请用 Excel 打开，另存为 .xlsx 再传"))


def _line(**told: Any) -> bytes:
    return json.dumps(told).encode() + b"\n"


if __name__ == "__main__":
    main(*sys.argv[1:])
