"""``routing.yml`` of a district pack: how residents speak of what each department does."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from services.routing.suggesting.signs import Sign
from shared.district import District, Document, Problem, read_part

FILE = "routing.yml"


@dataclass(frozen=True)
class Weights:
    """How much each kind of evidence says, 0 to 1; it adds up as chances do."""

    item: float
    strong: float
    usual: float
    weak: float
    matter: float
    matter_name: float
    duty: float
    duty_list: float
    place: float


@dataclass(frozen=True)
class Mix:
    """How the kinds of evidence stand to each other, fitted on the examples (``bench suggest``).

    Attributes:
        rules: of the weights above.
        said: of how the examples and confirmed orders were said, piece by piece (``model.py``).
        contrast: of what sets the examples of the departments apart (``contrast.py``).
        trust: how many examples a word's own weight counts for against what the examples say of it.
        sure: how sure all of it together makes: what scores are sharpened or blunted by.
    """

    rules: float
    said: float
    contrast: float
    trust: float
    sure: float


@dataclass(frozen=True)
class Words:
    """What residents say that points to a department, by how surely it does."""

    department: str
    strong: tuple[str, ...] = ()
    usual: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlaceRule:
    """Where it happens: words for a kind of place, or communities by code, or both together."""

    department: str
    words: tuple[str, ...]
    communities: tuple[str, ...]
    because: str


@dataclass(frozen=True)
class RoutingPack:
    """The file, loaded and checked."""

    weights: Weights
    mix: Mix
    least: float
    words: tuple[Words, ...]
    places: tuple[PlaceRule, ...]
    signs: tuple[Sign, ...]


def load(district: District) -> RoutingPack:
    """Read and check the district's ``routing.yml``.

    Raises:
        PackError: with every problem, its line and what was expected.
    """
    urgencies = [one.code for one in district.rules.urgencies]

    def codes_known(document: Document) -> Iterator[Problem]:
        for key in ("words", "places"):
            for path, entry in document.entries(key):
                if entry.get("department") not in district.departments:
                    known = ", ".join(district.departments)
                    wrong = f"{entry.get('department')!r} is no department"
                    yield document.problem((*path, "department"), wrong, f"one of {known}")
        for path, entry in document.entries("signs"):
            if entry.get("urgency") not in urgencies:
                wrong = f"{entry.get('urgency')!r} is no urgency"
                yield document.problem((*path, "urgency"), wrong, f"one of {', '.join(urgencies)}")
        for path, entry in document.entries("places"):
            for code in entry.get("communities") or ():
                if code not in district.communities:
                    wrong = f"{code!r} is no community"
                    yield document.problem(
                        (*path, "communities"), wrong, "a code of communities.csv"
                    )

    pack: RoutingPack = read_part(district.path, FILE, _RoutingSchema, [codes_known])
    return pack


def _weight() -> fields.Float:
    """Below 1: evidence is never a proof."""
    below_one = validate.Range(min=0, max=1, max_inclusive=False)
    return fields.Float(required=True, validate=below_one)


def _factor() -> fields.Float:
    return fields.Float(required=True, validate=validate.Range(min=0, max=100))


def _texts() -> fields.List[str]:
    return fields.List(fields.String(validate=validate.Length(min=1)), load_default=list)


class _WeightsSchema(Schema):
    item = _weight()
    strong = _weight()
    usual = _weight()
    weak = _weight()
    matter = _weight()
    matter_name = _weight()
    duty = _weight()
    duty_list = _weight()
    place = _weight()

    @post_load
    def _make(self, data: dict[str, Any], **_kwargs: Any) -> Weights:
        return Weights(**data)


class _MixSchema(Schema):
    rules = _factor()
    said = _factor()
    contrast = _factor()
    trust = _factor()
    sure = _factor()

    @post_load
    def _make(self, data: dict[str, Any], **_kwargs: Any) -> Mix:
        return Mix(**data)


class _SignSchema(Schema):
    urgency = fields.String(required=True)
    words = _texts()
    because = fields.String(required=True, validate=validate.Length(min=1, max=100))
    unless = _texts()

    @post_load
    def _make(self, data: dict[str, Any], **_kwargs: Any) -> Sign:
        words, unless = tuple(data["words"]), tuple(data["unless"])
        return Sign(data["urgency"], words, data["because"], unless)


class _WordsSchema(Schema):
    department = fields.String(required=True)
    strong = _texts()
    usual = _texts()
    weak = _texts()

    @post_load
    def _make(self, data: dict[str, Any], **_kwargs: Any) -> Words:
        lists = {name: tuple(data[name]) for name in ("strong", "usual", "weak")}
        return Words(data["department"], **lists)


class _PlaceSchema(Schema):
    department = fields.String(required=True)
    words = _texts()
    communities = _texts()
    because = fields.String(required=True, validate=validate.Length(min=1, max=100))

    @post_load
    def _make(self, data: dict[str, Any], **_kwargs: Any) -> PlaceRule:
        words, communities = tuple(data["words"]), tuple(data["communities"])
        return PlaceRule(data["department"], words, communities, data["because"])


class _RoutingSchema(Schema):
    weights = fields.Nested(_WeightsSchema, required=True)
    mix = fields.Nested(_MixSchema, required=True)
    least = _weight()
    words = fields.List(fields.Nested(_WordsSchema), required=True)
    places = fields.List(fields.Nested(_PlaceSchema), load_default=list)
    signs = fields.List(fields.Nested(_SignSchema), load_default=list)

    @post_load
    def _make(self, data: dict[str, Any], **_kwargs: Any) -> RoutingPack:
        words, places = tuple(data["words"]), tuple(data["places"])
        mixed = data["weights"], data["mix"], data["least"]
        return RoutingPack(*mixed, words, places, tuple(data["signs"]))
