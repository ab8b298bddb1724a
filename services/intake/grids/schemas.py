"""What the API and the pages take of grids, and what the API gives."""

from typing import Any

import marshmallow as ma
from marshmallow import Schema, fields, validate

from services.intake.grids import notice, report
from services.intake.grids.report_rules import MOST_PHOTOS
from services.intake.reason import msgid
from shared.contracts.fields import text

MOST_ITEMS = 30
_UUID = validate.Regexp(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", error=msgid("不是上报的编号，请重新打开上报页")
)


def _code() -> fields.String:
    return fields.String(validate=validate.Length(max=60))


def _whole(low: float, high: float, **kwargs: Any) -> fields.Float:
    return fields.Float(validate=validate.Range(min=low, max=high), allow_nan=False, **kwargs)


class ReportIn(Schema):
    """A report. `id` is made by the phone: whoever sends it again gets the same report."""

    id = fields.String(required=True, validate=_UUID)
    kind = text(30, required=True)
    grid = text(20, load_default="")
    category = text(30, load_default="")
    checklist = text(30, load_default="")
    found = fields.List(_code(), load_default=list, validate=validate.Length(max=MOST_ITEMS))
    answers = fields.List(
        _code(),
        load_default=list,
        validate=validate.Length(max=MOST_ITEMS),
        metadata={"description": "question:choice, by their codes"},
    )
    words = text(1000, load_default="")
    place = text(200, load_default="")
    lat = _whole(-90, 90, load_default=None, allow_none=True)
    lng = _whole(-180, 180, load_default=None, allow_none=True)
    accuracy = _whole(0, 100_000, load_default=0)
    urgency = text(30, load_default="")
    care = text(40, load_default="")
    done = text(1000, load_default="")
    seen_at = fields.AwareDateTime(format="iso", load_default=None, allow_none=True)
    photos = fields.Integer(load_default=0, validate=validate.Range(0, MOST_PHOTOS))
    edited = fields.Boolean(
        load_default=False,
        metadata={
            "description": "Changed on the phone since it was sent, and whether that came is not "
            "known: until somebody takes it up, the report with this id then says what this says"
        },
    )

    @ma.validates_schema
    def _both(self, data: dict[str, Any], **_: Any) -> None:
        if (data.get("lat") is None) != (data.get("lng") is None):
            raise ma.ValidationError(msgid("经度和纬度要一起填"), "lat")


class SnapshotIn(ReportIn):
    """A passer-by's: with the community, and a telephone if they want to be asked."""

    community = fields.String(required=True, validate=validate.Regexp(r"\d{12}\Z"))
    phone = text(30, load_default="")


class GridNoteIn(Schema):
    """Words, where they are not needed."""

    note = text(1000, load_default="")


class GridSaidIn(Schema):
    """Words that are needed."""

    note = text(1000, required=True)


class DispatchIn(GridNoteIn):
    """To whom."""

    username = text(60, required=True)


class GridCaseIn(Schema):
    """What makes a case of a report; without a name or telephone those of the report."""

    name = text(60, load_default="")
    phone = text(30, load_default="")
    kind = text(30, required=True)
    department = text(8, load_default="")
    description = text(1000, load_default="")


class RectificationIn(Schema):
    """A rectification notice; `wrong` is what has to be put right, a line each."""

    addressee = text(100, required=True)
    place = text(200, required=True)
    wrong = text(2000, required=True)
    basis = text(300, load_default="")
    until = fields.Date(load_default=None, allow_none=True)
    checker = text(60, load_default="")
    report = text(40, load_default="")
    grid = text(20, load_default="")


class GridFoundIn(Schema):
    """What somebody who looked found; `until`: the new day, where it has to be put right again."""

    found = text(1000, required=True)
    until = fields.Date(load_default=None, allow_none=True)


class CareIn(Schema):
    """Somebody of the care list."""

    name = text(60, required=True)
    phone = text(30, load_default="")
    id_no = text(30, load_default="")
    address = text(200, required=True)
    grid = text(20, load_default="")
    groups = fields.List(_code(), required=True, validate=validate.Length(1, 10))
    needs = text(1000, load_default="")
    consent = text(30, load_default="")
    worker = text(60, required=True)
    every_days = fields.Integer(load_default=0, validate=validate.Range(0, 366))


