"""What ``supervision.yml`` may say: the marshmallow schemas that make ``supervision``'s values."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from services.routing import supervision_values as s
from shared.district.made import Made, Sourced


def _one_unit(given: s.LimitData) -> None:
    if len(given) != 1:
        raise ValidationError(f"expected exactly one of {', '.join(s.UNITS)}")


def _limit(**kwargs: Any) -> fields.Dict:
    """``{unit: number}``, in exactly one unit."""
    unit = fields.String(validate=validate.OneOf(s.UNITS))
    number = fields.Integer(strict=True, validate=validate.Range(min=1, max=1000))
    return fields.Dict(keys=unit, values=number, validate=_one_unit, **kwargs)


def _text(longest: int = 60, **kwargs: Any) -> fields.String:
    return fields.String(validate=validate.Length(min=1, max=longest), **kwargs)


def _count(low: int, high: int, **kwargs: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(min=low, max=high), **kwargs)


def _many(schema: type[Schema], **kwargs: Any) -> fields.List[Any]:
    return fields.List(fields.Nested(schema), **kwargs)


class _TrackSchema(Sourced):
    makes = s.Track
    code = _text(30, required=True)
    contact = _limit(required=True)
    finish = _limit(required=True)
    level = _count(0, 9, load_default=0)


class _PauseSchema(Sourced):
    makes = s.Pause
    code = _text(30, required=True)
    name = _text(required=True)
    name_en = _text(required=True)
    longest_workdays = _count(1, 250, required=True)


class _ArbitrationSchema(Sourced):
    makes = s.Arbitration
    after_hops = _count(1, 20, required=True)
    arbiter = _text(required=True)
    arbiter_en = _text(required=True)
    fallback = _text(8, required=True)
    within = _limit(required=True)


class _OnDutySchema(Made):
    makes = s.OnDuty
    name = _text(required=True)
    post = _text(required=True)


class _LevelSchema(Made):
    makes = s.Level
    level = _count(1, 9, required=True)
    name = _text(required=True)
    name_en = _text(required=True)
    to = _text(100, required=True)
    rotate = fields.String(load_default="day", validate=validate.OneOf(("day", "week")))
    duty = _many(_OnDutySchema, load_default=list)
    source = fields.List(fields.String(), load_default=list)


class _StepSchema(Sourced):
    makes = s.Step
    code = _text(30, required=True)
    when = fields.String(required=True, validate=validate.OneOf(s.OCCASIONS))
    after = _limit(load_default=None)
    times = _count(1, 100, load_default=1)
    level = _count(0, 9, load_default=0)
    raises = _count(0, 9, load_default=0)
    on_site = fields.Boolean(load_default=False)


class _NamedSchema(Made):
    makes = s.Named
    code = _text(30, required=True)
    name = _text(required=True)
    name_en = _text(required=True)


class _FollowUpsSchema(Sourced):
    makes = s.FollowUps
    due = _limit(required=True)
    channels = _many(_NamedSchema, required=True)
    invalid = _many(_NamedSchema, required=True)


class _RepeatsSchema(Made):
    makes = s.Repeats
    days = _count(1, 366, required=True)
    times = _count(2, 100, required=True)


class _ProblemsSchema(Sourced):
    makes = s.Problems
    unsolved_workdays = _count(1, 250, required=True)
    review_workdays = _count(1, 250, required=True)
    look_back_workdays = _count(1, 250, required=True)


class _ClustersSchema(Made):
    makes = s.Clusters
    days = _count(1, 366, required=True)
    least = _count(2, 1000, required=True)


class _HoursSchema(Made):
    makes = s.Hours
    days = fields.String(
        load_default="workdays", validate=validate.OneOf(("workdays", "every_day"))
    )
    opens = fields.Time(format="%H:%M", required=True)
    closes = fields.Time(format="%H:%M", required=True)


class _UnitSchema(Made):
    makes = s.Unit
    department = _text(8, required=True)
    hours = fields.Nested(_HoursSchema, load_default=None)
    handler = _text(required=True)
    policy = _text(required=True)
    leader = _text(required=True)


class _GridLevelSchema(Made):
    makes = s.GridLevel
    level = _count(1, 9, required=True)
    name = _text(required=True)
    name_en = _text(required=True)
    does = _text(200, required=True)


class SupervisionSchema(Made):
    """The whole file."""

    makes = s.Supervision
    tracks = _many(_TrackSchema, required=True)
    pauses = _many(_PauseSchema, required=True)
    arbitration = fields.Nested(_ArbitrationSchema, required=True)
    levels = _many(_LevelSchema, required=True)
    steps = _many(_StepSchema, required=True)
    follow_ups = fields.Nested(_FollowUpsSchema, required=True)
    repeats = fields.Nested(_RepeatsSchema, required=True)
    problems = fields.Nested(_ProblemsSchema, required=True)
    clusters = fields.Nested(_ClustersSchema, required=True)
    hours = fields.Nested(_HoursSchema, required=True)
    units = _many(_UnitSchema, load_default=list)
    reminders_in_service_hours = fields.Boolean(load_default=True)
    grid_levels = _many(_GridLevelSchema, load_default=list)

    @post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> s.Supervision:
        """The value, with what has a code found by it."""
        data["tracks"] = {one.code: one for one in data["tracks"]}
        data["pauses"] = {one.code: one for one in data["pauses"]}
        data["levels"] = {one.level: one for one in data["levels"]}
        data["units"] = {one.department: one for one in data["units"]}
        made: s.Supervision = super().make(data)
        return made
