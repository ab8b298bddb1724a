"""Fields and parts that several contracts share, so that they mean the same everywhere."""

from typing import Any

from marshmallow import ValidationError, fields, validate

from shared.characters import storable
from shared.contracts.contract import ContractSchema


def text(limit: int = 200, **kwargs: Any) -> fields.String:
    """Text people read; never empty when required, and nothing in it that cannot be kept."""
    lowest = 1 if kwargs.get("required") else 0
    length = validate.Length(min=lowest, max=limit)
    return fields.String(validate=(length, can_be_kept), **kwargs)


def can_be_kept(value: str) -> None:
    """Refuse NUL and lone surrogates, which PostgreSQL and UTF-8 cannot hold.

    Raises:
        ValidationError: the text has one.

    """
    if not storable(value):
        raise ValidationError("Holds NUL or a lone surrogate.")


def identifier(**kwargs: Any) -> fields.String:
    """A case or order number as people read it."""
    return text(40, required=True, **kwargs)


def moment(**kwargs: Any) -> fields.AwareDateTime:
    """A moment with its offset, ISO 8601."""
    return fields.AwareDateTime(format="iso", **kwargs)


def department_code(**kwargs: Any) -> fields.String:
    """A department's code in the district pack, lower case, e.g. ``ga``."""
    return fields.String(validate=validate.Regexp(r"^[a-z][a-z0-9]{1,7}$"), **kwargs)


class Person(ContractSchema):
    """The resident, as far as the receiver needs to know them; `masked`: only enough to recognise.

    Whole in the facts that begin something (accepted, transferred, need raised) and in a
    correction; masked in all others, as 王** and 138****0000.
    """

    name = text(60, required=True)
    phone = text(30, load_default="")
    masked = fields.Boolean(load_default=False)


class Officer(ContractSchema):
    """A member of staff."""

    username = text(60, required=True)
    name = text(60, required=True)


class Community(ContractSchema):
    """A community by its 12-digit code."""

    code = fields.String(required=True, validate=validate.Regexp(r"^\d{12}$"))
    name = text(60, required=True)


class Item(ContractSchema):
    """An item of the catalogue, as it stood when the case was accepted."""

    code = text(20, required=True)
    name = text(200, required=True)


def nested(part: type[ContractSchema], **kwargs: Any) -> fields.Nested:
    """A part inside an event."""
    return fields.Nested(part, **kwargs)
