"""The domain: every state against every verb, the rules of A50, the clocks over National Day."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.routing import states as s
from services.routing.clocks import lamps_of
from services.routing.order import Order
from services.routing.rules import STATE_LABELS, VERB_LABELS, Refused
from services.routing.states import STATES, TRANSITIONS
from tests.unit.routing.ground import DISTRICT, MONDAY, ZONE

REPLY = {
    "officer": "高峰",
    "note": "已办",
    "at": None,
    "reason": "属城管职责",
    "legal_ground": "市容管理条例第十条",
    "proposed_department": "cg",
    "approved_by": "周局长",
    "result": "已约谈店主",
    "outcome": "solved",
}
NOW = MONDAY + timedelta(minutes=10)


def fresh() -> Order:
    return Order(
        number="XS-261123-0042-08-1",
        case_number="XS-261123-0042-08",
        transfer=1,
        title="楼下烧烤店夜间噪声扰民",
        description="",
        kind="complaint",
        urgency="normal",
        location="",
        community_code="340603002001",
        community_name="供电社区",
        applicant_name="王建国",
        applicant_phone="13805610000",
        owner_name="李敏",
        item_code=None,
        item_name="",
        opened_at=MONDAY,
        case_version=3,
    )


def dispatched(at: datetime = MONDAY) -> Order:
    order = fresh()
    order.dispatch("ga", ["“噪声”属公安职责"], at, "系统", DISTRICT)
    return order


def in_state(state: str) -> Order:
    """An order that came to a state by the ordinary way."""
    if state == s.PROPOSED:
        return fresh()
    order = dispatched()
    ways = {
        s.DISPATCHED: (),
        s.SIGNED: ("signed",),
        s.RETURN_REQUESTED: ("return_requested",),
        s.COMPLETED: ("completed",),
        s.CLOSED: ("completed", "close"),
        s.CANCELLED: ("case_withdrawn",),
    }
    for verb in ways[state]:
        do(order, verb)
    assert order.state == state
    return order


def do(order: Order, verb: str, at: datetime = NOW, **reply: object) -> None:
    """Do a verb with everything it wants."""
    acts = {
        "dispatch": lambda: order.dispatch("ga", [], at, "督办", DISTRICT),
        "sign_unsigned": lambda: order.sign_unsigned(at, "系统"),
        "grant_return": lambda: order.grant_return("成立", at, "督办"),
        "refuse_return": lambda: order.refuse_return("不成立", at, "督办"),
        "grant_extension": lambda: order.grant_extension("同意", at, "督办", DISTRICT),
        "refuse_extension": lambda: order.refuse_extension("不同意", at, "督办"),
        "press": lambda: order.press("请抓紧", at, "督办"),
        "late": lambda: order.raise_late("contact", at, "系统"),
        "send_back": lambda: order.send_back("没有写结果", at, "督办"),
        "approve": lambda: order.approve("", at, "督办"),
        "close": lambda: order.close("", at, "督办"),
        "case_closed": lambda: order.case_closed("", at, "李敏"),
        "case_withdrawn": lambda: order.case_withdrawn("申请人撤回", at, "李敏"),
        "case_reopened": lambda: order.case_reopened("又吵了", at, "居民", DISTRICT),
        "case_rated": lambda: order.case_rated(5, satisfied=True, comment="", at=at, by="居民"),
        "person_corrected": lambda: order.correct_person("王建军", "13805610001", 9, at, "系统"),
        "person_erased": lambda: order.erase_person(at, "系统"),
        "supersede": lambda: order.supersede("", at, "系统"),
    }
    if verb in acts:
        acts[verb]()
    else:
        order.answer(verb, REPLY | reply, at, DISTRICT)


@pytest.mark.parametrize("verb", TRANSITIONS)
@pytest.mark.parametrize("state", STATES)
def test_every_state_takes_every_verb_as_the_table_says(state, verb):
    order = in_state(state)
    if verb.endswith("_extension"):
        order.extension = {"reason": "需检测", "approved_by": "周局长"}
    before = replace(order, news=list(order.news))
    if state in TRANSITIONS[verb]:
        do(order, verb)
        assert order.state == TRANSITIONS[verb][state]
        assert order.version == before.version + 1
        assert order.news[-1].what == verb
    else:
        with pytest.raises(Refused) as refused:
            do(order, verb)
        assert STATE_LABELS[state] in str(refused.value)
        assert order == before, "a refused act changes nothing"


def test_every_state_and_verb_has_a_name():
    assert set(STATE_LABELS) == set(STATES)
    assert set(VERB_LABELS) == {*TRANSITIONS, "propose"}


def refused(order: Order, verb: str, at: datetime = NOW, **reply: object) -> str:
    before = replace(order, news=list(order.news))
    with pytest.raises(Refused) as caught:
        do(order, verb, at, **reply)
    assert order == before, "a refused act changes nothing"
    return caught.value.reason.field


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
    assert order.late_clocks(MONDAY + timedelta(hours=2)) == [("contact", order.contact_by)]
    do(order, "completed")
    assert (order.state, order.return_request) == (s.COMPLETED, None)


def test_a_granted_return_counts_a_hop_and_stops_the_clocks():
    order = in_state(s.RETURN_REQUESTED)
    do(order, "grant_return")
    assert (order.state, order.department, order.hops) == (s.PROPOSED, None, 1)
    assert (order.contact_by, order.due_by, order.late_clocks(MONDAY + timedelta(days=90))) == (
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
        dispatched().answer("contacted", REPLY | {"at": wrong}, NOW, DISTRICT)


def test_a_contact_reported_later_counts_when_it_was():
    order = dispatched()
    spoke = MONDAY + timedelta(minutes=20)
    order.answer("contacted", REPLY | {"at": spoke}, MONDAY + timedelta(hours=5), DISTRICT)
    assert order.contacted_at == spoke


def test_completion_says_what_was_done():
    assert refused(in_state(s.SIGNED), "completed", result="  ") == "result"


def test_a_poor_answer_is_sent_back_and_its_deadline_stays():
    order = in_state(s.COMPLETED)
    due = order.due_by
    do(order, "send_back")
    assert (order.state, order.due_by, order.completed_at) == (s.SIGNED, due, None)
    assert order.late_clocks(due + timedelta(seconds=1)) == [("finish", due)]


def test_an_answer_that_was_late_already_is_not_reported_late_again():
    order = dispatched()
    long_after = MONDAY + timedelta(days=30)
    order.raise_late("finish", long_after, "系统")
    do(order, "completed", long_after)
    do(order, "send_back", long_after)
    assert order.late_clocks(long_after + timedelta(days=1)) == []


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
    assert [clock for clock, _ in order.late_clocks(long_after)] == ["contact", "finish"]
    order.raise_late("contact", long_after, "系统")
    assert [clock for clock, _ in order.late_clocks(long_after)] == ["finish"]
    assert order.level == 1
