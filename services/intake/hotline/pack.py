"""``hotline.yml`` of a district pack: how columns are headed, and what their words mean."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from services.intake.hotline.headings import plain
from shared.district import District, Document, Problem, once_a_district, read_part

FILE = "hotline.yml"
FIELDS = (
    *("number", "received_at", "name", "phone", "id_no", "community", "street", "address", "kind"),
    *("title", "content", "urgency", "deadline", "return_requested", "secret"),
)
"""The usual fields of a 12345 order."""
MUST_HAVE = "number"
"""The field by whose column the row of headings is found."""


@dataclass(frozen=True)
class Column:
    """A field of orders, and the headings it may stand under; the first is the template's."""

    field: str
    headings: tuple[str, ...]
    required: bool
    example: str


@dataclass(frozen=True)
class Hotline:
    """How this district's 12345 orders are written.

    Attributes:
        columns: the fields, in the template's order.
        kinds: what people write -> a code of the pack's kinds; `urgencies` likewise.
        unnamed: the name of callers who gave none.
        flags: what people write for yes and no.
        date_formats: of moments that are written as text, as strptime reads them.
        most_rows: of one spreadsheet.

    """

    columns: tuple[Column, ...]
    kinds: Mapping[str, str]
    default_kind: str
    urgencies: Mapping[str, str]
    default_urgency: str
    unnamed: str
    flags: Mapping[str, bool]
    date_formats: tuple[str, ...]
    most_rows: int

    @property
    def headings(self) -> dict[str, str]:
        """Plain heading -> field."""
        return {plain(text): one.field for one in self.columns for text in one.headings}

    @property
    def required(self) -> tuple[Column, ...]:
        """The columns no spreadsheet may lack."""
        return tuple(one for one in self.columns if one.required)


class _ColumnSchema(Schema):
    field = fields.String(required=True, validate=validate.OneOf(FIELDS))
    headings = fields.List(fields.String(), required=True, validate=validate.Length(1, 20))
    required = fields.Boolean(load_default=False)
    example = fields.String(required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Column:
        return Column(**data | {"headings": tuple(data["headings"])})


_Words = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), required=True)


class _HotlineSchema(Schema):
    columns = fields.List(fields.Nested(_ColumnSchema), required=True)
    kinds = _Words
    default_kind = fields.String(required=True)
    urgencies = _Words
    default_urgency = fields.String(required=True)
    unnamed = fields.String(required=True, validate=validate.Length(1, 60))
    true_words = fields.List(fields.String(), required=True)
    false_words = fields.List(fields.String(), required=True)
    date_formats = fields.List(fields.String(), required=True)
    most_rows = fields.Integer(required=True, validate=validate.Range(1, 50_000))
    source = fields.List(fields.String(), required=True)
    confirmed = fields.Boolean(required=True)


@once_a_district
def hotline_of(district: District) -> Hotline:
    """How this district's 12345 orders are written; read once.

    Raises:
        PackError: with every problem of the file.
    """
    return load(district)


def load(district: District) -> Hotline:
    """Read and check the district's ``hotline.yml``.

    Raises:
        PackError: with every problem of the file.
    """

    def known(document: Document) -> Iterator[Problem]:
        rules = district.rules
        yield from _codes_known(document, "kinds", "default_kind", [k.code for k in rules.kinds])
        codes = [one.code for one in rules.urgencies]
        yield from _codes_known(document, "urgencies", "default_urgency", codes)
        yield from _headings_once(document)

    read = read_part(district.path, FILE, _HotlineSchema, [known])
    return Hotline(
        columns=tuple(read["columns"]),
        kinds=_by_word(read["kinds"]),
        default_kind=read["default_kind"],
        urgencies=_by_word(read["urgencies"]),
        default_urgency=read["default_urgency"],
        unnamed=read["unnamed"],
        flags=dict.fromkeys(read["true_words"], True) | dict.fromkeys(read["false_words"], False),
        date_formats=tuple(read["date_formats"]),
        most_rows=read["most_rows"],
    )


def _by_word(words: Mapping[str, list[str]]) -> dict[str, str]:
    return {word: code for code, listed in words.items() for word in (code, *listed)}


def _codes_known(
    document: Document, listing: str, default: str, codes: list[str]
) -> Iterator[Problem]:
    data = document.data if isinstance(document.data, dict) else {}
    given = data.get(listing)
    for code in given if isinstance(given, dict) else ():
        if code not in codes:
            yield document.problem((listing, code), f"{code!r} is no code", ", ".join(codes))
    if data.get(default) not in codes:
        yield document.problem((default,), f"{data.get(default)!r} is no code", ", ".join(codes))


def _headings_once(document: Document) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for path, entry in document.entries("columns"):
        for heading in entry.get("headings") or ():
            other = seen.setdefault(plain(str(heading)), str(entry.get("field")))
            if other != entry.get("field"):
                wrong = f"{heading!r} also stands for {other!r}"
                yield document.problem((*path, "headings"), wrong, "a heading of its own")
    if MUST_HAVE not in seen.values():
        yield document.problem(("columns",), f"no column for {MUST_HAVE!r}", "a column for it")
