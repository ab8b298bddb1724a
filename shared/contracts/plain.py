"""A quick yes to data that plainly fits a schema; on the way of every event, out and in.

marshmallow builds a new object and collects what is wrong. Most data has nothing wrong with it,
and a look at types and lengths shows that at about a tenth of the cost. What is not plainly right
is left to marshmallow, which alone says no, and why: this module must never say yes where
marshmallow would say no. A test compares both on broken examples of every contract.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from math import isfinite
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields

Look = Callable[[Any], bool]


def looker(schema: Schema) -> Look:
    """A function that says whether data plainly fits ``schema``."""
    if schema.unknown != EXCLUDE or any(schema._hooks.values()):  # noqa: SLF001 - no public way
        return lambda _data: False
    needed = tuple((name, _of(field)) for name, field in _named(schema) if field.required)
    optional = tuple((name, _of(field)) for name, field in _named(schema) if not field.required)

    def fits(data: Any) -> bool:
        if not isinstance(data, dict):
            return False
        return all(name in data and look(data[name]) for name, look in needed) and all(
            look(data[name]) for name, look in optional if name in data
        )

    return fits


def _named(schema: Schema) -> list[tuple[str, fields.Field[Any]]]:
    return [(field.data_key or name, field) for name, field in schema.load_fields.items()]


def _of(field: fields.Field[Any]) -> Look:
    """How a field's value is looked at; None passes where the field allows it."""
    look, checks, none_fits = _by_type(field), tuple(field.validators), field.allow_none

    def fits(value: Any) -> bool:
        if value is None:
            return bool(none_fits)
        if not look(value):
            return False
        try:
            for check in checks:
                check(value)
        except ValidationError:
            return False
        return True

    return fits


def _by_type(field: fields.Field[Any]) -> Look:
    if isinstance(field, fields.Nested):
        return looker(field.schema)
    if isinstance(field, fields.List):
        return _all(_of(field.inner))
    return _TYPES.get(type(field), lambda value: _taken(field, value))


def _all(look: Look) -> Look:
    return lambda values: isinstance(values, list) and all(map(look, values))


def _aware(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _taken(field: fields.Field[Any], value: Any) -> bool:
    """Any other field is asked itself."""
    try:
        field.deserialize(value)
    except ValidationError:
        return False
    return True


_TYPES: Mapping[type, Look] = {
    fields.String: lambda value: isinstance(value, str),
    fields.Integer: lambda value: type(value) is int,
    fields.Float: lambda value: type(value) in (int, float) and isfinite(value),
    fields.Boolean: lambda value: type(value) is bool,
    fields.AwareDateTime: _aware,
    fields.Raw: lambda _value: True,
}
