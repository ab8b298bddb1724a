"""Figures as a file: a spreadsheet for people, comma-separated for programs."""

import csv
import io
from collections.abc import Callable, Sequence

from openpyxl import Workbook
from openpyxl.styles import Font

from services.intake.figures.actions import Told
from services.intake.figures.lines import Line
from shared.web.i18n import gettext, msgid

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell = str | int | float | None
_HEADS = (
    msgid("受理"),
    msgid("已办结"),
    msgid("已撤回"),
    msgid("不予办理"),
    msgid("当场办结"),
    msgid("当场办结率"),
    msgid("平均用时（分钟）"),
    msgid("当场办结平均用时（分钟）"),
    msgid("用时中位数超过（分钟）"),
    msgid("用时中位数不超过（分钟）"),
    msgid("一次办成率"),
    msgid("有承诺时限的"),
    msgid("按时办结率"),
    msgid("非常不满意"),
    msgid("不满意"),
    msgid("基本满意"),
    msgid("满意"),
    msgid("非常满意"),
    msgid("满意率"),
    msgid("改革前基线（分钟）"),
)


def _row(line: Line) -> tuple[Cell, ...]:
    return (
        line.accepted,
        line.done,
        line.withdrawn,
        line.refused,
        line.on_spot,
        line.on_spot_share,
        line.mean_minutes,
        line.spot_mean_minutes,
        line.median_above_minutes,
        line.median_upto_minutes,
        line.first_visit_share,
        line.timed,
        line.on_time_share,
        *line.grades,
        line.satisfied_share,
        line.baseline_minutes,
    )


def table(told: Told, head: str, label: Callable[[str], str]) -> list[tuple[Cell, ...]]:
    """Heads, the lines and their sum; `label` names a line."""
    lines = [(label(line.code), *_row(line)) for line in told.lines]
    return [
        (head, *(gettext(name) for name in _HEADS)),
        *lines,
        (gettext("合计"), *_row(told.total)),
    ]


def csv_file(rows: Sequence[Sequence[Cell]]) -> bytes:
    """Comma-separated, UTF-8 with its mark, as the spreadsheets of offices want it."""
    out = io.StringIO()
    csv.writer(out).writerows([[_plain(cell) for cell in row] for row in rows])
    return out.getvalue().encode("utf-8-sig")


def xlsx_file(rows: Sequence[Sequence[Cell]], title: str) -> bytes:
    """A workbook with one sheet, its heads bold and fixed."""
    book = Workbook()
    sheet = book.active
    sheet.title = title[:31]
    for row in rows:
        sheet.append([_plain(cell) for cell in row])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "B2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _plain(cell: Cell) -> Cell:
    """No text of a pack is ever run as a formula, and shares have four digits."""
    if isinstance(cell, str) and cell[:1] in "=+-@":
        return f"'{cell}"
    return round(cell, 4) if isinstance(cell, float) else cell
