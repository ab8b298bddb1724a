"""Urgent and special matters, recognised by words of the pack (1-23: 立刻办, 绿色通道办)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_CLAUSES = re.compile(r"[,，。;；!！?？\n]+")


@dataclass(frozen=True)
class Sign:
    """Words that mean a matter is to be handled in a way of its own.

    Attributes:
        urgency: a code of the district's urgencies.
        because: why, with ``{word}`` for the word that was said.
        unless: words that take it back where they stand in the same clause.
    """

    urgency: str
    words: tuple[str, ...]
    because: str
    unless: tuple[str, ...] = ()


@dataclass(frozen=True)
class Urgency:
    """How urgent a matter seems, and why."""

    code: str
    reason: str


def find_urgency(text: str, signs: Sequence[Sign]) -> Urgency | None:
    """What the first sign of the list finds; the pack lists the most urgent first."""
    clauses = [clause for clause in _CLAUSES.split(text) if clause]
    for sign in signs:
        for clause in clauses:
            word = next((word for word in sign.words if word in clause), None)
            if word is not None and not any(one in clause for one in sign.unless):
                return Urgency(sign.urgency, sign.because.format(word=word))
    return None
