"""Planning, leave, swaps and members, as commands over a database."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from services.intake import models
from services.intake.case import Actor
from services.intake.reason import Conflict, Forbidden, Invalid, Rejected, Unknown
from services.intake.rosters import (
    actions,
    handlers,
    leave,
    leave_handlers,
    store,
    swap,
    swap_handlers,
)
from services.intake.rosters.duty import on_duty
from services.intake.rosters.handlers import Place
from services.intake.rosters.said import Said
from services.intake.rosters.swap_handlers import Wanted
from services.intake.staff import accounts
from shared import clock
from shared.permissions import User
from tests.unit.intake.ground import COMMUNITY, ELSEWHERE, do
from tests.unit.intake.rosters.test_duty import MONDAY, account, at

BOSS = Actor("boss", "名boss", "manager", COMMUNITY)
ANN = Actor("ann", "名ann", "desk", COMMUNITY)
BOB = Actor("bob", "名bob", "desk", COMMUNITY)
CAT = Actor("cat", "名cat", "desk", COMMUNITY)
STRANGER = Actor("x", "外人", "manager", ELSEWHERE)
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def sunday():
    with clock.set_for_tests(at("10:00", MONDAY - timedelta(days=1))) as stopped:
        yield stopped


@pytest.fixture
def office(runtime, sunday):
    """A manager and two at the desk, planned for four weeks."""
    for username in ("ann", "bob"):
        do(runtime, account, username)
    do(runtime, account, "boss", "manager")
    do(runtime, account, "back", "back_office")
    do(runtime, handlers.plan, COMMUNITY, MONDAY, 4, BOSS)
    return runtime


def duties(runtime, post="desk", first=MONDAY, days=28):
    last = first + timedelta(days=days - 1)
    return do(runtime, store.duties_between, COMMUNITY, first, last, post=post)


def of(runtime, username, day, post="desk"):
    return next(one for one in duties(runtime, post, day, 1) if one.username == username)


def test_a_rota_of_working_days_with_staggered_meals(office):
    """0-26: every working day two at the desk; 0-27: their meals one after the other."""
    found = duties(office)
    assert len(found) == 2 * 20
    assert {one.day.isoweekday() for one in found} == {1, 2, 3, 4, 5}
    for one in found:
        meal = {"A": "11:30", "B": "12:30"}[one.seat]
        assert one.meal_starts_at == at(meal, one.day)
    assert actions.gaps(office, COMMUNITY, MONDAY, MONDAY + timedelta(days=13)) == []


def test_the_secretarys_day_is_friday_and_assistants_take_weeks(office):
    """1-08, 1-17."""
    assert {one.day.isoweekday() for one in duties(office, "secretary")} == {5}
    weeks = {}
    for one in duties(office, "assistant"):
        weeks.setdefault(one.day.isocalendar()[1], set()).add(one.username)
    assert [len(names) for names in weeks.values()] == [1, 1, 1, 1]
    assert set.union(*weeks.values()) == {"boss", "back"}


def test_a_friday_off_moves_before_it(office):
    """国庆 2026: Thursday 1 October and Friday are off; the secretary receives on Wednesday."""
    post = actions.pack_for(office.district).posts["secretary"]
    held = [
        date(2026, 9, 28) + timedelta(days=i)
        for i in range(7)
        if post.held_on(date(2026, 9, 28) + timedelta(days=i), office.district.calendar)
    ]
    assert held == [date(2026, 9, 30)]


def test_planned_again_nothing_is_there_twice(office):
    before = duties(office)
    assert do(office, handlers.plan, COMMUNITY, MONDAY, 4, BOSS) == 0
    assert duties(office) == before
    assert actions.plan_everywhere(office) == 0 or len(duties(office)) == len(before)


def test_only_the_own_community_and_no_past(office):
    with pytest.raises(Forbidden):
        do(office, handlers.plan, COMMUNITY, MONDAY, 1, STRANGER)
    with pytest.raises(Invalid, match="已经过去"):
        do(office, handlers.plan, COMMUNITY, MONDAY - timedelta(days=2), 1, BOSS)


# ---- Leave ----


def ask(runtime, who, begins, ends, kind="own"):
    return do(runtime, leave_handlers.ask_leave, who, kind, (begins, ends), "家里有事")


def whole(day):
    return at("00:00", day), at("00:00", day + timedelta(days=1))


def test_leave_that_would_leave_nobody_is_flagged_then_refused_then_taken_in_view(office):
    """0-27: with two people one's leave leaves the meal of the other uncovered."""
    asked = ask(office, ANN, *whole(MONDAY))
    flagged = do(office, leave_handlers.gap_of, asked)
    assert "没人在岗" in str(flagged)
    with pytest.raises(Conflict, match="没人在岗"):
        do(office, leave_handlers.grant_leave, asked.number, BOSS)
    assert do(office, store.get_leave, asked.number).state == leave.ASKED
    granted = do(office, leave_handlers.grant_leave, asked.number, BOSS, in_view="街道派人顶")
    assert (granted.state, granted.in_view) == (leave.GRANTED, "街道派人顶")
    assert [one.username for one in duties(office, days=1)] == ["bob"]
    whys = {gap.why for gap in actions.gaps(office, COMMUNITY, MONDAY, MONDAY)}
    assert whys == {"nobody", "short"}


