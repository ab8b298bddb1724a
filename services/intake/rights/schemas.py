"""What the JSON API about people's own data takes and gives."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.intake.rights import rights
from services.intake.rights.held import MOST
from shared import inputs
from shared.web.i18n import msgid

LONGEST_REASON = 200
LONGEST_WISH = 1000
LONGEST_NUMBER = 40


def reason() -> fields.String:
    """Why; it is kept in the audit, and never left out."""
    length = validate.Length(min=2, max=LONGEST_REASON)
    about = "Why; it is kept in the audit"
    return fields.String(required=True, validate=length, metadata={"description": about})


def _number(about: str) -> fields.String:
    length = validate.Length(min=1, max=LONGEST_NUMBER)
    return fields.String(required=True, validate=length, metadata={"description": about})


class PersonIn(ma.Schema):
    """Of whom, and why: by telephone, identity number or case."""

    phone = inputs.Phone()
    id = inputs.IdentityNumber()
    case = fields.String(load_default="", validate=validate.Length(max=LONGEST_NUMBER))
    reason = reason()

    @ma.validates_schema
    def _of_somebody(self, data: Mapping[str, str], **_more: Any) -> None:
        if not (data.get("phone") or data.get("id") or data.get("case")):
            raise ma.ValidationError(msgid("请填手机号、身份证号或办件编号"), "phone")


class RequestIn(ma.Schema):
    """A resident's request, as it is taken."""

    kind = fields.String(required=True, validate=validate.OneOf(list(rights.KINDS)))
    about = _number("The case or refusal by which the person is known")
    channel = fields.String(
        load_default=rights.IN_PERSON,
        validate=validate.OneOf([rights.IN_PERSON, rights.BY_PHONE]),
    )
    checked = fields.String(
        required=True,
        validate=validate.OneOf([code for code in rights.CHECKS if code != "link"]),
        metadata={"description": "How somebody made sure that it is the person themselves"},
    )
    wish = fields.String(load_default="", validate=validate.Length(max=LONGEST_WISH))


class RequestOut(ma.Schema):
    """A request; who asks is masked."""

    number = fields.String(metadata={"example": "QL-261121-0001-76"})
    kind = fields.String(validate=validate.OneOf(list(rights.KINDS)))
    state = fields.String(validate=validate.OneOf(list(rights.STATES)))
    about = fields.String()
    name = fields.String(metadata={"example": "王**"})
    phone = fields.String(metadata={"example": "138****0000"})
    channel = fields.String(validate=validate.OneOf(list(rights.CHANNELS)))
    checked = fields.String(validate=validate.OneOf(list(rights.CHECKS)))
    taken_by = fields.String(metadata={"description": "Username; empty: the resident, online"})
    taken_at = fields.AwareDateTime()
    due_at = fields.AwareDateTime(metadata={"description": "When it must be answered (PIPL 50)"})
    decided_by = fields.String()
    decided_at = fields.AwareDateTime(allow_none=True)


class RequestQuery(ma.Schema):
    """Which requests: those that wait, or those answered."""

    waiting = fields.Boolean(load_default=True)


class RequestList(ma.Schema):
    """The register, in one page: the most pressing first, or those answered last."""

    items = fields.List(fields.Nested(RequestOut))
    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()


class RefuseIn(ma.Schema):
    """Why a request is refused, as the resident is told (PIPL 50)."""

    reason = reason()


def _cases() -> fields.List[Any]:
    one = fields.String(validate=validate.Length(min=1, max=LONGEST_NUMBER))
    return fields.List(one, required=True, validate=validate.Length(min=1, max=MOST))


class CorrectIn(ma.Schema):
    """Who the person really is, and in which cases."""

    cases = _cases()
    name = fields.String(required=True, validate=validate.Length(min=1, max=60))
    phone = inputs.Phone(required=True)
    id_no = inputs.IdentityNumber()
    reason = reason()


class EraseIn(ma.Schema):
    """In which cases and refusals the person is forgotten."""

    cases = _cases()
    reason = reason()


class Numbers(ma.Schema):
    """What was done to."""

    cases = fields.List(fields.String())


class DueOut(ma.Schema):
    """One kind of thing that is kept."""

    kind = fields.String(
        metadata={"description": "A kind of cases, @refusals, @requests or @matters"}
    )
    months = fields.Integer()
    archive = fields.Boolean(metadata={"description": "The law keeps it: not erased on request"})
    confirmed = fields.Boolean(metadata={"description": "Whether the district has a ground for it"})
    kept = fields.Integer()
    oldest = fields.AwareDateTime(allow_none=True)
    due = fields.Integer(metadata={"description": "How many would go now"})


class RetentionOut(ma.Schema):
    """A dry run."""

    items = fields.List(fields.Nested(DueOut))


class RetentionDone(ma.Schema):
    """What a round erased; the timer goes on with the rest."""

    erased = fields.Integer()
