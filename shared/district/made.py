"""Schemas of a pack's files that make a value of what was read."""

from typing import Any, ClassVar

from marshmallow import Schema, fields, post_load


class Made(Schema):
    """Makes ``makes`` of what was read; lists become tuples.

    Attributes:
        for_readers: names of what is for whoever reads the file, and not handed on.
    """

    makes: type[Any]
    for_readers: ClassVar[frozenset[str]] = frozenset()

    @post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> Any:
        """The value."""
        kept = {name: value for name, value in data.items() if name not in self.for_readers}
        return self.makes(**{k: tuple(v) if isinstance(v, list) else v for k, v in kept.items()})


class Sourced(Made):
    """The same of what has a source, and may be unconfirmed."""

    for_readers = frozenset({"note"})
    source = fields.List(fields.String(), load_default=list)
    confirmed = fields.Boolean(load_default=False)
    note = fields.String(load_default="")
