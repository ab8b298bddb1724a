"""The people's ledger (2-17): each state and action, one list of everything heard, links, time."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.intake import handlers as case_handlers
from services.intake import queries as case_queries
from services.intake.case import Actor
from services.intake.ledger import handlers, queries, store_entries
from services.intake.ledger.demand import ACTIONS, STATES, TRANSITIONS, Demand, Heard
from services.intake.ledger.handlers import Wish
from services.intake.ledger.pack import ledger_of
from services.intake.ledger.queries import Wanted
from services.intake.reason import Conflict, Forbidden, Invalid
from shared import clock
from shared.district import load
from tests.unit.intake.ground import (
    COMMUNITY,
    DESK,
    ELSEWHERE,
    PHONE,
    accepted,
    allowance,
    do,
    noise,
    stored,
)

NEIGHBOUR = Actor("desk-guiyuan", "陈静", "desk", ELSEWHERE)
CANTEEN = "小区里想办个老人食堂"


def heard(**changes: Any):
    return Heard(**{"actor": DESK, "community": COMMUNITY, "words": CANTEEN} | changes)


def recorded(runtime, **changes: Any):
    return do(runtime, handlers.record, heard(**changes)).demand


def ledger(runtime, most=30, **wanted: Any):
    with runtime.database.read() as connection:
        return queries.search(connection, Wanted(**wanted), most)


def numbers(found):
    return [entry.demand.number for entry in found.entries]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", ACTIONS)
def test_every_state_and_action(state, action):
    demand = Demand("XQ-1", 1, state, COMMUNITY, "", "desk", "other", "", "2026-11", None, "", "")
    if (state, action) in TRANSITIONS:
        assert demand.step(action).state == TRANSITIONS[state, action]
    else:
        with pytest.raises(Conflict):
            demand.step(action)


def test_no_state_and_action_is_unknown():
    assert {state for state, _ in TRANSITIONS} | set(TRANSITIONS.values()) == set(STATES)
    assert {action for _, action in TRANSITIONS} == set(ACTIONS)


def test_an_entry_says_who_heard_what_where_and_its_theme(runtime):
    demand = recorded(runtime, name="张桂兰", phone="138 0561 0000", channel="open_day")
    assert (demand.theme, demand.state, demand.phone) == ("elderly", "heard", PHONE)
    assert (demand.heard_name, demand.community, demand.channel) == ("周敏", COMMUNITY, "open_day")


def test_the_same_form_sent_twice_is_one_demand(runtime):
    first = do(runtime, handlers.record, heard(client_id="f" * 32))
    again = do(runtime, handlers.record, heard(client_id="f" * 32))
    assert (again.repeated, again.demand.number) == (True, first.demand.number)
    with pytest.raises(Invalid):
        do(runtime, handlers.record, heard(client_id="f" * 32, words="别的事"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("words", " "),
        ("theme", "weather"),
        ("channel", "pigeon"),
        ("item", "G-99"),
        ("grid", "1"),
        ("phone", "12"),
        ("tags", tuple("abcdefghi")),
    ],
)
def test_what_is_wrong_is_named(runtime, field, value):
    with pytest.raises(Invalid) as refused:
        do(runtime, handlers.record, heard(**{field: value}))
    assert [reason.field for reason in refused.value.reasons] == [field]


def test_another_community_may_neither_write_nor_change(runtime):
    number = recorded(runtime).number
    with pytest.raises(Forbidden):
        do(runtime, handlers.record, heard(actor=NEIGHBOUR))
    with pytest.raises(Forbidden):
        do(runtime, handlers.answer, number, NEIGHBOUR, "好")


def test_a_demand_becomes_one_case_and_stays_one_entry(runtime):
    number = recorded(runtime, name="张桂兰", phone=PHONE).number
    demand, case = do(runtime, handlers.to_case, number, DESK, Wish())
    assert (demand.state, demand.case_number) == ("became_case", case.number)
    opened = stored(runtime, case.number)
    theme = ledger_of(runtime.district).theme(demand.theme)
    assert (opened.title, opened.description) == (theme.name, CANTEEN)  # a title is not sealed
    with pytest.raises(Conflict):
        do(runtime, handlers.to_case, number, DESK, Wish())
    assert numbers(ledger(runtime)) == [number]


def test_a_certificate_that_may_not_be_issued_is_refused_and_that_is_the_answer(runtime):
    words = "请社区开无犯罪记录证明"
    number = recorded(runtime, words=words, name="王建国", phone=PHONE).number
    demand, refusal = do(runtime, handlers.to_case, number, DESK, Wish())
    assert (demand.state, demand.answer) == ("answered", refusal.number)


@pytest.mark.parametrize("title", ["", "咨询证明怎么开"])
def test_what_was_refused_as_a_certificate_may_still_become_a_case(runtime, title):
    """The officer looked again; neither the first answer nor its number stands in the way."""
    words = "儿子单位要无犯罪记录证明，问去哪里办"
    number = recorded(runtime, words=words, name="王建国", phone=PHONE).number
    do(runtime, handlers.to_case, number, DESK, Wish())
    wish = Wish(title=title, not_a_certificate="只是问路，不要求出具")
    demand, case = do(runtime, handlers.to_case, number, DESK, wish)
    assert (demand.state, demand.case_number) == ("became_case", case.number)
    with runtime.database.read() as connection:
        said = case_queries.timeline(connection, case.number)[0].data
    assert said["not_a_certificate"] == "只是问路，不要求出具"


def test_what_came_as_a_case_is_in_the_one_list_and_applications_are_not(runtime):
    first, complaint = recorded(runtime), accepted(runtime, noise())
    accepted(runtime, allowance())
    found = ledger(runtime, community=COMMUNITY)
    assert numbers(found) == [complaint.number, first.number]
    assert found.entries[0].case_title == complaint.title
    assert found.entries[0].demand.theme == "environment"


def test_pages_follow_each_other_without_a_gap_or_a_double_at_the_same_moment(runtime):
    moment = datetime(2026, 11, 21, 2, tzinfo=UTC)
    with clock.set_for_tests(moment):
        made = [recorded(runtime, words=f"第 {n} 条").number for n in range(7)]
    seen, place = [], None
    while True:
        found = ledger(runtime, 3, before=place)
        seen += numbers(found)
        if found.more is None:
            break
        place = queries.read_place(queries.place_text(found.more))
    assert seen == sorted(made, reverse=True)


def test_counts_by_theme_community_channel_month_and_state(runtime):
    with clock.set_for_tests(datetime(2026, 10, 31, 17, tzinfo=UTC)):  # 1 November here
        recorded(runtime)
    with clock.set_for_tests(datetime(2026, 11, 23, 3, tzinfo=UTC)):
        recorded(runtime, channel="grid")
        accepted(runtime, noise())
    with runtime.database.read() as connection:
        counted = {by: dict(queries.counts(connection, Wanted(), by)) for by in queries.BYS}
    assert counted["theme"] == {"elderly": 2, "environment": 1}
    assert counted["community"] == {COMMUNITY: 3}
    assert counted["channel"] == {"desk": 2, "grid": 1}
    assert counted["month"] == {"2026-11": 3}
    assert counted["state"] == {"heard": 2, "became_case": 1}


def test_who_spoke_is_forgotten_when_the_time_is_over_and_still_counted(runtime):
    with clock.set_for_tests(datetime(2023, 1, 5, tzinfo=UTC)):
        number = recorded(runtime, name="张桂兰", phone=PHONE).number
    kept = recorded(runtime).number
    assert do(runtime, handlers.forget_due) == 1
    assert do(runtime, handlers.forget_due) == 0
    found = {entry.demand.number: entry.demand for entry in ledger(runtime).entries}
    gone = found[number]
    assert (gone.words, gone.name, gone.phone, gone.theme) == ("", "", "", "elderly")
    assert found[kept].words == CANTEEN


def test_who_is_forgotten_of_a_case_is_forgotten_of_its_demand(runtime):
    number = recorded(runtime, name="张桂兰", phone=PHONE).number
    _, case = do(runtime, handlers.to_case, number, DESK, Wish())
    do(runtime, store_entries.forget_people, [case.number])
    assert ledger(runtime).entries[0].demand.words == ""


def test_a_report_of_the_community_is_linked_and_no_other(runtime):
    number = recorded(runtime).number
    with pytest.raises(Invalid):
        do(runtime, handlers.link_report, number, DESK, "SB-000000-0000-00")


def test_a_case_in_a_withdrawn_item_is_no_demand(runtime):
    outcome = do(runtime, case_handlers.accept_case, allowance())
    assert outcome.case is not None
    assert numbers(ledger(runtime)) == []


@pytest.mark.parametrize("name", ["xiangshan", "daguan", "beiguan", "huainan"])
def test_every_pack_has_its_ledger(name):
    rules = ledger_of(load(name))
    assert rules.themes[-1].words == ()
    assert rules.theme_of("完全说不上是什么") == rules.themes[-1].code


def test_the_name_is_the_districts_own():
    assert ledger_of(load("daguan")).name == "民情账本"
    assert ledger_of(load("xiangshan")).name != "民情账本"


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "x"])
def test_a_place_no_page_gave_out_is_none(at):
    assert queries.read_place(f"{at}~x") is None
