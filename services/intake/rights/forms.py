"""What the desk's forms about a person's own data take; `pages` shows them."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.intake.rights import rights
from services.intake.rights.schemas import LONGEST_NUMBER, LONGEST_REASON, LONGEST_WISH

MOST_TICKED = 500
"""Cases of one person in one form."""


class FindForm(ma.Schema):
    """Whose data."""

    q = fields.String(required=True, validate=validate.Length(max=LONGEST_NUMBER))


class RequestForm(ma.Schema):
    """What somebody asks for, and how they were known."""

    kind = fields.String(required=True, validate=validate.OneOf(list(rights.KINDS)))
    channel = fields.String(
        required=True, validate=validate.OneOf([rights.IN_PERSON, rights.BY_PHONE])
    )
    checked = fields.String(required=True, validate=validate.OneOf(list(rights.CHECKS)))
    wish = fields.String(load_default="", validate=validate.Length(max=LONGEST_WISH))


def _numbers() -> fields.List[Any]:
    """The cases one ticked; what one person has here is fewer."""
    number = fields.String(validate=validate.Length(max=LONGEST_NUMBER))
    return fields.List(number, required=True, validate=validate.Length(max=MOST_TICKED))


def _why() -> fields.String:
    return fields.String(required=True, validate=validate.Length(min=2, max=LONGEST_REASON))


class ExportForm(ma.Schema):
    """Why, and as what."""

    why_export = _why()
    form = fields.String(load_default="html", validate=validate.OneOf(["html", "json"]))


class CorrectForm(ma.Schema):
    """What was wrong of who they are, and in which cases; what is empty stays."""

    cases = _numbers()
    name = fields.String(load_default="", validate=validate.Length(max=60))
    phone = fields.String(load_default="", validate=validate.Length(max=LONGEST_NUMBER))
    id_no = fields.String(load_default="", validate=validate.Length(max=LONGEST_NUMBER))
    without_id = fields.Boolean(load_default=False)
    why_correct = _why()


class EraseForm(ma.Schema):
    """In which cases and refusals they are forgotten."""

    erased = _numbers()
    why_erase = _why()


class RefuseForm(ma.Schema):
    """Why not."""

    reason = _why()
