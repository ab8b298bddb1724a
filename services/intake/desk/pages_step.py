"""What a step of a matter is: its key, form and handler; the tables of them are elsewhere."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.intake.case import Actor, Case
from shared.db import Transaction
from shared.web.forms import Form, read_form

LONG = 4000
MOST_NAMES = 100
"""Materials in one form; an item asks for a dozen."""
SHORT = 1000
Data = Mapping[str, Any]
Run = Callable[[Transaction, str, Actor, Data], Case]


def text(most: int, *, required: bool = False) -> fields.String:
    """A field that may be left empty."""
    length = validate.Length(min=1 if required else 0, max=most)
    return fields.String(validate=length, required=required, load_default="")


def needed(most: int) -> fields.String:
    """A field that has to be filled."""
    return fields.String(validate=validate.Length(min=1, max=most), required=True)


def names(least: int = 0, **kwargs: Any) -> fields.List[Any]:
    """Names of materials."""
    name = fields.String(validate=validate.Length(max=SHORT))
    return fields.List(name, validate=validate.Length(min=least, max=MOST_NAMES), **kwargs)


SEEN: Mapping[str, fields.Field[Any]] = {
    "version": fields.Integer(load_default=None, validate=validate.Range(0, 10**9))
}
"""Which version of the case the officer saw when they opened the form."""


class Changed(Exception):
    """Somebody did something to the case while this officer wrote."""


@dataclass(frozen=True)
class Step:
    """One thing an officer can do to a matter.

    Attributes:
        action: the domain's name for it, and the end of its address.
        key: the key that leads to it from the matter.
        label: on the button; `title` heads its page, `submit` does it, `told` says it is done.
        labels: what its fields are called, for the list of what is wrong.
        paper: what is printed when it is done, if anything.
        asks: the permission, where that is not `case.<action>`.

    """

    action: str
    key: str
    label: str
    title: str
    submit: str
    told: str
    run: Run
    fields: Mapping[str, fields.Field[Any]]
    labels: Mapping[str, str] = field(default_factory=dict)
    paper: str = ""
    asks: str = ""

    @property
    def permission(self) -> str:
        """Who may do it, see `shared.permissions`."""
        return self.asks or f"case.{self.action}"

    def form(self) -> Form:
        """Read this request's form."""
        return read_form(ma.Schema.from_dict({**self.fields, **SEEN})())
