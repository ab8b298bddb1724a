"""What the API and the pages take, and what the API gives."""

from datetime import date, datetime
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.routing.problems import cluster, look_back, problem
from services.routing.problems.rules import WHYS
from services.routing.schemas import Body, LampView, Paging
from shared.contracts.fields import department_code, text
from shared.workdays import end_of_day
from shared.years import LocalDay

MOST_ORDERS = 50
MOST_ASSISTING = problem.MOST_ASSISTING
NUMBERS = validate.Length(max=MOST_ORDERS)


class Day(LocalDay):
    """A local day, ISO 8601; read as its last second."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        day: date = super()._deserialize(value, attr, data, **kwargs)
        return end_of_day(day)


def _assisting() -> Any:
    few = validate.Length(max=MOST_ASSISTING)
    return fields.List(department_code(), load_default=list, validate=few)


def _orders(**kwargs: Any) -> Any:
    return fields.List(text(50), validate=NUMBERS, **kwargs)


class _WithOrders(Body):
    """A page sends a field nobody filled in as an empty number."""

    @ma.pre_load
    def _leave_out_empty(self, data: Any, **_: Any) -> Any:
        orders = data.get("orders") if isinstance(data, dict) else None
        if not isinstance(orders, list):
            return data
        return {**data, "orders": [one for one in orders if one != ""]}


class AnswerBody(Body):
    """Who answers for a problem."""

    lead = department_code(required=True)
    assisting = _assisting()
    responsible = text(60, required=True)
    note = text(1000, load_default="")


class ProblemBody(AnswerBody, _WithOrders):
    """A problem to be put on the list by hand."""

    title = text(200, required=True)
    why = fields.String(load_default="by_hand", validate=validate.OneOf(WHYS))
    review_at = Day(load_default=None, allow_none=True)
    orders = _orders(load_default=list)


class MakeBody(Body):
    """What is made a problem of: what is left out is taken from the order or the cluster."""

    title = text(200, load_default="")
    lead = department_code(load_default="")
    assisting = _assisting()
    responsible = text(60, load_default="")
    note = text(1000, load_default="")


class StepBody(Body):
    """A step: what, by whom, until when."""

    who = text(60, required=True)
    until = Day(required=True)
    text = text(500, required=True)


class StepDoneBody(Body):
    """A step that is done."""

    step = fields.Integer(required=True, validate=validate.Range(min=1, max=problem.MOST_STEPS))
    note = text(1000, load_default="")


class ReviewBody(Body):
    """What a review found, and when the next is."""

    found = text(1000, required=True)
    next_at = Day(load_default=None, allow_none=True)


class AttachBody(_WithOrders):
    """Orders that are about the problem."""

    orders = fields.List(text(50), required=True, validate=validate.Length(min=1, max=MOST_ORDERS))


class FoundBody(Body):
    """What somebody found who looked."""

    found = text(1000, required=True)


class ReasonBody(Body):
    """Why."""

    reason = text(1000, required=True)


class ProblemNoteBody(Body):
    """Words that are needed."""

    note = text(1000, required=True)


class ArrangeBody(Body):
    """The order somebody is to look back at."""

    order = text(50, required=True)


class NothingBody(Body):
    """Nothing more needs to be said."""


class ProblemQuery(Paging):
    """Which problems: in a state, or all that are not closed; of a department."""

    state = fields.String(load_default="", validate=validate.OneOf(("", *problem.STATES)))
    department = department_code(load_default="")


class ClusterQuery(Paging):
    """Clusters in a state; those that are watched are ranked by growth."""

    state = fields.String(load_default=cluster.WATCHED, validate=validate.OneOf(cluster.STATES))


class LookBackQuery(Paging):
    """Look-backs in a state."""

    state = fields.String(load_default=look_back.DUE, validate=validate.OneOf(look_back.STATES))


# -- given -----------------------------------------------------------------------------------------


class NamedDepartment(ma.Schema):
    """A department."""

    code = fields.String()
    name = fields.String()


class LevelView(ma.Schema):
    """A level of pressing; 0 for none."""

    level = fields.Integer()
    name = fields.String()


class ProblemView(ma.Schema):
    """A problem in a list."""

    number = fields.String()
    title = fields.String()
    why = fields.String()
    why_label = fields.String()
    state = fields.String()
    state_label = fields.String()
    lead = fields.Nested(NamedDepartment)
    assisting = fields.List(fields.Nested(NamedDepartment))
    responsible = fields.String()
    level = fields.Nested(LevelView)
    steps_done = fields.Integer()
    steps_total = fields.Integer()
    next_step_at = fields.DateTime()
    review_at = fields.DateTime()
    look_back_at = fields.DateTime()
    lamp = fields.Nested(LampView)
    orders_count = fields.Integer()
    times_back = fields.Integer()
    opened_at = fields.DateTime()
    cluster = fields.String(allow_none=True)


class StepView(ma.Schema):
    """A step with its lamp."""

    n = fields.Integer()
    text = fields.String()
    who = fields.String()
    until = fields.DateTime()
    done_at = fields.DateTime(allow_none=True)
    done = fields.String()
    lamp = fields.Nested(LampView)


class AttachedView(ma.Schema):
    """An order of a problem or of a cluster."""

    number = fields.String()
    title = fields.String()
    department = fields.String(allow_none=True)
    department_name = fields.String()
    state = fields.String()
    state_label = fields.String()
    opened_at = fields.DateTime()


class ProblemHistoryView(ma.Schema):
    """A line of a problem's history."""

    version = fields.Integer()
    at = fields.DateTime()
    what = fields.String()
    label = fields.String()
    by = fields.String()
    state = fields.String()
    note = fields.String()
    more = fields.String(metadata={"description": "dates and levels, in words"})


