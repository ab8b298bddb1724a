"""What the page of the rota shows, in the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from services.intake.rosters import cover, leave, swap
from services.intake.rosters.actions import named
from services.intake.rosters.cover import NOBODY, PAIR, Gap
from services.intake.rosters.leave import GRANTED, Leave
from services.intake.rosters.people import Member
from services.intake.rosters.posts import Pack
from services.intake.rosters.shift import Duty
from services.intake.rosters.swap import Swap
from shared.clock import local
from shared.web.i18n import gettext
from shared.web.words import local_date_words

LAMPS = {NOBODY: "late", PAIR: "late"}
"""why -> the lamp of a gap; being short of people is a warning."""
WEEKDAYS = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


@dataclass(frozen=True)
class Row:
    """Somebody's line: a cell for each day, with their duties and whether they are on leave."""

    member: Member
    cells: tuple[tuple[list[dict[str, Any]], bool], ...]


@dataclass(frozen=True)
class Words:
    """How the pack's things are called, in one language."""

    pack: Pack
    english: bool

    def duty(self, duty: Duty) -> dict[str, Any]:
        """A duty in words."""
        return {
            "id": duty.id,
            "post": self.post(duty.post),
            "seat": self.seat(duty),
            "mark": duty.seat.lower(),
            "desk": duty.post in {one.code for one in self.pack.covered},
            "name": duty.name,
            "hours": hours(duty.starts_at, duty.ends_at),
            "meal": _meal(duty),
            "day": duty.day,
            "why": duty.why,
        }

    def post(self, code: str) -> str:
        """The name of a post."""
        return named(self.pack.posts.get(code), english=self.english) or code

    def seat(self, duty: Duty) -> str:
        """The name of a seat."""
        post = self.pack.posts.get(duty.post)
        return named(post.seat(duty.seat) if post else None, english=self.english) or duty.seat

    def kind(self, code: str) -> str:
        """The name of a kind of leave."""
        found = next((one for one in self.pack.leave_kinds if one.code == code), None)
        return named(found, english=self.english) or code

    def gap(self, gap: Gap) -> dict[str, Any]:
        """A gap in words."""
        return {
            "day": gap.day,
            "hours": hours(gap.starts_at, gap.ends_at),
            "why": cover.WHYS[gap.why][self.english],
            "lamp": LAMPS.get(gap.why, "soon"),
            "post": self.post(gap.post) if gap.post else "",
            "names": gettext("、").join(gap.names),
        }

    def leave(self, one: Leave, *, told: bool, reason: str = "") -> dict[str, Any]:
        """A leave in words; why and of which kind only where it may be told."""
        return {
            "one": one,
            "kind": self.kind(one.kind) if told else "",
            "state": leave.STATES[one.state][self.english],
            "span": span(one.starts_at, one.ends_at),
            "told": told,
            "gap": reason,
        }

    def swap(self, one: Swap, duties: dict[str, Duty]) -> dict[str, Any]:
        """A swap in words."""
        return {
            "one": one,
            "state": swap.STATES[one.state][self.english],
            "open": one.state in swap.OPEN,
            "duty": self.short(duties.get(one.duty)),
            "other": self.short(duties.get(one.other_duty)),
        }

    def short(self, duty: Duty | None) -> str:
        """A duty in one line, to choose from."""
        if duty is None:
            return ""
        return f"{self.day(duty.day)} {self.post(duty.post)} {self.seat(duty)}"

    def day(self, day: date) -> str:
        """A day with its weekday."""
        weekday = WEEKDAYS["en" if self.english else "zh"][day.weekday()]
        said = local_date_words(day)
        return f"{weekday} {said}" if self.english else f"{said} {weekday}"


def rows(
    members: Sequence[Member], days: Sequence[date], duties: Sequence[Duty], words: Words
) -> list[Row]:
    """A line for everybody who takes turns or has a duty these days."""
    served = {one.username for one in duties}
    shown = [one for one in members if one.posts or one.username in served]
    return [Row(one, tuple(_cell(one, day, duties, words) for day in days)) for one in shown]


def _cell(
    member: Member, day: date, duties: Sequence[Duty], words: Words
) -> tuple[list[dict[str, Any]], bool]:
    own = [one for one in duties if one.username == member.username and one.day == day]
    return [words.duty(one) for one in own], False


def with_leave(found: list[Row], days: Sequence[date], leaves: Sequence[Leave]) -> list[Row]:
    """The same lines, with who is on leave."""
    granted = [one for one in leaves if one.state == GRANTED]
    return [
        Row(
            row.member,
            tuple(
                (cell[0], any(_touches(one, row.member, day) for one in granted))
                for cell, day in zip(row.cells, days, strict=True)
            ),
        )
        for row in found
    ]


def _touches(one: Leave, member: Member, day: date) -> bool:
    last = local(one.ends_at - timedelta(seconds=1)).date()
    return one.username == member.username and local(one.starts_at).date() <= day <= last


def _meal(duty: Duty) -> str:
    if duty.meal_starts_at is None or duty.meal_ends_at is None:
        return ""
    return hours(duty.meal_starts_at, duty.meal_ends_at)


def hours(begins: datetime, ends: datetime) -> str:
    """From when to when on one day."""
    return f"{local(begins):%H:%M}–{local(ends):%H:%M}"


def span(begins: datetime, ends: datetime) -> str:
    """From when to when."""
    first, last = local(begins), local(ends)
    if first.date() == last.date():
        return f"{local_date_words(first.date())} {first:%H:%M}–{last:%H:%M}"
    begun, ended = local_date_words(first.date()), local_date_words(last.date())
    return f"{begun} {first:%H:%M} – {ended} {last:%H:%M}"
