"""What the API takes and gives, for checking and for its OpenAPI description."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.routing.clocks import LEVELS
from services.routing.lists import TABS
from services.routing.states import STATES
from shared.contracts.contract import ContractSchema
from shared.contracts.departments import VERBS
from shared.contracts.fields import department_code, text

MOST_PAGE = 200


class Body(ma.Schema):
    """A request's body: a field that is not known is an error."""


class DispatchBody(Body):
    """The department confirmed by a person."""

    department = department_code(required=True)


class GrantReturnBody(Body):
    """Where the order goes next; without a department it waits."""

    department = department_code(load_default=None, allow_none=True)
    note = text(1000, load_default="")


class NoteBody(Body):
    """Words that are needed."""

    note = text(1000, required=True)


class OptionalNoteBody(Body):
    """Words that may be left out."""

    note = text(1000, load_default="")


def _read_version() -> fields.Integer:
    told = "The order's version when its reply was read; a newer reply is not judged by it."
    return fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(1, 1_000_000),
        metadata={"description": told},
    )


class ApproveBody(OptionalNoteBody):
    """The answer is good."""

    version = _read_version()


class SendBackBody(Body):
    """Why the answer is not good enough."""

    reason = text(1000, required=True)
    version = _read_version()


class ArbitrateBody(Body):
    """The arbiter's ruling: whose it is, and why."""

    department = department_code(required=True)
    note = text(1000, required=True)


class PauseBody(Body):
    """For which of the district's named reasons the finish clock stands still."""

    reason = text(30, required=True)
    note = text(1000, load_default="")


class PressBody(Body):
    """What is wanted, and at which level of pressing; without one at the order's own."""

    level = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 9))
    note = text(1000, required=True)


class OnSiteBody(Body):
    """What came of the leader's visit, and whom they met."""

    record = text(4000, required=True)
    met = text(200, required=True)


class AssistBody(Body):
    """Which other department assists, and what with."""

    department = department_code(required=True)
    note = text(1000, load_default="")


class SuggestBody(Body):
    """A matter in the resident's words."""

    item = text(20, load_default=None, allow_none=True)
    community = text(12, load_default=None, allow_none=True)
    text = text(8000, required=True)


class Paging(Body):
    """Which page, and how long it is."""

    page = fields.Integer(load_default=1, validate=validate.Range(min=1, max=100_000))
    page_size = fields.Integer(load_default=20, validate=validate.Range(min=1, max=MOST_PAGE))


class OrderQuery(Paging):
    """What a list of orders is to hold."""

    department = department_code(load_default="")
    state = fields.String(load_default="", validate=validate.OneOf(STATES))
    lamp = fields.String(load_default="", validate=validate.OneOf(LEVELS))
    tab = fields.String(load_default="", validate=validate.OneOf(TABS))
    case = text(40, load_default="")
    q = text(100, load_default="")
    urgency = text(30, load_default="")
    community = text(12, load_default="")
    matter = text(60, load_default="")
    role = fields.String(load_default="", validate=validate.OneOf(("lead", "assist")))


class ReplyQuery(Paging):
    """Whose replies."""

    department = department_code(load_default="")


class SuggestionView(ma.Schema):
    """A department that may be the right one, and why."""

    department = fields.String()
    department_name = fields.String()
    score = fields.Float(metadata={"description": "0 to 1"})
    reasons = fields.List(fields.String())


class MatterView(ma.Schema):
    """What it is about, by the duty list."""

    code = fields.String()
    name = fields.String()


class AssistView(ma.Schema):
    """A department that assists by the duty list, and why."""

    department = fields.String()
    department_name = fields.String()
    reason = fields.String()


class UrgencyView(ma.Schema):
    """How urgent it seems, and why; a person decides."""

    code = fields.String()
    name = fields.String()
    reason = fields.String()


class Suggestions(ma.Schema):
    """Ranked, the likeliest first, at most five; and what else the text tells."""

    suggestions = fields.List(fields.Nested(SuggestionView))
    matter = fields.Nested(MatterView, allow_none=True)
    assists = fields.List(fields.Nested(AssistView))
    urgency = fields.Nested(UrgencyView, allow_none=True)


class LampView(ma.Schema):
    """A clock's state; never colour alone."""

    level = fields.String(metadata={"enum": list(LEVELS)})
    words = fields.String(metadata={"example": "已超期 2 天"})


class LampsView(ma.Schema):
    """Both clocks."""

    contact = fields.Nested(LampView)
    finish = fields.Nested(LampView)


