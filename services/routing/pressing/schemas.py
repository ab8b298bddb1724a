"""What the addresses of pressing take and give."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.routing.pressing import present
from services.routing.schemas import Body, Listed, Paging
from services.routing.states import STATES
from shared.contracts.fields import department_code, text
from shared.years import LocalDay


class VisitQuery(Paging):
    """Which calls to the spot; ``open``: nobody has been there."""

    order = text(50, load_default="")
    department = department_code(load_default="")
    open = fields.Boolean(load_default=None, allow_none=True)


class PressingQuery(VisitQuery):
    """Which pressings; ``open``: the department has not answered since."""

    level = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 9))


class BouncesQuery(Body):
    """Of the returns asked for since this local day; by default of the last thirty days."""

    since = LocalDay(load_default=None, allow_none=True)


def _moment() -> Any:
    return fields.AwareDateTime(format="iso", allow_none=True)


class DepartmentOf(ma.Schema):
    """A department."""

    department = fields.String(allow_none=True)
    department_name = fields.String()


class OrderOf(DepartmentOf):
    """The order it is about, and who has it now."""

    order = fields.String()
    title = fields.String()
    state = fields.String(metadata={"enum": list(STATES)})


class PressingView(OrderOf):
    """A pressing 督办记录: by a rule's step, or by hand."""

    level = fields.Integer()
    level_name = fields.String()
    step = fields.String(metadata={"description": "of the district's ladder; empty by hand"})
    why = fields.String(metadata={"enum": list(present.WHY_LABELS)})
    why_label = fields.String()
    to = fields.String()
    on_duty = fields.String()
    note = fields.String()
    by = fields.String()
    at = _moment()
    answered_at = _moment()


class VisitView(OrderOf):
    """The leader on the spot 现场见人见事."""

    leader = fields.String()
    why = fields.String(metadata={"enum": list(present.WHY_LABELS)})
    why_label = fields.String()
    note = fields.String()
    called_by = fields.String()
    called_at = _moment()
    done_at = _moment()
    met = fields.String()
    record = fields.String()
    done_by = fields.String()


class Pressings(Listed):
    """A page of pressings."""

    items = fields.List(fields.Nested(PressingView))


class Visits(Listed):
    """A page of calls to the spot."""

    items = fields.List(fields.Nested(VisitView))


class RefusalView(DepartmentOf):
    """A department gave it back: on what ground, what became of it, who was next."""

    reason = fields.String()
    ground = fields.String()
    proposed = fields.String(allow_none=True)
    at = _moment()
    outcome = fields.String(metadata={"enum": list(present.OUTCOME_LABELS)})
    outcome_label = fields.String()
    held = fields.Boolean()
    next_department = fields.String(allow_none=True)
    next_department_name = fields.String()
    decided_by = fields.String()


class BouncedView(OrderOf):
    """An order that was returned, and its way through the departments."""

    hops = fields.Integer()
    chain = fields.List(fields.Nested(DepartmentOf))
    refusals = fields.List(fields.Nested(RefusalView))


class GroundView(ma.Schema):
    """A ground, and how often it was given."""

    ground = fields.String()
    times = fields.Integer()


class RefusingView(DepartmentOf):
    """How often a department refused, and how often that held."""

    asked = fields.Integer()
    held = fields.Integer()
    refused = fields.Integer()
    open = fields.Integer()
    grounds = fields.List(fields.Nested(GroundView))


class BouncesView(ma.Schema):
    """What bounced since a day; ``whole`` is false where it was too much for one report."""

    since = fields.Date()
    orders = fields.List(fields.Nested(BouncedView))
    departments = fields.List(fields.Nested(RefusingView))
    whole = fields.Boolean()
