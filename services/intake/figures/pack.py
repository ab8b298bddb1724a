"""``figures.yml`` of a district pack: what the figures are held against."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from services.intake.figures.counted import OnTheSpot
from shared.district import District, Document, Problem, once_a_district, read_part

FILE = "figures.yml"
A_YEAR = 366 * 1440


@dataclass(frozen=True)
class Baseline:
    """How long it took on average before, and whether the district has a ground for that."""

    minutes: int
    confirmed: bool


@dataclass(frozen=True)
class FigureRules:
    """figures.yml, loaded and checked.

    Attributes:
        on_spot: what is done on the spot: within so many minutes, by channels face to face.
        share: of the baseline, what is promised (0-19: half).
        spot: the baseline of what is done on the spot.
        whole: the baseline of everything together.
        items: baselines of single items.
    """

    on_spot: OnTheSpot
    share: float
    spot: Baseline
    whole: Baseline
    items: Mapping[str, Baseline]

    def baseline(self, item: str) -> Baseline:
        """Of one item, or of everything."""
        return self.items.get(item, self.whole)


class _GroundSchema(Schema):
    source = fields.List(fields.String(), required=True, validate=validate.Length(min=1))
    confirmed = fields.Boolean(required=True)
    note = fields.String(load_default="")


class _MinutesSchema(_GroundSchema):
    value = fields.Integer(required=True, strict=True, validate=validate.Range(1, 1440))


class _ShareSchema(_GroundSchema):
    value = fields.Float(required=True, validate=validate.Range(0.01, 1))


class _ChannelsSchema(_GroundSchema):
    channels = fields.List(fields.String(), required=True, validate=validate.Length(min=1))


class _BaselineSchema(_GroundSchema):
    minutes = fields.Integer(required=True, strict=True, validate=validate.Range(1, A_YEAR))

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Baseline:
        return Baseline(data["minutes"], data["confirmed"])


class _ItemSchema(_BaselineSchema):
    item = fields.String(required=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> tuple[str, Baseline]:
        return data["item"], Baseline(data["minutes"], data["confirmed"])


class _BaselinesSchema(Schema):
    on_the_spot = fields.Nested(_BaselineSchema, required=True)
    all = fields.Nested(_BaselineSchema, required=True)
    items = fields.List(fields.Nested(_ItemSchema), load_default=list)


class FiguresSchema(Schema):
    """figures.yml as a whole."""

    on_the_spot_minutes = fields.Nested(_MinutesSchema, required=True)
    face_to_face = fields.Nested(_ChannelsSchema, required=True)
    promised_share = fields.Nested(_ShareSchema, required=True)
    baseline = fields.Nested(_BaselinesSchema, required=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> FigureRules:
        """Make the rules."""
        held = data["baseline"]
        channels = frozenset(data["face_to_face"]["channels"])
        return FigureRules(
            OnTheSpot(data["on_the_spot_minutes"]["value"], channels),
            data["promised_share"]["value"],
            held["on_the_spot"],
            held["all"],
            dict(held["items"]),
        )


@once_a_district
def figure_rules(district: District) -> FigureRules:
    """The district's rules, read once.

    Its items are held against the pack's own: what the catalogue withdraws keeps its baseline. Its
    channels are those of rules.yml.

    Raises:
        PackError: with file, line, field and what was expected.
    """

    def items_known(document: Document) -> Iterator[Problem]:
        data = document.data if isinstance(document.data, dict) else {}
        listed = (data.get("baseline") or {}).get("items") or []
        for n, entry in enumerate(listed):
            code = entry.get("item") if isinstance(entry, dict) else None
            if code not in district.items:
                place = ("baseline", "items", n, "item")
                yield document.problem(place, f"{code!r} is no item", "a code of items/")

    def channels_known(document: Document) -> Iterator[Problem]:
        data = document.data if isinstance(document.data, dict) else {}
        known = {channel.code for channel in district.rules.channels}
        for n, code in enumerate((data.get("face_to_face") or {}).get("channels") or []):
            if code not in known:
                place = ("face_to_face", "channels", n)
                yield document.problem(place, f"{code!r} is no channel", "a code of rules.yml")

    checks = [items_known, channels_known]
    found: FigureRules = read_part(district.path, FILE, FiguresSchema, checks)
    return found
