"""The states of a case: every state with every action, in the domain and in the handlers."""

import pytest

from services.intake import handlers
from services.intake.case import ACTIONS, STATES, TRANSITIONS, state_after
from services.intake.reason import Conflict
from services.intake.staff import accounts
from services.intake.ways import handlers as ways_handlers
from shared.permissions import User
from tests.unit.intake.ground import (
    COMMUNITY,
    DESK,
    PUBLISHED,
    accepted,
    allowance,
    do,
    names,
    noise,
    published,
    runtime_in,
    stored,
)

# A row per action: the state each state goes to; a dot where it is refused.
STATES_IN_ORDER = (
    "accepted",
    "awaiting_materials",
    "in_back_office",
    "transferred",
    "in_public_notice",
    "resolved",
    "closed",
    "withdrawn",
    "refused",
)
STAYS_OPEN = (
    "accepted awaiting_materials in_back_office transferred in_public_notice resolved . . ."
)
WANTED = {
    "notice": "awaiting_materials . . . . . . . .",
    "materials": ". awaiting_materials . . . . . . .",
    "materials_complete": ". accepted . . . . . . .",
    "promise": "accepted accepted . . . . . . .",
    "promised_materials": STAYS_OPEN,
    "promise_broken": "withdrawn withdrawn withdrawn withdrawn withdrawn withdrawn . . .",
    "way": "accepted awaiting_materials in_back_office transferred in_public_notice . . . .",
    "back-office": "in_back_office . . . . . . . .",
    "transfer": "transferred . transferred . . . . . .",
    "publish": "in_public_notice . in_public_notice . . . . . .",
    "objection": ". . . . in_public_notice . . . .",
    "published_by_owner": ". . . . accepted . . . .",
    "published_by_back_office": ". . . . in_back_office . . . .",
    "resolve": "resolved . resolved resolved . . . . .",
    "refuse": "refused refused refused . refused . . . .",
    "order_answered": ". . . resolved . . . . .",
    "answered_to_owner": ". . . accepted . . . . .",
    "order_reopened": "transferred . . . . transferred transferred . .",
    "rate": ". . . . . resolved closed . .",
    "reopen": ". . . . . accepted accepted . .",
    "close": ". . . . . closed . . .",
    "withdraw": "withdrawn withdrawn withdrawn withdrawn withdrawn . . . .",
    "need": STAYS_OPEN,
    "hand-over": STAYS_OPEN,
}
TABLE = [
    (state, action, None if after == "." else after)
    for action, row in WANTED.items()
    for state, after in zip(STATES_IN_ORDER, row.split(), strict=True)
]
CALLS = {
    "notice": (handlers.give_notice, [["户籍证明原件"]]),
    "materials": (handlers.take_materials, [["户口簿"]]),
    "back-office": (handlers.move_to_back_office, []),
    "transfer": (handlers.transfer_case, ["ga", "超出社区职责"]),
    "resolve": (handlers.resolve_case, ["已办好"]),
    "rate": (handlers.rate_case, ["5"]),
    "reopen": (handlers.reopen_case, ["又出现了"]),
    "close": (handlers.close_case, []),
    "withdraw": (handlers.withdraw_case, ["申请人撤回"]),
    "need": (handlers.raise_need, ["repair", "修水管"]),
    "promise": (ways_handlers.give_promise, [["本人银行卡或社保卡"], "卡在补办"]),
    "way": (ways_handlers.set_way, ["at_home"]),
    "refuse": (ways_handlers.refuse_case, ["未满八十周岁", "津贴发放办法第三条"]),
    "publish": (ways_handlers.publish_case, []),
    "objection": (ways_handlers.record_objection, ["邻居说他有两套房"]),
    "hand-over": (ways_handlers.hand_over_case, ["backoffice", "原责任人调离"]),
}
SILENT = {"way", "objection"}
"""What nobody outside intake has to hear."""
WAYS = {
    "accepted": [],
    "awaiting_materials": ["notice"],
    "in_back_office": ["back-office"],
    "transferred": ["transfer"],
    "in_public_notice": ["publish"],
    "resolved": ["resolve"],
    "closed": ["resolve", "close"],
    "withdrawn": ["withdraw"],
    "refused": ["refuse"],
}
PUBLIC = ("publish", "objection")


