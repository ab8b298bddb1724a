"""What the addresses of follow-ups and rates take and give."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.routing.clocks import LEVELS
from services.routing.follow_ups import rates
from services.routing.follow_ups.follow_up import STATES
from services.routing.follow_ups.lists import TABS
from services.routing.schemas import (
    ApplicantView,
    Body,
    LampView,
    Listed,
    Named,
    Paging,
)
from shared.contracts.fields import department_code, text
from shared.years import LocalDay

_CODE = validate.Regexp(r"^(|[0-9]{12})$")


class RecordBody(Body):
    """What the resident said; grades from 1 to 5."""

    channel = text(20, required=True)
    contacted = fields.Boolean(required=True)
    solved = fields.Boolean(required=True)
    grade = fields.Integer(required=True, validate=validate.Range(min=1, max=5))
    words = text(1000, load_default="")


class ExcludeBody(Body):
    """Why it should not count: a reason of the district, and what happened in words."""

    reason = text(30, required=True)
    note = text(1000, required=True)


class FollowUpReviewBody(Body):
    """Whether another person agrees; who does not says why."""

    agreed = fields.Boolean(required=True)
    note = text(1000, load_default="")


class FollowUpQuery(Paging):
    """What a list of follow-ups is to hold."""

    tab = fields.String(load_default="", validate=validate.OneOf(("", *TABS)))
    state = fields.String(load_default="", validate=validate.OneOf(("", *STATES)))
    department = department_code(load_default="")
    community = fields.String(load_default="", validate=_CODE)
    order = text(50, load_default="")


class RatesQuery(Body):
    """Of which follow-ups: by the local days they were settled on, both included."""

    since = LocalDay(load_default=None, allow_none=True)
    until = LocalDay(load_default=None, allow_none=True)
    per = fields.String(load_default="", validate=validate.OneOf(("", *rates.PERIODS)))
    by = fields.String(load_default="department", validate=validate.OneOf(rates.BY))
    department = department_code(load_default="")
    community = fields.String(load_default="", validate=_CODE)
    matter = text(60, load_default="")


def _moment() -> Any:
    return fields.AwareDateTime(format="iso", allow_none=True)


class FollowUpLamp(LampView):
    """How a date of it stands."""

    level = fields.String(metadata={"enum": list(LEVELS)})


class ExclusionView(ma.Schema):
    """Who asked that it does not count, and why."""

    reason = fields.String()
    reason_name = fields.String()
    note = fields.String()
    by = fields.String()
    at = _moment()


class ReviewView(ma.Schema):
    """Who decided about it."""

    agreed = fields.Boolean()
    note = fields.String()
    by = fields.String()
    at = _moment()


class BadRatingView(ma.Schema):
    """The dates of a bad rating (A52, X)."""

    contact_by = _moment()
    contact_lamp = fields.Nested(FollowUpLamp)
    right_by = _moment()
    right_lamp = fields.Nested(FollowUpLamp)
    put_right_at = _moment()


class FollowUpView(ma.Schema):
    """A follow-up. ``contacted`` and ``solved`` are null where nobody asked."""

    number = fields.String()
    order = fields.String()
    case_number = fields.String()
    title = fields.String()
    department = fields.String()
    department_name = fields.String()
    community = fields.Nested(Named)
    matter = fields.String()
    matter_name = fields.String()
    applicant = fields.Nested(ApplicantView)
    replied_at = _moment()
    due_by = _moment()
    state = fields.String(metadata={"enum": list(STATES)})
    state_label = fields.String()
    lamp = fields.Nested(FollowUpLamp)
    channel = fields.String()
    channel_name = fields.String()
    contacted = fields.Boolean(allow_none=True)
    solved = fields.Boolean(allow_none=True)
    grade = fields.Integer(allow_none=True)
    satisfied = fields.Boolean(allow_none=True)
    words = fields.String()
    by = fields.String()
    done_at = _moment()
    exclusion = fields.Nested(ExclusionView, allow_none=True)
    review = fields.Nested(ReviewView, allow_none=True)
    lapse = fields.String()
    bad_rating = fields.Nested(BadRatingView, allow_none=True)
    version = fields.Integer()


class FollowUps(Listed):
    """A page of follow-ups."""

    items = fields.List(fields.Nested(FollowUpView))


class RateView(ma.Schema):
    """positive ÷ asked; null where nobody was asked."""

    positive = fields.Integer()
    asked = fields.Integer()
    rate = fields.Float(allow_none=True, metadata={"description": "0 to 1"})


class CountsView(ma.Schema):
    """Three rates of the valid follow-ups; excluded and lapsed ones are in none of them."""

    valid = fields.Integer()
    response = fields.Nested(RateView)
    solution = fields.Nested(RateView)
    satisfaction = fields.Nested(RateView)
    excluded = fields.Integer()
    lapsed = fields.Integer()


class GroupView(CountsView):
    """Of one department, community or matter."""

    code = fields.String()
    name = fields.String()


class PeriodView(CountsView):
    """Of one day, week or month."""

    start = fields.Date()
    label = fields.String()


class ExcludedView(ma.Schema):
    """How many do not count, for one reason."""

    reason = fields.String()
    name = fields.String()
    count = fields.Integer()


class RatesView(ma.Schema):
    """响应率, 解决率 and 满意率 with the formula and the numbers they are made of."""

    since = fields.Date()
    until = fields.Date()
    per = fields.String(metadata={"enum": list(rates.PERIODS)})
    by = fields.String(metadata={"enum": list(rates.BY)})
    department = fields.String()
    community = fields.String()
    matter = fields.String()
    formulas = fields.Dict(keys=fields.String(), values=fields.String())
    total = fields.Nested(CountsView)
    excluded = fields.List(fields.Nested(ExcludedView))
    waiting = fields.Integer()
    late = fields.Integer()
    groups = fields.List(fields.Nested(GroupView))
    trend = fields.List(fields.Nested(PeriodView))
