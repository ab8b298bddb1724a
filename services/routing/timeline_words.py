"""How a deadline came about, in words that a person can check against a wall calendar."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.routing.limits import Left, Limit, Words, hours_words
from services.routing.timeline import SINCE, Extension, Pause, Timeline
from shared.clock import local
from shared.workdays import END_OF_DAY, Explanation, WorkCalendar

_ONE_DAY = timedelta(days=1)


def explain(line: Timeline, calendar: WorkCalendar) -> Explanation:
    """Say how the finish deadline came about.

    Names what the clock began from, every pause with its reason, the extension, the holidays
    skipped and the make-up days counted while it ran, and a calendar that is not yet known.
    """
    say = _Dates(line.begun_at)
    told = [_head(line, line.finish, say)]
    told += [words for _, words in sorted([*_paused(line, say), *_extended(line, say)])]
    told += _days(line, calendar, say)
    told += _end(line, say)
    return _joined(line.due_by, told)


def explain_contact(line: Timeline, calendar: WorkCalendar) -> Explanation | None:
    """Say how the contact deadline came about; None where no contact is asked."""
    if line.contact is None or line.contact_by is None:
        return None
    say = _Dates(line.begun_at)
    told = [_head(line, line.contact, say)]
    if line.contact.unit != "hours":
        last = local(line.contact_by).date()
        told += _special(_first_day(line, line.contact), last, (), calendar, say)
    told.append(say.until(line.contact_by))
    if line.contacted_at:
        when = say.moment(line.contacted_at)
        told.append(Words(f"{when.zh} 已联系", f"contacted {when.en}"))
    return _joined(line.contact_by, told)


@dataclass(frozen=True)
class _Dates:
    """Dates and times as read in the district; in Chinese the year only where it is another."""

    begun_at: datetime

    def day(self, day: date) -> Words:
        same = day.year == local(self.begun_at).year
        return Words(f"{'' if same else f'{day.year}年'}{day.month}月{day.day}日", str(day))

    def moment(self, at: datetime) -> Words:
        here = local(at)
        day, clock = self.day(here.date()), f"{here:%H:%M}"
        if here.time().replace(microsecond=0) == END_OF_DAY:
            clock = "24:00"
        return Words(f"{day.zh} {clock}", f"{day.en} {clock}")

    def until(self, at: datetime) -> Words:
        when = self.moment(at)
        return Words(f"至 {when.zh}", f"until {when.en}")

    def range(self, first: date, last: date) -> Words:
        a, b = self.day(first), self.day(last)
        return a if first == last else Words(f"{a.zh} 至 {b.zh}", f"{a.en} to {b.en}")


def _head(line: Timeline, limit: Limit, say: _Dates) -> Words:
    since, begun, words = SINCE[line.since], say.moment(line.begun_at), limit.words
    zh = f"自 {begun.zh} {since.zh}起 {words.zh}"
    en = f"{words.en} from {since.en} at {begun.en}"
    if limit.unit == "workdays":
        return Words(f"{zh}（次日起算）", f"{en}, counted from the next day")
    if limit.unit == "service_hours" and line.service:
        open_ = hours_words(line.service)
        return Words(f"{zh}（{open_.zh}）", f"{en} ({open_.en})")
    return Words(zh, en)


def _paused(line: Timeline, say: _Dates) -> list[tuple[datetime, Words]]:
    return [(pause.since, _pause_words(pause, say)) for pause in line.pauses]


def _pause_words(pause: Pause, say: _Dates) -> Words:
    since, rest = say.moment(pause.since), _rest(pause)
    why_zh, why_en = f"因“{pause.reason}”中止计时", f"because of “{pause.reason_en}”"
    if pause.until is None:
        zh, en = f"{since.zh} 起{why_zh}", f"paused since {since.en} {why_en}"
    else:
        until = say.moment(pause.until)
        zh = f"{since.zh} 至 {until.zh} {why_zh}"
        en = f"paused from {since.en} to {until.en} {why_en}"
    return Words(f"{zh}（{rest.zh}）", f"{en} ({rest.en})")


def _rest(pause: Pause) -> Words:
    if pause.left is None and not pause.moves:
        return Words("当时已超期，期限不变", "late already, so the deadline stays")
    if pause.left is None:
        return Words("当时已超期", "late already")
    zh, en = pause.left.words
    left = Words(f"当时余 {zh}", f"{en} left then")
    left = Words("当天到期", "due that day") if _last_day(pause.left) else left
    gained = _gained(pause)
    return Words(f"{left.zh}{gained.zh}", f"{left.en}{gained.en}")


def _gained(pause: Pause) -> Words:
    """What an ended pause of a clock of working days moved it on by."""
    if pause.days is None:
        return Words("", "")
    if pause.days == 0:
        return Words("，累计不足一个工作日，不顺延", ", less than a working day in all: it stays")
    days = Limit(workdays=pause.days).words
    return Words(f"，顺延 {days.zh}", f", moved on by {days.en}")


def _last_day(left: Left) -> bool:
    return left.unit == "workdays" and left.workdays == 0


def _extended(line: Timeline, say: _Dates) -> list[tuple[datetime, Words]]:
    return [(one.at, _extension_words(one, line.pauses, say)) for one in line.extensions]


def _extension_words(one: Extension, pauses: tuple[Pause, ...], say: _Dates) -> Words:
    added, at = Limit(workdays=one.workdays).words, say.moment(one.at)
    zh, en = f"{at.zh} 批准延长 {added.zh}", f"extended by {added.en} at {at.en}"
    if any(p.since <= one.at and (p.until is None or one.at < p.until) for p in pauses):
        return Words(zh, en)  # the deadline stood still then, so no date can be named
    before = say.moment(one.due_before)
    return Words(f"{zh}（原定至 {before.zh}）", f"{en} (before: {before.en})")


def _end(line: Timeline, say: _Dates) -> list[Words]:
    if line.remaining and line.pauses[-1].moves:
        return [_waiting(line.remaining)]
    told = [say.until(line.due_by)]
    if line.stopped_at:
        when = say.moment(line.stopped_at)
        told.append(Words(f"{when.zh} 停止计时", f"stopped at {when.en}"))
    return told


def _waiting(left: Left) -> Words:
    if _last_day(left):
        zh = "恢复计时当天 24:00 到期，逢休息日顺延至下一个工作日"
        return Words(zh, "due at the end of the day it goes on, or of the next working day")
    if left.unit == "workdays":
        zh = "恢复计时后，中止时间累计每满一个工作日，期限顺延一个工作日"
        return Words(zh, "it moves on by a working day for every whole one it was paused in all")
    zh, en = left.words
    return Words(f"恢复计时后接着计算余下的 {zh}", f"still to count once it goes on: {en}")


# -- which days were counted -----------------------------------------------------------------------


def _days(line: Timeline, calendar: WorkCalendar, say: _Dates) -> list[Words]:
    """The holidays and make-up days in what was counted; none for hours around the clock."""
    if line.extensions and not _by_workdays(line, line.finish):
        first = local(line.extensions[0].due_before).date()
    elif _by_workdays(line, line.finish):
        first = _first_day(line, line.finish)
    else:
        return []
    # while it is paused, what comes after the pause began is not counted yet
    last = local(line.paused_at or line.due_by).date()
    return _special(first, last, _skipped(line), calendar, say)


def _by_workdays(line: Timeline, limit: Limit) -> bool:
    if limit.unit == "service_hours":
        return line.service is not None and line.service.days == "workdays"
    return limit.unit == "workdays"


def _first_day(line: Timeline, limit: Limit) -> date:
    """The day after which days count: with service hours the first day counts too."""
    day = local(line.begun_at).date()
    return day - _ONE_DAY if limit.unit == "service_hours" else day


def _skipped(line: Timeline) -> tuple[tuple[date, date], ...]:
    """The first and last day of every pause that were not counted, both included.

    A clock of working days counts through a pause and on by the days gained, so none is left out.
    """
    return tuple(
        (local(pause.since).date() + _ONE_DAY, local(pause.until).date() - _ONE_DAY)
        for pause in line.pauses
        if pause.until is not None and pause.moves and pause.days is None
    )


def _special(
    after: date,
    through: date,
    skipped: tuple[tuple[date, date], ...],
    calendar: WorkCalendar,
    say: _Dates,
) -> list[Words]:
    def counted(day: date) -> bool:
        return not any(first <= day <= last for first, last in skipped)

    off, made_up = calendar.special_days(after, through)
    told = [
        _holiday_words(first, last, calendar.holiday_name(first), say)
        for first, last in _ranges([day for day in off if counted(day)], calendar)
    ]
    extra = [say.day(day) for day in made_up if counted(day)]
    if extra:
        zh, en = "、".join(day.zh for day in extra), ", ".join(day.en for day in extra)
        told.append(Words(f"{zh} 调休上班，计入", f"make-up working days counted: {en}"))
    if through > calendar.known_until:
        told.append(Words(*calendar.unknown_words))
    return told


def _holiday_words(first: date, last: date, name: tuple[str, str] | None, say: _Dates) -> Words:
    days = say.range(first, last)
    zh, en = name or ("", "holiday")
    return Words(f"{days.zh} {zh}放假，不计", f"{en} {days.en} not counted")


def _ranges(days: list[date], calendar: WorkCalendar) -> list[tuple[date, date]]:
    """Days in a row of one name, as first and last."""
    found: list[tuple[date, date]] = []
    for day in days:
        if found and day - found[-1][1] == _ONE_DAY and _same_name(found[-1][1], day, calendar):
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def _same_name(a: date, b: date, calendar: WorkCalendar) -> bool:
    return calendar.holiday_name(a) == calendar.holiday_name(b)


def _joined(deadline: datetime, told: list[Words]) -> Explanation:
    zh, en = "；".join(one.zh for one in told), "; ".join(one.en for one in told)
    return Explanation(deadline, f"{zh}。", f"{en[0].upper()}{en[1:]}.")
