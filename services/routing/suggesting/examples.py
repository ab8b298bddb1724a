"""``examples.yml`` of a district pack: what residents say and whose matter it is."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from services.routing.suggesting.phrases import pieces
from shared.district import District, Document, Problem, read_part

FILE = "examples.yml"
LONGEST = 120
"""Characters; an example is shown whole in a reason."""


@dataclass(frozen=True)
class Example:
    """What a resident may say, and the department whose matter it is."""

    say: str
    department: str

    @cached_property
    def pieces(self) -> frozenset[str]:
        """What it says, cut up once for all who count."""
        return pieces(self.say)


def load(district: District) -> tuple[Example, ...]:
    """Read and check the district's ``examples.yml``.

    Raises:
        PackError: with every problem, its line and what was expected.
    """

    def codes_known(document: Document) -> Iterator[Problem]:
        for path, entry in document.entries("examples"):
            if entry.get("department") not in district.departments:
                known = ", ".join(district.departments)
                wrong = f"{entry.get('department')!r} is no department"
                yield document.problem((*path, "department"), wrong, f"one of {known}")

    examples: tuple[Example, ...] = read_part(district.path, FILE, _ExamplesSchema, [codes_known])
    return examples


@dataclass(frozen=True)
class Likeness:
    """An example and how alike it is, 0 to 1."""

    example: Example
    alike: float


class Index:
    """Finds the examples most alike: the cosine of their pieces, rare pieces weighing more."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self._examples = tuple(examples)
        said = [one.pieces for one in self._examples]
        self._where: dict[str, list[int]] = {}
        for number, of_one in enumerate(said):
            for piece in of_one:
                self._where.setdefault(piece, []).append(number)
        self._rare = {
            piece: math.log(1 + len(said) / len(where)) * len(piece)
            for piece, where in self._where.items()
        }
        self._length = [self._norm(of_one) for of_one in said]

    def nearest(self, said: frozenset[str]) -> dict[str, Likeness]:
        """Department -> its example most like what is said, where any has a piece in common."""
        shared: dict[int, float] = {}
        for piece in said & self._where.keys():
            weight = self._rare[piece] ** 2
            for number in self._where[piece]:
                shared[number] = shared.get(number, 0.0) + weight
        length, best = self._norm(said), dict[str, Likeness]()
        for number, common in sorted(shared.items()):
            example = self._examples[number]
            found = Likeness(example, common / (length * self._length[number]))
            known = best.get(example.department)
            if known is None or known.alike < found.alike:
                best[example.department] = found
        return best

    def _norm(self, said: frozenset[str]) -> float:
        new = math.log(1 + len(self._examples))
        return math.sqrt(sum(self._rare.get(one, new * len(one)) ** 2 for one in said)) or 1.0


class _ExampleSchema(Schema):
    say = fields.String(required=True, validate=validate.Length(min=1, max=LONGEST))
    department = fields.String(required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_kwargs: Any) -> Example:
        return Example(**data)


class _ExamplesSchema(Schema):
    examples = fields.List(fields.Nested(_ExampleSchema), required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_kwargs: Any) -> tuple[Example, ...]:
        return tuple(data["examples"])
