"""Reports from the spot: each state and action, who may do what, and that one is one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.intake import queries, store
from services.intake.grids import report, report_handlers, report_store, report_words
from services.intake.grids.report import ACTIONS, RECORDED, REPORTED, SOLVED, STATES, TRANSITIONS
from services.intake.grids.report_handlers import ACTS, Wish, to_case
from services.intake.grids.report_new_handlers import make_report
from services.intake.grids.report_store import Wanted
from services.intake.grids.work import work_for
from services.intake.reason import Conflict, Forbidden, Invalid
from services.intake.rights import handlers as rights_handlers
from services.intake.rights import rights as people_rules
from services.intake.staff import accounts
from shared import clock
from tests.unit.intake.grids.ground import (
    DESK,
    GRID,
    MANAGER,
    OTHER_GRID,
    PASSER_BY,
    STRANGER,
    give_accounts,
    hazard,
    visit,
)
from tests.unit.intake.ground import COMMUNITY, PHONE, SATURDAY, do

WISH = Wish("王建国", PHONE, "complaint")


@pytest.fixture(autouse=True)
def people(runtime):
    give_accounts(runtime)


def made(runtime, **changes: Any):
    return do(runtime, make_report, hazard(**changes)).report


def at(runtime, state):
    """A report in this state, by the way there."""
    number = made(runtime).number
    ways = {
        "reported": [],
        "taken": ["take"],
        "dispatched": ["take", "dispatch"],
        "solved": ["take", "dispatch", "solve"],
        "closed": ["take", "dispatch", "solve", "approve"],
        "became_case": ["to-case"],
        "dismissed": ["dismiss"],
    }
    if state == RECORDED:
        return do(runtime, make_report, visit()).report.number
    for action in ways[state]:
        act(runtime, number, action)
    return number


def act(runtime, number, action):
    if action == "to-case":
        return do(runtime, to_case, number, DESK, WISH)[0]
    said = {"dispatch": ("grid-2", ""), "take": (), "press": ("请今天去看",)}
    actor = GRID if action == "solve" else DESK
    if action == "solve":
        actor = OTHER_GRID if loaded(runtime, number).handler.username == "grid-2" else DESK
    return do(runtime, ACTS[action], number, actor, *said.get(action, ("说明",)))


def loaded(runtime, number):
    return do(runtime, report_store.load, number)


@pytest.mark.parametrize("state", STATES)
def test_every_state_takes_the_actions_of_the_table_and_no_other(runtime, state):
    for action in ACTIONS:
        number = at(runtime, state)
        assert loaded(runtime, number).state == state
        after = TRANSITIONS.get((state, action))
        if after is None:
            with pytest.raises(Conflict):
                act(runtime, number, action)
            assert loaded(runtime, number).state == state
        else:
            assert act(runtime, number, action).state == after


def test_each_state_but_the_last_ones_leads_on():
    ends = {state for state in STATES if not report.possible(state)}
    assert ends == {"closed", "became_case", "dismissed", RECORDED}
    assert {state for state, _ in TRANSITIONS} | set(TRANSITIONS.values()) | {RECORDED} == set(
        STATES
    )


def test_the_four_steps_are_told_one_after_another(runtime):
    number = at(runtime, "closed")
    with runtime.database.read() as connection:
        told = report_store.timeline(connection, number)
    assert [line.action for line in told] == ["report", "take", "dispatch", "solve", "approve"]
    assert [line.who for line in told] == ["王小燕", "周敏", "周敏", "陈亮", "周敏"]


def test_the_same_report_sent_again_is_the_same_report(runtime):
    draft = hazard()
    first = do(runtime, make_report, draft)
    again = do(runtime, make_report, draft)
    assert (first.repeated, again.repeated) == (False, True)
    assert again.report.number == first.report.number
    with runtime.database.read() as connection:
        assert report_store.count(connection, Wanted(COMMUNITY)) == 1
        assert len(report_store.timeline(connection, first.report.number)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"words": "别的话"},
        {"actor": OTHER_GRID},
        {"actor": OTHER_GRID, "edited": True},
    ],
)
def test_an_id_used_for_something_else_is_refused(runtime, changes):
    draft = hazard()
    do(runtime, make_report, draft)
    other = hazard(client_id=draft.client_id, **changes)
    with pytest.raises(Conflict) as refused:
        do(runtime, make_report, other)
    assert refused.value.reasons[0].field == "id"
    assert "number" not in refused.value.reasons[0].values


def test_a_passer_by_changes_nothing_that_was_sent(runtime):
    draft = hazard(kind="snapshot", actor=PASSER_BY)
    do(runtime, make_report, draft)
    with pytest.raises(Conflict):
        do(runtime, make_report, replace(draft, words="别的话", edited=True))


def test_what_was_changed_on_the_phone_before_it_was_sent_again_changes_the_report(runtime):
    """The answer to the first was lost: the phone does not know that it came."""
    draft = hazard()
    with clock.set_for_tests(SATURDAY) as watch:
        first = do(runtime, make_report, draft).report
        watch.advance(timedelta(minutes=20))
        changed = replace(draft, words="冒烟了", urgency="urgent", edited=True)
        again = do(runtime, make_report, changed)
        assert do(runtime, make_report, changed).report == again.report, "the answer was lost again"
    after = again.report
    assert (again.repeated, after.number, after.version) == (True, first.number, 2)
    assert (after.words, after.urgency, after.received_at) == ("冒烟了", "urgent", SATURDAY)
    assert after.due_at < first.due_at
    with runtime.database.read() as connection:
        told = report_store.timeline(connection, first.number)
        assert report_store.count(connection, Wanted(COMMUNITY)) == 1
    assert [(line.action, line.note) for line in told] == [
        ("report", ""),
        ("reword", "三楼有人拉线充电"),
    ]


def test_the_clock_goes_on_where_only_words_were_changed(runtime):
    draft = hazard()
    with clock.set_for_tests(SATURDAY) as watch:
        first = do(runtime, make_report, draft).report
        watch.advance(timedelta(days=3))
        after = do(runtime, make_report, replace(draft, place="5 号楼", edited=True)).report
    assert (after.place, after.due_at) == ("5 号楼", first.due_at)


def test_all_was_well_and_then_it_was_not(runtime):
    draft = visit()
    assert do(runtime, make_report, draft).report.state == RECORDED
    changed = replace(draft, answers={"met": "help"}, place="3 号楼", edited=True)
    after = do(runtime, make_report, changed).report
    assert (after.state, after.closed_at) == (REPORTED, None)
    assert after.due_at is not None


def test_what_somebody_works_at_is_no_longer_changed_and_its_number_is_told(runtime):
    draft = hazard()
    number = do(runtime, make_report, draft).report.number
    act(runtime, number, "take")
    with pytest.raises(Conflict) as refused:
        do(runtime, make_report, replace(draft, words="冒烟了", edited=True))
    assert refused.value.reasons[0].values["number"] == number
    assert loaded(runtime, number).words == draft.words


def test_a_visit_where_all_is_well_waits_for_nobody_and_one_that_found_something_does(runtime):
    well = do(runtime, make_report, visit()).report
    assert (well.state, well.due_at) == (RECORDED, None)
    assert well.closed_at is not None
    help_wanted = do(runtime, make_report, visit(answers={"met": "help"}, place="3 号楼")).report
    assert help_wanted.state == REPORTED
    found = visit(checklist="three_three", found=("corridor",), place="3 号楼")
    assert do(runtime, make_report, found).report.state == REPORTED


def test_what_was_done_on_the_spot_waits_for_the_review_only(runtime):
    done = made(runtime, done="已当场请他拆线，并讲了道理")
    assert (done.state, done.handler.username, done.solved_by) == (SOLVED, "grid", "grid")
    assert do(runtime, ACTS["approve"], done.number, DESK, "").state == "closed"


def test_who_solved_it_does_not_review_it(runtime):
    number = made(runtime).number
    do(runtime, ACTS["take"], number, DESK)
    do(runtime, ACTS["solve"], number, DESK, "清了")
    with pytest.raises(Forbidden):
        do(runtime, ACTS["approve"], number, DESK)
    assert do(runtime, ACTS["approve"], number, MANAGER).state == "closed"


def test_sent_back_it_is_its_handlers_again_and_the_clock_starts_anew(runtime):
    number = at(runtime, SOLVED)
    before = loaded(runtime, number)
    after = do(runtime, ACTS["return"], number, DESK, "照片里线还在")
    assert (after.state, after.handler.username, after.result) == ("dispatched", "grid-2", "")
    assert after.due_at >= before.due_at


def test_a_grid_worker_solves_what_is_theirs_only(runtime):
    number = made(runtime, actor=OTHER_GRID).number
    do(runtime, ACTS["take"], number, DESK)
    with pytest.raises(Forbidden):
        do(runtime, ACTS["solve"], number, GRID, "好了")


def test_dispatched_to_somebody_who_works_elsewhere_is_refused(runtime):
    number = at(runtime, "taken")
    with pytest.raises(Invalid):
        do(runtime, ACTS["dispatch"], number, DESK, STRANGER.username)


def test_another_communitys_report_is_nobodys_business(runtime):
    number = made(runtime).number
    for action, said in {"take": (), "press": (), "dismiss": ("不是",), "solve": ("x",)}.items():
        with pytest.raises(Forbidden):
            do(runtime, ACTS[action], number, STRANGER, *said)
    with pytest.raises(Forbidden):
        do(runtime, to_case, number, STRANGER, WISH)
    with pytest.raises(Forbidden):
        do(runtime, make_report, hazard(actor=STRANGER))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "party"}, "kind"),
        ({"category": "weather"}, "category"),
        ({"category": ""}, "category"),
        ({"category": "other", "words": ""}, "words"),
        ({"place": ""}, "place"),
        ({"checklist": "three_three"}, "checklist"),
        ({"answers": {"met": "perhaps"}}, "answers"),
        ({"grid": "340603009001001"}, "grid"),
        ({"urgency": "at once"}, "urgency"),
        ({"photos": 7}, "photos"),
        ({"position": report.Position(91, 0)}, "position"),
    ],
)
def test_what_is_wrong_is_named(runtime, changes, field):
    with pytest.raises(Invalid) as refused:
        made(runtime, **changes)
    assert field in [reason.field for reason in refused.value.reasons]


def test_a_passers_by_snapshot_is_answered_for_by_an_officer(runtime):
    snapshot = made(runtime, kind="snapshot", actor=PASSER_BY, category="facade", grid="")
    assert (snapshot.urgency, snapshot.by.username) == ("urgent", "")
    assert snapshot.owner.username == "desk"
    with pytest.raises(Invalid):
        made(runtime, kind="hazard", actor=PASSER_BY)


def test_a_departments_matter_becomes_a_transferred_case_linked_both_ways(runtime):
    number = made(runtime).number
    wish = Wish("王建国", PHONE, "complaint", "gy")
    after, case = do(runtime, to_case, number, GRID, wish)
    assert (after.state, after.case_number) == ("became_case", case.number)
    assert (case.channel, case.state, case.owner.username) == ("grid", "transferred", "grid")
    assert number in case.description
    with runtime.database.read() as connection:
        assert queries.get_case(connection, case.number).location == "供电小区 3 号楼"
        found, _ = report_store.search(connection, Wanted(COMMUNITY, case=case.number), 1, 10)
    assert [one.number for one in found] == [number]


def test_who_works_here_no_more_is_not_made_to_answer_for_the_case(runtime):
    number = made(runtime).number
    do(runtime, accounts.disable, "grid")
    case = do(runtime, to_case, number, DESK, WISH)[1]
    assert case.owner.username == "desk"


def test_a_case_that_is_refused_leaves_the_report_as_it_was(runtime):
    number = made(runtime).number
    with pytest.raises(Invalid):
        do(runtime, to_case, number, DESK, Wish("王建国", "no number", "complaint"))
    assert loaded(runtime, number).state == REPORTED


def test_words_and_place_can_be_forgotten(runtime):
    number = made(runtime, phone=PHONE).number
    do(runtime, report_store.forget, [number])
    kept = loaded(runtime, number)
    assert (kept.words, kept.place, kept.phone, kept.position) == ("", "", "", None)
    assert kept.title == "隐患：飞线充电"


def test_what_was_found_at_somebodys_is_forgotten_with_them(runtime):
    asked = visit(answers={"met": "help"}, place="3 号楼")
    number = do(runtime, make_report, asked).report.number
    assert report_words.found(work_for(runtime.district), loaded(runtime, number)) != []
    do(runtime, report_store.forget, [number])
    kept = loaded(runtime, number)
    assert (kept.checked["found"], kept.checked["answers"]) == ([], {})
    assert report_words.found(work_for(runtime.district), kept) == []


def test_titles_are_of_the_pack_in_both_languages(runtime):
    work = work_for(runtime.district)
    one = made(runtime)
    assert report_words.title_of(work, one.kind, one.checked, english=True) == (
        "Hazard: Charging by a hanging cable"
    )
    assert set(report_words.LINES) >= set(ACTIONS)


def test_reports_are_forgotten_when_they_were_kept_long_enough(runtime):
    """PIPL 47; what is not done yet stays, and so does what a case came of."""
    old, open_, case = at(runtime, "closed"), at(runtime, REPORTED), at(runtime, "became_case")
    with clock.set_for_tests(clock.now() + timedelta(days=729)):
        assert do(runtime, report_handlers.forget_old) == 0
    with clock.set_for_tests(clock.now() + timedelta(days=731)):
        assert do(runtime, report_handlers.forget_old) == 1
        assert do(runtime, report_handlers.forget_old) == 0
    assert loaded(runtime, old).words == ""
    assert "" not in (loaded(runtime, open_).words, loaded(runtime, case).words)


def test_a_report_is_forgotten_with_the_person_of_its_case(runtime):
    number = at(runtime, "became_case")
    found = [do(runtime, store.load, loaded(runtime, number).case_number)]
    do(runtime, rights_handlers.forget, found, DESK, people_rules.ON_REQUEST)
    assert (loaded(runtime, number).words, loaded(runtime, number).place) == ("", "")
