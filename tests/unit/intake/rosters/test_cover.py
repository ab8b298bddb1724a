"""A gap in cover is seen before it happens (0-27)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.rosters.cover import (
    NOBODY,
    PAIR,
    SHORT,
    Watch,
    gaps_of,
    leaves_gap,
    pair_gaps,
)
from services.intake.rosters.shift import Away, there
from tests.unit.intake.rosters.test_duty import MONDAY, at, duty

DAY = Watch(MONDAY, (at("08:30"), at("17:30")), "desk", 2)
BOTH = [duty("A", "ann"), duty("B", "bob")]


def away(username: str, begins: str, ends: str) -> Away:
    return Away(username, at(begins), at(ends))


def clocks(gaps) -> list[tuple[str, str, str]]:
    local = timedelta(hours=8)
    return [
        (gap.why, f"{gap.starts_at + local:%H:%M}", f"{gap.ends_at + local:%H:%M}") for gap in gaps
    ]


@pytest.mark.parametrize(
    ("duties", "gone", "expected"),
    [
        (BOTH, [], []),
        ([], [], [(NOBODY, "08:30", "17:30")]),
        (BOTH[:1], [], [(NOBODY, "11:30", "12:30"), (SHORT, "08:30", "17:30")]),
        (BOTH, [away("bob", "08:00", "12:00")], [(NOBODY, "11:30", "12:00")]),
        (BOTH, [away("bob", "14:00", "18:00")], []),
        (
            BOTH,
            [away("ann", "16:00", "18:00"), away("bob", "15:00", "17:00")],
            [(NOBODY, "16:00", "17:00")],
        ),
        ([replace(one, state="cancelled") for one in BOTH], [], [(NOBODY, "08:30", "17:30")]),
    ],
)
def test_gaps_of_a_day(duties, gone, expected):
    assert clocks(gaps_of(DAY, duties, gone)) == expected


minutes = st.integers(0, 24 * 60)


@given(
    gone=st.lists(st.tuples(st.sampled_from(["ann", "bob"]), minutes, minutes), max_size=6),
    minute=st.integers(8 * 60 + 30, 17 * 60 + 29),
)
def test_every_minute_is_covered_or_in_a_gap(gone, minute):
    """What the gaps leave out is covered, and nothing in them is."""
    midnight = at("00:00")
    off = [
        Away(who, midnight + timedelta(minutes=min(a, b)), midnight + timedelta(minutes=max(a, b)))
        for who, a, b in gone
    ]
    moment = midnight + timedelta(minutes=minute)
    found = [gap for gap in gaps_of(DAY, BOTH, off) if gap.why == NOBODY]
    inside = any(gap.starts_at <= moment < gap.ends_at for gap in found)
    assert inside != any(there(one, moment, off) for one in BOTH)


def test_a_pair_is_never_away_together():
    gone = [away("ann", "08:00", "12:00"), away("bob", "10:00", "18:00")]
    found = pair_gaps(MONDAY, DAY.open, ("ann", "bob"), gone, ("安", "波"))
    assert clocks(found) == [(PAIR, "10:00", "12:00")]
    assert pair_gaps(MONDAY, DAY.open, ("ann", "eve"), gone, ("安", "伊")) == []


def test_only_what_opens_is_refused_and_named():
    before = gaps_of(DAY, BOTH[:1], [])
    assert leaves_gap(before, before) is None
    assert leaves_gap([], [gap for gap in before if gap.why == SHORT]) is None
    reason = leaves_gap(before, gaps_of(DAY, [], []))
    assert reason is not None
    assert "2026-11-23 08:30 到 17:30 没人在岗" in str(reason)
    assert reason.field == "in_view"
