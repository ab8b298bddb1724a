"""The years people ask for: moments outside them are no answer, and reckoning from them overflows.

Local days lie up to fourteen hours from UTC, and lists look months back and ahead.
"""

from datetime import date, datetime
from typing import Any

from marshmallow import ValidationError, fields

from shared.clock import LOCAL_ZONE
from shared.inputs import msgid

YEARS = range(2000, 2101)
NO_SUCH_YEAR = msgid("请填写 2000 年到 2100 年之间的日期")


def within_years(day: date) -> bool:
    """Whether a day, or a moment, is one that a district may ask for."""
    return day.year in YEARS


def _check(day: date) -> None:
    if not within_years(day):
        raise ValidationError(NO_SUCH_YEAR)


class LocalDay(fields.Date):
    """A local day, ISO 8601, of those years."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        day: date = super()._deserialize(value, attr, data, **kwargs)
        _check(day)
        return day


class LocalMoment(fields.DateTime):
    """A moment of those years; without an offset it is local, as a form's date and time are."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        moment: datetime = super()._deserialize(value, attr, data, **kwargs)
        _check(moment)
        return moment if moment.tzinfo else moment.replace(tzinfo=LOCAL_ZONE)
