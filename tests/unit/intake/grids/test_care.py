"""The care list: consent, visits, and the grid worker who is first responder by rule (N, 1-21)."""

from datetime import timedelta

import pytest

from services.intake.grids import care_handlers, care_store
from services.intake.grids.care_duty import first_responder
from services.intake.grids.report_new_handlers import make_report
from services.intake.reason import Conflict, Forbidden, Invalid
from services.intake.rosters import leave_handlers
from services.intake.staff import accounts
from shared import clock
from tests.unit.intake.grids.ground import (
    DESK,
    GRID,
    MANAGER,
    OTHER_GRID,
    STRANGER,
    cared_for,
    give_accounts,
    somebody,
    visit,
)
from tests.unit.intake.ground import COMMUNITY, ELSEWHERE, do

ID = "340603194001011229"


@pytest.fixture(autouse=True)
def people(runtime):
    give_accounts(runtime)


def responder(runtime, phone="", id_no="", groups=(), community=COMMUNITY):
    return do(runtime, first_responder, community, phone, id_no, groups)


def test_who_is_on_the_list_has_their_grid_worker_as_first_responder(runtime):
    cared_for(runtime)
    assert responder(runtime, phone="13805611111").username == "grid-2"
    assert responder(runtime, phone="13805611112") is None
    assert responder(runtime, phone="13805611111", community=ELSEWHERE) is None


def test_said_on_the_form_the_worker_with_the_fewest_answers(runtime):
    assert responder(runtime, groups=("disabled",)).username == "grid"
    cared_for(runtime, worker="grid")
    assert responder(runtime, groups=("alone",)).username == "grid-2"
    assert responder(runtime, groups=("child",)) is None
    assert responder(runtime, groups=("alone",), community=ELSEWHERE) is None


def test_who_is_on_leave_is_chosen_last(runtime):
    days = clock.now() - timedelta(hours=1), clock.now() + timedelta(days=3)
    for away, chosen in (GRID, "grid-2"), (OTHER_GRID, "grid"):
        asked = do(runtime, leave_handlers.ask_leave, away, "annual", days, "休假")
        do(runtime, leave_handlers.grant_leave, asked.number, MANAGER, "", "已知")
        assert responder(runtime, groups=("alone",)).username == chosen


def test_leave_to_come_keeps_nobody_from_being_chosen(runtime):
    days = clock.now() + timedelta(days=1), clock.now() + timedelta(days=3)
    asked = do(runtime, leave_handlers.ask_leave, GRID, "annual", days, "休假")
    do(runtime, leave_handlers.grant_leave, asked.number, MANAGER, "", "已知")
    assert responder(runtime, groups=("alone",)).username == "grid"


def test_who_has_lost_their_worker_has_another_one_of_the_community(runtime):
    cared_for(runtime)
    do(runtime, accounts.disable, "grid-2")
    assert responder(runtime, phone="13805611111").username == "grid"
    assert responder(runtime, phone="13805611111", community=ELSEWHERE) is None
    do(runtime, accounts.disable, "grid")
    assert responder(runtime, phone="13805611111") is None


def test_who_is_off_the_list_has_no_worker_by_rule(runtime):
    person = cared_for(runtime)
    do(runtime, care_handlers.end, person.number, DESK, "已搬走")
    assert responder(runtime, phone="13805611111") is None


@pytest.mark.parametrize("changes", [{"groups": ("disabled",)}, {"needs": "透析，行动不便"}])
def test_what_speaks_of_health_needs_a_separate_consent(runtime, changes):
    """PIPL 28 to 31."""
    with pytest.raises(Invalid) as refused:
        cared_for(runtime, **changes)
    assert refused.value.reasons[0].field == "consent"
    kept = cared_for(runtime, consent="written", **changes)
    assert (kept.consent["how"], kept.consent["by"]) == ("written", "周敏")


def test_consent_given_once_stands_and_a_new_one_is_recorded_anew(runtime):
    before = cared_for(runtime, groups=("ill",), consent="spoken")
    same = somebody(groups=("ill",), consent="spoken", needs="每天量血压")
    after = do(runtime, care_handlers.change, before.number, DESK, same)
    assert after.consent == before.consent
    taken_back = somebody(groups=("alone",), consent="")
    after = do(runtime, care_handlers.change, before.number, DESK, taken_back)
    assert (after.consent, after.needs) == (None, "")


def test_consent_taken_back_clears_what_it_was_given_for(runtime):
    """PIPL 15: as easily as it was given."""
    before = cared_for(runtime, groups=("alone", "disabled"), consent="written", needs="透析")
    taken_back = somebody(groups=("alone", "disabled"), consent="")
    after = do(runtime, care_handlers.change, before.number, DESK, taken_back)
    assert (after.consent, after.groups, after.needs) == (None, ("alone",), "")


