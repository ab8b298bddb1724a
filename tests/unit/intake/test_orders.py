"""What intake hears of work orders, in any order of arrival (promise 5)."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
import sqlalchemy as sa

from services.intake import facts, handlers, queries
from services.intake.reason import Conflict
from services.intake.ways import handlers as ways_handlers
from shared.bus.event import Event, encode
from shared.bus.inbox import Inbox, NotYet
from shared.bus.transport import Delivery
from shared.clock import local, set_for_tests
from shared.contracts import heard_by, intake, notify, partners, routing
from tests.unit.intake.ground import (
    DESK,
    PUBLISHED,
    SATURDAY,
    accepted,
    allowance,
    do,
    event_of,
    names,
    published,
    runtime_in,
    stored,
    xiangshan,
)

RESULT = "已约谈店主，二十二点后停用音响。"
REVIEWED_FIRST = replace(xiangshan(), rules=replace(xiangshan().rules, review="before"))


def transferred(runtime, asked=None):
    case = accepted(runtime, asked)
    return do(runtime, handlers.transfer_case, case.number, DESK, "ga")


def order(case, contract, version, transfer=1, **data: object):
    """A fact about the case's order, just after the transfer, in the order of its version."""
    at = case.transferred_at + timedelta(microseconds=version)
    named = {"number": f"{case.number}-{transfer}", "case_number": case.number}
    return event_of(contract, version, at, **named, **data)


def hear(runtime, *events: Event):
    """Through the inbox, all in one batch."""
    box = Inbox(runtime.database, runtime.tables, "intake.from_routing", facts.ORDERS)
    box.apply([Delivery("intake.from_routing", "", encode(e).encode(), e.id) for e in events])


def actions(runtime, number):
    with runtime.database.read() as connection:
        return [entry.action for entry in queries.timeline(connection, number)]


def test_there_is_a_handler_for_all_that_intake_hears():
    assert set(facts.ORDERS) == set(heard_by("intake", "routing"))
    assert set(heard_by("intake", "partners")) == set(partners.CONTRACTS)
    assert set(heard_by("intake", "notify")) == {notify.failed}


def test_a_dispatched_order_names_the_department_as_handler(runtime):
    case = transferred(runtime)
    hear(runtime, order(case, routing.dispatched, 1))
    after = stored(runtime, case.number)
    assert (after.handler.kind, after.handler.code, after.handler.name) == (
        "department",
        "ga",
        "公安",
    )
    assert after.owner == case.owner
    assert after.orders[f"{case.number}-1"]["due_by"] == "2026-11-27T23:59:59+08:00"


def test_a_completed_order_resolves_the_case_with_the_departments_result(runtime):
    case = transferred(runtime)
    hear(
        runtime,
        order(case, routing.dispatched, 1),
        order(case, routing.signed, 2),
        order(case, routing.completed, 3, result=RESULT),
    )
    after = stored(runtime, case.number)
    assert (after.state, after.result, after.resolved_by) == ("resolved", RESULT, "公安")
    told = published(runtime)[-1]
    assert told.contract is intake.resolved
    assert (told.data["result"], told.data["resolved_by"]) == (RESULT, "公安")
    assert told.version == after.version
    assert actions(runtime, case.number)[-4:] == [
        "order.dispatched",
        "order.signed",
        "order.completed",
        "answered",
    ]


def answered_by_the_department(runtime, case):
    sent = do(runtime, handlers.transfer_case, case.number, DESK, "ga")
    heard = order(sent, routing.dispatched, 1), order(sent, routing.completed, 2, result=RESULT)
    hear(runtime, *heard)
    return sent, stored(runtime, case.number)


def test_an_application_that_goes_back_to_its_department_has_its_limit_anew(runtime):
    """As one that goes back to its owner (test_rules): it is not late for its first result."""
    item = xiangshan().items["G-32"]
    here = {material.name: True for material in item.materials}
    with set_for_tests(SATURDAY) as clock:
        asked = accepted(runtime, allowance(item="G-32", materials=here))
        case = do(runtime, handlers.transfer_case, asked.number, DESK, "sf")
        hear(runtime, order(case, routing.dispatched, 1), order(case, routing.completed, 2))
        clock.moment = asked.due_at + timedelta(days=1)
        hear(runtime, order(case, routing.reopened, 3))
        due = item.limit.due(clock.moment, xiangshan().calendar)
    after = stored(runtime, case.number)
    assert (after.state, after.due_at) == ("transferred", due)


