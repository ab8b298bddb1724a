"""What the page and the API of figures take and give."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.intake.figures.queries import BY_DAY, BY_WEEK, BYS
from shared.web.i18n import msgid
from shared.years import LocalDay

LONGEST = {BY_DAY: 92, BY_WEEK: 400}
"""Days that can be shown one by one, and in weeks."""
LONGEST_PERIOD = 366 * 20


class FiguresIn(ma.Schema):
    """Which figures; without a period, the last thirty days."""

    first = LocalDay(load_default=None, allow_none=True)
    last = LocalDay(load_default=None, allow_none=True)
    community = fields.String(load_default="", validate=validate.Length(max=12))
    item = fields.String(load_default="", validate=validate.Length(max=40))
    channel = fields.String(load_default="", validate=validate.Length(max=30))
    by = fields.String(load_default=BY_DAY, validate=validate.OneOf(BYS))

    @ma.validates_schema
    def _bounded(self, data: dict[str, Any], **_more: Any) -> None:
        first, last = data.get("first"), data.get("last")
        if not (first and last):
            return
        if first > last:
            raise ma.ValidationError(msgid("结束日期早于开始日期"), "last")
        most = LONGEST.get(data.get("by", BY_DAY), LONGEST_PERIOD)
        if (last - first).days >= most:
            raise ma.ValidationError(_too_long(data.get("by", BY_DAY)), "last")


def _too_long(by: str) -> str:
    if by == BY_DAY:
        return msgid("按日最多看 92 天，再长请按周或按月看")
    return msgid("按周最多看 400 天，再长请按月看") if by == BY_WEEK else msgid("最多看 20 年")


class FigureRow(ma.Schema):
    """One line of figures; shares from 0 to 1, times in minutes; null where there is nothing."""

    code = fields.String()
    accepted = fields.Integer()
    done = fields.Integer()
    withdrawn = fields.Integer()
    refused = fields.Integer()
    on_spot = fields.Integer()
    on_spot_share = fields.Float(allow_none=True)
    mean_minutes = fields.Float(allow_none=True)
    spot_mean_minutes = fields.Float(allow_none=True)
    median_above_minutes = fields.Integer(allow_none=True)
    median_upto_minutes = fields.Integer(allow_none=True)
    first_visit_share = fields.Float(allow_none=True)
    timed = fields.Integer()
    on_time_share = fields.Float(allow_none=True)
    grades = fields.List(fields.Integer(), metadata={"description": "From 1 (worst) to 5"})
    satisfied_share = fields.Float(allow_none=True)
    baseline_minutes = fields.Integer(allow_none=True)


class FiguresOut(ma.Schema):
    """The lines and their sum; baselines that nobody confirmed are no ground for a claim."""

    first = fields.Date()
    last = fields.Date()
    by = fields.String()
    community = fields.String(allow_none=True)
    baseline_confirmed = fields.Boolean()
    promised_share = fields.Float()
    total = fields.Nested(FigureRow)
    rows = fields.List(fields.Nested(FigureRow))
