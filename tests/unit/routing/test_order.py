"""The domain: the rules of A50, the clocks over National Day, lamps."""

from copy import deepcopy
from datetime import datetime, timedelta

import pytest

from services.routing import states as s
from services.routing.clocks import lamps_of
from services.routing.order import Order
from services.routing.rules import Refused
from tests.unit.routing.ground import DISTRICT, MONDAY, ZONE
from tests.unit.routing.orders import REPLY, Acts, dispatched, fresh, in_state

NOW = MONDAY + timedelta(minutes=10)


def do(order: Order, verb: str, at: datetime = NOW, **reply: object) -> None:
    Acts(order).do(verb, at, **reply)


def refused(order: Order, verb: str, at: datetime = NOW, **reply: object) -> str:
    before = deepcopy(order)
    with pytest.raises(Refused) as caught:
        do(order, verb, at, **reply)
    assert order == before, "a refused act changes nothing"
    return caught.value.reason.field


def ran_out(order: Order, at: datetime) -> list[str]:
    """The deadlines that are over by then and that nobody was told of."""
    return [timer for timer in order.timers_due(at) if timer.endswith("_late")]


# -- A50: returns ----------------------------------------------------------------------------------


def test_a_return_is_asked_for_within_24_hours_of_dispatch_signed_or_not():
    for state in (s.DISPATCHED, s.SIGNED):
        order = in_state(state)
        do(order, "return_requested", MONDAY + timedelta(hours=24))
        assert order.state == s.RETURN_REQUESTED


def test_after_24_hours_a_return_is_refused():
    late = MONDAY + timedelta(hours=24, seconds=1)
    assert refused(dispatched(), "return_requested", late) == "order"


@pytest.mark.parametrize("missing", ["reason", "legal_ground"])
def test_a_return_names_its_reason_and_legal_ground(missing):
    assert refused(dispatched(), "return_requested", **{missing: "  "}) == missing


@pytest.mark.parametrize("proposed", ["ga", "zz"])
def test_the_department_proposed_is_another_one_of_the_district(proposed):
    field = refused(dispatched(), "return_requested", proposed_department=proposed)
    assert field in {"proposed_department", "department"}


def test_a_department_stays_answerable_while_its_return_is_heard():
    """B14: its clocks run on, and it may still solve the matter."""
    order = in_state(s.RETURN_REQUESTED)
    assert ran_out(order, MONDAY + timedelta(hours=2)) == ["contact_late"]
    do(order, "completed")
    assert (order.state, order.return_request) == (s.COMPLETED, None)


def test_a_granted_return_counts_a_hop_and_stops_the_clocks():
    order = in_state(s.RETURN_REQUESTED)
    do(order, "grant_return")
    assert (order.state, order.department, order.hops) == (s.PROPOSED, None, 1)
    assert (order.contact_by, order.due_by, ran_out(order, MONDAY + timedelta(days=90))) == (
        None,
        None,
        [],
    )
    assert order.news[-1].department == "ga", "the history says who gave it back"


def test_the_next_department_has_clocks_of_its_own():
    order = in_state(s.RETURN_REQUESTED)
    do(order, "grant_return")
    later = MONDAY + timedelta(days=1)
    order.dispatch("cg", [], later, "督办", DISTRICT)
    assert order.contact_by == later + timedelta(hours=1)
    do(order, "return_requested", later + timedelta(hours=23), proposed_department="ga")


# -- A50: extensions -------------------------------------------------------------------------------


def test_an_extension_is_given_once():
    order = in_state(s.SIGNED)
    do(order, "extension_requested")
    assert refused(order, "extension_requested") == "order", "one request at a time"
    first_due = order.due_by
    do(order, "grant_extension")
    assert order.due_by == DISTRICT.calendar.add_workdays(first_due, 5)
    assert refused(order, "extension_requested") == "order"


