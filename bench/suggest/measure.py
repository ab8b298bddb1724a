"""Asks the suggester about labelled utterances and counts what it answers."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import yaml

from services.routing.suggesting import examples
from services.routing.suggesting.examples import Example
from services.routing.suggesting.suggest import Suggester, Suggestion
from shared.district import District

HELD_OUT = tuple(Path(__file__).with_name(name) for name in ("heldout.yml", "heldout-2.yml"))
"""The second was written when the first had been looked at twice."""
FOLDS = 5
BANDS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.01)
"""Of scores, for the calibration."""


@dataclass(frozen=True)
class Answer:
    """What was suggested for one utterance whose department is known."""

    department: str
    ranked: tuple[str, ...]
    score: float

    @property
    def first(self) -> bool:
        """Whether the first choice is right."""
        return self.ranked[:1] == (self.department,)

    @property
    def among_three(self) -> bool:
        """Whether the right one is among the first three."""
        return self.department in self.ranked[:3]


@dataclass(frozen=True)
class Band:
    """Answers whose first score lies in a band: a good score is right as often as it says."""

    low: float
    high: float
    answers: int
    score: float
    right: float


def read(file: Path) -> list[Example]:
    """The labelled utterances of a file."""
    with file.open(encoding="utf-8") as text:
        whole = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    [said] = whole.values()
    return [Example(one.get("say") or one["text"], one["department"]) for one in said]


def held_out(district: District, file: Path) -> list[Answer]:
    """Utterances that nobody tuned on."""
    suggester = Suggester(district)
    return [ask(suggester, one) for one in read(file)]


def cross_validated(district: District, folds: int = FOLDS) -> list[Answer]:
    """Each fifth of the examples, asked of a suggester that learned from the other four.

    Which fifth an example is in depends on its place in the file alone; ``folds`` are asked.
    """
    said = examples.load(district)
    answers = []
    for fold in range(folds):
        learned = [one for number, one in enumerate(said) if number % FOLDS != fold]
        suggester = Suggester(district, learned)
        answers += [ask(suggester, one) for one in said[fold::FOLDS]]
    return answers


def ask(suggester: Suggester, one: Example) -> Answer:
    """What is suggested for it."""
    found: list[Suggestion] = suggester.suggest(one.say)
    ranked = tuple(suggestion.department for suggestion in found)
    return Answer(one.department, ranked, found[0].score if found else 0.0)


def share(right: Iterable[bool]) -> float:
    """The share of true ones, 0 to 1; 0 of nothing."""
    counted = Counter(right)
    return counted[True] / max(1, counted.total())


def bands(answers: Sequence[Answer]) -> list[Band]:
    """How right the first choices were, by how sure they were."""
    found = []
    for low, high in pairwise(BANDS):
        inside = [one for one in answers if low <= one.score < high]
        if inside:
            score = sum(one.score for one in inside) / len(inside)
            right = share(one.first for one in inside)
            found.append(Band(low, min(high, 1.0), len(inside), score, right))
    return found
