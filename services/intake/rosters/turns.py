"""Turns 轮流: who is drawn next, so that nobody serves more than their share."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction


@dataclass
class Turn:
    """Somebody who takes turns, and how it went so far.

    Attributes:
        partner: with whom they make a fixed pair: drawn together, each covers the other.
        done: how often they served; ``could``: on how many days they could have.
        seats: how often they had each seat, since seats have different meals.
    """

    username: str
    name: str
    partner: str = ""
    done: int = 0
    could: int = 0
    last: date = date.min
    seats: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> Fraction:
        """Of the days they could have served, on how many they did."""
        return Fraction(self.done, max(self.could, 1))


@dataclass(frozen=True)
class Open:
    """A day with seats to fill. ``seated``: who has one already; ``away``: who cannot."""

    day: date
    seats: tuple[str, ...]
    seated: frozenset[str] = frozenset()
    away: frozenset[str] = frozenset()


Drawn = tuple[date, str, str]
"""A day, a seat and who has it."""


def rota(days: Iterable[Open], ring: Sequence[Turn], *, by_week: bool = False) -> list[Drawn]:
    """Fill the open seats of these days, in order; a seat stays empty when nobody is left.

    Who served least of the days they could is drawn first, then who waited longest. With
    ``by_week`` the same people go on until the week ends, as long as they are there.
    """
    known = {one.username: one for one in ring}
    drawn: list[Drawn] = []
    going_on: tuple[tuple[int, int], list[str]] = ((0, 0), [])
    for one in days:
        week = one.day.isocalendar()[:2]
        keep = going_on[1] if by_week and going_on[0] == week else []
        chosen = draw(one, known, keep)
        going_on = (week, [*chosen, *(who for who in keep if who not in chosen)])
        for seat, who in _seated(one.seats, chosen, known):
            drawn.append((one.day, seat, who))
            _served(known[who], seat, one.day)
        for who, turn in known.items():
            turn.could += who not in one.away
    return drawn


def draw(one: Open, known: Mapping[str, Turn], keep: Collection[str] = ()) -> list[str]:
    """Who sits there: as many as there are open seats, a fixed pair together where it fits."""
    out = one.seated | one.away
    free = sorted(
        (turn for turn in known.values() if turn.username not in out),
        key=lambda turn: (turn.username not in keep, turn.share, turn.last, turn.username),
    )
    names = {turn.username for turn in free}
    chosen: list[str] = []
    for turn in free:
        pair = [turn.username, *([turn.partner] if turn.partner in names else [])]
        wanted = [who for who in pair if who not in chosen]
        if wanted and len(chosen) + len(wanted) <= len(one.seats):
            chosen += wanted
    for turn in free:  # rather one of a pair than an empty seat
        if len(chosen) < len(one.seats) and turn.username not in chosen:
            chosen.append(turn.username)
    return chosen


def newcomers(ring: Sequence[Turn]) -> None:
    """Who never served begins with everybody's average: they do not make up for the past."""
    old = [turn for turn in ring if turn.done]
    if not old:
        return
    served, could = sum(turn.done for turn in old), sum(turn.could for turn in old)
    for turn in ring:
        if not turn.done:
            turn.done = round(Fraction(served * turn.could, max(could, 1)))


def _seated(
    seats: Sequence[str], chosen: Sequence[str], known: Mapping[str, Turn]
) -> Iterable[tuple[str, str]]:
    """Each in the seat they had least often."""
    left = list(chosen)
    for seat in seats:
        if not left:
            return
        who = min(left, key=lambda one: (known[one].seats[seat], left.index(one)))
        left.remove(who)
        yield seat, who


def _served(turn: Turn, seat: str, day: date) -> None:
    turn.done += 1
    turn.last = day
    turn.seats[seat] += 1
