"""Template filters: local times, durations in words, masks of personal data, lamps."""

import math
from datetime import date, datetime, timedelta

import flask
from markupsafe import Markup

from shared.clock import LOCAL_ZONE as ZONE
from shared.mask import mask_id, mask_name, mask_phone
from shared.web.context import web_of
from shared.web.i18n import CHINESE, gettext, language, ngettext

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_LONG_AGO = 30 * _DAY

Moment = datetime | str


def moment(value: Moment) -> datetime:
    """Read a moment: a datetime with a time zone, or its ISO 8601 text.

    Raises ValueError for a moment without a time zone: guessing one is how deadlines slip.
    """
    read = datetime.fromisoformat(value) if isinstance(value, str) else value
    if read.tzinfo is None:
        raise ValueError(f"moment: {read.isoformat()} has no time zone; use an aware datetime")
    return read.astimezone(ZONE)


def local_date_words(day: date) -> str:
    """Say a day; the year only when it is not this one."""
    this_year = web_of().now().astimezone(ZONE).year
    if language() == CHINESE:
        words = f"{day.month}月{day.day}日"
        return words if day.year == this_year else f"{day.year}年{words}"
    words = f"{day.day} {_MONTHS[day.month - 1]}"
    return words if day.year == this_year else f"{words} {day.year}"


def local_time(value: Moment | date | None) -> Markup:
    """Say a moment as people here do: 11月21日 15:04, or 21 Nov 15:04. Nothing for None."""
    if value is None or value == "":
        return Markup("")
    if isinstance(value, date) and not isinstance(value, datetime):
        return Markup('<time datetime="{}">{}</time>').format(
            value.isoformat(), local_date_words(value)
        )
    local = moment(value)
    return Markup('<time datetime="{}">{}</time>').format(
        local.isoformat(timespec="seconds"), f"{local_date_words(local.date())} {local:%H:%M}"
    )


def local_day(value: Moment | date | None) -> Markup:
    """Say only the day of a moment."""
    if value is None or value == "":
        return Markup("")
    plain_day = isinstance(value, date) and not isinstance(value, datetime)
    return local_time(value if plain_day else moment(value).date())  # type: ignore[arg-type]


def span(length: timedelta) -> str:
    """Say a length of time in its largest whole unit."""
    seconds = int(abs(length.total_seconds()))
    if seconds >= _DAY:
        return ngettext("%(num)s 天", "%(num)s 天", seconds // _DAY)
    if seconds >= _HOUR:
        return ngettext("%(num)s 小时", "%(num)s 小时", seconds // _HOUR)
    return ngettext("%(num)s 分钟", "%(num)s 分钟", max(1, seconds // _MINUTE))


def since(value: Moment | None) -> str:
    """Say how long ago a moment was."""
    if not value:
        return ""
    then = moment(value)
    passed = web_of().now() - then
    if passed.total_seconds() < _MINUTE:
        return gettext("刚刚")
    if passed.total_seconds() >= _LONG_AGO:
        return local_date_words(then.date())
    return gettext("%(span)s前", span=span(passed))


def until(value: Moment | None) -> str:
    """Say how long there is until a moment, or how late it is."""
    if not value:
        return ""
    left = moment(value) - web_of().now()
    if left.total_seconds() < 0:
        return gettext("已超期 %(span)s", span=span(left))
    return gettext("还有 %(span)s", span=span(left))


def time_left(value: Moment | None) -> str:
    """Say the distance to a moment, whichever side of it we are on."""
    return span(moment(value) - web_of().now()) if value else ""


def lamp_state(value: Moment | None, soon_hours: float = 24) -> str:
    """Give a deadline's lamp: `ok`, `soon` within `soon_hours`, `late`; `none` without one."""
    if not value:
        return "none"
    left = moment(value) - web_of().now()
    if left.total_seconds() < 0:
        return "late"
    return "soon" if left <= timedelta(hours=soon_hours) else "ok"


def pages(total: int, size: int) -> int:
    """Count the pages of a list; an empty list has one."""
    return max(1, math.ceil(total / size))


def install(app: flask.Flask) -> None:
    """Give the templates these filters."""
    app.jinja_env.filters.update(
        local_time=local_time,
        local_day=local_day,
        since=since,
        until=until,
        time_left=time_left,
        lamp_state=lamp_state,
        mask_phone=mask_phone,
        mask_id=mask_id,
        mask_name=mask_name,
    )
    app.jinja_env.globals["count_pages"] = pages
