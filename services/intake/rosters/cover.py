"""Cover 在岗: where nobody is at a post in service hours, seen before it happens (0-26, 0-27)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from services.intake.reason import Reason, msgid, spoken
from services.intake.rosters.shift import Away, Duty, Span, there

NOBODY, PAIR, SHORT = "nobody", "pair", "short"
WHYS: dict[str, tuple[str, str]] = {
    NOBODY: (msgid("没人在岗"), "Nobody there"),
    PAIR: (msgid("AB岗两人都不在"), "Both of a pair away"),
    SHORT: (msgid("人手不够"), "Short of people"),
}
REFUSED = (NOBODY, PAIR)
"""What is not made without a manager who takes it in view; `short` is only shown."""


@dataclass(frozen=True)
class Gap:
    """Where cover is missing. ``names``: of whom it speaks."""

    day: date
    starts_at: datetime
    ends_at: datetime
    why: str
    post: str = ""
    names: tuple[str, ...] = ()

    def holds(self, other: "Gap") -> bool:
        """Whether the other one is inside this one, for the same reason."""
        same = (self.why, self.post, self.day) == (other.why, other.post, other.day)
        return same and self.starts_at <= other.starts_at and other.ends_at <= self.ends_at


@dataclass(frozen=True)
class Watch:
    """What is looked at on one day: the open hours, a post, and how many should be there."""

    day: date
    open: Span
    post: str
    least: int


def gaps_of(watch: Watch, duties: Sequence[Duty], away: Sequence[Away]) -> list[Gap]:
    """Where nobody is at the post, and whether fewer are planned than there should be."""
    own = [one for one in duties if one.day == watch.day and one.post == watch.post and one.planned]
    found = [
        Gap(watch.day, begin, end, NOBODY, watch.post)
        for begin, end in _empty(watch.open, own, away)
    ]
    sitting = {one.username for one in own if any(there(one, at, away) for at, _ in one.sits)}
    if len(sitting) < watch.least and not _whole(found, watch):
        names = tuple(one.name for one in own if one.username in sitting)
        found.append(Gap(watch.day, *watch.open, SHORT, watch.post, names))
    return found


def _whole(found: Sequence[Gap], watch: Watch) -> bool:
    """Whether nobody comes at all, which says enough."""
    return bool(found) and (found[0].starts_at, found[0].ends_at) == watch.open


def _empty(span: Span, duties: Sequence[Duty], away: Sequence[Away]) -> list[Span]:
    """The stretches of the span with nobody there, adjoining ones joined."""
    edges = {edge for one in duties for sits in one.sits for edge in sits}
    edges |= {edge for one in away for edge in (one.starts_at, one.ends_at)}
    inside = sorted({span[0], span[1], *(at for at in edges if span[0] < at < span[1])})
    found: list[Span] = []
    for begin, end in pairwise(inside):
        if any(there(one, begin, away) for one in duties):
            continue
        if found and found[-1][1] == begin:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    return found


def pair_gaps(
    day: date, span: Span, pair: tuple[str, str], away: Sequence[Away], names: tuple[str, ...]
) -> list[Gap]:
    """Where both of a pair are on leave in open hours: each covers the other (0-27)."""
    first, second = ([one for one in away if one.username == who] for who in pair)
    found = []
    for a in first:
        for b in second:
            begin = max(a.starts_at, b.starts_at, span[0])
            end = min(a.ends_at, b.ends_at, span[1])
            if begin < end:
                found.append(Gap(day, begin, end, PAIR, names=names))
    return found


def opened(before: Iterable[Gap], after: Iterable[Gap]) -> list[Gap]:
    """The gaps a change would make: what was not missing before, and may not be."""
    known = list(before)
    fresh = [gap for gap in after if gap.why in REFUSED]
    return [gap for gap in fresh if not any(one.holds(gap) for one in known)]


def leaves_gap(before: Iterable[Gap], after: Iterable[Gap]) -> Reason | None:
    """No change may leave the post empty, nor both of a pair away (0-27)."""
    found = sorted(opened(before, after), key=lambda gap: gap.starts_at)
    if not found:
        return None
    first = found[0]
    values = {
        "why": WHYS[first.why][0],
        "from": spoken(first.starts_at),
        "to": spoken(first.ends_at)[-5:],
        "times": len(found),
    }
    return Reason(
        "in_view",
        msgid("这样安排，%(from)s 到 %(to)s %(why)s（共 %(times)s 处）"),
        msgid("请先换班或找人顶岗；社区负责人仍要这样安排的，写明理由再提交"),
        values,
    )
