"""What the forms and the API of the ledger and the catalogue take and give."""

from typing import Any

from marshmallow import Schema, fields, validate

from services.intake.ledger.demand import STATES
from services.intake.ledger.proposal import CHANGES
from services.intake.ledger.proposal import STATES as PROPOSAL_STATES
from services.intake.ledger.proposal_handlers import MOST_EVIDENCE
from services.intake.ledger.queries import BYS, ON_A_PAGE
from services.intake.ledger.rules import MOST_TAGS
from shared.district.model import HANDLED_AT, ITEM_CLASSES, LIMIT_KINDS, LIMIT_UNITS

WORDS, NOTE, NAME, PHONE, CODE, NUMBER, KEY = 1000, 500, 60, 40, 30, 40, 40
SHORT, LONG = 200, 4000
MOST_ENTRIES = 100
MOST_DAYS = 1000


def _base() -> fields.Integer:
    """What was looked at; an item that changed since is not written over."""
    said = (
        "of /catalogue/versions: the number of the one that had changed the item last when it was "
        "looked at, 0 for none; without it the item is taken as it stands now"
    )
    return fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(0, 2**31 - 1),
        metadata={"description": said},
    )


def _text(longest: int, **kwargs: Any) -> fields.String:
    if not kwargs.get("required"):
        kwargs.setdefault("load_default", "")
    return fields.String(validate=validate.Length(max=longest), **kwargs)


class _Heard(Schema):
    """A demand as it was heard, without its tags."""

    words = _text(WORDS)
    channel = _text(CODE, load_default="desk")
    theme = _text(CODE)
    item = _text(CODE)
    grid = _text(NUMBER)
    heard_from = _text(NAME)
    name = _text(NAME)
    phone = _text(PHONE)
    id = _text(KEY)


class HeardIn(_Heard):
    """A demand as it was heard."""

    tags = fields.List(
        _text(NAME, required=True), load_default=list, validate=validate.Length(max=MOST_TAGS)
    )


class HeardForm(_Heard):
    """The same in a form: tags in one line."""

    tags = _text(SHORT)


class DemandNoteIn(Schema):
    """What was said or done about it."""

    note = _text(NOTE)


class DemandCaseIn(Schema):
    """What makes a case of it; empty name and telephone are those of the demand."""

    kind = _text(CODE, load_default="help")
    name = _text(NAME)
    phone = _text(PHONE)
    title = _text(SHORT)
    department = _text(8)
    not_a_certificate = _text(
        NOTE,
        metadata={
            "description": "Officer's reason why this asks for none of the certificates not to be "
            "issued"
        },
    )


class DemandCaseForm(DemandCaseIn):
    """The same in a form: what the officer decides when it sounds like such a certificate."""

    decision = _text(CODE)


class DemandLinkIn(Schema):
    """The grid report that came of it."""

    report = _text(NUMBER)


class LedgerQuery(Schema):
    """Which entries; what is empty does not narrow."""

    community = _text(12)
    theme = _text(CODE)
    state = fields.String(load_default="", validate=validate.OneOf(["", "waiting", *STATES]))
    channel = _text(CODE)
    month = fields.String(load_default="", validate=validate.Regexp(r"(\d{4}-\d{2})?\Z"))
    before = _text(100, metadata={"description": "`more` of the page before"})


class LedgerPageQuery(LedgerQuery):
    """The same for programs."""

    page_size = fields.Integer(load_default=ON_A_PAGE, validate=validate.Range(1, MOST_ENTRIES))


class CountsQuery(LedgerQuery):
    """What is counted, and by what."""

    by = fields.String(load_default="theme", validate=validate.OneOf(BYS))


class DemandOut(Schema):
    """An entry; who spoke is masked."""

    number = fields.String()
    state = fields.String(validate=validate.OneOf(list(STATES)))
    community = fields.String()
    grid = fields.String()
    channel = fields.String()
    theme = fields.String()
    item = fields.String()
    words = fields.String()
    tags = fields.List(fields.String())
    name = fields.String()
    phone = fields.String()
    heard_at = fields.String()
    heard_by = fields.String()
    heard_from = fields.String()
    answer = fields.String()
    case = fields.String()
    report = fields.String()
    deliberation = fields.String()
    proposal = fields.String()
    repeated = fields.Boolean()


