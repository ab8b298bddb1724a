"""What the hotline's API and pages take and give."""

from marshmallow import Schema, fields, validate

from services.intake.case_states import STATES
from services.intake.hotline.import_timers import STATES as IMPORT_STATES
from services.intake.hotline.words import BECAME, FOUND

MOST_ORDERS = 100
MOST_ACKNOWLEDGED = 500
_LONGEST = 10_000
"""Longer than any field takes: an order that is too long is named, and the others go in."""


def _said(about: str) -> fields.String:
    length = validate.Length(max=_LONGEST)
    return fields.String(load_default="", validate=length, metadata={"description": about})


class HotlineOrderIn(Schema):
    """An order of the 12345 hotline. What is wrong in one is named and keeps no other out."""

    number = _said("The hotline's number 工单编号: the same number is the same case")
    received_at = _said("When the call came, a form of the district's hotline.yml or ISO 8601")
    name = _said("The caller")
    phone = _said("The caller's telephone")
    id_no = _said("Identity number (GB 11643), if known")
    community = _said("12 digits or the community's name")
    street = _said("Its street, where two communities have one name")
    address = _said("Where it is; may name the community")
    kind = _said("诉求类型: a code of the pack, or a word of hotline.yml")
    title = _said("One line")
    content = _said("What the caller says")
    urgency = _said("紧急程度: a code of the pack, or a word of hotline.yml")
    deadline = _said("Until when the hotline wants it done")
    return_requested = fields.Boolean(load_default=False)
    secret = fields.Boolean(load_default=False)


class HotlineOrdersIn(Schema):
    """Orders, taken in one by one."""

    orders = fields.List(
        fields.Nested(HotlineOrderIn), required=True, validate=validate.Length(1, MOST_ORDERS)
    )


class HotlineFaultOut(Schema):
    """What is wrong with one field, and what to do."""

    field = fields.String()
    reason = fields.String()
    remedy = fields.String()


class HotlineTakenOut(Schema):
    """What became of one order."""

    number = fields.String()
    state = fields.String(validate=validate.OneOf(list(BECAME)))
    case_number = fields.String(metadata={"description": "Also of an order known before"})
    errors = fields.List(fields.Nested(HotlineFaultOut))
    remarks = fields.List(
        fields.Nested(HotlineFaultOut),
        metadata={"description": "Of a known order: news for a case that has ended"},
    )


class HotlineTakenList(Schema):
    """What became of each order, in the order they were sent."""

    items = fields.List(fields.Nested(HotlineTakenOut))


class HotlinePageQuery(Schema):
    """Which page."""

    page = fields.Integer(load_default=1, validate=validate.Range(1, 100_000))
    page_size = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class HotlineOrdersQuery(HotlinePageQuery):
    """Which orders."""

    q = fields.String(
        load_default="",
        validate=validate.Length(max=60),
        metadata={"description": "The hotline's number, or the case's, in full"},
    )


class HotlineOrderOut(Schema):
    """An order and its case."""

    number = fields.String()
    case_number = fields.String()
    community = fields.String()
    title = fields.String()
    state = fields.String(validate=validate.OneOf(list(STATES)))
    deadline = fields.AwareDateTime(allow_none=True)
    return_requested = fields.Boolean()
    secret = fields.Boolean()
    taken_at = fields.AwareDateTime()
    answered_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "When the hotline said it has the result"}
    )


class HotlineOrderPage(Schema):
    """Orders, newest first."""

    items = fields.List(fields.Nested(HotlineOrderOut))
    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()


class HotlineImportOut(Schema):
    """An import of a spreadsheet, and how far it is."""

    id = fields.String()
    state = fields.String(validate=validate.OneOf(IMPORT_STATES))
    file_name = fields.String()
    by = fields.String()
    at = fields.AwareDateTime()
    finished_at = fields.AwareDateTime(allow_none=True)
    total = fields.Integer(metadata={"description": "Rows that are not blank"})
    done = fields.Integer()
    accepted = fields.Integer()
    known = fields.Integer(metadata={"description": "Orders that are cases already"})
    bad = fields.Integer()


class HotlineImportList(Schema):
    """The latest imports, newest first, in one page."""

    items = fields.List(fields.Nested(HotlineImportOut))
    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()


class HotlineBadRowOut(Schema):
    """A row that was not taken."""

    row = fields.Integer(metadata={"description": "As Excel counts"})
    number = fields.String()
    errors = fields.List(fields.Nested(HotlineFaultOut))


class HotlineBadRowPage(Schema):
    """Bad rows, as they stand in the file."""

    items = fields.List(fields.Nested(HotlineBadRowOut))
    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()


class HotlineResultsQuery(Schema):
    """Which results."""

    since = fields.String(
        load_default="",
        validate=validate.Length(max=120),
        metadata={"description": "`next` of the page before; empty for the first"},
    )
    page_size = fields.Integer(load_default=100, validate=validate.Range(1, 500))


class HotlineResultOut(Schema):
    """What became of an order. Acknowledge it with `number` and `version`."""

    number = fields.String()
    version = fields.Integer()
    case_number = fields.String()
    state = fields.String(validate=validate.OneOf(list(STATES)))
    title = fields.String()
    community_name = fields.String()
    result = fields.String(metadata={"description": "Why, where it was withdrawn or refused"})
    resolved_by = fields.String(metadata={"description": "Or who withdrew or refused it"})
    score = fields.Integer(allow_none=True, metadata={"description": "5 is best; null: unrated"})
    comment = fields.String()
    rated_at = fields.AwareDateTime(allow_none=True)
    return_requested = fields.Boolean()
    received_at = fields.AwareDateTime(allow_none=True)
    accepted_at = fields.AwareDateTime()
    finished_at = fields.AwareDateTime()
    due_at = fields.AwareDateTime(allow_none=True)


class HotlineResultPage(Schema):
    """Finished orders the hotline has not acknowledged, the earliest finished first."""

    items = fields.List(fields.Nested(HotlineResultOut))
    next = fields.String(allow_none=True, metadata={"description": "`since` of the next page"})
    pending = fields.Integer(metadata={"description": "All that wait, on every page"})


class HotlineResultRef(Schema):
    """One version of a result."""

    number = fields.String(required=True, validate=validate.Length(1, 60))
    version = fields.Integer(required=True, validate=validate.Range(1, 1_000_000))


class HotlineAcknowledgeIn(Schema):
    """Results the hotline has."""

    items = fields.List(
        fields.Nested(HotlineResultRef),
        required=True,
        validate=validate.Length(1, MOST_ACKNOWLEDGED),
    )


class HotlineFoundOut(Schema):
    """What an acknowledgement found."""

    number = fields.String()
    found = fields.String(validate=validate.OneOf(FOUND))


class HotlineFoundList(Schema):
    """What each acknowledgement found; `changed` results are offered again."""

    items = fields.List(fields.Nested(HotlineFoundOut))
