"""Rectification notices: each state and action, days, and looking back (N, 3-30 to 3-32)."""

from datetime import date, timedelta

import pytest

from services.intake.grids import notice, notice_handlers, notice_store, report_store
from services.intake.grids.notice import ACTIONS, STATES, TRANSITIONS
from services.intake.grids.notice_handlers import ACTS, Asked
from services.intake.grids.report_new_handlers import make_report
from services.intake.reason import Conflict, Forbidden, Invalid
from shared import clock
from shared.clock import local
from tests.unit.intake.grids.ground import GRID, STRANGER, give_accounts, hazard
from tests.unit.intake.ground import COMMUNITY, do

WRONG = ("没有安装燃气报警装置", "灭火器过期")
ASKED = Asked("好再来面馆", "东街 12 号", WRONG, basis="《安全生产法》第三十六条")
WAYS = {
    "issued": (),
    "fixed": ("passed",),
    "held": ("passed", "held"),
    "withdrawn": ("withdraw",),
}


@pytest.fixture(autouse=True)
def people(runtime):
    give_accounts(runtime)


def issued(runtime, asked=ASKED, actor=GRID):
    return do(runtime, notice_handlers.issue, actor, COMMUNITY, asked)


def in_days(days):
    return local(clock.now()).date() + timedelta(days=days)


@pytest.mark.parametrize("state", STATES)
def test_every_state_takes_the_actions_of_the_table_and_no_other(runtime, state):
    for action in ACTIONS:
        number = issued(runtime).number
        for step in WAYS[state]:
            do(runtime, ACTS[step], number, GRID, "看过了")
        after = TRANSITIONS.get((state, action))
        if after is None:
            with pytest.raises(Conflict):
                do(runtime, ACTS[action], number, GRID, "看过了")
        else:
            assert do(runtime, ACTS[action], number, GRID, "看过了").state == after
    assert {one for one in STATES if not notice.possible(one)} == {"held", "withdrawn"}


def test_without_a_day_it_has_the_packs_and_whoever_gave_it_looks_again(runtime):
    one = issued(runtime)
    assert local(one.due_at).date() == in_days(7)
    assert (one.checker.username, one.wrong) == ("grid", WRONG)
    with runtime.database.read() as connection:
        wanted = notice_store.Wanted(COMMUNITY, checker="grid")
        assert notice_store.search(connection, wanted, 1, 10)[1] == 1


def test_looked_at_again_and_not_put_right_it_has_a_new_day(runtime):
    number = issued(runtime).number
    after = do(runtime, ACTS["failed"], number, GRID, "还没有装", in_days(3))
    assert (after.state, local(after.due_at).date(), after.checks) == ("issued", in_days(3), 1)


def test_put_right_somebody_looks_back_and_if_it_came_back_it_begins_anew(runtime):
    number = issued(runtime).number
    fixed = do(runtime, ACTS["passed"], number, GRID, "已装好，试过")
    assert local(fixed.next_at).date() == in_days(30)
    back = do(runtime, ACTS["came-back"], number, GRID, "又拆了")
    assert (back.state, back.look_back_at, local(back.next_at).date()) == (
        "issued",
        None,
        in_days(7),
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"addressee": " "}, "addressee"),
        ({"place": ""}, "place"),
        ({"wrong": (" ",)}, "wrong"),
        ({"until": date(2020, 1, 1)}, "until"),
        ({"checker": "desk-guiyuan"}, "username"),
    ],
)
def test_what_is_wrong_is_named(runtime, changes, field):
    asked = Asked(**{**vars(ASKED), **changes})
    with pytest.raises(Invalid) as refused:
        issued(runtime, asked)
    assert [reason.field for reason in refused.value.reasons] == [field]


def test_what_was_found_is_said_and_a_day_that_is_over_is_refused(runtime):
    number = issued(runtime).number
    with pytest.raises(Invalid):
        do(runtime, ACTS["passed"], number, GRID, " ")
    with pytest.raises(Invalid):
        do(runtime, ACTS["failed"], number, GRID, "没装", date(2020, 1, 1))


def test_the_report_it_came_of_names_it(runtime):
    number = do(runtime, make_report, hazard()).report.number
    one = issued(runtime, Asked(**{**vars(ASKED), "report": number}))
    with runtime.database.read() as connection:
        told = report_store.timeline(connection, number)
    assert (told[-1].action, told[-1].note) == ("notice", one.number)


def test_another_communitys_notice_is_nobodys_business(runtime):
    number = issued(runtime).number
    for action in ACTIONS:
        with pytest.raises(Forbidden):
            do(runtime, ACTS[action], number, STRANGER, "看过了")
    with pytest.raises(Forbidden):
        issued(runtime, actor=STRANGER)
    report = do(runtime, make_report, hazard()).report.number
    of_another = Asked(**{**vars(ASKED), "report": report})
    with pytest.raises(Forbidden):
        do(runtime, notice_handlers.issue, STRANGER, STRANGER.community, of_another)