class DemandsOut(Schema):
    """One page; `more` is the `before` of the next one."""

    items = fields.List(fields.Nested(DemandOut))
    more = fields.String()


class CountOut(Schema):
    """How many there are of one."""

    code = fields.String()
    count = fields.Integer()


class CountsOut(Schema):
    """Counts."""

    items = fields.List(fields.Nested(CountOut))


class ItemForm(Schema):
    """An item as it is to be: lists as lines (`item_form`)."""

    name = _text(SHORT)
    name_en = _text(SHORT)
    class_ = fields.String(
        data_key="class",
        attribute="class",
        load_default="guide",
        validate=validate.OneOf(ITEM_CLASSES),
    )
    domain = _text(NAME, load_default="其他")
    handled_at = fields.String(load_default="desk", validate=validate.OneOf(HANDLED_AT))
    department = _text(8)
    parent = _text(CODE)
    keywords = _text(SHORT)
    materials = _text(LONG)
    procedure = _text(LONG)
    limit_value = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(0, MOST_DAYS)
    )
    limit_unit = fields.String(load_default="", validate=validate.OneOf(["", *LIMIT_UNITS]))
    limit_kind = fields.String(
        load_default="local_to_set", validate=validate.OneOf(list(LIMIT_KINDS))
    )
    time_limit = _text(SHORT, load_default="由区里确认")
    fee = _text(SHORT, load_default="不收费")
    legal_basis = _text(SHORT, load_default="本区自定")
    notes = _text(LONG)


class ProposeForm(ItemForm):
    """A proposal, with the item in it."""

    change = fields.String(required=True, validate=validate.OneOf(list(CHANGES)))
    code = _text(CODE)
    base = _base()
    why = _text(WORDS)
    evidence = fields.List(
        _text(NUMBER, required=True), load_default=list, validate=validate.Length(max=MOST_EVIDENCE)
    )


class ProposeIn(Schema):
    """A proposal as a program sends it."""

    change = fields.String(required=True, validate=validate.OneOf(list(CHANGES)))
    code = _text(CODE)
    base = _base()
    why = _text(WORDS)
    item = fields.Nested(ItemForm, load_default=None, allow_none=True)
    evidence = fields.List(
        _text(NUMBER, required=True), load_default=list, validate=validate.Length(max=MOST_EVIDENCE)
    )


class DecideIn(Schema):
    """Accept or refuse, and why."""

    decision = fields.String(required=True, validate=validate.OneOf(["accept", "refuse"]))
    reason = _text(NOTE)


class ProposalsQuery(Schema):
    """In which state."""

    state = fields.String(load_default="", validate=validate.OneOf(["", *PROPOSAL_STATES]))


class ProposalOut(Schema):
    """A proposal and what was decided."""

    number = fields.String()
    state = fields.String()
    change = fields.String()
    code = fields.String()
    item = fields.Dict(allow_none=True)
    why = fields.String()
    community = fields.String()
    at = fields.String()
    by = fields.String()
    decided_at = fields.String(allow_none=True)
    decided_by = fields.String()
    reason = fields.String()
    version = fields.Integer(allow_none=True)
    evidence = fields.List(fields.String())


class ProposalsOut(Schema):
    """Proposals, the newest first."""

    items = fields.List(fields.Nested(ProposalOut))


class VersionsQuery(Schema):
    """Of one item, or of all."""

    code = _text(CODE)


class VersionOut(Schema):
    """One version: who, when, why, and the item before and after."""

    number = fields.Integer()
    change = fields.String()
    code = fields.String()
    before = fields.Dict(allow_none=True)
    after = fields.Dict(allow_none=True)
    at = fields.String()
    by = fields.String()
    reason = fields.String()
    proposal = fields.String()


class VersionsOut(Schema):
    """Versions, the newest first; `current` is the one that holds."""

    items = fields.List(fields.Nested(VersionOut))
    current = fields.String()


class ReviewedOut(Schema):
    """The period that was gone through."""

    period = fields.String()
