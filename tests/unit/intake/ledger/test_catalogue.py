"""服务+ (1-02) and 四统一 (4-14): proposals decided once, versions, and cases that keep theirs."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.intake import handlers as case_handlers
from services.intake.case import Actor
from services.intake.handling import item_of
from services.intake.ledger import handlers, item_form, proposal_handlers, store, store_catalogue
from services.intake.ledger.demand import Heard
from services.intake.ledger.documents import item_of_kept, kept_of, wrong_with
from services.intake.ledger.pack import ledger_of
from services.intake.ledger.period import before, period_of
from services.intake.ledger.proposal import REFUSED, STATES, TRANSITIONS, Proposal
from services.intake.ledger.proposal_handlers import Proposed
from services.intake.ledger.proposal_store import versions
from services.intake.ledger.queries_review import review_of
from services.intake.reason import Conflict, Invalid
from shared.clock import local
from shared.runtime import build
from tests.unit.intake.ground import (
    ALLOWANCE,
    COMMUNITY,
    DESK,
    accepted,
    allowance,
    do,
    noise,
    stored,
    xiangshan,
)

SUPERVISOR = Actor("supervisor", "高明", "supervisor", None)
TODAY = date(2026, 11, 22)
LEAST = 2
"""Materials of the allowance as changed."""


def lighter():
    """The allowance with two materials and a limit that the district confirmed."""
    kept = kept_of(xiangshan().items[ALLOWANCE])
    limit = {"value": 5, "unit": "workday", "kind": "confirmed", "source": ["local"]}
    return kept | {"materials": kept["materials"][:LEAST], "limit": limit}


def proposed(runtime, change="change", code=ALLOWANCE, item=None, evidence=()):
    asked = Proposed(change, "材料太多", code, item, tuple(evidence))
    return do(runtime, proposal_handlers.propose, DESK, asked)


def decided(runtime, proposal, decision="accept", reason="同意"):
    return do(runtime, proposal_handlers.decide, proposal.number, SUPERVISOR, decision, reason)


def changed(runtime):
    return decided(runtime, proposed(runtime, item=lighter()))


def canteen(**changes: Any):
    kept = kept_of(xiangshan().items["G-02"])
    return kept | {"name": "老年食堂助餐", "class": "guide"} | changes


def demand(runtime):
    heard = Heard(DESK, COMMUNITY, "小区里想办个老人食堂")
    return do(runtime, handlers.record, heard).demand


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("decision", ["accept", "refuse"])
def test_every_state_and_decision(state, decision):
    one = Proposal("TJ-1", 1, state, "add", "", 0, {}, "", "", None, "", "")
    if (state, decision) in TRANSITIONS:
        assert one.decide(decision, SUPERVISOR, "好", None).state == TRANSITIONS[state, decision]
    else:
        with pytest.raises(Conflict):
            one.decide(decision, SUPERVISOR, "好", None)


def test_a_case_keeps_the_materials_limit_and_version_it_was_accepted_under(runtime):
    first = accepted(runtime, allowance())
    assert changed(runtime).made_version == 1
    second = accepted(runtime, allowance())
    kept, new = stored(runtime, first.number), stored(runtime, second.number)
    assert (kept.catalogue_version, new.catalogue_version) == ("0", "1")
    assert (len(kept.materials), len(new.materials)) == (6, LEAST)
    assert (kept.due_at, new.limit_zh) == (None, "5 个工作日内")
    assert new.due_at is not None


def test_the_limit_that_starts_anew_is_the_one_of_its_version(runtime):
    first = accepted(runtime, allowance())
    do(runtime, case_handlers.give_notice, first.number, DESK)
    changed(runtime)
    waiting = stored(runtime, first.number)
    after = do(runtime, case_handlers.take_materials, first.number, DESK, list(waiting.missing))
    assert after.due_at is None


def test_a_withdrawn_item_is_offered_no_more_and_its_cases_go_on(runtime):
    first = accepted(runtime, allowance())
    decided(runtime, proposed(runtime, "withdraw"))
    with pytest.raises(Invalid) as refused:
        accepted(runtime, allowance())
    assert "item" in [reason.field for reason in refused.value.reasons]
    known = do(runtime, lambda tx: item_of(tx, stored(runtime, first.number)))
    assert known == xiangshan().items[ALLOWANCE]


def test_a_new_item_gets_a_code_nobody_ever_had(runtime):
    first = decided(runtime, proposed(runtime, "add", "", canteen()))
    code = max(store_catalogue.items_now(runtime).keys() - xiangshan().items.keys())
    assert store_catalogue.items_now(runtime)[code].name == "老年食堂助餐"
    assert store_catalogue.district_now(runtime).search_items("食堂", 1)[0].code == code
    decided(runtime, proposed(runtime, "withdraw", code))
    decided(runtime, proposed(runtime, "add", "", canteen(name="助浴")))
    another = max(store_catalogue.items_now(runtime).keys() - xiangshan().items.keys())
    assert (first.made_version, code, another) == (1, "G-33", "G-34")


def test_a_proposal_is_decided_once(runtime):
    proposal = proposed(runtime, item=lighter())
    assert decided(runtime, proposal, "refuse", "再看看").state == REFUSED
    with pytest.raises(Conflict):
        decided(runtime, proposal)
    assert store_catalogue.catalogue_now(runtime).version == store_catalogue.AS_PACKED


def test_it_is_decided_with_a_reason(runtime):
    with pytest.raises(Invalid):
        decided(runtime, proposed(runtime, item=lighter()), reason=" ")


def test_what_was_proposed_of_an_item_that_changed_since_is_not_laid_over_it(runtime):
    older = proposed(runtime, item=lighter() | {"fee": "免费"})
    changed(runtime)
    with pytest.raises(Conflict):
        decided(runtime, older)


def test_a_duty_is_not_withdrawn_from_under_a_guide_that_came_meanwhile(runtime):
    items = xiangshan().items.values()
    parents = {one.parent for one in items}
    duty = next(i.code for i in items if i.item_class == "statutory" and i.code not in parents)
    withdrawal = proposed(runtime, "withdraw", duty)
    decided(runtime, proposed(runtime, "add", "", canteen(parent=duty)))
    with pytest.raises(Conflict, match="老年食堂助餐"):
        decided(runtime, withdrawal)
    assert duty in store_catalogue.items_now(runtime)
    assert decided(runtime, withdrawal, "refuse", "先调整食堂").state == REFUSED


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("materials", [{"name": "其他材料", "required": True, "when": None}]),  # A13
        ("materials", [{"name": "需要提交的其他证明材料", "required": False, "when": None}]),
        ("department", "zz"),
        ("parent", "G-01"),
        ("name", ""),
        ("procedure", [""]),
        ("limit", {"value": 5, "unit": None, "kind": "confirmed", "source": []}),
    ],
)
def test_the_catalogues_own_checks_hold_for_a_proposal(runtime, field, value):
    with pytest.raises(Invalid) as refused:
        proposed(runtime, item=lighter() | {field: value})
    assert [reason.field for reason in refused.value.reasons] == [field]


def test_every_item_of_the_pack_passes_as_a_document_and_as_a_form():
    for item in xiangshan().items.values():
        kept = kept_of(item)
        assert item_of_kept(kept) == item
        assert wrong_with(kept, xiangshan()) == []
        form = item_form.form_of(kept)
        said = form | {"limit_value": int(form["limit_value"]) if form["limit_value"] else None}
        assert item_form.kept_of_form(said, kept) == kept


def test_the_overlay_is_the_same_after_a_restart_and_in_another_replica(runtime):
    replica = build("intake", runtime.settings, runtime.district, runtime.tables, runtime.transport)
    assert store_catalogue.catalogue_now(replica).version == store_catalogue.AS_PACKED
    changed(runtime)
    for one in (replica, runtime):
        store_catalogue.forget()
        assert store_catalogue.catalogue_now(one).version == "1"
        assert len(store_catalogue.items_now(one)[ALLOWANCE].materials) == LEAST
    there = replica.database.run(lambda tx: case_handlers.accept_case(tx, allowance())).case
    assert (there.catalogue_version, len(there.materials)) == ("1", LEAST)
    replica.database.engine.dispose()


def test_a_group_of_acceptances_asks_for_the_version_once(runtime):
    changed(runtime)
    accepted(runtime, allowance())
    said = []

    def ten(tx):
        rows = [store_catalogue.catalogue_in(tx) for _ in range(10)]
        said.extend(rows)

    do(runtime, ten)
    assert {one.version for one in said} == {"1"}
    assert len({id(one) for one in said}) == 1


def test_versions_say_who_when_why_and_what(runtime):
    changed(runtime)
    with runtime.database.read() as connection:
        (one,) = versions(connection, 10, ALLOWANCE)
    assert (one.by_name, one.reason, one.change) == ("高明", "同意", "change")
    fields = [name for name, _, _ in item_form.differences(one.before, one.after)]
    assert fields == ["materials", "limit_value", "limit_kind"]


@pytest.mark.parametrize(("decision", "state"), [("accept", "done"), ("refuse", "watched")])
def test_the_demands_behind_a_proposal_hear_what_became_of_it(runtime, decision, state):
    number = demand(runtime).number
    proposal = proposed(runtime, "add", "", canteen(), [number])
    assert do(runtime, store.load, number).state == "proposed"
    decided(runtime, proposal, decision)
    assert do(runtime, store.load, number).state == state


def test_a_demand_that_is_not_there_is_no_evidence(runtime):
    with pytest.raises(Invalid):
        proposed(runtime, "add", "", canteen(), ["XQ-000000-0000-00"])


def test_a_review_shows_what_is_asked_for_unmet_and_unused(runtime):
    number = demand(runtime).number
    accepted(runtime, noise())
    accepted(runtime, allowance())
    district = store_catalogue.district_now(runtime)
    rules = replace(ledger_of(district), unmet_days=-1)
    with runtime.database.read() as connection:
        found = review_of(connection, district, rules, COMMUNITY, _today(runtime))
    assert {wish.theme.code: wish.count for wish in found.wishes} == {
        "elderly": 1,
        "environment": 1,
    }
    assert [entry.demand.number for entry in found.unmet] == [number]
    unused = {item.code for item in found.unused}
    assert ALLOWANCE not in unused
    assert "G-02" in unused


def _today(runtime):
    return local(do(runtime, lambda tx: tx.now)).date()


def test_a_period_is_reviewed_once(runtime):
    do(runtime, proposal_handlers.reviewed, DESK, "梳理过")
    with pytest.raises(Conflict):
        do(runtime, proposal_handlers.reviewed, DESK, "又一次")


@pytest.mark.parametrize(
    ("kind", "name", "earlier"),
    [
        ("weekly", "2026-W47", "2026-W46"),
        ("monthly", "2026-11", "2026-10"),
        ("quarterly", "2026-Q4", "2026-Q3"),
    ],
)
def test_periods(kind, name, earlier):
    period = period_of(kind, TODAY)
    assert period.first <= TODAY <= period.last
    assert (period.name, before(kind, period).name) == (name, earlier)
