"""What each fact about a work order says: the schemas of routing's contracts."""

from marshmallow import fields, validate

from shared.contracts.case_fact import NUMBER
from shared.contracts.contract import ContractSchema
from shared.contracts.fields import (
    Community,
    Person,
    department_code,
    identifier,
    moment,
    nested,
    text,
)

ORDER = f"{NUMBER}-1"


LAMPS = ("none", "green", "yellow", "red")


class Lamps(ContractSchema):
    """Where both clocks stood when it was said: green, yellow (most is used up) or red (late)."""

    contact = fields.String(required=True, validate=validate.OneOf(LAMPS))
    finish = fields.String(required=True, validate=validate.OneOf(LAMPS))


class OrderFact(ContractSchema):
    """What every fact about a work order carries; `lead`: the order that this one assists."""

    number = identifier()
    case_number = identifier()
    department = department_code(required=True)
    department_name = text(60, required=True)
    state = text(30, required=True)
    by = text(60, load_default="")
    role = fields.String(load_default="lead", validate=validate.OneOf(["lead", "assist"]))
    lead = text(40, load_default=None, allow_none=True)
    lamps = nested(Lamps, load_default=None, allow_none=True)


FACT = {
    "number": ORDER,
    "case_number": NUMBER,
    "department": "ga",
    "department_name": "公安",
    "state": "dispatched",
    "by": "系统",
}


class Suggestion(ContractSchema):
    """A department that may be the right one, with reasons a person can check."""

    department = department_code(required=True)
    department_name = text(60, load_default="")
    score = fields.Float(required=True)
    reasons = fields.List(text(200), required=True)


class OrderProposed(ContractSchema):
    """A work order waits for a person to confirm the department."""

    number = identifier()
    case_number = identifier()
    state = text(30, required=True)
    suggestions = fields.List(nested(Suggestion), required=True)


class OrderDispatched(OrderFact):
    """The order, whole, as the department receives it. Its clocks run from ``dispatched_at``."""

    role = fields.String(required=True, validate=validate.OneOf(["lead", "assist"]))
    title = text(200, required=True)
    description = text(4000, load_default="")
    kind = text(30, required=True)
    urgency = text(30, required=True)
    community = nested(Community, required=True)
    location = text(300, load_default="")
    applicant = nested(Person, required=True)
    dispatched_at = moment(required=True)
    contact_by = moment(required=True)
    due_by = moment(required=True)
    reasons = fields.List(text(200), load_default=list)


class OrderNote(OrderFact):
    """A fact with words: what was done, or why."""

    note = text(4000, load_default="")


class ReturnRequested(OrderFact):
    """The department says it is not its remit (A50)."""

    reason = text(1000, required=True)
    legal_ground = text(500, required=True)
    proposed_department = department_code(load_default=None, allow_none=True)


class OrderExtended(OrderFact):
    """The deadline moved, once (A50)."""

    due_by = moment(required=True)
    note = text(1000, load_default="")


class OrderCompleted(OrderFact):
    """The department's reply to the resident."""

    result = text(4000, required=True)


class OrderLate(OrderFact):
    """A clock ran out and the order was raised."""

    clock = fields.String(required=True, validate=validate.OneOf(["contact", "finish"]))
    due_by = moment(required=True)


class OrderPaused(OrderFact):
    """The finish clock stands still, for one of the district's named reasons; contact does not."""

    reason = text(30, required=True)
    reason_name = text(60, required=True)
    until = moment(load_default=None, allow_none=True)
    note = text(1000, load_default="")


class OrderEscalated(OrderFact):
    """It was raised to a level of pressing (督办): by a rule of the district, or by hand."""

    level = fields.Integer(required=True, validate=validate.Range(min=1, max=9))
    level_name = text(60, required=True)
    to = text(100, required=True)
    why = text(60, required=True)
    note = text(1000, load_default="")
    on_duty = text(60, load_default="")


class OrderPressed(OrderNote):
    """A supervisor presses for it: at which level (督办), and who is on duty there."""

    level = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 9))
    level_name = text(60, load_default="")
    to = text(100, load_default="")
    on_duty = text(60, load_default="")


class OrderReopened(OrderNote):
    """It goes on; where both clocks begin anew, the new deadline."""

    due_by = moment(load_default=None, allow_none=True)


class ArbitrationOpened(OrderFact):
    """A disputed dispatch is heard; the first department stays answerable meanwhile (B12, B14)."""

    arbiter = text(60, required=True)
    fallback = department_code(required=True)
    hops = fields.Integer(required=True, validate=validate.Range(min=0, max=99))


class OnSiteCalled(OrderFact):
    """A repeated matter: the unit's leader is called to the spot (N, 3-18)."""

    leader = text(60, required=True)
    note = text(1000, load_default="")


class AssistAdded(OrderFact):
    """To the lead: another department assists, with an order and clocks of its own."""

    assist = text(40, required=True)
    assist_department = department_code(required=True)
    assist_department_name = text(60, required=True)


class FollowedUp(OrderFact):
    """What the resident said afterwards (回访); grades from 1 to 5.

    Who rated online was asked for a grade only: then ``contacted`` and ``solved`` are null.
    """

    contacted = fields.Boolean(required=True, allow_none=True)
    solved = fields.Boolean(required=True, allow_none=True)
    grade = fields.Integer(required=True, validate=validate.Range(min=1, max=5))
    channel = text(20, required=True)


class OrderPersonCorrected(OrderFact):
    """Name or phone, as the dispatch had them, were wrong (PIPL 46)."""

    applicant = nested(Person, required=True)


class ProblemFact(ContractSchema):
    """A problem of the responsibility list (问题责任清单), as its lead department is told of it."""

    number = identifier()
    title = text(200, required=True)
    why = text(20, required=True)
    why_name = text(60, required=True)
    state = text(30, required=True)
    department = department_code(required=True)
    department_name = text(60, required=True)
    role = fields.String(required=True, validate=validate.OneOf(["lead", "assist"]))
    level = fields.Integer(required=True, validate=validate.Range(min=0, max=9))
    times_back = fields.Integer(load_default=0, validate=validate.Range(min=0, max=999))
    by = text(60, load_default="")


class ProblemOpened(ProblemFact):
    """It is on the list, or came back: who answers for it, and when it is reviewed."""

    responsible = text(60, required=True)
    review_at = moment(load_default=None, allow_none=True)


class ReplyRejected(ContractSchema):
    """A department's reply that could not be applied: why, and what it was. It changed nothing."""

    department = department_code(required=True)
    reply_id = text(200, load_default="")
    reason = text(1000, required=True)
    errors = fields.Dict(keys=fields.String(), values=fields.Raw(), load_default=dict)
    original = text(20000, load_default="")