class Named(ma.Schema):
    """A community."""

    code = fields.String()
    name = fields.String()


class ApplicantView(ma.Schema):
    """The resident, masked; whole where a reason was given (`…/reveal`)."""

    name = fields.String()
    phone = fields.String()


def _moment() -> fields.AwareDateTime:
    return fields.AwareDateTime(format="iso", allow_none=True)


class OrderView(ma.Schema):
    """An order in a list."""

    number = fields.String()
    case_number = fields.String()
    department = fields.String(allow_none=True)
    department_name = fields.String()
    state = fields.String(metadata={"enum": list(STATES)})
    state_label = fields.String()
    role = fields.String(metadata={"enum": ["lead", "assist"]})
    lead = fields.String(allow_none=True, metadata={"description": "the order this one assists"})
    assists = fields.Integer(metadata={"description": "orders opened to assist this one"})
    answerable = fields.String(
        allow_none=True,
        metadata={"description": "who answers for it; between two departments the first"},
    )
    answerable_name = fields.String()
    contact_by = _moment()
    due_by = _moment()
    dispatched_at = _moment()
    lamp = fields.Nested(LampView)
    lamps = fields.Nested(LampsView)
    title = fields.String()
    description = fields.String()
    community = fields.Nested(Named)
    location = fields.String()
    applicant = fields.Nested(ApplicantView)
    urgency = fields.String()
    kind = fields.String()
    pressed_at = _moment()
    hops = fields.Integer()
    level = fields.Integer()
    repeats = fields.Integer(
        metadata={"description": "the same resident and matter shortly before"}
    )
    matter = fields.String()
    paused_at = _moment()
    result = fields.String()
    version = fields.Integer()


class HistoryView(ma.Schema):
    """A line of the history."""

    version = fields.Integer()
    at = _moment()
    what = fields.String()
    label = fields.String()
    by = fields.String()
    department = fields.String(allow_none=True)
    department_name = fields.String()
    state = fields.String()
    note = fields.String()


class OrderDetail(OrderView):
    """An order with its history. ``whole``: nothing of the applicant is masked."""

    whole = fields.Boolean()
    erased_at = _moment()

    reasons = fields.List(fields.String())
    suggestions = fields.List(fields.Nested(SuggestionView))
    clocks = fields.Dict(keys=fields.String(), values=fields.String())
    return_request = fields.Dict(allow_none=True)
    extension = fields.Dict(allow_none=True)
    extensions = fields.Integer()
    first_department = fields.String(allow_none=True)
    arbitration = fields.Dict(allow_none=True)
    pause = fields.Dict(allow_none=True)
    replied_by = fields.String()
    reviewed_at = _moment()
    reviewed_by = fields.String()
    grade = fields.Integer(allow_none=True)
    history = fields.List(fields.Nested(HistoryView))


class Listed(ma.Schema):
    """A page of a list."""

    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()


class Orders(Listed):
    """A page of orders."""

    items = fields.List(fields.Nested(OrderView))


class ReplyView(ma.Schema):
    """A department's reply and what became of it."""

    department = fields.String()
    reply_id = fields.String()
    verb = fields.String()
    order_number = fields.String()
    via = fields.String(metadata={"enum": ["bus", "api", "page", "webhook", "mail"]})
    outcome = fields.String(metadata={"enum": ["applied", "rejected"]})
    reason = fields.String()
    original = fields.String()
    at = _moment()


class Replies(Listed):
    """A page of the delivery log."""

    items = fields.List(fields.Nested(ReplyView))


class DepartmentView(ma.Schema):
    """A recipient of work orders."""

    code = fields.String()
    name = fields.String()
    short = fields.String()
    name_en = fields.String()
    kind = fields.String()
    duties = fields.List(fields.String())


def _reply_body(verb: str, schema: type[ContractSchema]) -> type[ma.Schema]:
    """The verb's contract without ``order``, which the address names, and with the reply's id."""

    class Meta(ContractSchema.Meta):
        exclude = ("order",)

    name = "".join(part.title() for part in verb.split("_")) + "Body"
    own: dict[str, Any] = {
        "Meta": Meta,
        "reply_id": text(200, load_default=""),
        "__doc__": schema.__doc__,
    }
    return type(name, (schema,), own)


REPLY_BODIES = {verb: _reply_body(verb, contract.schema) for verb, contract in VERBS.items()}
"""verb -> what its address takes."""
