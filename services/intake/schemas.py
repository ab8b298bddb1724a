"""What the JSON API takes and gives, for checking requests and for the OpenAPI description."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from services.intake.case import STATES
from services.intake.reason import msgid
from shared.web.auth import ROLES

NUMBER = "XS-261121-0042-08"
LONGEST_MATERIAL = 200


def _text(limit: int, about: str, **options: Any) -> fields.String:
    lowest = 1 if options.get("required") else 0
    if not options.get("required"):
        options.setdefault("load_default", "")
    length = validate.Length(min=lowest, max=limit)
    return fields.String(validate=length, metadata={"description": about}, **options)


class Credentials(Schema):
    """Sign-in."""

    username = _text(60, "Username", required=True)
    password = fields.String(required=True, load_only=True, validate=validate.Length(1, 200))


class UserOut(Schema):
    """Who is signed in."""

    username = fields.String()
    name = fields.String()
    role = fields.String(validate=validate.OneOf(list(ROLES)))
    community = fields.String(allow_none=True)
    department = fields.String(allow_none=True)
    partner = fields.String(allow_none=True)
    grids = fields.List(fields.String())


class SessionOut(Schema):
    """A token for `Authorization: Bearer`, good for 12 hours at every service."""

    token = fields.String()
    user = fields.Nested(UserOut)


class ApplicantIn(Schema):
    """The resident who brings the matter."""

    name = _text(60, "Name", required=True)
    phone = _text(30, "Chinese mobile, or landline with its area code", required=True)
    id_no = _text(30, "Identity number (GB 11643), where the matter needs it")


class BroughtMaterial(fields.Field[dict[str, bool]]):
    """A material's name (it is here), or {name, received}."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if isinstance(value, str) and 0 < len(value.strip()) <= LONGEST_MATERIAL:
            return value.strip(), True
        if isinstance(value, dict) and isinstance(value.get("name"), str):
            received = value.get("received", True)
            fits = 0 < len(value["name"].strip()) <= LONGEST_MATERIAL
            if isinstance(received, bool) and fits:
                return value["name"].strip(), received
        raise ValidationError(msgid("应为材料名称，或写明名称和是否收到"))


class CaseIn(Schema):
    """A matter. Give an item of the catalogue, or a title in the resident's words."""

    community = _text(12, "12 digits", required=True)
    item = _text(20, "Code of the catalogue, e.g. G-01")
    title = _text(200, "One line; the item's name where left out")
    description = _text(4000, "What the resident says")
    kind = _text(30, "apply (default with an item), ask, help, complain, report, suggest, praise")
    applicant = fields.Nested(ApplicantIn, required=True)
    channel = _text(30, "How it came, a code of the pack", load_default="desk")
    urgency = _text(30, "normal, urgent, special, difficult", load_default="normal")
    location = _text(300, "Where it is")
    language = fields.String(load_default="zh", validate=validate.OneOf(["zh", "en"]))
    materials = fields.List(
        BroughtMaterial(
            metadata={"oneOf": [{"type": "string", "maxLength": 200}, {"type": "object"}]}
        ),
        load_default=list,
        validate=validate.Length(max=50),
    )
    way = _text(20, "on_the_spot, on_behalf, accompanied, at_home")
    groups = fields.List(
        _text(20, "Group of the pack, e.g. elderly", required=True),
        load_default=list,
        validate=validate.Length(max=10),
    )
    not_a_certificate = _text(
        500, "Officer's reason why this asks for none of the certificates not to be issued"
    )


class NoticeIn(Schema):
    """The once-only notice; what the item requires and is not here is listed by itself."""

    missing = fields.List(
        _text(200, "Further material", required=True),
        load_default=list,
        validate=validate.Length(max=50),
    )


class MaterialsIn(Schema):
    """What came in."""

    received = fields.List(
        _text(200, "Material", required=True), required=True, validate=validate.Length(1, 50)
    )


class NoteIn(Schema):
    """A remark."""

    note = _text(1000, "For whoever works on it")


class TransferIn(Schema):
    """To a line department; without one routing suggests or decides."""

    department = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=8),
        metadata={"description": "Code, e.g. ga"},
    )
    reason = _text(1000, "Why the community cannot do it")


class ResultIn(Schema):
    """What the resident will read."""

    result = _text(4000, "The result", required=True)


class GradeField(fields.Field[str]):
    """A grade by number or by code."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            raise ValidationError("Not a valid integer.")
        return str(value)


class RateIn(Schema):
    """The resident's grade."""

    grade = GradeField(required=True, metadata={"description": "5 (best) to 1, or its code"})
    comment = _text(1000, "In the resident's words")


class ReasonIn(Schema):
    """Why."""

    reason = _text(1000, "Why", required=True)


class NeedIn(Schema):
    """What partners could help with."""

    category = _text(40, "Kind of need, e.g. repair", required=True)
    wish = _text(1000, "What is needed", required=True)
    location = _text(300, "Where, if not where the matter is")


class CaseQuery(Schema):
    """Which cases."""

    state = _text(300, "One or more, with commas")
    community = _text(12, "12 digits")
    owner = _text(60, "Username")
    q = _text(100, "Number; applicant's name, phone or identity number in full; part of the title")
    page = fields.Integer(load_default=1, validate=validate.Range(1, 100_000))
    page_size = fields.Integer(load_default=20, validate=validate.Range(1, 200))


