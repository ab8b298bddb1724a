"""Tables of text as .xlsx and .csv, made in memory: nothing of them touches a disk.

openpyxl writes each sheet to a file in /tmp first, for whoever holds the disk to read.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.writer.excel import ExcelWriter

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
_TEXT = "@"
"""Excel's format of cells that are text: long numbers keep their last digits."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
Table = Iterable[Sequence[Any]]


def xlsx(title: str, headings: Sequence[str], rows: Table, widths: Sequence[int] = ()) -> bytes:
    """One sheet, every cell text and none a formula, its headings kept in sight."""
    book = Workbook()
    sheet = book.active
    sheet.title = title
    for number, row in enumerate((headings, *rows), start=1):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(number, column)
            cell.value = _plain(value)
            cell.data_type = "s"  # whatever it begins with
            cell.number_format = _TEXT
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if number == 1:
                cell.font = Font(bold=True)
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"
    return _bytes(book)


def comma_separated(headings: Sequence[str], rows: Table) -> bytes:
    """Text with commas in UTF-8 with its mark, as Excel wants it; no cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(headings)
    writer.writerows([_harmless(_plain(value)) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


class _InMemory(ExcelWriter):  # type: ignore[misc]  # openpyxl has no types
    def write_worksheet(self, ws: Any) -> None:
        """As openpyxl does, but through memory."""
        ws._drawing = None  # noqa: SLF001 - openpyxl's writers share these
        out = io.BytesIO()
        writer = WorksheetWriter(ws, out)
        writer.write()
        ws._rels = writer._rels  # noqa: SLF001
        self._archive.writestr(ws.path[1:], out.getvalue())
        self.manifest.append(ws)


def _bytes(book: Any) -> bytes:
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        _InMemory(book, archive).save()
    return out.getvalue()


def _plain(value: Any) -> str:
    """A value as text; what XML cannot hold is left out."""
    said = "" if value is None else str(value)
    return "".join(char for char in said if char >= " " or char in "\n\t")


def _harmless(said: str) -> str:
    return f"'{said}" if said.startswith(_FORMULA) else said