def test_who_is_free_stands_in(office):
    do(office, account, "cat")
    asked = ask(office, ANN, *whole(MONDAY))
    assert do(office, leave_handlers.gap_of, asked) is None
    do(office, leave_handlers.grant_leave, asked.number, BOSS)
    found = duties(office, days=1)
    assert {one.username for one in found} == {"bob", "cat"}
    assert [one.why for one in found if one.username == "cat"] == ["stand_in"]


def test_a_part_of_a_day_needs_nobody_while_the_other_is_there(office):
    asked = ask(office, ANN, at("15:00"), at("18:00"))
    do(office, leave_handlers.grant_leave, asked.number, BOSS)
    assert [one.username for one in do(office, on_duty, COMMUNITY, at("16:00"))] == ["bob"]


def test_a_fixed_pair_is_never_away_together(office):
    """0-27, even where others stand in."""
    do(office, account, "cat")
    do(office, account, "dan")
    do(office, handlers.set_member, BOSS, "ann", ["desk"], "bob")
    first = ask(office, ANN, *whole(MONDAY))
    do(office, leave_handlers.grant_leave, first.number, BOSS)
    second = ask(office, BOB, *whole(MONDAY))
    with pytest.raises(Conflict, match="两人都不在"):
        do(office, leave_handlers.grant_leave, second.number, BOSS)


def test_who_is_on_leave_is_not_planned(runtime, sunday):
    for username in ("ann", "bob", "cat"):
        do(runtime, account, username)
    asked = ask(runtime, ANN, *whole(TUESDAY))
    do(runtime, leave_handlers.grant_leave, asked.number, BOSS)
    do(runtime, handlers.plan, COMMUNITY, MONDAY, 1, BOSS)
    assert {one.username for one in duties(runtime, first=TUESDAY, days=1)} == {"bob", "cat"}


@pytest.mark.parametrize(
    ("begins", "ends", "field"),
    [("10:00", "09:00", "ends_at"), ("10:00", "10:00", "ends_at")],
)
def test_leave_is_in_order(office, begins, ends, field):
    with pytest.raises(Invalid) as refused:
        ask(office, ANN, at(begins), at(ends))
    assert refused.value.reasons[0].field == field


def test_leave_is_neither_past_nor_endless_nor_twice(office):
    with pytest.raises(Invalid, match="已经过去"):
        ask(office, ANN, at("08:00", MONDAY - timedelta(days=9)), at("09:00", date(2026, 11, 15)))
    with pytest.raises(Invalid, match="最多"):
        ask(office, ANN, at("08:00"), at("08:00") + timedelta(days=300))
    ask(office, ANN, *whole(MONDAY))
    with pytest.raises(Conflict, match="重了"):
        ask(office, ANN, at("09:00"), at("10:00"))


STEPS = ("grant", "refuse", "withdraw")