def test_a24_an_answer_does_not_resolve_while_a_promise_stands(runtime):
    """A24: the answer goes to the owner, who resolves once the materials are here."""
    here = {"申请审批表": True, "本人身份证": True, "户口簿": True}
    case = accepted(runtime, allowance(materials=here))
    card = "本人银行卡或社保卡"
    do(runtime, ways_handlers.give_promise, case.number, DESK, [card], "卡在补办")
    _, after = answered_by_the_department(runtime, case)
    assert (after.state, after.result, after.handler) == ("accepted", "", case.with_owner)
    assert (after.resolutions, after.promised) == (0, (card,))
    assert actions(runtime, case.number)[-2:] == ["order.completed", "answered_to_owner"]
    do(runtime, handlers.take_materials, case.number, DESK, [card])
    assert do(runtime, handlers.resolve_case, case.number, DESK, "已发放").state == "resolved"


def test_x_an_answer_does_not_resolve_before_the_public_notice_ended(runtime):
    """X: and when the department takes it up again, it is with the department again."""
    case = accepted(runtime, allowance(item=PUBLISHED, materials=None))
    sent, after = answered_by_the_department(runtime, case)
    assert (after.state, after.handler.kind) == ("accepted", "owner")
    with pytest.raises(Conflict, match="要先公示"):
        do(runtime, handlers.resolve_case, case.number, DESK, "已批准")
    hear(runtime, order(sent, routing.reopened, 3))
    assert stored(runtime, case.number).state == "transferred"
    hear(runtime, order(sent, routing.completed, 4, result=RESULT))
    assert do(runtime, ways_handlers.publish_case, case.number, DESK).state == "in_public_notice"


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    with runtime_in(tmp_path_factory.mktemp("orders")) as runtime:
        yield runtime


EVERY_ORDER = list(permutations(range(4)))


@pytest.mark.parametrize("arrival", EVERY_ORDER)
@pytest.mark.parametrize("together", [True, False])
def test_the_end_is_the_same_in_any_order_of_arrival(ground, arrival, together):
    case = transferred(ground)
    story = [
        order(case, routing.dispatched, 1),
        order(case, routing.signed, 2, department="ga"),
        order(case, routing.extended, 3, due_by="2026-12-04T23:59:59+08:00"),
        order(case, routing.completed, 4, result=RESULT),
    ]
    heard = [story[index] for index in arrival]
    if together:
        hear(ground, *heard)
    else:
        for event in heard:
            hear(ground, event)
    after = stored(ground, case.number)
    kept = after.orders[f"{case.number}-1"]
    assert (after.state, after.result, after.resolutions) == ("resolved", RESULT, 1)
    assert (after.handler.code, kept["due_by"]) == ("ga", "2026-12-04T23:59:59+08:00")
    assert local(after.due_at).isoformat() == kept["due_by"]
    assert actions(ground, case.number)[2:6] == [
        "order.dispatched",
        "order.signed",
        "order.extended",
        "order.completed",
    ]
    resolved = [e for e in published(ground) if e.subject == case.number]
    assert names(resolved).count("case.resolved") == 1


@pytest.mark.parametrize("arrival", list(permutations(range(4))))
def test_an_answer_sent_back_does_not_count_until_the_next_one(ground, arrival):
    case = transferred(ground)
    story = [
        order(case, routing.dispatched, 1),
        order(case, routing.completed, 2, result="已答复"),
        order(case, routing.reopened, 3),
        order(case, routing.progressed, 4),
    ]
    for index in arrival:
        hear(ground, story[index])
    after = stored(ground, case.number)
    assert after.state == "transferred"
    hear(ground, order(case, routing.completed, 5, result=RESULT))
    assert stored(ground, case.number).result == RESULT


def test_returned_and_sent_to_another_department(runtime):
    case = transferred(runtime)
    story = [
        order(case, routing.dispatched, 1),
        order(case, routing.return_requested, 2, proposed_department="cg"),
        order(case, routing.returned, 3),
        order(case, routing.dispatched, 4, department="cg", department_name="城管"),
    ]
    hear(runtime, story[3], story[0], story[2], story[1])
    after = stored(runtime, case.number)
    assert (after.state, after.handler.name) == ("transferred", "城管")


