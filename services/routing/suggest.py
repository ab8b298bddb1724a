"""Which department, and why: ranked suggestions whose reasons a person can check.

Evidence comes from the item, the out-of-scope matters, the departments' duties, the words of
``routing.yml`` and the place. Pieces of evidence add up as independent chances do:
``1 - (1 - a)(1 - b)…``, so a score lies between 0 and 1 and no single weak word decides.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from services.routing import pack
from services.routing.pack import RoutingPack
from shared.district import Department, District

MOST = 5
_SEPARATORS = re.compile(r"[、/()（）;；,，。:：\s]+")
_SHORTEST_NAME = 3
"""Characters from which a name's pairs of characters are compared with the text."""
_ENOUGH_PAIRS = 0.5


@dataclass(frozen=True)
class Suggestion:
    """A department that may be the right one. ``score`` is from 0 to 1."""

    department: str
    department_name: str
    score: float
    reasons: tuple[str, ...]

    def as_data(self) -> dict[str, Any]:
        """As events and the API carry it."""
        return {
            "department": self.department,
            "department_name": self.department_name,
            "score": self.score,
            "reasons": list(self.reasons),
        }


@dataclass(frozen=True)
class _Word:
    """A word that points to a department; ``because`` takes the word as ``{}``."""

    text: str
    department: str
    weight: float
    because: str


@dataclass(frozen=True)
class _Name:
    """A name of several characters, compared by its pairs of neighbouring characters."""

    pairs: frozenset[str]
    department: str
    weight: float
    because: str


@dataclass(frozen=True)
class _Evidence:
    department: str
    weight: float
    reason: str


class Suggester:
    """Everything a district knows about who does what, ready to be asked.

    Raises:
        PackError: the district's ``routing.yml`` is missing or wrong.
    """

    def __init__(self, district: District) -> None:
        self._district = district
        self._pack: RoutingPack = pack.load(district)
        self._words = _by_text(self._all_words())
        self._names = tuple(self._all_names())

    def suggest(
        self, text: str, item: str | None = None, community: str | None = None
    ) -> list[Suggestion]:
        """Up to five departments, the likeliest first; none where nothing points anywhere."""
        found: dict[str, list[_Evidence]] = {}
        for evidence in self._evidence(text, item, community):
            found.setdefault(evidence.department, []).append(evidence)
        ranked = sorted((self._weigh(code, said) for code, said in found.items()), key=_rank)
        return [one for one in ranked if one.score >= self._pack.least][:MOST]

    def _evidence(self, text: str, item: str | None, community: str | None) -> Iterator[_Evidence]:
        yield from self._of_item(item)
        spoken = _SEPARATORS.sub(" ", text)
        yield from self._of_words(spoken)
        yield from self._of_names(spoken)
        yield from self._of_place(spoken, community)

    def _of_item(self, code: str | None) -> Iterator[_Evidence]:
        item = self._district.items.get(code or "")
        if item is not None and item.department is not None:
            short = self._district.departments[item.department].short
            reason = f"事项“{item.name}”由{short}承办"
            yield _Evidence(item.department, self._pack.weights.item, reason)

    def _of_words(self, text: str) -> Iterator[_Evidence]:
        """The longest words first; a shorter one inside a longer one is not heard again."""
        for spoken, words in self._words:
            if spoken in text:
                for word in words:
                    yield _Evidence(word.department, word.weight, word.because.format(spoken))
                text = text.replace(spoken, " ")

    def _of_names(self, text: str) -> Iterator[_Evidence]:
        pairs = _pairs(text)
        for name in self._names:
            share = len(name.pairs & pairs) / len(name.pairs)
            if share >= _ENOUGH_PAIRS:
                yield _Evidence(name.department, name.weight * share, name.because)

    def _of_place(self, text: str, community: str | None) -> Iterator[_Evidence]:
        for rule in self._pack.places:
            here = not rule.communities or community in rule.communities
            if here and (not rule.words or any(word in text for word in rule.words)):
                yield _Evidence(rule.department, self._pack.weights.place, rule.because)

    def _weigh(self, code: str, said: list[_Evidence]) -> Suggestion:
        doubt = 1.0
        for evidence in said:
            doubt *= 1 - evidence.weight
        strongest = sorted(said, key=lambda evidence: -evidence.weight)
        reasons = tuple(dict.fromkeys(evidence.reason for evidence in strongest))
        short = self._district.departments[code].short
        return Suggestion(code, short, round(1 - doubt, 3), reasons)

    def _all_words(self) -> Iterator[_Word]:
        yield from self._words_of_pack()
        yield from self._words_of_matters()
        yield from self._words_of_items()
        yield from self._words_of_duties()

    def _words_of_pack(self) -> Iterator[_Word]:
        for said in self._pack.words:
            short = self._district.departments[said.department].short
            for level in ("strong", "usual", "weak"):
                weight = getattr(self._pack.weights, level)
                for text in getattr(said, level):
                    yield _Word(text, said.department, weight, f"提到“{{}}”，多由{short}办理")

    def _words_of_matters(self) -> Iterator[_Word]:
        weights = self._pack.weights
        for matter in self._district.out_of_scope.values():
            because = f"提到“{{}}”，属转办事项“{matter.name}”"
            for text in matter.keywords:
                yield _Word(text, matter.department, weights.matter, because)
            for text in _parts(matter.name):
                yield _Word(text, matter.department, weights.strong, because)

    def _words_of_items(self) -> Iterator[_Word]:
        for item in self._district.items.values():
            because = f"提到“{{}}”，与事项“{item.name}”有关"
            for text in item.keywords if item.department else ():
                yield _Word(text, item.department or "", self._pack.weights.usual, because)

    def _words_of_duties(self) -> Iterator[_Word]:
        for department in self._district.departments.values():
            because = f"“{{}}”在{department.short}职责内"
            for text in _duties(department):
                yield _Word(text, department.code, self._pack.weights.duty, because)

    def _all_names(self) -> Iterator[_Name]:
        weights = self._pack.weights
        for matter in self._district.out_of_scope.values():
            for part in _parts(matter.name):
                because = f"与转办事项“{matter.name}”相近"
                yield _Name(_pairs(part), matter.department, weights.matter_name, because)


def _duties(department: Department) -> Iterator[str]:
    for line in department.duties:
        yield from (part for part in _SEPARATORS.split(line) if len(part) > 1)


def _parts(name: str) -> Iterator[str]:
    yield from (part for part in _SEPARATORS.split(name) if len(part) >= _SHORTEST_NAME)


def _by_text(words: Iterable[_Word]) -> list[tuple[str, list[_Word]]]:
    """The words of every department by text, the longest first.

    What is said of one department in several places counts once, at its strongest.
    """
    best: dict[str, dict[str, _Word]] = {}
    for word in words:
        of_text = best.setdefault(word.text, {})
        known = of_text.get(word.department)
        if known is None or known.weight < word.weight:
            of_text[word.department] = word
    return [(text, list(best[text].values())) for text in sorted(best, key=lambda text: -len(text))]


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 2] for i in range(len(text) - 1) if " " not in text[i : i + 2])


def _rank(suggestion: Suggestion) -> tuple[float, str]:
    return -suggestion.score, suggestion.department


_ready: dict[int, tuple[District, Suggester]] = {}


def suggester_for(district: District) -> Suggester:
    """The district's suggester, made once: a loaded pack never changes."""
    found = _ready.get(id(district))
    if found is None:
        found = _ready[id(district)] = (district, Suggester(district))
    return found[1]
