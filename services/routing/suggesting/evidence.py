"""Evidence from the pack's rules: the item, what residents call a matter, the duties, the place.

Every piece of evidence points to one department, has a weight from 0 to 1 and a reason that a
person can check in the pack.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from services.routing.suggesting.duties import Duty
from services.routing.suggesting.examples import Example
from services.routing.suggesting.pack import RoutingPack
from services.routing.suggesting.phrases import pairs
from shared.district import Department, District

SEPARATORS = re.compile(r"[、/()（）;；,，。:：\s]+")
_SHORTEST_NAME = 3
"""Characters from which a name's pairs of characters are compared with the text."""
_ENOUGH_PAIRS = 0.5
_SUREST = 0.97
"""No single word is a proof, however often it was right."""


@dataclass(frozen=True)
class Evidence:
    """What speaks for a department, how much (0 to 1), and why."""

    department: str
    weight: float
    reason: str


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


class _Words:
    """Finds words in a text, the longest first; one inside a longer one is not heard again."""

    def __init__(self, by_text: Mapping[str, list[_Word]]) -> None:
        self.by_text = by_text
        self._starting: dict[str, list[str]] = {}
        for text in by_text:
            self._starting.setdefault(text[:2], []).append(text)

    def hear(self, text: str) -> Iterator[str]:
        """The words of the text."""
        starts = {text[i : i + length] for i in range(len(text)) for length in (1, 2)}
        may = [word for start in starts for word in self._starting.get(start, ())]
        for word in sorted(may, key=lambda word: (-len(word), word)):
            if word in text:
                yield word
                text = text.replace(word, " ")


class Rules:
    """What the pack says about who does what, ready to be asked.

    The examples check the words: one that was said in matters of other departments weighs less from
    then on, one that was always right weighs more.
    """

    def __init__(
        self,
        district: District,
        routing: RoutingPack,
        duties: Iterable[Duty],
        examples: Iterable[Example] = (),
    ) -> None:
        self._district = district
        self._pack = routing
        self._duties = tuple(duties)
        said = _by_text(self._all_words())
        self._words = _checked(_Words(said), examples, routing.mix.trust)
        self._names = tuple(self._all_names())

    def words(self) -> list[str]:
        """Every word that is listened to."""
        return list(self._words.by_text)

    def hear(self, text: str, item: str | None, community: str | None) -> Iterator[Evidence]:
        """Everything in the text, the item and the place that points to a department."""
        yield from self._of_item(item)
        spoken = normal(text)
        yield from self._of_words(spoken)
        yield from self._of_names(spoken)
        yield from self._of_place(spoken, community)

    def _of_item(self, code: str | None) -> Iterator[Evidence]:
        item = self._district.items.get(code or "")
        if item is not None and item.department is not None:
            reason = f"事项“{item.name}”由{self._short(item.department)}承办"
            yield Evidence(item.department, self._pack.weights.item, reason)

    def _of_words(self, text: str) -> Iterator[Evidence]:
        for spoken in self._words.hear(text):
            for word in self._words.by_text[spoken]:
                yield Evidence(word.department, word.weight, word.because.format(spoken))

    def _of_names(self, text: str) -> Iterator[Evidence]:
        said = pairs(text)
        for name in self._names:
            share = len(name.pairs & said) / len(name.pairs)
            if share >= _ENOUGH_PAIRS:
                yield Evidence(name.department, name.weight * share, name.because)

    def _of_place(self, text: str, community: str | None) -> Iterator[Evidence]:
        for rule in self._pack.places:
            here = not rule.communities or community in rule.communities
            if here and (not rule.words or any(word in text for word in rule.words)):
                yield Evidence(rule.department, self._pack.weights.place, rule.because)

    def _all_words(self) -> Iterator[_Word]:
        yield from self._words_of_pack()
        yield from self._words_of_duty_list()
        yield from self._words_of_matters()
        yield from self._words_of_items()
        yield from self._words_of_duties()

    def _words_of_pack(self) -> Iterator[_Word]:
        for said in self._pack.words:
            because = f"提到“{{}}”，多由{self._short(said.department)}办理"
            for level in ("strong", "usual", "weak"):
                weight = getattr(self._pack.weights, level)
                for text in getattr(said, level):
                    yield _Word(text, said.department, weight, because)

    def _words_of_duty_list(self) -> Iterator[_Word]:
        for duty in self._duties:
            because = f"提到“{{}}”，权责清单“{duty.name}”由{self._short(duty.lead)}主办"
            for text in duty.says:
                yield _Word(text, duty.lead, self._pack.weights.duty_list, because)

    def _words_of_matters(self) -> Iterator[_Word]:
        weights = self._pack.weights
        for matter in self._district.out_of_scope.values():
            because = f"提到“{{}}”，属转办事项“{matter.name}”"
            for text in matter.keywords:
                yield _Word(text, matter.department, weights.matter, because)
            for text in name_parts(matter.name):
                yield _Word(text, matter.department, weights.strong, because)

    def _words_of_items(self) -> Iterator[_Word]:
        for item in self._district.items.values():
            because = f"提到“{{}}”，与事项“{item.name}”有关"
            for text in item.keywords if item.department else ():
                yield _Word(text, item.department or "", self._pack.weights.usual, because)

    def _words_of_duties(self) -> Iterator[_Word]:
        for department in self._district.departments.values():
            because = f"“{{}}”在{department.short}职责内"
            for text in _duty_words(department):
                yield _Word(text, department.code, self._pack.weights.duty, because)

    def _all_names(self) -> Iterator[_Name]:
        weights = self._pack.weights
        for matter in self._district.out_of_scope.values():
            for part in name_parts(matter.name):
                because = f"与转办事项“{matter.name}”相近"
                yield _Name(pairs(part), matter.department, weights.matter_name, because)

    def _short(self, code: str) -> str:
        return self._district.departments[code].short


def name_parts(name: str) -> Iterator[str]:
    """The parts of a matter's name that are long enough to be recognised."""
    yield from (part for part in SEPARATORS.split(name) if len(part) >= _SHORTEST_NAME)


def _duty_words(department: Department) -> Iterator[str]:
    for line in department.duties:
        yield from (part for part in SEPARATORS.split(line) if len(part) > 1)


def normal(text: str) -> str:
    """As words are looked for: capital letters, one space for whatever stands between words."""
    return SEPARATORS.sub(" ", text).upper()


def _by_text(words: Iterable[_Word]) -> dict[str, list[_Word]]:
    """The words of every department by text.

    What is said of one department in several places counts once, at its strongest.
    """
    best: dict[str, dict[str, _Word]] = {}
    for word in words:
        of_text = best.setdefault(word.text.upper(), {})
        known = of_text.get(word.department)
        if known is None or known.weight < word.weight:
            of_text[word.department] = word
    return {text: list(of_text.values()) for text, of_text in best.items()}


def _checked(words: _Words, examples: Iterable[Example], trust: float) -> _Words:
    """Each weight as the share of right ones, as if ``trust`` examples had shown the pack's own."""
    right: dict[str, dict[str, int]] = {}
    for example in examples:
        for text in words.hear(normal(example.say)):
            of_text = right.setdefault(text, {})
            of_text[example.department] = of_text.get(example.department, 0) + 1

    def checked(text: str, word: _Word) -> _Word:
        of_text = right.get(text, {})
        share = trust * word.weight + of_text.get(word.department, 0)
        return replace(word, weight=min(_SUREST, share / (trust + sum(of_text.values()))))

    return _Words(
        {text: [checked(text, word) for word in of_text] for text, of_text in words.by_text.items()}
    )