@pytest.mark.parametrize("again", ["case_reopened", "dissatisfied"])
def test_who_goes_on_after_a_reopening_gets_no_second_extension(again):
    order = in_state(s.SIGNED)
    for verb in ("extension_requested", "grant_extension", "completed", again):
        do(order, verb)
    assert order.extensions == 1
    assert refused(order, "extension_requested") == "order"


@pytest.mark.parametrize(("ruled", "extensions"), [("ga", 1), ("cg", 0)])
def test_only_another_department_gets_an_extension_of_its_own(ruled, extensions):
    order = in_state(s.ARBITRATION)
    order.extension = {"reason": "需检测", "approved_by": "周局长"}
    do(order, "grant_extension")
    order.rule(ruled, "依三定方案", NOW, "编办", DISTRICT)
    order.dispatch(ruled, [], NOW, "编办", DISTRICT)
    assert order.extensions == extensions


def test_who_gets_what_was_given_back_may_ask_for_an_extension():
    order = in_state(s.SIGNED)
    for verb in ("extension_requested", "grant_extension", "return_requested", "grant_return"):
        do(order, verb)
    order.dispatch("cg", [], NOW, "督办", DISTRICT)
    assert order.extensions == 0
    do(order, "extension_requested")


def test_an_extension_is_asked_for_before_the_deadline():
    order = in_state(s.SIGNED)
    assert refused(order, "extension_requested", order.due_by + timedelta(seconds=1)) == "order"
    do(order, "extension_requested", order.due_by)


@pytest.mark.parametrize("missing", ["reason", "approved_by"])
def test_an_extension_names_its_reason_and_who_approved_it(missing):
    assert refused(in_state(s.SIGNED), "extension_requested", **{missing: " "}) == missing


def test_only_an_extension_that_was_asked_for_is_decided():
    assert refused(in_state(s.SIGNED), "grant_extension") == "order"
    assert refused(in_state(s.SIGNED), "refuse_extension") == "order"


def test_a_refused_extension_leaves_the_deadline_and_may_be_asked_again():
    order = in_state(s.SIGNED)
    due = order.due_by
    do(order, "extension_requested")
    do(order, "refuse_extension")
    assert order.due_by == due
    do(order, "extension_requested")


# -- contact, completion, review -------------------------------------------------------------------


def test_only_the_first_contact_stops_the_clock():
    order = dispatched()
    do(order, "contacted", MONDAY + timedelta(minutes=30))
    do(order, "contacted", MONDAY + timedelta(hours=3))
    assert order.contacted_at == MONDAY + timedelta(minutes=30)
    assert order.state == s.SIGNED, "who speaks with the resident has taken the order"


@pytest.mark.parametrize("wrong", [MONDAY - timedelta(minutes=1), NOW + timedelta(minutes=1)])
def test_a_contact_lies_between_dispatch_and_now(wrong):
    with pytest.raises(Refused):
        dispatched().answer("contacted", REPLY | {"at": wrong}, NOW, DISTRICT, assists_open=False)


def test_a_contact_reported_later_counts_when_it_was():
    order = dispatched()
    spoke = MONDAY + timedelta(minutes=20)
    order.answer(
        "contacted",
        REPLY | {"at": spoke},
        MONDAY + timedelta(hours=5),
        DISTRICT,
        assists_open=False,
    )
    assert order.contacted_at == spoke


def test_completion_says_what_was_done():
    assert refused(in_state(s.SIGNED), "completed", result="  ") == "result"


def test_a_poor_answer_is_sent_back_and_its_deadline_stays():
    order = dispatched()
    do(order, "contacted")
    do(order, "completed")
    due = order.due_by
    do(order, "send_back")
    assert (order.state, order.due_by, order.completed_at) == (s.SIGNED, due, None)
    assert ran_out(order, due) == []
    assert ran_out(order, due + timedelta(seconds=1)) == ["finish_late"]


