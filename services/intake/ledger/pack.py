"""``ledger.yml`` of a district pack: what the ledger is called, its themes, when it is reviewed."""

from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from services.intake.ledger.period import PERIODS
from shared.district import District, once_a_district, read_part

FILE = "ledger.yml"


@dataclass(frozen=True)
class Theme:
    """What demands are about; ``words`` tell it. The last of the pack is for what fits none."""

    code: str
    name: str
    name_en: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class LedgerRules:
    """ledger.yml, loaded and checked.

    Attributes:
        name: what the district calls its ledger.
        period: how often the demands are gone through (1-02), one of PERIODS.
        unmet_days: days after which a demand without an answer counts as unmet.
        unused_months: months in which an item that nobody used is shown at the review.
        keep_months: months after which who spoke, and what they said, is forgotten.
    """

    name: str
    name_en: str
    prefix: str
    proposal_prefix: str
    period: str
    unmet_days: int
    unused_months: int
    keep_months: int
    themes: tuple[Theme, ...]

    def theme_of(self, text: str) -> str:
        """The theme that most words of the text speak of; the last one where none does."""
        counted = [(sum(word in text for word in theme.words), theme) for theme in self.themes]
        most = max(count for count, _ in counted)
        if not most:
            return self.themes[-1].code
        return next(theme.code for count, theme in counted if count == most)

    def theme(self, code: str) -> Theme | None:
        """The theme of this code, if the pack has it."""
        return next((theme for theme in self.themes if theme.code == code), None)


class _ValueSchema(Schema):
    source = fields.List(fields.String(), required=True, validate=validate.Length(min=1))
    confirmed = fields.Boolean(required=True)
    note = fields.String(load_default="")


class _PeriodSchema(_ValueSchema):
    value = fields.String(required=True, validate=validate.OneOf(PERIODS))


class _CountSchema(_ValueSchema):
    value = fields.Integer(required=True, strict=True, validate=validate.Range(1, 1200))


class _ThemeSchema(Schema):
    code = fields.String(required=True, validate=validate.Regexp(r"[a-z][a-z_]{0,29}\Z"))
    name = fields.String(required=True, validate=validate.Length(min=1))
    name_en = fields.String(required=True, validate=validate.Length(min=1))
    words = fields.List(fields.String(validate=validate.Length(min=1)), required=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Theme:
        """Make the theme."""
        return Theme(**{**data, "words": tuple(data["words"])})


class LedgerSchema(Schema):
    """ledger.yml as a whole."""

    name = fields.String(required=True, validate=validate.Length(min=1))
    name_en = fields.String(required=True, validate=validate.Length(min=1))
    source = fields.List(fields.String(), required=True, validate=validate.Length(min=1))
    confirmed = fields.Boolean(required=True)
    prefix = fields.String(required=True, validate=validate.Regexp(r"[A-Z]{2,4}\Z"))
    proposal_prefix = fields.String(required=True, validate=validate.Regexp(r"[A-Z]{2,4}\Z"))
    review_period = fields.Nested(_PeriodSchema, required=True)
    unmet_days = fields.Nested(_CountSchema, required=True)
    unused_months = fields.Nested(_CountSchema, required=True)
    keep_months = fields.Nested(_CountSchema, required=True)
    themes = fields.List(
        fields.Nested(_ThemeSchema), required=True, validate=validate.Length(min=1)
    )

    @validates_schema
    def once(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a code that stands twice."""
        codes = [theme.code for theme in data.get("themes", ())]
        if len(set(codes)) < len(codes):
            raise ValidationError("a code stands twice; give each theme its own", "themes")

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> LedgerRules:
        """Make the rules."""
        plain = ("name", "name_en", "prefix", "proposal_prefix")
        counted = ("unmet_days", "unused_months", "keep_months")
        return LedgerRules(
            **{name: data[name] for name in plain},
            **{name: data[name]["value"] for name in counted},
            period=data["review_period"]["value"],
            themes=tuple(data["themes"]),
        )


@once_a_district
def ledger_of(district: District) -> LedgerRules:
    """The district's rules, read once.

    Raises:
        PackError: with file, line, field and what was expected.
    """
    found: LedgerRules = read_part(district.path, FILE, LedgerSchema)
    return found