@pytest.mark.parametrize("state", leave.STATES)
@pytest.mark.parametrize("action", STEPS)
def test_every_state_and_action_of_leave(state, action):
    one = leave.Leave("QJ", COMMUNITY, "a", "a", "own", at("08:00"), at("09:00"), "", at("07:00"))
    said = Said(BOSS, at("07:30"), "好")
    if (state, action) in leave.TRANSITIONS:
        after = leave.moved(replace(one, state=state), action, said)
        assert (after.state, after.version) == (leave.TRANSITIONS[state, action], 2)
    else:
        with pytest.raises(Conflict):
            leave.moved(replace(one, state=state), action, said)


def test_only_ones_own_leave_is_taken_back(office):
    asked = ask(office, ANN, *whole(MONDAY))
    with pytest.raises(Forbidden):
        do(office, leave_handlers.withdraw_leave, asked.number, BOB)
    with pytest.raises(Forbidden):
        do(office, leave_handlers.grant_leave, asked.number, STRANGER)
    assert do(office, leave_handlers.withdraw_leave, asked.number, ANN).state == leave.WITHDRAWN
    with pytest.raises(Unknown):
        do(office, leave_handlers.withdraw_leave, "QJ-1", ANN)


# ---- Swaps ----


def swapped(runtime, *, confirm=True):
    do(runtime, account, "cat")
    mine = of(runtime, "ann", MONDAY)
    asked = do(runtime, swap_handlers.ask_swap, ANN, Wanted(mine.id, "cat", reason="看病"))
    do(runtime, swap_handlers.answer_swap, asked.number, "agree", CAT)
    if confirm:
        said = Said(BOSS, clock.now())
        do(runtime, swap_handlers.decide_swap, asked.number, "confirm", BOSS, said)
    return asked, mine


def test_asked_agreed_seen_then_the_duty_changes_hands(office):
    asked, mine = swapped(office)
    assert do(office, store.get_swap, asked.number).state == swap.DONE
    found = of(office, "cat", MONDAY)
    assert (found.seat, found.why) == (mine.seat, "swapped")
    assert do(office, store.get_duty, mine.id).state == "cancelled"


def test_two_duties_change_hands(office):
    do(office, account, "cat")
    theirs = of(office, "bob", TUESDAY)
    do(office, handlers.remove, BOSS, theirs.id, "换人")
    place = Place(COMMUNITY, TUESDAY, "desk", theirs.seat)
    theirs = do(office, handlers.assign, BOSS, place, "cat")
    mine, other = of(office, "ann", MONDAY), of(office, "ann", TUESDAY)
    wanted = Wanted(mine.id, "cat", theirs.id)
    with pytest.raises(Conflict, match="当天已经"):
        do(office, swap_handlers.ask_swap, ANN, wanted)
    do(office, handlers.remove, BOSS, other.id, "换人")
    asked = do(office, swap_handlers.ask_swap, ANN, wanted)
    do(office, swap_handlers.answer_swap, asked.number, "agree", CAT)
    do(office, swap_handlers.decide_swap, asked.number, "confirm", BOSS, Said(BOSS, clock.now()))
    assert of(office, "cat", MONDAY).seat == mine.seat
    assert of(office, "ann", TUESDAY).seat == theirs.seat


@pytest.mark.parametrize("state", swap.STATES)
@pytest.mark.parametrize("action", swap.ACTIONS)
def test_every_state_and_action_of_a_swap(state, action):
    one = swap.Swap("HB", COMMUNITY, "ann", "", "d", "bob", "", "", "", at("07:00"), state=state)
    by = {"agree": BOB, "decline": BOB, "withdraw": ANN}.get(action, BOSS)
    said = Said(by, at("08:00"))
    if (state, action) in swap.TRANSITIONS:
        after = swap.moved(one, action, said)
        assert (after.state, after.version) == (swap.TRANSITIONS[state, action], 2)
    else:
        with pytest.raises(Conflict):
            swap.moved(one, action, said)


