"""Which resolved cases may be closed at the day's end, and why the others wait."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.intake.case import Case
from services.intake.reason import Reason, msgid
from shared.sealing.cipher import Tampered
from shared.sealing.keys import UnknownKey
from shared.workdays import WorkCalendar


@dataclass(frozen=True)
class Kept:
    """A resolved case that is not closed today, or a finished one that is not sealed, and why."""

    number: str
    title: str
    owner: str
    why: Reason


def why_not(error: Exception) -> Reason:
    """Why a dossier could not be made; an error's own words may tell of somebody, and are not told.

    The log has them, under the number.
    """
    remedy = msgid("请系统管理员按编号看日志、核对数据密钥和备份；修好以后，下一次日终归档会再封存")
    if isinstance(error, Tampered):
        values: Mapping[str, Any] = {"what": error.purpose}
        return Reason("dossier", msgid("加密保存的内容打不开：%(what)s"), remedy, values)
    if isinstance(error, UnknownKey):
        return Reason("dossier", msgid("打开它要用的数据密钥不在这里"), remedy)
    values = {"error": type(error).__name__}
    return Reason("dossier", msgid("档案做不出来（%(error)s）"), remedy, values)


def not_yet(
    case: Case, now: datetime, calendar: WorkCalendar, rating_workdays: int
) -> Reason | None:
    """Why a resolved case stays open, or nothing: what was done today is archived today (N)."""
    return _badly_rated(case) or _promised(case) or _not_rated(case, now, calendar, rating_workdays)


def _badly_rated(case: Case) -> Reason | None:
    """A bad rating is looked into first: contacted, put right, answered (A52)."""
    rating = case.rating
    if rating is None or rating.satisfied or rating.resolution != case.resolutions:
        return None
    return Reason(
        "rating",
        msgid("居民不满意，先联系、整改，再归档"),
        msgid("没有解决的请重新办理；已答复居民的，可以在办件页上归档"),
    )


def _promised(case: Case) -> Reason | None:
    """Minor materials were promised and are not here (A24)."""
    if not case.promised:
        return None
    values: Mapping[str, Any] = {"names": "、".join(case.promised)}
    return Reason("promise", msgid("承诺补交的材料还没有到：%(names)s"), "", values)


def _not_rated(
    case: Case, now: datetime, calendar: WorkCalendar, rating_workdays: int
) -> Reason | None:
    """Where a district lets residents rate before it closes, it waits so long."""
    if case.resolved_at is None or not rating_workdays or case.rating is not None:
        return None
    until = calendar.add_workdays(case.resolved_at, rating_workdays)
    if now > until:
        return None
    values: Mapping[str, Any] = {"n": rating_workdays}
    return Reason("rating", msgid("等居民评价，%(n)s 个工作日没有评价再归档"), "", values)
