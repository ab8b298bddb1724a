"""What the JSON API and the pages of the archive take and give."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.intake.archive.queries_search import ON_A_PAGE
from shared.web.i18n import msgid

LONGEST_TEXT = 60
MOST_AT_ONCE = 100
HIGHEST_PLACE = 2**53


class ArchiveSearch(ma.Schema):
    """What is looked for; what is empty does not narrow."""

    q = fields.String(
        load_default="",
        validate=validate.Length(max=LONGEST_TEXT),
        metadata={"description": "Number, name, telephone, identity number, or words of a title"},
    )
    community = fields.String(load_default="", validate=validate.Length(max=12))
    item = fields.String(load_default="", validate=validate.Length(max=40))
    first = fields.Date(load_default=None, allow_none=True)
    last = fields.Date(load_default=None, allow_none=True)
    before = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(0, HIGHEST_PLACE),
        metadata={"description": "`more` of the page before"},
    )

    @ma.validates_schema
    def _in_order(self, data: dict[str, Any], **_more: Any) -> None:
        if data.get("first") and data.get("last") and data["first"] > data["last"]:
            raise ma.ValidationError(msgid("结束日期早于开始日期"), "last")


class ArchiveQuery(ArchiveSearch):
    """The same, for programs."""

    page_size = fields.Integer(load_default=ON_A_PAGE, validate=validate.Range(1, MOST_AT_ONCE))


class DossierRow(ma.Schema):
    """A dossier in a list; who brought it is masked."""

    number = fields.String()
    day = fields.Date()
    title = fields.String()
    state = fields.String()
    kind = fields.String()
    item = fields.String()
    community = fields.String()
    channel = fields.String()
    way = fields.String()
    owner = fields.String()
    applicant = fields.Dict(keys=fields.String(), values=fields.String())


class Dossiers(ma.Schema):
    """One page; `more` is the `before` of the next one."""

    items = fields.List(fields.Nested(DossierRow))
    more = fields.Integer(allow_none=True)


class DossierOut(ma.Schema):
    """One dossier with its seal; masked unless it was revealed."""

    number = fields.String()
    edition = fields.Integer()
    hash = fields.String(metadata={"description": "SM3 over the whole document"})
    sealed_at = fields.AwareDateTime()
    sealed_by = fields.String()
    document = fields.Dict()


class DayEndIn(ma.Schema):
    """Whose day ends; an officer's own community where it is empty."""

    community = fields.String(load_default="", validate=validate.Length(max=12))


class NotArchivedOut(ma.Schema):
    """A resolved case that stays open, or a finished one that could not be sealed, and why."""

    number = fields.String()
    owner = fields.String()
    why = fields.String()


class DayEndOut(ma.Schema):
    """What a day's end did."""

    closed = fields.List(fields.String())
    sealed = fields.List(fields.String())
    kept = fields.List(fields.Nested(NotArchivedOut))
    unsealed = fields.List(fields.Nested(NotArchivedOut))
    report = fields.Dict()


class DayReportQuery(ma.Schema):
    """Whose day."""

    community = fields.String(load_default="", validate=validate.Length(max=12))
    day = fields.Date(required=True)


class DayReportOut(ma.Schema):
    """The day as it was told."""

    community = fields.String()
    day = fields.Date()
    version = fields.Integer()
    made_at = fields.AwareDateTime()
    made_by = fields.String()
    said = fields.Dict()