@pytest.mark.parametrize(("action", "by"), [("agree", ANN), ("decline", ANN), ("withdraw", BOB)])
def test_only_the_other_answers_and_only_who_asked_takes_back(action, by):
    one = swap.Swap("HB", COMMUNITY, "ann", "", "d", "bob", "波", "", "", at("07:00"))
    with pytest.raises(Conflict):
        swap.moved(one, action, Said(by, at("08:00")))


def test_a_swap_is_of_ones_own_duty_with_who_takes_turns(office):
    mine = of(office, "bob", MONDAY)
    with pytest.raises(Forbidden):
        do(office, swap_handlers.ask_swap, ANN, Wanted(mine.id, "bob"))
    own = of(office, "ann", MONDAY)
    for other, told in (("ann", "不能和自己"), ("boss", "不轮这个岗"), ("bob", "当天已经")):
        with pytest.raises(Rejected, match=told):
            do(office, swap_handlers.ask_swap, ANN, Wanted(own.id, other))


def test_a_swap_is_void_once_the_duty_begins_or_the_other_is_away(office, sunday):
    asked, _ = swapped(office, confirm=False)
    away = ask(office, CAT, at("10:00"), at("11:00"))
    do(office, leave_handlers.grant_leave, away.number, BOSS)
    said = Said(BOSS, clock.now())
    with pytest.raises(Conflict, match="请了假"):
        do(office, swap_handlers.decide_swap, asked.number, "confirm", BOSS, said)
    sunday.advance(timedelta(days=1))
    with pytest.raises(Conflict, match="已经开始"):
        do(office, swap_handlers.decide_swap, asked.number, "confirm", BOSS, said)


# ---- Who leaves ----


def moved_away(tx, username):
    accounts.change(tx, User(username, f"名{username}", "desk", community=ELSEWHERE))


@pytest.mark.parametrize("leave_by", [accounts.disable, moved_away])
def test_who_leaves_has_no_duty_to_come_and_others_are_drawn(office, leave_by):
    do(office, account, "cat")
    do(office, leave_by, "ann")
    assert {one.username for one in duties(office)} == {"bob"}
    whys = {gap.why for gap in actions.gaps(office, COMMUNITY, MONDAY, MONDAY)}
    assert whys == {"nobody", "short"}
    do(office, handlers.plan_ahead, COMMUNITY)
    assert {one.username for one in duties(office, days=1)} == {"bob", "cat"}
    assert actions.gaps(office, COMMUNITY, MONDAY, MONDAY) == []


def test_where_all_have_left_the_gaps_are_shown(office):
    for username in ("ann", "bob"):
        do(office, accounts.disable, username)
    (gap,) = actions.gaps(office, COMMUNITY, MONDAY, MONDAY)
    assert (gap.why, gap.starts_at, gap.ends_at) == ("nobody", at("08:30"), at("17:30"))


def test_a_swap_ends_with_who_leaves(office):
    asked, mine = swapped(office, confirm=False)
    do(office, accounts.disable, "cat")
    assert do(office, store.get_swap, asked.number).state == swap.LAPSED
    assert do(office, store.get_duty, mine.id).planned
    said = Said(BOSS, clock.now())
    with pytest.raises(Conflict, match="作废"):
        do(office, swap_handlers.decide_swap, asked.number, "confirm", BOSS, said)


def test_a_shift_that_has_begun_stays_and_the_seat_is_not_given_twice(office, sunday):
    """Who was there until now stands in the rota; but counts as nobody."""
    begun = of(office, "ann", MONDAY)
    sunday.advance(timedelta(days=1))
    do(office, accounts.disable, "ann")
    do(office, account, "cat")
    assert do(office, store.get_duty, begun.id).planned
    assert "nobody" in {gap.why for gap in actions.gaps(office, COMMUNITY, MONDAY, MONDAY)}
    do(office, handlers.plan, COMMUNITY, MONDAY, 1, BOSS)
    found = duties(office, days=1)
    assert {(one.username, one.seat) for one in found} > {("ann", begun.seat), ("cat", "C")}


