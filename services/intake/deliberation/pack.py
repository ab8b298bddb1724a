"""``deliberation.yml`` of a district pack: reading and checking it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, validate

from shared.district import District, Document, Problem, once_a_district, read_part
from shared.district.made import Made

FILE = "deliberation.yml"
ELSEWHERE = "other"
"""The platform that is none."""
NEEDS = ("nothing", "meeting", "task", "means", "decision", "grade")


@dataclass(frozen=True)
class Named:
    """A code with its names."""

    code: str
    name: str
    name_en: str


@dataclass(frozen=True)
class Step(Named):
    """One of the steps. ``needs``: what there must be before the next, of NEEDS."""

    needs: str = "nothing"
    may_skip: bool = False


@dataclass(frozen=True)
class Party(Named):
    """A kind of party. ``must_attend``: a meeting without them settles nothing."""

    must_attend: bool = False


@dataclass(frozen=True)
class Kind(Named):
    """What a matter is about. ``dispute``: it counts among the disputes settled."""

    dispute: bool = False


@dataclass(frozen=True)
class Quorum:
    """More than ``present`` of those entitled come, more than ``for_`` of those present agree."""

    present: float
    for_: float
    source: tuple[str, ...] = ()
    confirmed: bool = False


@dataclass(frozen=True)
class Pack:
    """The file, loaded and checked."""

    steps: tuple[Step, ...]
    parties: tuple[Party, ...]
    platforms: tuple[Named, ...]
    kinds: tuple[Kind, ...]
    quorum: Quorum
    source: tuple[str, ...] = ()
    confirmed: bool = False

    def step(self, code: str) -> Step:
        """The step with this code; the first where the pack has it no more."""
        return next((one for one in self.steps if one.code == code), self.steps[0])

    def after(self, code: str) -> Step | None:
        """The step after this one, in the district's order; None after the last."""
        codes = [one.code for one in self.steps]
        at = codes.index(self.step(code).code) + 1
        return self.steps[at] if at < len(codes) else None

    def kind(self, code: str) -> Kind | None:
        """The kind with this code."""
        return next((one for one in self.kinds if one.code == code), None)


def _text(longest: int = 60, **more: Any) -> fields.String:
    return fields.String(validate=validate.Length(min=1, max=longest), **more)


class _Name(Made):
    makes = Named
    code = _text(20, required=True)
    name = _text(required=True)
    name_en = _text(required=True)


class _Step(_Name):
    makes = Step
    needs = fields.String(required=True, validate=validate.OneOf(NEEDS))
    may_skip = fields.Boolean()


class _Party(_Name):
    makes = Party
    must_attend = fields.Boolean()


class _Kind(_Name):
    makes = Kind
    dispute = fields.Boolean()


class _Quorum(Made):
    makes = Quorum
    present = fields.Float(required=True, validate=validate.Range(min=0, max=1))
    for_ = fields.Float(required=True, data_key="for", validate=validate.Range(min=0, max=1))
    source = fields.List(fields.String())
    confirmed = fields.Boolean()


def _many(schema: type[Schema]) -> fields.List[Any]:
    return fields.List(fields.Nested(schema), required=True, validate=validate.Length(min=1))


class _File(Made):
    makes = Pack
    steps = _many(_Step)
    parties = _many(_Party)
    platforms = _many(_Name)
    kinds = _many(_Kind)
    quorum = fields.Nested(_Quorum, required=True)
    source = fields.List(fields.String())
    confirmed = fields.Boolean()


def load(district: District) -> Pack:
    """Read and check the district's ``deliberation.yml``.

    Raises:
        PackError: with every problem, its line and what was expected.
    """
    found: Pack = read_part(district.path, FILE, _File, [_codes_once])
    return found


def _codes_once(document: Document) -> Iterator[Problem]:
    for listing in ("steps", "parties", "platforms", "kinds"):
        seen: set[Any] = set()
        for path, entry in document.entries(listing):
            code = entry.get("code")
            if code in seen:
                yield document.problem((*path, "code"), f"{code!r} is there twice", "another code")
            seen.add(code)


def own_platforms(district: District) -> tuple[Named, ...]:
    """Where this district's neighbours meet (1-05, 2-14); none where the file is its base's."""
    if not (district.path / FILE).exists():
        return ()
    return tuple(one for one in pack_for(district).platforms if one.code != ELSEWHERE)


@once_a_district
def pack_for(district: District) -> Pack:
    """The district's deliberation, read once: a loaded pack never changes.

    Raises:
        PackError: the file is missing or wrong.
    """
    return load(district)