def test_an_answer_that_was_late_already_is_not_reported_late_again():
    order = dispatched()
    long_after = MONDAY + timedelta(days=30)
    do(order, "contacted")
    order.raise_late("finish", long_after, "系统")
    do(order, "completed", long_after)
    do(order, "send_back", long_after)
    assert ran_out(order, long_after + timedelta(days=1)) == []


def test_there_is_no_such_department():
    with pytest.raises(Refused):
        fresh().dispatch("zz", [], NOW, "督办", DISTRICT)


# -- clocks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "due"),
    [
        # 2026-09-20 (Sunday) is worked; 25 to 27 September (Mid-Autumn) are not.
        ("2026-09-18T16:00", "2026-09-24"),
        # National Day: 1 to 7 October; 10 October (Saturday) is worked.
        ("2026-09-30T10:00", "2026-10-13"),
        ("2026-10-03T23:30", "2026-10-13"),
        ("2026-10-09T09:00", "2026-10-15"),
    ],
)
def test_five_working_days_from_dispatch(start, due):
    """Make-up days count, holidays do not; it ends at midnight of the last day."""
    order = dispatched(datetime.fromisoformat(start).replace(tzinfo=ZONE))
    assert order.due_by.astimezone(ZONE).isoformat() == f"{due}T23:59:59+08:00"


def test_the_contact_clock_runs_day_and_night_and_over_holidays():
    start = datetime(2026, 10, 1, 23, 40, tzinfo=ZONE)
    assert dispatched(start).contact_by == datetime(2026, 10, 2, 0, 40, tzinfo=ZONE)


def test_the_clocks_start_at_dispatch_not_at_signature():
    order = dispatched()
    due = order.due_by
    do(order, "signed", MONDAY + timedelta(hours=20))
    assert (order.due_by, order.contact_by) == (due, MONDAY + timedelta(hours=1))


@pytest.mark.parametrize(
    ("after", "level", "words"),
    [
        (timedelta(0), "green", "正常"),
        (timedelta(minutes=47), "green", "正常"),
        (timedelta(minutes=48), "yellow", "将到期，还有 12 分钟"),
        (timedelta(minutes=60), "yellow", "将到期，还有 1 分钟"),
        (timedelta(minutes=61), "red", "已超期 1 分钟"),
        (timedelta(hours=4), "red", "已超期 3 小时"),
        (timedelta(days=2, hours=2), "red", "已超期 2 天"),
    ],
)
def test_the_contact_lamp(after, level, words):
    """Yellow from 80 % of the span (rules.yml, yellow_from)."""
    lamp = lamps_of(dispatched(), MONDAY + after).contact
    assert (lamp.level, lamp.zh) == (level, words)


def test_the_overall_lamp_is_the_worse_one():
    order = dispatched()
    assert lamps_of(order, MONDAY + timedelta(hours=2)).overall.level == "red"
    do(order, "contacted", MONDAY + timedelta(hours=2))
    lamps = lamps_of(order, MONDAY + timedelta(hours=3))
    assert lamps.overall.level == "green"
    assert lamps.contact.zh == "已联系，晚了 1 小时"


def test_a_stopped_finish_clock_says_whether_it_was_in_time():
    order = in_state(s.COMPLETED)
    assert lamps_of(order, MONDAY + timedelta(days=90)).finish.zh == "已答复"
    late = dispatched()
    do(late, "completed", late.due_by + timedelta(days=2))
    assert lamps_of(late, NOW).finish.zh == "已答复，晚了 2 天"
    assert lamps_of(late, NOW).finish.en == "answered, 2 days late"


def test_orders_without_clocks_have_unlit_lamps():
    assert lamps_of(fresh(), NOW).overall.level == "none"
    assert lamps_of(in_state(s.CANCELLED), NOW).finish.zh == "已撤销"


def test_each_clock_is_late_once():
    order = dispatched()
    long_after = MONDAY + timedelta(days=30)
    assert ran_out(order, long_after) == ["contact_late", "finish_late"]
    order.raise_late("contact", long_after, "系统")
    assert ran_out(order, long_after) == ["finish_late"]