def test_the_table_names_every_state_and_action():
    assert set(STATES_IN_ORDER) == set(STATES)
    assert {action for _, action in TRANSITIONS} == set(WANTED)
    assert set(ACTIONS) <= set(WANTED)
    assert set(CALLS) == set(ACTIONS)


@pytest.mark.parametrize(("state", "action", "wanted"), TABLE)
def test_every_state_with_every_action(state, action, wanted):
    assert TRANSITIONS.get((state, action)) == wanted


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    with runtime_in(tmp_path_factory.mktemp("states")) as runtime:
        do(runtime, accounts.add, User("backoffice", "李国强", "back_office", COMMUNITY), "-")
        yield runtime


def brought(state, action):
    """A matter of which the state and the action make sense: with a notice, or with a promise."""
    if action == "promise" and state != "in_public_notice":
        return allowance(materials={"申请审批表": True, "本人身份证": True, "户口簿": True})
    if state == "in_public_notice" or (action in PUBLIC and state not in ("resolved", "closed")):
        return allowance(item=PUBLISHED, materials=None)
    return allowance()


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("state", STATES_IN_ORDER)
def test_handlers_walk_the_same_table(ground, state, action):
    case = accepted(ground, brought(state, action))
    for step in WAYS[state]:
        handler, args = CALLS[step]
        args = [] if (step, action) == ("notice", "promise") else args  # nothing but what may wait
        do(ground, handler, case.number, DESK, *args)
    before = stored(ground, case.number)
    assert before.state == state
    said = len(published(ground))
    handler, args = CALLS[action]
    wanted = TRANSITIONS.get((state, action))
    if wanted is None:
        with pytest.raises(Conflict):
            do(ground, handler, case.number, DESK, *args)
        assert stored(ground, case.number) == before
        assert len(published(ground)) == said
        return
    after = do(ground, handler, case.number, DESK, *args)
    assert after.state == wanted
    assert stored(ground, case.number) == after
    assert after.version == before.version + 1
    assert len(published(ground)) == said + (action not in SILENT)


def test_the_state_is_named_when_it_refuses(ground):
    case = accepted(ground)
    do(ground, handlers.withdraw_case, case.number, DESK, "不办了")
    with pytest.raises(Conflict, match="已撤回"):
        state_after(stored(ground, case.number), "transfer")


def test_one_matter_from_desk_to_archive(ground):
    """Accept, notice, materials, back office, transfer, resolve, rate, reopen, resolve, close."""
    case = accepted(ground, allowance())
    number, said = case.number, len(published(ground))
    do(ground, handlers.give_notice, number, DESK)
    do(ground, handlers.take_materials, number, DESK, ["户口簿", "本人银行卡或社保卡"])
    do(ground, handlers.move_to_back_office, number, DESK, "需入户核查")
    do(ground, handlers.transfer_case, number, DESK, None, "需区级审核")
    do(ground, handlers.resolve_case, number, DESK, "津贴已发放")
    do(ground, handlers.rate_case, number, DESK, "dissatisfied", "太慢")
    do(ground, handlers.reopen_case, number, DESK, "金额不对")
    do(ground, handlers.transfer_case, number, DESK, "mz", "请核对金额")
    do(ground, handlers.resolve_case, number, DESK, "已补发")
    do(ground, handlers.rate_case, number, DESK, "5")
    closed = do(ground, handlers.close_case, number, DESK)
    heard = published(ground)[said:]
    assert names(heard) == [
        "case.notice_given",
        "case.materials_received",
        "case.moved_to_back_office",
        "case.transferred",
        "case.resolved",
        "case.rated",
        "case.reopened",
        "case.transferred",
        "case.resolved",
        "case.rated",
        "case.closed",
    ]
    assert [e.version for e in heard] == list(range(2, 13))
    assert [e.data["transfer"] for e in heard if e.contract.name == "case.transferred"] == [1, 2]
    assert heard[7].data["department"] == "mz"
    assert heard[-1].data["outcome"] == "satisfied"
    assert (closed.state, closed.resolutions) == ("closed", 2)
    assert closed.owner == case.owner


def test_a_demand_goes_the_same_way(ground):
    case = accepted(ground, noise())
    assert do(ground, handlers.transfer_case, case.number, DESK, "ga").state == "transferred"
