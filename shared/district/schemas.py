"""The marshmallow schemas of a pack's files. Each loads into the values of model.py."""

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from shared.district import model


def _text(expected: str | None = None, *, required: bool = True, **extra: Any) -> fields.String:
    """Text that is not empty."""
    metadata = {"expected": expected} if expected else {}
    rule = extra.pop("validate", validate.Length(min=1))
    return fields.String(required=required, validate=rule, metadata=metadata, **extra)


def _optional() -> fields.String:
    return fields.String(load_default=None, allow_none=True)


def _one_of(choices: tuple[str, ...]) -> fields.String:
    return fields.String(required=True, validate=validate.OneOf(choices))


def _shape(pattern: str, expected: str, *, required: bool = True, **extra: Any) -> fields.String:
    rule = validate.Regexp(f"^(?:{pattern})$", error=expected)
    return _text(expected, required=required, validate=rule, **extra)


def _texts(*, required: bool = True) -> fields.List[Any]:
    # a List keeps no default when it is required
    extra: dict[str, Any] = {"required": True} if required else {"load_default": list}
    return fields.List(_text(), **extra)


_ITEM_CODE = ("[A-Z]-[0-9]{2,3}", "a code such as G-01")
_DEPARTMENT_CODE = ("[a-z]{2}", "two lower-case letters such as ga")
_COMMUNITY_CODE = ("[0-9]{12}", 'twelve digits in quotes, such as "340603002001"')
_CLOCK = ("([01][0-9]|2[0-3]):[0-5][0-9]", 'a time of day in quotes, such as "08:30"')
_DAY = 'a day in quotes, such as "2026-10-10"'


class Into(Schema):
    """A schema that loads into a value of model.py: lists become tuples."""

    into: Callable[..., Any]

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Any:
        """Make the value."""
        made = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
        return type(self).into(**made)


class CommunitySchema(Into):
    """One row of communities.csv."""

    into = model.Community
    code = _shape(*_COMMUNITY_CODE)
    name = _text()
    short_name = _text()
    street_code = _shape("[0-9]{9}", "nine digits, the first nine of the code")
    street = _text()


class DepartmentSchema(Into):
    """One entry of departments.yml."""

    into = model.Department
    code = _shape(*_DEPARTMENT_CODE)
    name = _text()
    short = _text()
    name_en = _text()
    kind = _one_of(model.DEPARTMENT_KINDS)
    duties = _texts()
    evidence = _text()
    full_name = _optional()
    note = _optional()