def dispatched_and_extended(case, role):
    """An order of that role whose department is given more time."""
    return (
        order(case, routing.dispatched, 1, role=role, due_by="2026-11-25T23:59:59+08:00"),
        order(case, routing.extended, 2, due_by="2026-12-04T23:59:59+08:00"),
    )


def test_a_demand_is_due_with_its_lead_order(runtime):
    case = transferred(runtime)
    hear(runtime, *dispatched_and_extended(case, "lead"))
    due = stored(runtime, case.number).due_at
    assert local(due).isoformat() == "2026-12-04T23:59:59+08:00"


def test_a_demand_is_not_due_with_an_assisting_order(runtime):
    case = transferred(runtime)
    hear(runtime, *dispatched_and_extended(case, "assist"))
    assert stored(runtime, case.number).due_at == case.due_at


def test_what_was_promised_for_an_item_stays(runtime):
    case = transferred(runtime, allowance())
    hear(runtime, order(case, routing.dispatched, 1))
    assert stored(runtime, case.number).due_at == case.due_at


def test_an_assisting_departments_answer_resolves_nothing(runtime):
    """协办 assists; the lead department 主办 answers for the whole."""
    case = transferred(runtime)
    hear(
        runtime,
        order(case, routing.dispatched, 1, role="assist"),
        order(case, routing.completed, 2, result=RESULT),
    )
    assert stored(runtime, case.number).state == "transferred"


def test_the_same_event_twice_is_one_line(runtime):
    case = transferred(runtime)
    event = order(case, routing.dispatched, 1)
    hear(runtime, event, event)
    hear(runtime, event)
    assert actions(runtime, case.number).count("order.dispatched") == 1


def test_an_unknown_case_makes_the_event_wait(runtime):
    case = transferred(runtime)
    stranger = order(replace(case, number="XS-261121-0042-08"), routing.dispatched, 1)
    with pytest.raises(NotYet, match="XS-261121-0042-08"):
        do(runtime, facts.order_told, stranger)
    hear(runtime, stranger, order(case, routing.dispatched, 1))
    assert stored(runtime, case.number).handler.code == "ga"


@pytest.mark.parametrize(
    ("handler", "args", "state"),
    [
        (handlers.withdraw_case, ["不办了"], "withdrawn"),
        (handlers.resolve_case, ["居民已自行解决"], "resolved"),
    ],
)
def test_an_answer_for_a_case_that_is_over_is_only_told(runtime, handler, args, state):
    case = transferred(runtime)
    hear(runtime, order(case, routing.dispatched, 1))
    do(runtime, handler, case.number, DESK, *args)
    said = len(published(runtime))
    hear(runtime, order(case, routing.completed, 2, result=RESULT))
    after = stored(runtime, case.number)
    assert (after.state, len(published(runtime))) == (state, said)
    assert after.result != RESULT
    assert actions(runtime, case.number)[-1] in ("order.completed", "resolve", "withdraw")
    assert "order.completed" in actions(runtime, case.number)


def test_the_answer_of_an_earlier_transfer_does_not_resolve_the_present_one(runtime):
    case = transferred(runtime)
    hear(runtime, order(case, routing.dispatched, 1))
    do(runtime, handlers.resolve_case, case.number, DESK, "居民已自行解决")
    do(runtime, handlers.reopen_case, case.number, DESK, "又响了")
    do(runtime, handlers.transfer_case, case.number, DESK, "cg")
    hear(runtime, order(case, routing.completed, 2, result="迟到的答复"))
    assert stored(runtime, case.number).state == "transferred"
    hear(runtime, order(case, routing.dispatched, 1, transfer=2, department="cg"))
    hear(runtime, order(case, routing.completed, 2, transfer=2, result=RESULT))
    after = stored(runtime, case.number)
    assert (after.state, after.result) == ("resolved", RESULT)


def test_not_solved_and_the_department_takes_it_up_again(runtime):
    """Reopened here, reopened there: the case is with the department again, the owner unchanged."""
    case = transferred(runtime)
    hear(
        runtime,
        order(case, routing.dispatched, 1),
        order(case, routing.completed, 2, result="已答复"),
    )
    do(runtime, handlers.reopen_case, case.number, DESK, "没有解决")
    hear(runtime, order(case, routing.reopened, 3))
    again = stored(runtime, case.number)
    assert (again.state, again.handler.code, again.owner) == ("transferred", "ga", case.owner)
    assert (again.result, again.resolved_by, again.resolved_at) == ("", "", None)
    hear(runtime, order(case, routing.completed, 4, result=RESULT))
    after = stored(runtime, case.number)
    assert (after.state, after.result, after.resolutions) == ("resolved", RESULT, 2)


