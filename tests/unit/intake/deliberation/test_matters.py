"""Shared matters: states, steps, quorum, minutes, disputes (1-05 to 1-07, 2-28, 4-08)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake import handlers as cases
from services.intake import models
from services.intake.case import Actor
from services.intake.deliberation import handlers, rules, store
from services.intake.deliberation.handlers import Applicant, Draft
from services.intake.deliberation.matter import ACTIONS, STATES, TRANSITIONS, Grade, Matter, moved
from services.intake.deliberation.pack import pack_for
from services.intake.ledger import handlers as ledger
from services.intake.ledger.demand import DONE, WATCHED, Heard
from services.intake.reason import Conflict, Forbidden, Invalid, Rejected, Unknown
from services.intake.rights import actions_retention
from services.intake.rights import handlers as rights_handlers
from services.intake.rights.retention import retention_of
from shared import clock
from shared.case_number import make
from tests.unit.intake.ground import (
    COMMUNITY,
    DESK,
    ELSEWHERE,
    accepted,
    do,
    noise,
    stored,
    xiangshan,
)
from tests.unit.intake.rosters.test_duty import MONDAY, at

STRANGER = Actor("x", "外人", "desk", ELSEWHERE)
NOW = at("10:00")
LIFT = Draft(
    "老楼加装电梯", "space", "三单元想装，一楼怕挡光", ("community", "property", "residents")
)
MEETING = {
    "at": NOW,
    "platform": "muling",
    "place": "二楼活动室",
    "attendance": [
        {"party": "community", "people": 2, "said": "可以补助"},
        {"party": "property", "people": 1, "said": "负责维护"},
        {"party": "residents", "people": 12, "said": "同意，楼层分摊"},
    ],
    "agreed": "先测光照",
}
TASK = {"text": "请人测光照", "party": "property", "who": "小马", "due": date(2026, 12, 1)}
MEANS = {"party": "residents", "what": "按楼层分摊", "yuan": 60000}
VOTE = {
    "question": "是否加装",
    "entitled": 24,
    "present": 20,
    "votes_for": 15,
    "votes_against": 3,
    "abstained": 2,
}


@pytest.fixture(autouse=True)
def monday():
    with clock.set_for_tests(NOW) as stopped:
        yield stopped


@pytest.fixture
def number(runtime):
    return do(runtime, handlers.raise_matter, DESK, LIFT).number


def all_the_way(runtime, number, result="装好了"):
    do(runtime, handlers.advance, number, DESK)
    do(runtime, handlers.meet, number, DESK, MEETING)
    do(runtime, handlers.advance, number, DESK)
    do(runtime, handlers.set_task, number, DESK, TASK)
    do(runtime, handlers.advance, number, DESK)
    do(runtime, handlers.gather, number, DESK, MEANS)
    do(runtime, handlers.advance, number, DESK)
    do(runtime, handlers.decide, number, DESK, VOTE)
    do(runtime, handlers.advance, number, DESK)
    do(runtime, handlers.grade, number, DESK, 5, "好")
    return do(runtime, handlers.end, number, DESK, "settle", result)


def test_the_six_steps_are_in_the_order_of_the_source():
    """1-07: 提→议→办→筹→决→评."""
    names = [step.name for step in pack_for(xiangshan()).steps]
    assert names == ["民事民提", "民事民议", "民事民办", "民事民筹", "民事民决", "民事民评"]


def test_a_matter_goes_all_the_way(runtime, number):
    done = all_the_way(runtime, number)
    assert (done.state, done.result) == ("settled", "装好了")
    kept = do(runtime, store.get, number)
    assert kept == done
    assert kept.meetings[0].attendance[2].people == 12
    assert kept.tasks[0].due == date(2026, 12, 1)
    assert kept.decisions[0].passed
    told = [line.action for line in do(runtime, store.history_of, number)]
    assert told[-1] == "raise"
    assert told[0] == "settle"
    assert len(told) == done.version


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", ACTIONS)
def test_every_state_and_action(state, action):
    one = Matter("XY", COMMUNITY, "t", "space", "", "raise", (), NOW, "", "", state=state)
    if (state, action) in TRANSITIONS:
        after = moved(one, action)
        assert (after.state, after.version) == (TRANSITIONS[state, action], 2)
    else:
        with pytest.raises(Conflict):
            moved(one, action)


@pytest.mark.parametrize(
    ("steps", "told"),
    [(1, "还没有各方都到的会"), (2, "还没有分工"), (3, "还没有记筹措"), (4, "还没有有效的表决")],
)
def test_each_step_needs_what_the_district_says(runtime, number, steps, told):
    doing = (
        lambda: None,
        lambda: do(runtime, handlers.meet, number, DESK, MEETING),
        lambda: do(runtime, handlers.set_task, number, DESK, TASK),
        lambda: do(runtime, handlers.gather, number, DESK, MEANS),
    )
    for do_it in doing[:steps]:
        do_it()
        do(runtime, handlers.advance, number, DESK)
    with pytest.raises(Conflict, match=told):
        do(runtime, handlers.advance, number, DESK)


def test_a_step_is_skipped_with_a_reason_where_the_district_lets_it(runtime, number):
    do(runtime, handlers.advance, number, DESK)
    with pytest.raises(Conflict, match="各方都到"):
        do(runtime, handlers.advance, number, DESK, "不开会了")
    do(runtime, handlers.meet, number, DESK, MEETING)
    do(runtime, handlers.advance, number, DESK)
    assert do(runtime, handlers.advance, number, DESK, "没有要办的").step == "fund"
    assert do(runtime, handlers.advance, number, DESK, "不用花钱").step == "decide"


def test_a_meeting_without_a_party_settles_nothing(runtime, number):
    """1-05: the parties come together."""
    do(runtime, handlers.advance, number, DESK)
    alone = MEETING | {"attendance": [{"party": "community", "people": 3, "said": ""}]}
    matter = do(runtime, handlers.meet, number, DESK, alone)
    assert rules.missing_parties(matter.meetings[0], pack_for(xiangshan())) == ["居民代表"]
    with pytest.raises(Conflict):
        do(runtime, handlers.advance, number, DESK)


@given(entitled=st.integers(0, 500), present=st.integers(0, 500), yes=st.integers(0, 500))
def test_quorum_and_majority(entitled, present, yes):
    """More than half come, more than half of those agree."""
    quorum = pack_for(xiangshan()).quorum
    assert (rules.no_quorum(entitled, present, quorum) is None) == (2 * present > entitled)
    assert rules.passes(yes, present, quorum) == (2 * yes > present)


def test_a_vote_without_a_quorum_is_kept_and_does_not_count(runtime, number):
    few = VOTE | {"present": 12, "votes_for": 12, "votes_against": 0, "abstained": 0}
    decision = do(runtime, handlers.decide, number, DESK, few).decisions[0]
    assert not decision.passed
    assert "不够法定人数（至少 13 人）" in decision.why_not
    with pytest.raises(Conflict, match="还没有可公开"):
        do(runtime, handlers.publish, number, DESK, "装")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"present": 30}, "present"),
        ({"votes_for": 16}, "votes_for"),
        ({"abstained": 0}, "votes_for"),
    ],
)
def test_votes_add_up(runtime, number, change, field):
    with pytest.raises(Invalid) as refused:
        do(runtime, handlers.decide, number, DESK, VOTE | change)
    assert refused.value.reasons[0].field == field


def test_tasks_are_done_once_and_not_planned_for_the_past(runtime, number):
    with pytest.raises(Invalid, match="期限"):
        do(runtime, handlers.set_task, number, DESK, TASK | {"due": MONDAY - timedelta(days=1)})
    do(runtime, handlers.set_task, number, DESK, TASK)
    done = do(runtime, handlers.finish_task, number, DESK, 1, "测完了").tasks[0]
    assert (done.done_at, done.note) == (NOW, "测完了")
    for task, told in ((1, "已经办完"), (2, "没有这一项")):
        with pytest.raises(Invalid, match=told):
            do(runtime, handlers.finish_task, number, DESK, task)


@pytest.mark.parametrize(
    ("change", "field"), [({"kind": "x"}, "kind"), ({"parties": ("moon",)}, "parties")]
)
def test_only_what_the_pack_knows(runtime, change, field):
    with pytest.raises(Invalid) as refused:
        do(runtime, handlers.raise_matter, DESK, replace(LIFT, **change))
    assert refused.value.reasons[0].field == field


def test_it_comes_from_a_case_of_the_own_community(runtime):
    case = accepted(runtime)
    made = do(runtime, handlers.raise_matter, DESK, replace(LIFT, source=case.number.lower()))
    assert made.source == case.number
    with pytest.raises(Forbidden):
        do(runtime, handlers.raise_matter, STRANGER, replace(LIFT, source=case.number))
    with pytest.raises(Invalid, match="编号不对"):
        do(runtime, handlers.raise_matter, DESK, replace(LIFT, source="abc"))


def test_it_ends_as_a_case_once(runtime, number):
    """1-06: what the neighbours cannot do themselves."""
    resident = Applicant("王建国", "13805610000")
    matter = do(runtime, handlers.open_case, number, DESK, resident)
    assert stored(runtime, matter.case_number).title == LIFT.title
    with pytest.raises(Conflict, match="已经转为办件"):
        do(runtime, handlers.open_case, number, DESK, resident)


def test_another_communitys_is_not_touched(runtime, number):
    with pytest.raises(Forbidden):
        do(runtime, handlers.advance, number, STRANGER)
    with pytest.raises(Unknown):
        do(runtime, handlers.advance, "XY-1", DESK)


def test_it_is_not_settled_before_the_last_step_but_may_fail(runtime, number):
    with pytest.raises(Rejected, match="还没走到"):
        do(runtime, handlers.end, number, DESK, "settle", "好了")
    assert do(runtime, handlers.end, number, DESK, "fail", "谈不拢").state == "unsettled"
    again = do(runtime, handlers.reopen, number, DESK, "又想谈了")
    assert (again.state, again.ended_at, again.result) == ("open", None, "")


def test_numbers_and_telephones_do_not_get_into_the_public_words(runtime):
    named = replace(LIFT, title="找 13805610000 装电梯")
    number = do(runtime, handlers.raise_matter, DESK, named).number
    all_the_way(runtime, number)
    told = do(runtime, handlers.publish, number, DESK, "同意加装，问 13805610000")
    assert "13805610000" not in told.public_words + told.title


def test_whoever_brought_the_case_behind_it_is_not_named_to_everybody(runtime):
    case = accepted(runtime)  # of 王建国
    named = replace(LIFT, title="王建国家要装电梯", source=case.number)
    number = do(runtime, handlers.raise_matter, DESK, named).number
    all_the_way(runtime, number)
    told = do(runtime, handlers.publish, number, DESK, "同意王建国家加装")
    assert case.applicant.name not in told.public_words + told.title
    assert "同意王" in told.public_words


def test_a_demand_behind_it_names_nobody_either(runtime):
    heard = Heard(actor=DESK, community=COMMUNITY, words="想装电梯", name="张桂兰")
    source = do(runtime, ledger.record, heard).demand.number
    named = replace(LIFT, title="张桂兰想装电梯", source=source)
    assert "张桂兰" not in do(runtime, handlers.raise_matter, DESK, named).title


def test_the_demand_behind_it_leads_to_it(runtime):
    heard = Heard(actor=DESK, community=COMMUNITY, words="想装电梯")
    source = do(runtime, ledger.record, heard).demand.number
    matter = do(runtime, handlers.raise_matter, DESK, replace(LIFT, source=source))
    demand = do(runtime, ledger.load_for, source, DESK)
    assert (demand.deliberation_number, demand.state) == (matter.number, WATCHED)


def test_a_demand_that_was_seen_to_is_left_as_it_is(runtime):
    heard = Heard(actor=DESK, community=COMMUNITY, words="想装电梯")
    source = do(runtime, ledger.record, heard).demand.number
    do(runtime, ledger.finish, source, DESK, "装好了")
    assert do(runtime, handlers.raise_matter, DESK, replace(LIFT, source=source)).source == source
    assert do(runtime, ledger.load_for, source, DESK).state == DONE


def test_a_demand_of_another_community_or_of_nobody_is_no_source(runtime):
    heard = Heard(actor=DESK, community=COMMUNITY, words="想装电梯")
    source = do(runtime, ledger.record, heard).demand.number
    with pytest.raises(Forbidden):
        do(runtime, handlers.raise_matter, STRANGER, replace(LIFT, source=source))
    missing = make(source.partition("-")[0], NOW.date(), 999)
    with pytest.raises(Unknown):
        do(runtime, handlers.raise_matter, DESK, replace(LIFT, source=missing))


@pytest.mark.parametrize("state", STATES)
def test_what_was_made_public_is_taken_back_in_every_state(runtime, number, state):
    do(runtime, handlers.decide, number, DESK, VOTE)
    do(runtime, handlers.publish, number, DESK, "同意加装")
    shown = do(runtime, store.get, number)
    do(runtime, store.save, replace(shown, state=state, version=shown.version + 1))
    after = do(runtime, handlers.unpublish, number, DESK, "写了门牌")
    assert (after.state, after.public_words, after.published_at) == (state, "", None)
    assert do(runtime, store.history_of, number)[0].note == "写了门牌"
    with pytest.raises(Conflict, match="没有公开"):
        do(runtime, handlers.unpublish, number, DESK, "再收回")


def test_what_is_dropped_is_no_longer_public(runtime, number):
    do(runtime, handlers.decide, number, DESK, VOTE)
    do(runtime, handlers.publish, number, DESK, "同意加装")
    after = do(runtime, handlers.end, number, DESK, "drop", "不装了")
    assert (after.public_words, after.published_at) == ("", None)


def test_disputes_settled_are_counted_by_kind_and_period(runtime, monday):
    """0-32, 1-04, 2-28."""
    for kind in ("property", "property", "space"):
        all_the_way(
            runtime, do(runtime, handlers.raise_matter, DESK, replace(LIFT, kind=kind)).number
        )
    lost = do(runtime, handlers.raise_matter, DESK, replace(LIFT, kind="neighbours")).number
    do(runtime, handlers.end, lost, DESK, "fail", "谈不拢")
    with runtime.database.read() as connection:
        day = timedelta(days=1)
        found = store.settled(connection, COMMUNITY, NOW - day, NOW + day)
        assert found == {
            "property": {"settled": 2, "unsettled": 0},
            "space": {"settled": 1, "unsettled": 0},
            "neighbours": {"settled": 0, "unsettled": 1},
        }
        assert store.settled(connection, COMMUNITY, NOW - 9 * day, NOW - day) == {}
        assert store.settled(connection, ELSEWHERE, NOW - day, NOW + day) == {}


def test_a_matter_has_its_bounds(runtime, number):
    full = replace(do(runtime, store.get, number), version=2, grades=(Grade(NOW, 5),) * 50)
    do(runtime, store.save, full)
    with pytest.raises(Invalid, match="最多记 50 条"):
        do(runtime, handlers.grade, number, DESK, 5)


# ---- Forgotten (PIPL 19, 47) ----

TALE = "三单元王建国家装电梯"
SUPERVISOR = Actor("supervisor", "区督办", "supervisor", None)


def told_in_full(runtime, source=""):
    """A matter of which every field tells of somebody, settled and made public."""
    number = do(
        runtime, handlers.raise_matter, DESK, replace(LIFT, story=TALE, source=source)
    ).number
    meeting = MEETING | {"place": "王建国家", "agreed": "王建国同意"}
    do(runtime, handlers.advance, number, DESK)
    do(runtime, handlers.meet, number, DESK, meeting)
    do(runtime, handlers.advance, number, DESK)
    do(runtime, handlers.set_task, number, DESK, TASK | {"text": TALE, "who": "王建国"})
    do(runtime, handlers.advance, number, DESK)
    do(runtime, handlers.gather, number, DESK, MEANS | {"what": "王建国出地"})
    do(runtime, handlers.advance, number, DESK)
    do(runtime, handlers.decide, number, DESK, VOTE | {"question": "王建国家装不装"})
    do(runtime, handlers.advance, number, DESK)
    do(runtime, handlers.grade, number, DESK, 5, "王建国说好")
    do(runtime, handlers.end, number, DESK, "settle", "王建国家装好了")
    do(runtime, handlers.publish, number, DESK, "三单元加装电梯")
    return number


def everything(runtime, number):
    """The matter with its history, as text; and what is on the public page."""
    with runtime.database.read() as connection:
        kept = (store.get(connection, number), store.history_of(connection, number))
        public, _ = store.public(connection, "", 1, 20)
    return repr(kept), [one.number for one in public]


def forgotten_now(runtime, number):
    """Nothing of anybody is left; what is counted is."""
    text, public = everything(runtime, number)
    assert [said for said in ("王建国", "三单元", "小马", "分摊", "光照") if said in text] == []
    assert number not in public
    kept = do(runtime, store.get, number)
    assert (kept.state, kept.title, kept.public_words) == ("settled", "公共空间改造", "")
    assert [one.people for one in kept.meetings[0].attendance] == [2, 1, 12]
    assert (kept.decisions[0].votes_for, kept.means[0].yuan, kept.grades[0].score) == (15, 60000, 5)


@pytest.mark.parametrize("way", ["from the case", "from its demand", "to the case"])
def test_it_is_forgotten_with_the_case_behind_it(runtime, way):
    """PIPL 47: what was made public of it, its minutes and who did what go with the person."""
    case = accepted(runtime, noise(kind="question")).number
    source = case
    if way == "from its demand":
        heard = Heard(DESK, COMMUNITY, "想装电梯", name="王建国")
        source = do(runtime, ledger.record, heard).demand.number
        with runtime.database.engine.begin() as connection:
            linked = models.ledger.demands.update().where(models.ledger.demands.c.number == source)
            connection.execute(linked.values(case_number=case))
    number = told_in_full(runtime, "" if way == "to the case" else source)
    if way == "to the case":
        case = do(
            runtime, handlers.open_case, number, DESK, Applicant("王建国", "13805610000")
        ).case_number
    other = told_in_full(runtime)
    do(runtime, cases.withdraw_case, case, DESK, "不办了")
    assert "王建国" in everything(runtime, number)[0]
    do(runtime, rights_handlers.erase_person, [case], SUPERVISOR, "本人要求")
    forgotten_now(runtime, number)
    text, public = everything(runtime, other)
    assert "王建国" in text
    assert public == [other]


@pytest.mark.parametrize("way", ["from the case", "from its demand"])
def test_nothing_is_written_down_anew_of_somebody_who_was_forgotten(runtime, way):
    case = source = accepted(runtime, noise(kind="question")).number
    if way == "from its demand":
        source = do(runtime, ledger.record, Heard(DESK, COMMUNITY, "想装电梯")).demand.number
        own = models.ledger.demands.c.number == source
        with runtime.database.engine.begin() as connection:
            linked = models.ledger.demands.update().where(own)
            connection.execute(linked.values(case_number=case))
    do(runtime, cases.withdraw_case, case, DESK, "不办了")
    do(runtime, rights_handlers.erase_person, [case], SUPERVISOR, "本人要求")
    with pytest.raises(Conflict, match=case):
        do(runtime, handlers.raise_matter, DESK, replace(LIFT, source=source))


def test_under_way_it_goes_on_without_the_person_it_came_from(runtime):
    """PIPL 47: the neighbours' minutes are theirs, and stay until the matter's own time is over."""
    case = accepted(runtime, noise(kind="question")).number
    draft = replace(LIFT, source=case, story="王建国说一楼怕挡光")
    number = do(runtime, handlers.raise_matter, DESK, draft).number
    do(runtime, handlers.advance, number, DESK)
    do(runtime, handlers.meet, number, DESK, MEETING | {"agreed": "王建国家先测光照"})
    do(runtime, cases.withdraw_case, case, DESK, "不办了")
    do(runtime, rights_handlers.erase_person, [case], SUPERVISOR, "本人要求")
    text, _ = everything(runtime, number)
    assert [said for said in ("王建国", case, "怕挡光") if said in text] == []
    kept = do(runtime, store.get, number)
    assert (kept.state, kept.title, kept.erased_at) == ("open", LIFT.title, None)
    assert "先测光照" in kept.meetings[0].agreed
    assert kept.meetings[0].attendance[2].said == "同意，楼层分摊"


def test_it_is_forgotten_when_its_time_is_over(runtime, monday):
    """PIPL 19: retention.yml's months, from the day it ended; the timer does it once."""
    number, under_way = told_in_full(runtime), do(runtime, handlers.raise_matter, DESK, LIFT).number
    period = retention_of(xiangshan()).matters
    monday.moment = period.ends(NOW)
    assert actions_retention.run(runtime) == 0
    assert [one.due for one in actions_retention.what_is_due(runtime)][-1] == 0
    monday.advance(timedelta(days=4))
    assert [(one.kept, one.due) for one in actions_retention.what_is_due(runtime)][-1] == (1, 1)
    assert actions_retention.run(runtime) == 1
    forgotten_now(runtime, number)
    assert actions_retention.run(runtime) == 0
    assert do(runtime, store.get, under_way).story == LIFT.story


def test_reopened_after_that_it_is_forgotten_again(runtime, monday):
    """PIPL 19: what is said later has its own time."""
    number = told_in_full(runtime)
    monday.advance(timedelta(days=366 * 4))
    assert actions_retention.run(runtime) == 1
    do(runtime, handlers.reopen, number, DESK, "电梯又坏了")
    do(runtime, handlers.end, number, DESK, "fail", "王建国不同意")
    monday.advance(timedelta(days=366 * 4))
    assert actions_retention.run(runtime) == 1
    assert "王建国" not in everything(runtime, number)[0]
