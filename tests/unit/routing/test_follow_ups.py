"""Follow-ups as a domain: every state with every act, in every district; the dates of the rules."""

from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.routing.follow_ups import lamps
from services.routing.follow_ups.follow_up import (
    COUNTED,
    DONE,
    DOUBTED,
    EXCLUDED,
    EXCLUSION_ASKED,
    LAPSED,
    OPEN,
    PAGE,
    REOPENED,
    STATES,
    TRANSITIONS,
    By,
    FollowUp,
    Outcome,
)
from services.routing.rules import Refused
from services.routing.supervision import supervision_for
from shared.district import load
from tests.unit.routing.ground import MONDAY, ZONE
from tests.unit.routing.orders import in_state

DISTRICTS = [load(code) for code in ("xiangshan", "beiguan", "huainan", "daguan")]
CALLER, REVIEWER, RESIDENT = By("a", "高敏"), By("b", "高敏"), By("", "居民")
GOOD = Outcome("call", contacted=True, solved=True, grade=5)
UNSOLVED = Outcome("visit", contacted=True, solved=False, grade=4, words="还是吵")
LATER = MONDAY + timedelta(hours=3)


def fresh() -> FollowUp:
    return FollowUp(
        number="XS-1-1-f1",
        order_number="XS-1-1",
        case_number="XS-1",
        department="ga",
        community_code="340603002001",
        matter="T-GA-03",
        replied_at=MONDAY,
        due_by=MONDAY + timedelta(days=2),
    )


def act(one: FollowUp, verb: str, district, by: By = CALLER, at: datetime = LATER) -> None:
    rule = supervision_for(district)
    reason = rule.follow_ups.invalid[0].code
    acts = {
        "record": lambda: one.record(GOOD, at, by, district, rule),
        "rate": lambda: one.rate(Outcome(PAGE, None, None, 4), at, RESIDENT, district),
        "ask_again": lambda: one.ask_again(at, RESIDENT, district),
        "add": lambda: one.add(at, district, solved=False),
        "ask_exclusion": lambda: one.ask_exclusion(reason, "打了三次", at, by, rule),
        "grant_exclusion": lambda: one.grant_exclusion("", at, by),
        "refuse_exclusion": lambda: one.refuse_exclusion("应再打", at, by),
        "lapse": lambda: one.lapse_for(REOPENED, at),
    }
    acts[verb]()


WAYS = {
    OPEN: (),
    DONE: ("record",),
    EXCLUSION_ASKED: ("ask_exclusion",),
    DOUBTED: ("record", "ask_exclusion"),
    EXCLUDED: ("ask_exclusion", "grant_exclusion"),
    LAPSED: ("lapse",),
}


def in_(state: str, district) -> FollowUp:
    one = fresh()
    for verb in WAYS[state]:
        act(one, verb, district, REVIEWER if verb == "grant_exclusion" else CALLER)
    assert one.state == state
    return one


def test_every_state_can_be_reached():
    assert set(WAYS) == set(STATES)


@pytest.mark.parametrize("district", DISTRICTS, ids=lambda one: one.code)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", TRANSITIONS)
def test_every_act_in_every_state_goes_where_the_table_says_or_changes_nothing(
    district, state, verb
):
    one = in_(state, district)
    before = deepcopy(one)
    if state in TRANSITIONS[verb]:
        act(one, verb, district, REVIEWER)
        assert one.state == TRANSITIONS[verb][state]
        assert one.version > before.version
    else:
        with pytest.raises(Refused) as caught:
            act(one, verb, district, REVIEWER)
        assert one == before
        assert "不能" in str(caught.value)


@pytest.mark.parametrize("district", DISTRICTS, ids=lambda one: one.code)
def test_who_asked_that_it_does_not_count_does_not_decide_it(district):
    """The account counts, not the name: both here are called 高敏."""
    for verb in ("grant_exclusion", "refuse_exclusion"):
        one = in_(DOUBTED, district)
        with pytest.raises(Refused, match="不能自己复核"):
            act(one, verb, district, CALLER)
        assert one.state == DOUBTED
        assert one.state in COUNTED, "until another person agrees, it counts"