@pytest.mark.parametrize(
    ("changes", "field"), [({"needs": "透析"}, "consent"), ({"groups": ("disabled",)}, "groups")]
)
def test_what_cannot_stay_without_consent_is_said(runtime, changes, field):
    """What they need, written anew; or being on the list only for their health."""
    before = cared_for(runtime, groups=("alone", "disabled"), consent="written", needs="透析")
    with pytest.raises(Invalid) as refused:
        do(runtime, care_handlers.change, before.number, DESK, somebody(consent="", **changes))
    assert [reason.field for reason in refused.value.reasons] == [field]


def test_two_who_change_at_once_do_not_undo_each_other(runtime):
    before = cared_for(runtime)
    first = somebody(worker="grid")
    do(runtime, care_handlers.change, before.number, DESK, first, seen=before.version)
    second = somebody(address="5 号楼 101")
    with pytest.raises(Conflict, match="有过改动"):
        do(runtime, care_handlers.change, before.number, DESK, second, seen=before.version)
    kept = do(runtime, care_store.load, before.number)
    assert (kept.worker_username, kept.address) == ("grid", before.address)
    do(runtime, care_handlers.change, before.number, DESK, second, seen=kept.version)


def test_nobody_is_on_the_list_twice(runtime):
    first = cared_for(runtime)
    with pytest.raises(Conflict) as refused:
        cared_for(runtime, name="赵奶奶")
    assert refused.value.reasons[0].values["number"] == first.number


def test_off_the_list_who_they_are_is_forgotten(runtime):
    number = cared_for(runtime, groups=("disabled",), consent="written").number
    gone = do(runtime, care_handlers.end, number, DESK, "已搬走")
    assert (gone.active, gone.name, gone.phone, gone.groups, gone.consent) == (
        False, "", "", (), None,
    )  # fmt: skip
    assert responder(runtime, phone="13805611111") is None
    with pytest.raises(Conflict):
        do(runtime, care_handlers.end, number, DESK, "又一次")
    with pytest.raises(Conflict):
        do(runtime, care_handlers.change, number, DESK, somebody())


def test_a_visit_puts_the_next_one_off_and_an_empty_home_does_not(runtime):
    person = cared_for(runtime)
    seen = clock.now() - timedelta(hours=2)
    nobody = visit(care=person.number, answers={"met": "nobody"}, seen_at=seen)
    do(runtime, make_report, nobody)
    assert do(runtime, care_store.load, person.number).due_at == person.due_at
    do(runtime, make_report, visit(care=person.number, seen_at=seen))
    after = do(runtime, care_store.load, person.number)
    assert (after.visited_at, after.due_at) == (seen, seen + timedelta(days=7))
    earlier = visit(care=person.number, seen_at=seen - timedelta(days=3))
    do(runtime, make_report, earlier)
    assert do(runtime, care_store.load, person.number).visited_at == seen


def test_another_communitys_list_is_nobodys_business(runtime):
    number = cared_for(runtime).number
    with pytest.raises(Forbidden):
        do(runtime, care_handlers.change, number, STRANGER, somebody())
    with pytest.raises(Forbidden):
        do(runtime, care_handlers.end, number, STRANGER, "不归我管")
    with pytest.raises(Forbidden):
        do(runtime, care_handlers.add, STRANGER, COMMUNITY, somebody())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"phone": "12"}, "phone"),
        ({"id_no": "340603194001011228"}, "id_no"),
        ({"groups": ("rich",)}, "groups"),
        ({"worker": "desk"}, "worker"),
        ({"grid": "1"}, "grid"),
    ],
)
def test_what_is_wrong_is_named(runtime, changes, field):
    with pytest.raises(Invalid) as refused:
        cared_for(runtime, **changes)
    assert [reason.field for reason in refused.value.reasons] == [field]


def test_the_list_is_found_by_whole_numbers_and_by_worker(runtime):
    cared_for(runtime, id_no=ID)
    cared_for(runtime, phone="13805611113", worker=GRID.username)
    database = runtime.database
    with database.read() as connection:
        for wanted, many in (
            (care_store.Wanted(COMMUNITY), 2),
            (care_store.Wanted(COMMUNITY, worker="grid"), 1),
            (care_store.Wanted(COMMUNITY, phone_or_id=ID), 1),
            (care_store.Wanted(COMMUNITY, phone_or_id="13805611113"), 1),
            (care_store.Wanted(ELSEWHERE), 0),
        ):
            found, total = care_store.search(connection, database.keys, wanted, 1, 10)
            assert (len(found), total) == (many, many), wanted
