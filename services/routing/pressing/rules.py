"""The rules of pressing: why something may not be done, or None. See ``services.routing.rules``."""

from collections.abc import Mapping

from services.routing.rules import Reason, msgid
from services.routing.supervision_values import Level


def no_such_level(level: int | None, levels: Mapping[int, Level]) -> Reason | None:
    """It is pressed at one of the district's levels (3-23)."""
    if level is None or level in levels:
        return None
    names = "；".join(f"{one.level} {one.name}" for one in levels.values())
    text, remedy = msgid("本区没有第 %(level)s 级督办"), msgid("可以选：%(names)s")
    return Reason("level", text, remedy, values={"level": level, "names": names})


def called_before(*, open_visit: bool) -> Reason | None:
    """One call to the spot at a time."""
    if not open_visit:
        return None
    remedy = msgid("请先登记那一次的现场办理记录")
    return Reason("order", msgid("已经请负责人到现场，还没有登记记录"), remedy, "N")


def nobody_called(*, open_visit: bool) -> Reason | None:
    """What was seen on the spot answers a call."""
    if open_visit:
        return None
    return Reason("order", msgid("没有待登记的现场办理"), msgid("请先请负责人到现场"), "N")


def nobody_met(met: str) -> Reason | None:
    """见人见事: the record says who was met."""
    if met.strip():
        return None
    return Reason("met", msgid("没有写见了谁"), msgid("请写明在现场见到的居民或其他人"), "N")
