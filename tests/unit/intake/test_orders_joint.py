"""What intake hears of pauses, disputes, pressing and of departments that assist, in any order."""

from datetime import timedelta
from itertools import permutations

import pytest

from services.intake import facts, handlers, queries
from services.intake.residents.words import steps
from services.intake.words import sentence
from shared.bus.event import Event, encode
from shared.bus.inbox import Inbox
from shared.bus.transport import Delivery
from shared.clock import local
from shared.contracts import routing
from tests.unit.intake.ground import DESK, accepted, do, event_of, runtime_in, stored

FIRST, EXTENDED, LATER = "2026-11-27", "2026-12-04", "2026-12-09"


def day(of):
    return f"{of}T23:59:59+08:00"


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    with runtime_in(tmp_path_factory.mktemp("joint")) as runtime:
        yield runtime


def transferred(runtime):
    case = accepted(runtime, None)
    return do(runtime, handlers.transfer_case, case.number, DESK, "ga")


def fact(case, contract, version, helping="", **data: object):
    """A fact about the case's order, or about one that assists it."""
    at = case.transferred_at + timedelta(microseconds=version)
    lead = f"{case.number}-1"
    named = {"number": f"{lead}{helping}", "case_number": case.number}
    if helping:
        named |= {"role": "assist", "lead": lead, "department": "cg", "department_name": "城管"}
    return event_of(contract, version, at, **(named | data))


def hear(runtime, *events: Event):
    box = Inbox(runtime.database, runtime.tables, "intake.from_routing", facts.ORDERS)
    box.apply([Delivery("intake.from_routing", "", encode(e).encode(), e.id) for e in events])


def lines(runtime, number, lang="zh"):
    with runtime.database.read() as connection:
        entries = queries.timeline(connection, number)
    return [sentence(entry, lang) for entry in entries]


def residents(runtime, number):
    with runtime.database.read() as connection:
        entries = queries.timeline(connection, number)
    told = steps(stored(runtime, number), list(entries), "zh")
    return [str(step["what"]) for step in told]


@pytest.mark.parametrize("arrival", list(permutations(range(4))))
def test_a_pause_takes_the_deadline_away_and_its_end_brings_a_new_one(ground, arrival):
    case = transferred(ground)
    story = [
        fact(case, routing.dispatched, 1, due_by=day(FIRST)),
        fact(case, routing.extended, 2, due_by=day(EXTENDED)),
        fact(case, routing.paused, 3, until="2026-12-20T23:59:59+08:00"),
        fact(case, routing.resumed, 4, due_by=day(LATER)),
    ]
    for index in arrival:
        hear(ground, story[index])
    assert local(stored(ground, case.number).due_at).isoformat() == day(LATER)


@pytest.mark.parametrize("arrival", list(permutations(range(3))))
def test_while_it_is_paused_no_deadline_runs(ground, arrival):
    case = transferred(ground)
    story = [
        fact(case, routing.dispatched, 1),
        fact(case, routing.paused, 2, until="2026-12-20T23:59:59+08:00", note="送检"),
        fact(case, routing.progressed, 3),
    ]
    for index in arrival:
        hear(ground, story[index])
    after = stored(ground, case.number)
    assert after.due_at is None
    assert after.state == "transferred"
    assert "公安中止计时：等待检测鉴定，最长到 12月20日 23:59：送检" in lines(ground, case.number)
    assert "公安等一等再办" in residents(ground, case.number)


def test_reopened_with_fresh_clocks_is_due_anew(ground):
    case = transferred(ground)
    hear(
        ground,
        fact(case, routing.dispatched, 1),
        fact(case, routing.completed, 2),
        fact(case, routing.reopened, 3, due_by=day(LATER)),
    )
    assert local(stored(ground, case.number).due_at).isoformat() == day(LATER)


ASSISTED = [
    (routing.dispatched, {"due_by": day(LATER)}),
    (routing.contacted, {}),
    (routing.late, {"clock": "finish"}),
    (routing.extended, {"due_by": day(LATER)}),
    (routing.paused, {}),
    (routing.completed, {"result": "已清理占道桌椅"}),
    (routing.reopened, {"due_by": day(LATER)}),
    (routing.closed, {}),
    (routing.cancelled, {}),
]


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize(("contract", "said"), ASSISTED, ids=lambda one: getattr(one, "name", ""))
def test_a_fact_of_an_assist_changes_nothing_of_the_case(ground, contract, said, early):
    case = transferred(ground)
    lead = fact(case, routing.dispatched, 1, due_by=day(FIRST))
    helping = fact(case, contract, 1, "-a1", **said)
    for event in (helping, lead) if early else (lead, helping):
        hear(ground, event)
    after = stored(ground, case.number)
    assert (after.state, after.handler.code, after.resolutions) == ("transferred", "ga", 0)
    assert local(after.due_at).isoformat() == day(FIRST)
    assert after.result == ""


def test_what_an_assist_does_stands_in_the_timeline(ground):
    case = transferred(ground)
    hear(
        ground,
        fact(case, routing.dispatched, 1),
        fact(case, routing.assist_added, 2, assist=f"{case.number}-1-a1"),
        fact(case, routing.dispatched, 1, "-a1", due_by=day(LATER)),
        fact(case, routing.contacted, 2, "-a1", note=""),
        fact(case, routing.completed, 3, "-a1", result="已清理占道桌椅"),
    )
    told = lines(ground, case.number)
    assert "公安主办，增加城管协办" in told
    assert "城管协办，请于 12月9日 23:59 前办完协办部分" in told
    assert "协办：城管已联系居民" in told
    assert "城管已办完协办部分：已清理占道桌椅" in told
    assert residents(ground, case.number)[-2:] == ["城管协办", "城管已办完协办部分"]
    assert stored(ground, case.number).state == "transferred"


@pytest.mark.parametrize(
    ("contract", "said", "zh", "en"),
    [
        (
            routing.arbitration_opened,
            {},
            "由哪个部门办有争议，提请区委编办裁定；裁定前由公安负责",
            "Whose it is, is disputed; 区委编办 decides. Until then 公安 is answerable",
        ),
        (
            routing.escalated,
            {"why": "finish_late"},
            "公安逾期未办结，提级督办：区委区政府督查局提级办",
            "公安: raised (not finished in time) to 区委区政府督查局提级办",
        ),
        (
            routing.on_site_called,
            {"note": ""},
            "请公安单位主要负责人到现场见人见事",
            "The leader of 公安 (单位主要负责人) is called to the spot",
        ),
        (
            routing.followed_up,
            {"solved": False, "grade": 2},
            "回访居民：未解决，评价“不满意”",
            "The resident was asked: not solved; rated “Dissatisfied”",
        ),
        (
            routing.followed_up,
            {"solved": None, "contacted": None, "grade": 5},
            "回访居民，评价“非常满意”",
            "The resident was asked; rated “Very satisfied”",
        ),
        (
            routing.resumed,
            {"due_by": day(LATER)},
            "公安恢复计时，办结期限改为 12月9日 23:59",
            "公安: the clock goes on, due 9 Dec 2026 23:59",
        ),
    ],
)
def test_words(ground, contract, said, zh, en):
    case = transferred(ground)
    hear(ground, fact(case, routing.dispatched, 1), fact(case, contract, 2, **said))
    assert zh in lines(ground, case.number)
    assert en in lines(ground, case.number, "en")
    assert stored(ground, case.number).handler.code == "ga"