def test_an_answer_that_its_leader_sends_back_is_open_again(runtime):
    """N: review after the answer; an answer found wanting opens the case again."""
    case = transferred(runtime)
    hear(
        runtime,
        order(case, routing.dispatched, 1),
        order(case, routing.completed, 2, result="已答复"),
        order(case, routing.reopened, 3),
    )
    assert stored(runtime, case.number).state == "transferred"


def closed_with_its_order(runtime):
    case = transferred(runtime)
    hear(
        runtime,
        order(case, routing.dispatched, 1),
        order(case, routing.completed, 2, result="已答复"),
    )
    do(runtime, handlers.close_case, case.number, DESK)
    return case


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("arrival", list(permutations(range(2))))
def test_a_dissatisfied_follow_up_opens_a_closed_case_again(runtime, arrival, together):
    """The department works again: so the owner is answerable, and the resident gets the answer."""
    case = closed_with_its_order(runtime)
    story = [
        order(case, routing.closed, 3),
        order(case, routing.reopened, 4, note="回访：未解决"),
    ]
    heard = [story[index] for index in arrival]
    for batch in [heard] if together else [[one] for one in heard]:
        hear(runtime, *batch)
    again = stored(runtime, case.number)
    assert (again.state, again.handler.code, again.owner) == ("transferred", "ga", case.owner)
    assert (again.open, again.closed_at, again.result) == (True, None, "")
    hear(runtime, order(case, routing.completed, 5, result=RESULT))
    after = stored(runtime, case.number)
    assert (after.state, after.result, after.resolutions) == ("resolved", RESULT, 2)


@pytest.mark.parametrize("arrival", list(permutations(range(2))))
def test_what_was_reopened_before_it_was_closed_stays_closed(runtime, arrival):
    case = closed_with_its_order(runtime)
    story = [order(case, routing.reopened, 3), order(case, routing.closed, 4)]
    for index in arrival:
        hear(runtime, story[index])
    assert stored(runtime, case.number).state == "closed"


@pytest.mark.parametrize("arrival", list(permutations(range(3))))
def test_n_review_before_what_goes_out_was_reviewed_and_answers(tmp_path, arrival):
    """Routing says `order.completed` once the leader approved; nothing more is waited for."""
    with runtime_in(tmp_path, REVIEWED_FIRST) as runtime:
        case = transferred(runtime)
        story = [
            order(case, routing.dispatched, 1),
            order(case, routing.contacted, 2),
            order(case, routing.completed, 3, result=RESULT),
        ]
        hear(runtime, *[one for one in story if one.contract is not routing.completed])
        assert stored(runtime, case.number).state == "transferred"
        hear(runtime, *[story[index] for index in arrival])
        after = stored(runtime, case.number)
        assert (after.state, after.result) == ("resolved", RESULT)


def test_proposals_needs_and_failed_messages_are_told(runtime):
    with set_for_tests(SATURDAY):
        case = transferred(runtime)
    at, mine = SATURDAY + timedelta(hours=1), {"case_number": case.number}
    do(runtime, facts.order_proposed, event_of(routing.proposed, 1, at, **mine))
    do(runtime, facts.need_told, event_of(partners.accepted, 1, at, **mine))
    do(runtime, facts.message_failed, event_of(notify.failed, 0, at, **mine))
    after = stored(runtime, case.number)
    assert replace(after, version=case.version) == case
    assert actions(runtime, case.number)[2:] == [
        "order.proposed",
        "need.accepted",
        "message.failed",
    ]


def test_a_batch_loads_its_cases_at_once(runtime):
    heard = [order(transferred(runtime), routing.dispatched, 1) for _ in range(20)]
    said = []
    sa.event.listen(
        runtime.database.engine,
        "before_cursor_execute",
        lambda _c, _cur, statement, *_: said.append(statement),
    )
    hear(runtime, *heard)
    assert sum(statement.startswith("SELECT") for statement in said) == 1
    assert sum(statement.startswith("INSERT INTO case_history") for statement in said) == 1
