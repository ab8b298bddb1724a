"""Which department, and why: ranked suggestions whose reasons a person can check.

Four things are weighed: the pack's rules (``evidence.py``), how the pack's examples and this
district's confirmed orders were said (``model.py``), what sets the examples of one department apart
from the others' (``contrast.py``), and what became of confirmed orders about the same matter. Their
weights add up as logarithms; the softmax over the departments is the score, so scores lie between 0
and 1, add up to 1 at most, and can be read as chances: the pack's ``mix`` is fitted so that of
suggestions with a score of 0.8 about four in five are right (``bench suggest``).
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from services.routing.suggesting import duties, examples, pack
from services.routing.suggesting.contrast import Contrast
from services.routing.suggesting.evidence import Evidence, Rules
from services.routing.suggesting.examples import Example, Index, Likeness
from services.routing.suggesting.learned import Learned
from services.routing.suggesting.matters import Assist, Matters
from services.routing.suggesting.model import Counts, Model
from services.routing.suggesting.phrases import pieces
from services.routing.suggesting.signs import Urgency, find_urgency
from shared.district import District, once_a_district

MOST = 5
MOST_REASONS = 6
_MOST_RULES = 3
"""Reasons from the rules that are shown, the strongest first."""
_ALIKE = 0.2
"""How alike an example must be to be shown as a reason."""
_FEWEST_OF_A_MATTER = 5
"""Confirmed orders about a matter before what became of them is a reason."""
_NEARLY_SURE = 0.98


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
class _Heard:
    """What was made out of a text, before it is ranked."""

    pieces: frozenset[str]
    rules: Mapping[str, list[Evidence]]
    said: Mapping[str, float]
    contrast: Mapping[str, float]
    alike: Mapping[str, Likeness] = field(default_factory=dict)
    """Only for reasons: looking for it costs more than all the rest."""


class Suggester:
    """Everything a district knows about who does what, ready to be asked.

    Attributes:
        language: the pieces of the pack's own texts: nothing else is ever counted.

    Raises:
        PackError: ``routing.yml``, ``duties.yml`` or ``examples.yml`` is missing or wrong.
    """

    def __init__(self, district: District, said: Iterable[Example] | None = None) -> None:
        """``said`` takes the place of the pack's examples, for measuring."""
        self._district = district
        self._pack = pack.load(district)
        listed = duties.load(district)
        known = tuple(examples.load(district) if said is None else said)
        self._rules = Rules(district, self._pack, listed, known)
        self._matters = Matters(district, listed)
        self._index = Index(known)
        self._contrast = Contrast(district.departments, known)
        self._counts = Counts.of((one.pieces, one.department) for one in known)
        self.language = frozenset(self._counts.said) | pieces(" ".join(self._rules.words()))
        self.know(Learned())

    def know(self, learned: Learned) -> None:
        """From now on, also go by what this district learned."""
        self._learned = learned
        self._model = Model(self._district.departments, self._counts.plus(learned.counts))

    def suggest(
        self, text: str, item: str | None = None, community: str | None = None
    ) -> list[Suggestion]:
        """Up to five departments, the likeliest first; none where nothing points anywhere."""
        heard = self._hear(text, item, community)
        matter = self._matters.find(text, item, self._chances(heard))
        chances = self._chances(heard, self._became(matter))
        ranked = sorted(chances, key=lambda code: (-chances[code], code))[:MOST]
        heard = replace(heard, alike=self._index.nearest(heard.pieces))
        found = [self._suggestion(code, chances[code], heard, matter) for code in ranked]
        return [one for one in found if one.score >= self._pack.least and one.reasons]

    def urgency(self, text: str) -> Urgency | None:
        """Whether it is to be handled at once or by the green channel (1-23), and why."""
        return find_urgency(text, self._pack.signs)

    def matter(self, text: str, item: str | None = None) -> str | None:
        """The item, out-of-scope matter or entry of the duty list it is about, by its code."""
        return self._matters.find(text, item, self._chances(self._hear(text, item, None)))

    def matter_name(self, code: str) -> str:
        """What people call a matter."""
        return self._matters.name(code)

    def assists(
        self, text: str, item: str | None = None, lead: str | None = None
    ) -> tuple[Assist, ...]:
        """Who assists by the duty list (2-02), with the reason; ``lead`` does not assist itself."""
        return self._matters.assists(self.matter(text, item), lead)

    def answer(self, text: str, item: str | None, community: str | None) -> dict[str, Any]:
        """Everything that can be said of a text, as the API carries it."""
        suggestions = self.suggest(text, item, community)
        lead = suggestions[0].department if suggestions else None
        matter, urgency = self.matter(text, item), self.urgency(text)
        named = None if matter is None else {"code": matter, "name": self._matters.name(matter)}
        return {
            "suggestions": [one.as_data() for one in suggestions],
            "matter": named,
            "assists": [one.as_data() for one in self._matters.assists(matter, lead)],
            "urgency": None if urgency is None else self._urgency_data(urgency),
        }

    def _urgency_data(self, urgency: Urgency) -> dict[str, str]:
        names = {one.code: one.name for one in self._district.rules.urgencies}
        return {"code": urgency.code, "name": names[urgency.code], "reason": urgency.reason}

    def _hear(self, text: str, item: str | None, community: str | None) -> _Heard:
        said = pieces(text)
        rules: dict[str, list[Evidence]] = {}
        for evidence in self._rules.hear(text, item, community):
            rules.setdefault(evidence.department, []).append(evidence)
        return _Heard(said, rules, self._model.weigh(said), self._contrast.weigh(said))

    def _chances(
        self, heard: _Heard, became: Mapping[str, float] | None = None
    ) -> dict[str, float]:
        """Department -> chance; {} where nothing was made out."""
        if not heard.rules and not heard.said:
            return {}
        mix = self._pack.mix
        logs: dict[str, float] = {}
        for code in self._district.departments:
            rules = sum(-math.log(1 - one.weight) for one in heard.rules.get(code, ()))
            logs[code] = mix.sure * (
                mix.rules * rules
                + mix.said * heard.said.get(code, 0.0)
                + mix.contrast * heard.contrast.get(code, 0.0)
                + (became or {}).get(code, 0.0)
            )
        return _softmax(logs)

    def _became(self, matter: str | None) -> dict[str, float]:
        """What confirmed orders about the matter add for their departments."""
        of_matter = self._learned.matters.get(matter or "", {})
        whole = sum(of_matter.values())
        if whole < _FEWEST_OF_A_MATTER:
            return {}
        shares = {code: min(_NEARLY_SURE, count / whole) for code, count in of_matter.items()}
        return {code: -self._pack.mix.rules * math.log(1 - one) for code, one in shares.items()}

    def _suggestion(
        self, code: str, chance: float, heard: _Heard, matter: str | None
    ) -> Suggestion:
        strongest = sorted(heard.rules.get(code, ()), key=lambda one: (-one.weight, one.reason))
        rules = list(dict.fromkeys(one.reason for one in strongest))[:_MOST_RULES]
        reasons = [*rules, *self._learned_reasons(code, matter), *self._said_reasons(code, heard)]
        short = self._district.departments[code].short
        return Suggestion(code, short, round(chance, 3), tuple(reasons[:MOST_REASONS]))

    def _learned_reasons(self, code: str, matter: str | None) -> list[str]:
        of_matter = self._learned.matters.get(matter or "", {})
        whole, mine = sum(of_matter.values()), of_matter.get(code, 0)
        if matter is None or not mine or whole < _FEWEST_OF_A_MATTER:
            return []
        short, name = self._district.departments[code].short, self._matters.name(matter)
        return [f"像“{name}”这样的诉求，本区已确认的 {whole} 件中 {mine} 件由{short}办理"]

    def _said_reasons(self, code: str, heard: _Heard) -> list[str]:
        """The nearest example; where none is near, the words that tell most."""
        short = self._district.departments[code].short
        near = heard.alike.get(code)
        if near is not None and near.alike >= _ALIKE:
            return [f"与“{near.example.say}”说法相近，这样的诉求由{short}办理"]
        telling = self._model.telling(heard.pieces, code, 2)
        if telling:
            return [
                f"{'、'.join(f'“{one}”' for one in telling)}这样的说法，多见于{short}办理的诉求"
            ]
        if near is not None and code not in heard.rules:
            common = max(heard.pieces & pieces(near.example.say), key=lambda one: (len(one), one))
            return [f"{short}的例句“{near.example.say}”也说到“{common}”"]
        return []


def _softmax(logs: Mapping[str, float]) -> dict[str, float]:
    highest = max(logs.values())
    grown = {code: math.exp(one - highest) for code, one in logs.items()}
    whole = sum(grown.values())
    return {code: one / whole for code, one in grown.items()}


@once_a_district
def suggester_for(district: District) -> Suggester:
    """The district's suggester, made once: a loaded pack never changes."""
    return Suggester(district)
