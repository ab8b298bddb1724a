"""Naive Bayes over pieces of text: what was said in matters of each department, counted.

Multinomial, each piece counted once a matter, little smoothing, and the sum divided by the square
root of how many pieces were heard: pieces overlap, and a long story would otherwise be surer than
it has reason to be. Plain counts, so that the pack's examples and what a district learned simply
add up, and so that a person can check every figure.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

SMOOTHING = 0.3
_TELLING = 2
"""Matters of a department that must have said a piece before it is given as a reason."""

Table = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Counts:
    """How many matters of each department said a piece: piece -> department -> matters."""

    said: Table = field(default_factory=dict)

    @classmethod
    def of(cls, matters: Iterable[tuple[frozenset[str], str]]) -> "Counts":
        """Count (pieces, department)."""
        said: Table = {}
        for of_one, department in matters:
            for piece in of_one:
                of_piece = said.setdefault(piece, {})
                of_piece[department] = of_piece.get(department, 0) + 1
        return cls(said)

    def plus(self, other: "Counts") -> "Counts":
        """Both together; neither is changed."""
        said = {piece: dict(of_piece) for piece, of_piece in self.said.items()}
        for piece, of_piece in other.said.items():
            mine = said.setdefault(piece, {})
            for department, matters in of_piece.items():
                mine[department] = mine.get(department, 0) + matters
        return Counts(said)


class Model:
    """Ready to weigh texts; never changes. A department never counted is merely unlikely."""

    def __init__(self, departments: Iterable[str], counts: Counts) -> None:
        self._said = counts.said
        room = SMOOTHING * max(1, len(counts.said))
        totals = dict.fromkeys(departments, 0)
        for of_piece in counts.said.values():
            for department, matters in of_piece.items():
                if department in totals:  # one that left the pack is no longer suggested
                    totals[department] += matters
        self._unsaid = {code: -math.log(total + room) for code, total in totals.items()}
        """The logarithm for a piece that was never said to the department, up to a constant."""

    def weigh(self, said: frozenset[str]) -> dict[str, float]:
        """Department -> how much the pieces speak for it, as a logarithm; {} where all are new."""
        known = [self._said[piece] for piece in said if piece in self._said]
        if not known:
            return {}
        scores = {code: len(known) * unsaid for code, unsaid in self._unsaid.items()}
        for of_piece in known:
            for department, matters in of_piece.items():
                if department in scores:
                    scores[department] += math.log((matters + SMOOTHING) / SMOOTHING)
        return {code: score / math.sqrt(len(known)) for code, score in scores.items()}

    def telling(self, said: frozenset[str], department: str, most: int) -> list[str]:
        """The pairs of characters that speak most for the department, best first."""
        if department not in self._unsaid:
            return []
        ranked = sorted(
            (-self._lift(piece, department), piece)
            for piece in said
            if len(piece) > 1 and self._said.get(piece, {}).get(department, 0) >= _TELLING
        )
        return [piece for lift, piece in ranked if lift < 0][:most]

    def _lift(self, piece: str, department: str) -> float:
        """How much likelier the piece is in this department's matters than in the others'."""
        of_piece: Mapping[str, int] = self._said[piece]
        mine = self._log(of_piece, department)
        others = [self._log(of_piece, code) for code in self._unsaid if code != department]
        return mine - max(others, default=mine)

    def _log(self, of_piece: Mapping[str, int], department: str) -> float:
        return math.log(of_piece.get(department, 0) + SMOOTHING) + self._unsaid[department]