class CareChangeIn(CareIn):
    """Somebody of the care list, changed."""

    version = fields.Integer(
        load_default=None,
        validate=validate.Range(1, 10**9),
        metadata={"description": "Which version you saw: 409 if it was changed since"},
    )


class _Paging(Schema):
    page = fields.Integer(load_default=1, validate=validate.Range(1, 100_000))
    page_size = fields.Integer(load_default=20, validate=validate.Range(1, 100))


class ReportQuery(_Paging):
    """Which reports."""

    state = fields.String(load_default="", validate=validate.OneOf(["", "open", *report.STATES]))
    kind = text(30, load_default="")
    grid = text(20, load_default="")
    case = text(40, load_default="")
    mine = fields.Boolean(load_default=False)


class RectificationQuery(_Paging):
    """Which notices."""

    state = fields.String(load_default="", validate=validate.OneOf(["", *notice.STATES]))


class CareQuery(_Paging):
    """Which of the care list."""

    due = fields.Boolean(load_default=False)
    mine = fields.Boolean(load_default=False)
    grid = text(20, load_default="")


class GridOfficerOut(Schema):
    """A member of staff."""

    username = fields.String()
    name = fields.String()


class GridLineOut(Schema):
    """A line of a timeline."""

    at = fields.AwareDateTime()
    who = fields.String()
    action = fields.String()
    note = fields.String()


class GridPositionOut(Schema):
    """WGS 84, in degrees and metres."""

    lat = fields.Float()
    lng = fields.Float()
    accuracy = fields.Float()


class ReportOut(Schema):
    """A report; who sent it from the street is masked."""

    number = fields.String(metadata={"example": "WG-261122-0001-51"})
    id = fields.String(attribute="client_id")
    repeated = fields.Boolean()
    kind = fields.String()
    state = fields.String(validate=validate.OneOf(list(report.STATES)))
    title = fields.String()
    community = fields.String()
    grid = fields.String()
    urgency = fields.String()
    words = fields.String()
    place = fields.String()
    position = fields.Nested(GridPositionOut, allow_none=True)
    found = fields.List(fields.String())
    phone = fields.String()
    by = fields.Nested(GridOfficerOut)
    owner = fields.Nested(GridOfficerOut)
    handler = fields.Nested(GridOfficerOut)
    seen_at = fields.AwareDateTime()
    received_at = fields.AwareDateTime()
    due_at = fields.AwareDateTime(allow_none=True)
    pressed = fields.Integer()
    result = fields.String()
    case_number = fields.String()
    timeline = fields.List(fields.Nested(GridLineOut))


class ReportPage(Schema):
    """A page of reports."""

    items = fields.List(fields.Nested(ReportOut))
    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()


class GridPhotoOut(Schema):
    """A photo of a report."""

    id = fields.String()
    media_type = fields.String()
    size = fields.Integer()
    sm3 = fields.String()


class RectificationOut(Schema):
    """A rectification notice."""

    number = fields.String(metadata={"example": "ZG-261122-0001-51"})
    state = fields.String(validate=validate.OneOf(list(notice.STATES)))
    report_number = fields.String()
    community = fields.String()
    grid = fields.String()
    addressee = fields.String()
    place = fields.String()
    wrong = fields.List(fields.String())
    basis = fields.String()
    issued_at = fields.AwareDateTime()
    by = fields.Nested(GridOfficerOut)
    checker = fields.Nested(GridOfficerOut)
    due_at = fields.AwareDateTime()
    look_back_at = fields.AwareDateTime(allow_none=True)
    found = fields.String()
    timeline = fields.List(fields.Nested(GridLineOut))


class RectificationPage(Schema):
    """A page of notices."""

    items = fields.List(fields.Nested(RectificationOut))
    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()


class CareOut(Schema):
    """Somebody of the care list: who they are is masked, what they need is not shown."""

    number = fields.String()
    community = fields.String()
    grid = fields.String()
    name = fields.String()
    phone = fields.String()
    groups = fields.List(fields.String())
    worker = fields.Nested(GridOfficerOut)
    every_days = fields.Integer()
    visited_at = fields.AwareDateTime(allow_none=True)
    due_at = fields.AwareDateTime()
    consent = fields.Boolean()
    version = fields.Integer()


class CarePage(Schema):
    """A page of the care list."""

    items = fields.List(fields.Nested(CareOut))
    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()
