"""Spreadsheets as people make them, for the tests; nobody in them is real."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from openpyxl import Workbook

from services.intake.case import Actor
from services.intake.hotline import import_timers, sheet
from services.intake.hotline.pack import hotline_of
from services.intake.hotline.sheet import Sheet
from services.intake.staff import accounts
from shared.permissions import User
from shared.runtime import Runtime
from tests.unit.intake.ground import COMMUNITY, xiangshan

HOTLINE = hotline_of(xiangshan())
SUPERVISOR = Actor("gaoming", "高明", "supervisor", None)
HEADINGS = ("工单编号", "受理时间", "来电人", "联系电话", "所属社区", "诉求类型", "诉求内容")
CALLED = datetime(2026, 11, 21, 9, 12)  # noqa: DTZ001 - cells of Excel know no zone
PLACE = xiangshan().communities[COMMUNITY]


def line(number: Any = "SL001", **changes: Any) -> dict[str, Any]:
    """A row that is right, as heading -> cell."""
    row = dict(
        zip(
            HEADINGS,
            (number, CALLED, "王建国", "13805610000", PLACE.short_name, "投诉", "楼道灯不亮"),
            strict=True,
        )
    )
    return row | changes


def workbook(rows: Iterable[dict[str, Any]], headings: Sequence[str] = HEADINGS) -> bytes:
    """Rows under headings, as .xlsx."""
    return saved([headings, *([row.get(name) for name in headings] for row in rows)])


def saved(rows: Iterable[Sequence[Any]], merged: Sequence[str] = ()) -> bytes:
    """Cells as .xlsx, some of them merged."""
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    for cells in merged:
        book.active.merge_cells(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(data: bytes, name: str = "工单.xlsx") -> Sheet:
    """As the service reads it."""
    return sheet.read(data, name, HOTLINE)


def officers(runtime: Runtime, communities: Iterable[str] = (COMMUNITY,)) -> None:
    """Somebody at the desk of each community."""
    for code in communities:
        user = User(f"u{code}", "周敏", "desk", community=code)
        runtime.database.run(lambda tx, user=user: accounts.add(tx, user, "no password"))


def imported(runtime: Runtime, data: bytes) -> str:
    """The id of an import that was worked off."""
    import_id = import_timers.begin(runtime, read(data), SUPERVISOR)
    import_timers.go_on(runtime)
    return import_id