class ProblemDetail(ProblemView):
    """A problem with its steps, orders and history."""

    steps = fields.List(fields.Nested(StepView))
    orders = fields.List(fields.Nested(AttachedView))
    review_lamp = fields.Nested(LampView)
    history = fields.List(fields.Nested(ProblemHistoryView))
    next = fields.List(fields.String(), metadata={"description": "what may be done now"})


class Problems(ma.Schema):
    """A page of problems."""

    items = fields.List(fields.Nested(ProblemView))
    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()


class CandidateView(ma.Schema):
    """An order that may be a problem, and why."""

    order = fields.Nested(AttachedView)
    whys = fields.List(fields.String())
    why_labels = fields.List(fields.String())
    proposed_at = fields.DateTime()
    lead = fields.Nested(NamedDepartment)
    responsible = fields.String()


class Candidates(ma.Schema):
    """A page of what is proposed, the oldest first."""

    items = fields.List(fields.Nested(CandidateView))
    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()


class GrowthView(ma.Schema):
    """This window against the one before, of the same length."""

    days = fields.Integer()
    now = fields.Integer()
    before = fields.Integer()
    more = fields.Integer()
    percent = fields.Integer(allow_none=True)


class ClusterView(ma.Schema):
    """A cluster and why its orders belong together."""

    number = fields.String()
    state = fields.String()
    state_label = fields.String()
    community = fields.String()
    matter = fields.String()
    matter_name = fields.String()
    place = fields.String()
    words = fields.List(fields.String())
    size = fields.Integer()
    first_at = fields.DateTime()
    last_at = fields.DateTime()
    problem = fields.String(allow_none=True)
    reason = fields.String()
    decided_by = fields.String()
    growth = fields.Nested(GrowthView, allow_none=True)


class ClusterDetail(ClusterView):
    """A cluster with its orders, and how a problem made of it would begin."""

    why = fields.List(fields.String())
    orders = fields.List(fields.Nested(AttachedView))


class Clusters(ma.Schema):
    """A page of clusters."""

    items = fields.List(fields.Nested(ClusterView))
    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()
    days = fields.Integer()
    least = fields.Integer()


class LookBackView(ma.Schema):
    """A look-back and its lamp."""

    number = fields.String()
    problem = fields.String(allow_none=True)
    order = fields.String(allow_none=True)
    title = fields.String()
    department = fields.String()
    department_name = fields.String()
    state = fields.String()
    state_label = fields.String()
    due_by = fields.DateTime()
    lamp = fields.Nested(LampView)
    found = fields.String()
    done_at = fields.DateTime(allow_none=True)
    done_by = fields.String()


class LookBacks(ma.Schema):
    """A page of look-backs."""

    items = fields.List(fields.Nested(LookBackView))
    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()