class LimitSchema(Into):
    """A time limit, wherever one stands."""

    into = model.Limit
    value = fields.Integer(
        required=True,
        allow_none=True,
        strict=True,
        validate=validate.Range(min=0),
        metadata={"expected": "a whole number from 0, or null"},
    )
    unit = fields.String(
        required=True, allow_none=True, validate=validate.OneOf([*model.LIMIT_UNITS, None])
    )
    kind = _one_of(model.LIMIT_KINDS)
    source = _texts(required=False)

    @validates_schema
    def both_or_neither(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a number without a unit and a unit without a number."""
        if (data.get("value") is None) != (data.get("unit") is None):
            raise ValidationError("value and unit must both be set or both be null", "value")


class MaterialSchema(Into):
    """One thing to bring."""

    into = model.Material
    name = _text()
    required = fields.Boolean(required=True)
    when = _optional()


class ItemSchema(Into):
    """One entry of items/*.yml."""

    into = model.Item
    code = _shape(*_ITEM_CODE)
    name = _text()
    name_en = _text()
    item_class = fields.String(
        required=True, data_key="class", validate=validate.OneOf(model.ITEM_CLASSES)
    )
    domain = _text()
    parent = _shape(*_ITEM_CODE, allow_none=True)
    handled_at = _one_of(model.HANDLED_AT)
    department = _shape(*_DEPARTMENT_CODE, allow_none=True)
    keywords = _texts(required=False)
    materials = fields.List(fields.Nested(MaterialSchema), required=True)
    procedure = _texts()
    limit = fields.Nested(LimitSchema, required=True)
    time_limit = _text()
    fee = _text()
    legal_basis = _text()
    public_notice = fields.Boolean(required=True)
    public_notice_omits = _texts(required=False)
    notes = fields.String(load_default="")
    source = _texts()
    evidence = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class NotIssuedSchema(Into):
    """One entry of not_issued.yml."""

    into = model.NotIssued
    code = _shape(*_ITEM_CODE)
    name = _text()
    keywords = _texts()
    departments = fields.List(_shape(*_DEPARTMENT_CODE), required=True)
    redirect_text = _text()
    rule = _text()
    source = _texts()
    evidence = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class OutOfScopeSchema(Into):
    """One entry of out_of_scope.yml."""

    into = model.OutOfScope
    code = _shape("T-[A-Z]{2}-[0-9]{2}", "a code such as T-GA-01")
    name = _text()
    department = _shape(*_DEPARTMENT_CODE)
    limit = fields.Nested(LimitSchema, required=True)
    keywords = _texts()
    source = _texts()
    evidence = _text()


class StaffSchema(Into):
    """One entry of staff.yml. There is no password field, so a password is refused."""

    into = model.Staff
    username = _shape("[a-z][a-z0-9-]*", "lower-case letters, digits and hyphens")
    name = _text()
    role = _one_of(model.ROLES)
    community = _shape(*_COMMUNITY_CODE, required=False, load_default=None)
    department = _shape(*_DEPARTMENT_CODE, required=False, load_default=None)
    partner = _shape("[a-z][a-z0-9-]*", "a partner's code", required=False, load_default=None)
    grids = fields.List(
        _shape("[0-9]{15}", "fifteen digits in quotes: community code and three"), load_default=list
    )


class GradeSchema(Into):
    """One of the five grades."""

    into = model.Grade
    code = _text()
    name = _text()
    name_en = _text()
    score = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=5))
    positive = fields.Boolean(required=True)


class ChoiceSchema(Into):
    """One entry of a closed list."""

    into = model.Choice
    code = _shape("[a-z][a-z0-9_]*", "lower-case letters, digits and _")
    name = _text()
    name_en = _text()
    note = _optional()


class _RuleSchema(Schema):
    """A rule: its value, its source, and whether the district has confirmed it."""

    source = _texts()
    confirmed = fields.Boolean(required=True)
    note = _optional()


class CountRule(_RuleSchema):
    """A rule whose value is a whole number from 0."""

    value = fields.Integer(required=True, strict=True, validate=validate.Range(min=0))


class ShareRule(_RuleSchema):
    """A rule whose value is a share from 0 to 1."""

    value = fields.Float(required=True, validate=validate.Range(min=0, max=1))


class SwitchRule(_RuleSchema):
    """A rule that is on or off."""

    value = fields.Boolean(required=True)


class ReviewRule(_RuleSchema):
    """When the unit's leader reviews a reply: before the resident sees it, or after.

    Routing's business alone: its `order.completed` is the answer, reviewed already or not.
    """

    value = _one_of(("before", "after"))


class RulesSchema(Schema):
    """rules.yml as a whole."""

    contact_hours = fields.Nested(CountRule, required=True)
    finish_workdays = fields.Nested(CountRule, required=True)
    extension_workdays = fields.Nested(CountRule, required=True)
    extensions = fields.Nested(CountRule, required=True)
    return_window_hours = fields.Nested(CountRule, required=True)
    yellow_from = fields.Nested(ShareRule, required=True)
    review = fields.Nested(ReviewRule, required=True)
    follow_up_all_named = fields.Nested(SwitchRule, required=True)
    bad_rating_contact_workdays = fields.Nested(CountRule, required=True)
    bad_rating_fix_workdays = fields.Nested(CountRule, required=True)
    supplement_workdays = fields.Nested(CountRule, required=True)
    online_review_workdays = fields.Nested(CountRule, required=True)
    desk_minutes = fields.Nested(CountRule, required=True)
    desk_minutes_promised = fields.Nested(SwitchRule, required=True)
    grades = fields.List(fields.Nested(GradeSchema), required=True, validate=validate.Length(min=1))
    kinds = fields.List(fields.Nested(ChoiceSchema), required=True, validate=validate.Length(min=1))
    urgencies = fields.List(
        fields.Nested(ChoiceSchema), required=True, validate=validate.Length(min=1)
    )
    channels = fields.List(
        fields.Nested(ChoiceSchema), required=True, validate=validate.Length(min=1)
    )

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> model.Rules:
        """Make the rules: plain values, and a Fact for each rule that has a source."""
        values: dict[str, Any] = {}
        facts: dict[str, model.Fact] = {}
        for name, rule in data.items():
            if isinstance(rule, list):
                values[name] = tuple(rule)
            else:
                values[name] = rule["value"]
                facts[name] = model.Fact(tuple(rule["source"]), rule["confirmed"], rule["note"])
        return model.Rules(**values, facts=facts)


class ServiceHoursSchema(Into):
    """When the desks are open."""

    into = model.ServiceHours
    days = _text()
    opens = _shape(*_CLOCK)
    closes = _shape(*_CLOCK)
    lunch_on_duty = fields.Boolean(required=True)
    after_hours = _text()
    source = _texts()
    confirmed = fields.Boolean(required=True)


class CountsSchema(Schema):
    """How many entries each list of the pack must hold."""

    communities = fields.Integer(required=True, strict=True)
    line_departments = fields.Integer(required=True, strict=True)
    statutory = fields.Integer(required=True, strict=True)
    assist = fields.Integer(required=True, strict=True)
    guide = fields.Integer(required=True, strict=True)
    extra = fields.Integer(required=True, strict=True)
    not_issued = fields.Integer(required=True, strict=True)
    out_of_scope = fields.Integer(required=True, strict=True)


class DistrictSchema(Schema):
    """district.yml as a whole."""

    code = _shape("[0-9]{6}", 'six digits in quotes, such as "340603"')
    base = _shape("[a-z][a-z0-9_-]*", "a pack's name", required=False, load_default=None)
    name = _text()
    name_en = _text()
    full_name = _text()
    city = _text()
    city_en = _text()
    case_prefix = _shape("[A-Z]{2,4}", "two to four capital letters")
    phone = _text()
    timezone = fields.String(required=True, validate=validate.OneOf(["Asia/Shanghai"]))
    service_hours = fields.Nested(ServiceHoursSchema, required=True)
    counts = fields.Nested(CountsSchema, required=True)
    caveats = _texts()
    source = _texts()


class ExtraDaySchema(Schema):
    """A holiday or make-up day the library lacks."""

    date = fields.Date(required=True, metadata={"expected": _DAY})
    name = _text()


class WorkdaysSchema(Schema):
    """workdays.yml as a whole."""

    holidays = fields.List(fields.Nested(ExtraDaySchema), required=True)
    workdays = fields.List(fields.Nested(ExtraDaySchema), required=True)
    known_until = fields.Date(
        required=True, allow_none=True, metadata={"expected": f"{_DAY}, or null"}
    )


class SourceSchema(Schema):
    """One entry of sources.yml."""

    code = _text()
    text = _text()


class SourcesSchema(Schema):
    """sources.yml as a whole."""

    families = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    sources = fields.List(fields.Nested(SourceSchema), required=True)


def list_file(key: str, entry: type[Schema]) -> Schema:
    """Return the schema of a file that holds one list of entries under `key`."""
    made: Any = Schema.from_dict({key: fields.List(fields.Nested(entry), required=True)})
    schema: Schema = made()
    return schema