@pytest.mark.parametrize("district", DISTRICTS, ids=lambda one: one.code)
def test_only_what_the_pack_lists_is_taken(district):
    rule, one = supervision_for(district), fresh()
    by_fax, of_six = replace(GOOD, channel="fax"), replace(GOOD, grade=6)
    known = rule.follow_ups.invalid[0].code
    wrong = [
        ("channel", lambda: one.record(by_fax, LATER, CALLER, district, rule)),
        ("grade", lambda: one.record(of_six, LATER, CALLER, district, rule)),
        ("reason", lambda: one.ask_exclusion("bad", "x", LATER, CALLER, rule)),
        ("note", lambda: one.ask_exclusion(known, " ", LATER, CALLER, rule)),
    ]
    for field, attempt in wrong:
        with pytest.raises(Refused) as caught:
            attempt()
        assert (caught.value.reason.field, one) == (field, fresh())


@pytest.mark.parametrize("district", DISTRICTS, ids=lambda one: one.code)
def test_dissatisfied_is_not_solved_or_a_grade_that_is_not_positive(district):
    rule = supervision_for(district)
    for grade in district.rules.grades:
        for solved in (True, False):
            one = fresh()
            said = replace(GOOD, solved=solved, grade=grade.score)
            one.record(said, LATER, CALLER, district, rule)
            assert one.satisfied == grade.positive
            assert one.dissatisfied == (not solved or not grade.positive)
            assert (one.right_by is not None) == one.dissatisfied


def test_a_bad_rating_is_contacted_in_1_and_put_right_in_15_working_days():
    """A52, X; over National Day 2026: 1 to 7 October are off, 10 October is worked."""
    district, one = DISTRICTS[0], fresh()
    wednesday = datetime(2026, 9, 30, 16, 0, tzinfo=ZONE)
    one.record(UNSOLVED, wednesday, CALLER, district, supervision_for(district))
    assert one.contact_by == datetime(2026, 10, 8, 23, 59, 59, tzinfo=ZONE)
    assert one.right_by == datetime(2026, 10, 27, 23, 59, 59, tzinfo=ZONE)


def test_the_lamps_of_a_bad_rating_say_how_it_stands():
    district, order = DISTRICTS[0], in_state("signed")
    rules, one = district.rules, fresh()
    assert lamps.contact(one, order, LATER, rules) is None
    one.record(UNSOLVED, LATER, CALLER, district, supervision_for(district))
    order.contacted_at = MONDAY  # before the bad rating: that is no contact about it
    lamp = lamps.contact(one, order, one.contact_by + timedelta(days=2), rules)
    assert (lamp.level, lamp.zh) == ("red", "已超期 2 天")
    order.contacted_at = LATER + timedelta(hours=1)
    assert lamps.contact(one, order, LATER + timedelta(days=9), rules).zh == "已再联系"
    assert lamps.right(one, order, LATER, rules).level == "green"
    one.answered_anew(order.contacted_at, one.right_by + timedelta(days=1))
    assert lamps.right(one, order, LATER, rules).zh == "已重新答复，晚了 1 天"


@pytest.mark.parametrize(
    ("after", "level", "words"),
    [
        (timedelta(hours=1), "green", "正常，还有 1 天"),
        (timedelta(days=1, hours=15), "yellow", "将到期，还有 9 小时"),
        (timedelta(days=3), "red", "已超期 1 天"),
    ],
)
def test_the_lamp_of_when_it_is_due(after, level, words):
    lamp = lamps.due(fresh(), MONDAY + after, DISTRICTS[0].rules)
    assert (lamp.level, lamp.zh) == (level, words)


def test_the_period_it_belongs_to_is_the_local_day_it_was_answered():
    district, one = DISTRICTS[0], fresh()
    evening = datetime(2026, 11, 23, 23, 30, tzinfo=ZONE)
    act(one, "record", district, at=evening)
    act(one, "ask_exclusion", district, at=evening + timedelta(days=20))
    act(one, "grant_exclusion", district, REVIEWER, at=evening + timedelta(days=30))
    assert (one.state, one.settled_on.isoformat()) == (EXCLUDED, "2026-11-23")


def test_a_refusal_may_be_followed_by_another_reason():
    district, one = DISTRICTS[0], fresh()
    act(one, "ask_exclusion", district)
    act(one, "refuse_exclusion", district, REVIEWER)
    assert (one.state, one.reviewed_by_username, one.settled_on) == (OPEN, "b", None)
    act(one, "ask_exclusion", district, REVIEWER)
    assert (one.asked_by_username, one.reviewed_at, one.review_note) == ("b", None, "")
