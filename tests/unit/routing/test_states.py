"""Every state against every verb, over all three districts: the table, written a second time."""

from copy import deepcopy
from datetime import timedelta

import pytest

from services.routing import states as s
from services.routing.order import Order
from services.routing.rules import STATE_LABELS, VERB_LABELS, Refused
from services.routing.states import STATES, TRANSITIONS
from tests.unit.routing.ground import MONDAY
from tests.unit.routing.orders import DISTRICTS, Acts, in_state

LATER = MONDAY + timedelta(minutes=10)
REFUSED = "-"
COLUMNS = "pr di si rr ar ir jo co cl ca"
SHORT = dict(zip(COLUMNS.split(), STATES, strict=True))
EXPECTED = """
verb                 pr di si rr ar ir jo co cl ca
dispatch             di -  -  -  -  -  -  -  -  -
open_arbitration     ar -  -  -  -  -  -  -  -  -
signed               -  si -  -  -  -  -  -  -  -
contacted            -  si si rr ar ir -  -  -  -
progressed           -  si si rr ar ir -  -  -  -
return_requested     -  rr rr -  -  -  -  -  -  -
extension_requested  -  si si -  -  -  -  -  -  -
completed            -  co co co co co -  -  -  -
review_asked         -  ir ir ir ir ir -  -  -  -
assists_awaited      -  jo jo jo jo jo -  -  -  -
assists_done         -  -  -  -  -  -  co -  -  -
grant_return         -  -  -  pr -  -  -  -  -  -
refuse_return        -  -  -  si -  -  -  -  -  -
arbitrate            -  -  -  -  pr -  -  -  -  -
grant_extension      -  di si rr ar -  -  -  -  -
refuse_extension     -  di si rr ar -  -  -  -  -
pause                -  di si rr ar -  -  -  -  -
resume               -  di si rr ar -  -  -  -  -
assist               -  di si rr ar ir jo -  -  -
press                -  di si rr ar ir jo -  -  -
send_back            -  -  -  -  -  si si si -  -
approve              -  -  -  -  -  co -  co -  -
close                -  -  -  -  -  -  -  cl -  -
escalate             pr di si rr ar ir jo co -  -
on_site              -  di si rr ar ir jo co -  -
on_site_done         -  di si rr ar ir jo co cl -
sign_unsigned        -  si -  -  -  -  -  -  -  -
due_soon             -  di si rr ar -  -  -  -  -
late                 -  di si rr ar -  -  -  -  -
recount              -  di si rr ar -  -  -  -  -
arbitrate_late       -  -  -  -  pr -  -  -  -  -
case_closed          cl cl cl cl cl cl cl cl -  -
case_withdrawn       ca ca ca ca ca ca ca cl -  -
case_reopened        -  -  -  -  -  -  -  si si -
case_rated           pr di si rr ar ir jo co cl ca
followed_up          pr di si rr ar ir jo co cl ca
dissatisfied         -  -  -  -  -  -  -  si si -
supersede            ca ca ca ca ca ca ca -  -  -
assist_dropped       ca ca ca ca ca ca ca cl -  -
person_corrected     pr di si rr ar ir jo co cl ca
owner_changed        pr di si rr ar ir jo co cl ca
person_erased        ca ca ca ca ca ca ca co cl ca
"""


def expected() -> dict[tuple[str, str], str]:
    lines = [line.split() for line in EXPECTED.strip().splitlines()]
    names = lines[0][1:]
    return {
        (SHORT[name], verb): SHORT.get(cell, REFUSED)
        for verb, *cells in lines[1:]
        for name, cell in zip(names, cells, strict=True)
    }


TABLE = expected()


def test_the_table_names_every_state_and_verb():
    assert {verb for _, verb in TABLE} == set(TRANSITIONS)
    assert {state for state, _ in TABLE} == set(STATES)
    assert set(STATE_LABELS) == set(STATES)
    assert set(VERB_LABELS) == {*TRANSITIONS, "propose"}


@pytest.mark.parametrize("district", DISTRICTS.values(), ids=DISTRICTS)
@pytest.mark.parametrize("verb", TRANSITIONS)
@pytest.mark.parametrize("state", STATES)
def test_every_state_takes_every_verb_as_the_table_says(state, verb, district):
    order = in_state(state, district)
    acts = Acts(order, district)
    acts.make_ready_for(verb, LATER)
    before = deepcopy(order)
    after = TABLE[state, verb]
    if after == REFUSED:
        with pytest.raises(Refused) as refused:
            acts.do(verb, LATER)
        assert STATE_LABELS[state] in str(refused.value)
        assert order == before, "a refused act changes nothing"
    else:
        acts.do(verb, LATER)
        assert order.state == after
        assert order.version == before.version + 1
        assert order.news[-1].what == verb
        assert_clean(order)


def assert_clean(order: Order) -> None:
    """What no state may leave behind: a clock that runs where nobody is at work on it."""
    if order.state not in s.HELD:
        assert (order.timers, order.next_at) == ({}, None)
        assert order.paused_at is None
    if order.state == s.PROPOSED:
        assert (order.department, order.due_by, order.clock_facts) == (None, None, [])