def test_a_rota_made_before_counts_nobody_who_has_left(office):
    """Also where an account was switched off with its duties left as they were."""
    t = models.accounts
    off = t.update().where(t.c.username == "ann").values(active=False)
    do(office, lambda tx: tx.update(off))
    do(office, account, "cat")
    whys = {gap.why for gap in actions.gaps(office, COMMUNITY, MONDAY, MONDAY)}
    assert whys == {"nobody", "short"}
    do(office, handlers.plan, COMMUNITY, MONDAY, 1, BOSS)
    assert {one.username for one in duties(office, days=1)} == {"bob", "cat"}


# ---- By hand ----


def test_who_was_taken_off_is_not_drawn_again_that_day(office):
    """A seat that needs nobody in view is filled by somebody else."""
    friday = MONDAY + timedelta(days=4)
    mine = next(one for one in duties(office, "assistant", friday, 1))
    do(office, handlers.remove, BOSS, mine.id)
    do(office, handlers.plan_ahead, COMMUNITY)
    (other,) = duties(office, "assistant", friday, 1)
    assert {mine.username, other.username} == {"boss", "back"}


def test_a_seat_left_empty_in_view_stays_empty_and_is_shown(office):
    do(office, account, "cat")
    mine = of(office, "ann", MONDAY)
    gone = do(office, handlers.remove, BOSS, mine.id, "开会，另派人")
    assert (gone.state, gone.why) == ("cancelled", "left_empty")
    do(office, handlers.plan, COMMUNITY, MONDAY, 4, BOSS)
    assert [one.username for one in duties(office, days=1)] == ["bob"]
    whys = {gap.why for gap in actions.gaps(office, COMMUNITY, MONDAY, MONDAY)}
    assert whys == {"nobody", "short"}
    do(office, handlers.assign, BOSS, Place(COMMUNITY, MONDAY, "desk", mine.seat), "cat")
    assert {one.username for one in duties(office, days=1)} == {"bob", "cat"}


def test_a_seat_given_again_and_then_left_is_filled(office, sunday):
    """What the manager said of the seat is over once they gave it to somebody."""
    for username in ("cat", "dan"):
        do(office, account, username)
    mine = of(office, "ann", MONDAY)
    do(office, handlers.remove, BOSS, mine.id, "开会，另派人")
    do(office, handlers.assign, BOSS, Place(COMMUNITY, MONDAY, "desk", mine.seat), "cat")
    sunday.advance(timedelta(minutes=1))
    do(office, accounts.disable, "cat")
    do(office, handlers.plan, COMMUNITY, MONDAY, 1, BOSS)
    assert {one.username for one in duties(office, days=1)} == {"bob", "dan"}


def test_who_was_taken_off_stands_in_for_nobody_that_day(office):
    do(office, account, "cat")
    place = Place(COMMUNITY, MONDAY, "desk", "C")
    third = do(office, handlers.assign, BOSS, place, "cat")
    do(office, handlers.remove, BOSS, third.id)
    asked = ask(office, ANN, *whole(MONDAY))
    with pytest.raises(Conflict, match="没人在岗"):
        do(office, leave_handlers.grant_leave, asked.number, BOSS)


def test_nobody_is_taken_off_without_a_reason_where_it_leaves_a_gap(office):
    mine = of(office, "ann", MONDAY)
    with pytest.raises(Conflict, match="没人在岗"):
        do(office, handlers.remove, BOSS, mine.id)
    with pytest.raises(Forbidden):
        do(office, handlers.remove, STRANGER, mine.id)
    do(office, handlers.remove, BOSS, mine.id, "开会，另派人")
    assert [one.username for one in duties(office, days=1)] == ["bob"]


@pytest.mark.parametrize(
    ("place", "who", "told"),
    [
        (Place(COMMUNITY, MONDAY, "desk", "A"), "ann", "已经是"),
        (Place(COMMUNITY, MONDAY, "desk", "C"), "ann", "当天已经在"),
        (Place(COMMUNITY, MONDAY, "desk", "C"), "boss", "不轮这个岗"),
        (Place(COMMUNITY, MONDAY, "desk", "Z"), "ann", "没有这个岗位"),
        (Place(COMMUNITY, MONDAY, "bar", "A"), "ann", "没有这个岗"),
        (Place(COMMUNITY, date(2026, 11, 20), "desk", "A"), "ann", "已经过去"),
        (Place(ELSEWHERE, MONDAY, "desk", "A"), "ann", "别的社区"),
    ],
)
def test_who_cannot_be_put_where(office, place, who, told):
    with pytest.raises(Rejected, match=told):
        do(office, handlers.assign, BOSS, place, who)