class ItemQuery(Schema):
    """What the officer typed: code, Chinese, pinyin, initials or English."""

    q = _text(200, "Search words")


class LabelOut(Schema):
    """A name in both languages."""

    zh = fields.String()
    en = fields.String()


class NamedOut(Schema):
    """A code and its name."""

    code = fields.String()
    name = fields.String()


class OfficerOut(Schema):
    """A member of staff."""

    username = fields.String()
    name = fields.String()


class HandlerOut(NamedOut):
    """Who does the work now."""

    kind = fields.String(validate=validate.OneOf(["owner", "back_office", "routing", "department"]))


class LampOut(Schema):
    """The deadline at a glance."""

    level = fields.String(validate=validate.OneOf(["green", "yellow", "red", "none"]))
    words = fields.String()


class SnapshotOut(Schema):
    """The item as it stood when the case was accepted."""

    code = fields.String()
    name = fields.String()
    name_en = fields.String()
    procedure = fields.List(fields.String())
    limit_shown = fields.String()


class ApplicantOut(Schema):
    """The resident; masked, but in the answer of `reveal`."""

    name = fields.String(metadata={"example": "王**"})
    phone = fields.String(metadata={"example": "138****0000"})
    id_no = fields.String(metadata={"example": "340603********0014"})


class RowOut(Schema):
    """A case in a list."""

    number = fields.String(metadata={"example": NUMBER})
    state = fields.String(validate=validate.OneOf(list(STATES)))
    state_label = fields.Nested(LabelOut)
    kind = fields.String()
    item = fields.Nested(SnapshotOut, allow_none=True)
    title = fields.String()
    community = fields.Nested(NamedOut)
    owner = fields.Nested(OfficerOut)
    handler = fields.Nested(HandlerOut)
    applicant = fields.Nested(ApplicantOut)
    channel = fields.String()
    urgency = fields.String()
    way = fields.String()
    review_by = fields.DateTime(allow_none=True, metadata={"description": "Came online, A42"})
    back_office_by = fields.DateTime(allow_none=True)
    promise_by = fields.DateTime(allow_none=True)
    missing = fields.List(fields.String())
    accepted_at = fields.DateTime()
    due_at = fields.DateTime(allow_none=True, metadata={"description": "Only where promised"})
    limit_shown = fields.String()
    lamp = fields.Nested(LampOut)
    version = fields.Integer()


class MaterialOut(Schema):
    """One thing to bring."""

    name = fields.String()
    required = fields.Boolean()
    received = fields.Boolean()


class NoticeOut(Schema):
    """The once-only notice."""

    at = fields.DateTime()
    by = fields.String()
    missing = fields.List(fields.String())
    supplement_by = fields.DateTime()


class RatingOut(Schema):
    """The resident's grade."""

    grade = fields.Integer()
    satisfied = fields.Boolean()
    comment = fields.String()
    at = fields.DateTime()


class OrderOut(Schema):
    """Intake's copy of a work order."""

    number = fields.String()
    department = fields.String()
    department_name = fields.String()
    state = fields.String()
    role = fields.String(allow_none=True)
    due_by = fields.DateTime(allow_none=True)


class EntryOut(Schema):
    """One line of the timeline."""

    at = fields.DateTime()
    who = fields.String()
    action = fields.String()
    words = fields.String()
    data = fields.Dict()


class CaseOut(RowOut):
    """A case; `timeline` only when it is asked for by its number.

    The resident is masked in `applicant` and in every text; POST …/reveal shows the whole.
    """

    description = fields.String()
    location = fields.String()
    language = fields.String()
    materials = fields.List(fields.Nested(MaterialOut))
    notice = fields.Nested(NoticeOut, allow_none=True)
    result = fields.String()
    resolved_by = fields.String()
    resolved_at = fields.DateTime(allow_none=True)
    rating = fields.Nested(RatingOut, allow_none=True)
    promise = fields.Dict(allow_none=True, metadata={"description": "Minor materials, A24"})
    publication = fields.Dict(allow_none=True, metadata={"description": "Public notice"})
    refused = fields.Dict(allow_none=True, metadata={"description": "Written refusal, A38"})
    groups = fields.List(fields.String())
    visits = fields.Integer()
    transfers = fields.Integer()
    orders = fields.List(fields.Nested(OrderOut))
    track_url = fields.String(metadata={"description": "At acceptance, and by reveal"})
    timeline = fields.List(fields.Nested(EntryOut))


class CasePage(Schema):
    """A page of cases."""

    items = fields.List(fields.Nested(RowOut))
    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()


class ListOut(Schema):
    """A page of the catalogue's entries."""

    items = fields.List(fields.Dict())
    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()


class AskerOut(Schema):
    """Who asked for a certificate; masked, but in the answer of `reveal`."""

    name = fields.String(metadata={"example": "王**"})
    phone = fields.String(metadata={"example": "138****0000"})


class RefusalOut(Schema):
    """A written refusal."""

    number = fields.String()
    at = fields.DateTime()
    code = fields.String()
    name = fields.String()
    redirect = fields.String()
    departments = fields.List(fields.Nested(NamedOut))
    remedies = fields.String()
    community = fields.Nested(NamedOut)
    title = fields.String()
    description = fields.String()
    applicant = fields.Nested(AskerOut)
    by = fields.String()
