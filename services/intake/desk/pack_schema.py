"""What ``desk.yml`` may say: the marshmallow schemas that make ``pack_values``."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from services.intake.desk import pack_values as values
from shared.district.made import Made, Sourced


def _one_unit(given: Mapping[str, int]) -> None:
    if len(given) != 1:
        raise ValidationError(f"expected exactly one of {', '.join(values.UNITS)}")


def _limit(**kwargs: Any) -> fields.Dict:
    """``{unit: number}``, in exactly one unit."""
    unit = fields.String(validate=validate.OneOf(values.UNITS))
    return fields.Dict(keys=unit, values=_count(1, 1000), validate=_one_unit, **kwargs)


def _text(longest: int = 60, **kwargs: Any) -> fields.String:
    return fields.String(validate=validate.Length(min=1, max=longest), **kwargs)


def _count(low: int, high: int, **kwargs: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(min=low, max=high), **kwargs)


def _words(**kwargs: Any) -> fields.List[Any]:
    return fields.List(_text(), **kwargs)


def _many(schema: type[Schema]) -> fields.List[Any]:
    return fields.List(fields.Nested(schema), required=True, validate=validate.Length(min=1))


class _WaySchema(Made):
    makes = values.Way
    code = _text(20, required=True)
    name = _text(required=True)
    name_en = _text(required=True)
    note = fields.String(load_default="")


class _TrackSchema(Sourced):
    makes = values.Track
    code = _text(30, required=True)
    name = _text(required=True)
    name_en = _text(required=True)
    within = _limit(required=True)
    raised = fields.Boolean(load_default=False)


class _PromiseSchema(Sourced):
    makes = values.MinorMaterials
    workdays = _count(1, 100, required=True)
    may = _words(required=True)
    never = _words(required=True)


class _NoticeSchema(Sourced):
    makes = values.Notices
    days = _count(1, 100, required=True)
    place = _text(required=True)
    place_en = _text(required=True)


class _RemediesSchema(Sourced):
    makes = values.Remedies
    reconsideration_days = _count(1, 1000, required=True)
    litigation_months = _count(1, 120, required=True)


class DeskSchema(Schema):
    """The whole file."""

    ways = _many(_WaySchema)
    back_office = _many(_TrackSchema)
    promise = fields.Nested(_PromiseSchema, required=True)
    public_notice = fields.Nested(_NoticeSchema, required=True)
    remedies = fields.Nested(_RemediesSchema, required=True)
    reviewed_channels = _words(required=True)

    @post_load
    def _tuples(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        return {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