def test_who_is_on_leave_that_day_is_given_no_seat(office):
    do(office, account, "cat")
    asked = ask(office, CAT, *whole(MONDAY))
    do(office, leave_handlers.grant_leave, asked.number, BOSS)
    place = Place(COMMUNITY, MONDAY, "desk", "C")
    with pytest.raises(Conflict, match="请了假"):
        do(office, handlers.assign, BOSS, place, "cat")


def test_a_third_seat_for_who_takes_turns(office):
    """Two to three at the post."""
    do(office, handlers.set_member, BOSS, "back", ["desk", "assistant"], "")
    do(office, handlers.assign, BOSS, Place(COMMUNITY, MONDAY, "desk", "C"), "back")
    assert len(duties(office, days=1)) == 3


def test_pairs_go_both_ways_and_are_let_go(office):
    do(office, account, "cat")

    def partners():
        known = actions.members(office, COMMUNITY)
        return {one.username: one.partner for one in known if one.partner}

    do(office, handlers.set_member, BOSS, "ann", ["desk"], "bob")
    assert partners() == {"ann": "bob", "bob": "ann"}
    do(office, handlers.set_member, BOSS, "bob", ["desk"], "cat")
    assert partners() == {"bob": "cat", "cat": "bob"}
    do(office, handlers.set_member, BOSS, "cat", ["desk"], "")
    assert partners() == {}
    for username, partner in (("ann", "ann"), ("ann", "x")):
        with pytest.raises(Invalid, match="搭档"):
            do(office, handlers.set_member, BOSS, username, ["desk"], partner)
    with pytest.raises(Forbidden):
        do(office, handlers.set_member, STRANGER, "ann", ["desk"], "")


def test_two_who_set_the_posts_at_once_do_not_undo_each_other(office):
    def version(username):
        known = actions.members(office, COMMUNITY)
        return next(one.version for one in known if one.username == username)

    do(office, handlers.set_member, BOSS, "ann", ["desk"], "bob", seen=0)
    for username in ("ann", "bob"):  # of both of the pair
        with pytest.raises(Conflict, match="刚刚被改过"):
            do(office, handlers.set_member, BOSS, username, [], "", seen=0)
    do(office, handlers.set_member, BOSS, "ann", ["assistant"], "", seen=version("ann"))
    assert version("ann") == 2


def test_one_seat_once(office):
    """Two who plan at once do not make two rotas: the database says no."""
    mine = of(office, "ann", MONDAY)
    with pytest.raises(sa.exc.IntegrityError):
        do(office, store.add_duty, replace(mine, id="other"))


def test_the_timer_plans_every_community(runtime, sunday):
    do(runtime, account, "ann")
    do(runtime, account, "eve", community=ELSEWHERE)
    actions.plan_everywhere(runtime)
    with runtime.database.read() as connection:
        table = models.rosters.duties
        known = set(connection.execute(sa.select(table.c.community).distinct()).scalars())
    assert known == {COMMUNITY, ELSEWHERE}


def test_a_community_that_cannot_be_planned_keeps_no_other_from_it(runtime, sunday, monkeypatch):
    do(runtime, account, "ann")
    do(runtime, account, "eve", community=ELSEWHERE)
    plan = handlers.plan_ahead

    def broken_at_one(tx, community):
        if community == COMMUNITY:
            raise LookupError(community)
        return plan(tx, community)

    monkeypatch.setattr(handlers, "plan_ahead", broken_at_one)
    assert actions.plan_everywhere(runtime) > 0
    with runtime.database.read() as connection:
        table = models.rosters.duties
        known = set(connection.execute(sa.select(table.c.community).distinct()).scalars())
    assert known == {ELSEWHERE}
