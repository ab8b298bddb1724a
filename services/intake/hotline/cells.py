"""One cell of a 12345 order, as Excel, a text file or a program gives it, read as what it is for.

A cell is text, a number, a truth value, {"at": ISO moment without zone, "day": no time of day},
{"error": "#N/A"}, or nothing.
"""

from datetime import datetime, time, timedelta
from typing import Any

from services.intake.hotline.pack import Hotline
from services.intake.reason import Reason, msgid
from shared.characters import storable
from shared.clock import LOCAL_ZONE

MOST_DIGITS = 15
"""Excel keeps no more of a number; what stands behind them became zeros."""
_EXCEL_BEGINS = datetime(1899, 12, 30)  # noqa: DTZ001 - days are counted from here, in no zone
_EXCEL_DAYS = (25_569, 80_000)
"""From 1970 to 2119: other numbers are no dates."""
_YEARS = range(1970, 2120)
"""The same, however it is written."""
_LONGEST_SHOWN = 40


def text(field: str, cell: Any, most: int) -> str | Reason:
    """The cell as text of at most `most` characters."""
    if cell is None:
        return ""
    if isinstance(cell, dict):
        return _marked(field, cell)
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, (int, float)):
        return _number(field, cell)
    found = str(cell).strip()
    if len(found) > most:
        return _too_long(field, most)
    return found if storable(found) else _not_storable(field)


def moment(field: str, cell: Any, hotline: Hotline, *, ends: bool = False) -> datetime | Reason:
    """The cell as a moment, in the district's zone; a day alone begins, or `ends`, the day.

    Raises nothing: what is no moment gives its reason.
    """
    found, whole_day = _moment(cell, hotline)
    if found is None or found.year not in _YEARS:
        return _no_moment(field, cell, hotline)
    if whole_day and ends:
        found = datetime.combine(found.date(), time()) + timedelta(days=1)
    return found.replace(tzinfo=LOCAL_ZONE) if found.tzinfo is None else found


def flag(field: str, cell: Any, hotline: Hotline) -> bool | Reason:
    """The cell as yes or no; nothing is no."""
    if isinstance(cell, bool):
        return cell
    said = text(field, cell, _LONGEST_SHOWN)
    if isinstance(said, Reason) or not said:
        return said or False
    known = hotline.flags.get(said.upper())
    if known is not None:
        return known
    wrong = msgid("“%(said)s”看不出是“是”还是“否”")
    return Reason(field, wrong, msgid("请填“是”或“否”"), {"said": said})


def _marked(field: str, cell: dict[str, Any]) -> str | Reason:
    if "error" in cell:
        return _is_error(field, cell["error"])
    return str(cell.get("at", ""))[: 10 if cell.get("day") else 19].replace("T", " ")


def _number(field: str, number: float) -> str | Reason:
    if isinstance(number, float) and not number.is_integer():
        return str(number)
    digits = str(int(number))
    if len(digits.lstrip("-")) > MOST_DIGITS:
        return Reason(
            field,
            msgid("号码太长，被 Excel 当成数字，末几位已经丢失"),
            msgid("请把这一列设为“文本”格式，重新填写号码"),
        )
    return digits


def _moment(cell: Any, hotline: Hotline) -> tuple[datetime | None, bool]:
    """The moment, and whether it is a day alone."""
    if isinstance(cell, dict) and "at" in cell:
        at = datetime.fromisoformat(cell["at"])
        return at, bool(cell.get("day")) or at.time() == time()
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return _of_excel(float(cell))
    return _written(str(cell).strip(), hotline) if isinstance(cell, str) else (None, False)


def _of_excel(days: float) -> tuple[datetime | None, bool]:
    if not _EXCEL_DAYS[0] <= days <= _EXCEL_DAYS[1]:
        return None, False
    return _EXCEL_BEGINS + timedelta(seconds=round(days * 86_400)), days.is_integer()


def _written(said: str, hotline: Hotline) -> tuple[datetime | None, bool]:
    for form in hotline.date_formats:
        try:
            found = datetime.strptime(said, form)  # noqa: DTZ007 - the district's zone comes after
        except ValueError:
            continue
        return found, "%H" not in form
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return None, False
    return found, False


def _no_moment(field: str, cell: Any, hotline: Hotline) -> Reason:
    if isinstance(cell, dict) and "error" in cell:
        return _is_error(field, cell["error"])
    sample = datetime(2026, 11, 21, 9, 12, tzinfo=LOCAL_ZONE).strftime(hotline.date_formats[0])
    values = {"said": str(cell)[:_LONGEST_SHOWN], "sample": sample}
    wrong = msgid("“%(said)s”看不出是什么时间")
    return Reason(field, wrong, msgid("请写成 %(sample)s 的样子"), values)


def _is_error(field: str, error: str) -> Reason:
    wrong = msgid("单元格里是公式错误 %(error)s")
    remedy = msgid("请改正公式，或直接填写内容")
    return Reason(field, wrong, remedy, {"error": error[:_LONGEST_SHOWN]})


def _too_long(field: str, most: int) -> Reason:
    return Reason(field, msgid("太长，最多 %(max)s 个字"), msgid("请缩短"), {"max": most})


def _not_storable(field: str) -> Reason:
    wrong = msgid("含有不能保存的字符")
    return Reason(field, wrong, msgid("请去掉看不见的字符，重新输入"))
