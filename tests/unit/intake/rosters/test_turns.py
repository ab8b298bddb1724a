"""Turns are fair, and nobody on leave is drawn (0-26, 0-27, 1-17)."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.rosters.turns import Open, Turn, draw, newcomers, rota

MONDAY = date(2026, 11, 23)


def ring(*names: str, pairs: tuple[tuple[str, str], ...] = ()) -> list[Turn]:
    partner = dict(pairs) | {b: a for a, b in pairs}
    return [Turn(name, name, partner.get(name, "")) for name in names]


def days(count: int, seats: int) -> list[Open]:
    codes = tuple("ABC"[:seats])
    return [Open(MONDAY + timedelta(days=i), codes) for i in range(count)]


@given(people=st.integers(1, 12), count=st.integers(1, 60), seats=st.integers(1, 3))
def test_nobody_serves_more_than_one_day_more_than_others(people, count, seats):
    names = [f"p{i}" for i in range(people)]
    drawn = rota(days(count, seats), ring(*names))
    served = Counter(who for _, _, who in drawn)
    assert max(served[n] for n in names) - min(served[n] for n in names) <= 1
    assert len(drawn) == count * min(people, seats)


@given(pairs=st.integers(1, 6), count=st.integers(1, 40))
def test_pairs_serve_together_and_equally_often(pairs, count):
    names = [f"p{i:02}" for i in range(pairs * 2)]
    made = tuple((names[2 * i], names[2 * i + 1]) for i in range(pairs))
    drawn = rota(days(count, 2), ring(*names, pairs=made))
    served = Counter(who for _, _, who in drawn)
    assert max(served.values()) - min(served[n] for n in names) <= 1
    for i in range(count):
        day = MONDAY + timedelta(days=i)
        assert tuple(sorted(who for at, _, who in drawn if at == day)) in made


@given(
    away=st.lists(st.frozensets(st.sampled_from(["a", "b", "c", "d"])), min_size=1, max_size=30),
    seats=st.integers(1, 3),
)
def test_who_is_away_is_not_drawn_and_no_seat_stays_empty_for_nothing(away, seats):
    codes = tuple("ABC"[:seats])
    asked = [Open(MONDAY + timedelta(days=i), codes, away=gone) for i, gone in enumerate(away)]
    drawn = rota(asked, ring("a", "b", "c", "d", pairs=(("a", "b"),)))
    for one in asked:
        today = [who for day, _, who in drawn if day == one.day]
        assert not set(today) & one.away
        assert len(today) == len(set(today)) == min(seats, 4 - len(one.away))


@given(count=st.integers(2, 40))
def test_seats_alternate_so_that_meals_do(count):
    drawn = rota(days(count, 2), ring("a", "b"))
    of_a = Counter(seat for _, seat, who in drawn if who == "a")
    assert abs(of_a["A"] - of_a["B"]) <= 1


def test_a_week_at_a_time_unless_away():
    week = days(5, 1)
    week[3] = Open(week[3].day, ("A",), away=frozenset("a"))
    drawn = [who for _, _, who in rota([*week, *days(8, 1)[7:]], ring("a", "b"), by_week=True)]
    assert drawn == ["a", "a", "a", "b", "b", "b"]


def test_newcomers_do_not_make_up_for_the_past():
    old = Turn("old", "old", done=10, could=20)
    new = Turn("new", "new", could=20)
    newcomers([old, new])
    assert new.done == 10
    assert [who for _, _, who in rota(days(4, 1), [old, new])].count("new") == 2


@pytest.mark.parametrize("seated", [frozenset({"a"}), frozenset({"a", "b"})])
def test_who_has_a_seat_gets_no_other(seated):
    known = {one.username: one for one in ring("a", "b", "c")}
    assert not set(draw(Open(MONDAY, ("B",), seated=seated), known)) & seated
