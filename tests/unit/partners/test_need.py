"""A need's states: every transition walked, every rule refused once."""

import pytest

from services.partners import need as n
from services.partners.need import Need, Offer
from services.partners.refusal import Refused

HERE, ELSEWHERE = "340603002001", "340603009004"
ACTIONS = sorted({action for _, action in n.TRANSITIONS})


def a_need(state=n.OFFERED, partner=None):
    return Need("XS-1-n1", state, "repair", HERE, 5, partner)


def asked(**states: str):
    return [Offer(partner, state) for partner, state in states.items()]


@pytest.mark.parametrize("state", n.STATES)
@pytest.mark.parametrize("action", ACTIONS)
def test_the_table_decides(state, action):
    need = a_need(state)
    if (state, action) in n.TRANSITIONS:
        assert n.move(need, action) == Need(
            "XS-1-n1", n.TRANSITIONS[state, action], "repair", HERE, 6
        )
    else:
        with pytest.raises(Refused, match="不能这样办"):
            n.move(need, action)


def test_every_state_is_reached_and_the_ends_are_ends():
    reached = set(n.TRANSITIONS.values())
    assert reached | {n.RAISED} == set(n.STATES)
    left = {state for state, _ in n.TRANSITIONS}
    assert set(n.STATES) - left == {n.CONFIRMED, n.CANCELLED}


def test_nobody_to_offer_it_to_is_unmet():
    assert n.offer(a_need(n.RAISED), []).state == n.UNMET
    assert n.offer(a_need(n.RAISED), ["a"]).state == n.OFFERED


def test_the_first_acceptance_wins():
    offers = asked(a=n.OPEN, b=n.OPEN)
    taken = n.accept(a_need(), offers, "a")
    assert (taken.state, taken.partner) == (n.ACCEPTED, "a")
    with pytest.raises(Refused, match="已被别的合伙人认领"):
        n.accept(taken, n.settle(offers, "a"), "b")
    with pytest.raises(Refused, match="您已认领"):
        n.accept(taken, n.settle(offers, "a"), "a")


@pytest.mark.parametrize("offers", [asked(b=n.OPEN), asked(a=n.DECLINED, b=n.OPEN)])
def test_only_an_offered_partner_may_accept_or_decline(offers):
    for answer in (n.accept, n.decline):
        with pytest.raises(Refused, match="没有推送给您"):
            answer(a_need(), offers, "a")


def test_the_last_one_to_decline_leaves_it_unmet():
    first, left = n.decline(a_need(), asked(a=n.OPEN, b=n.OPEN), "a")
    assert (first.state, first.version) == (n.OFFERED, 6)
    last, left = n.decline(first, left, "b")
    assert last.state == n.UNMET
    assert [o.state for o in left] == [n.DECLINED, n.DECLINED]


def test_given_back_it_is_offered_to_the_others_again():
    offers = asked(a=n.TAKEN, b=n.GONE, c=n.DECLINED)
    back, left = n.decline(a_need(n.ACCEPTED, "a"), offers, "a")
    assert (back.state, back.partner) == (n.OFFERED, None)
    assert [o.state for o in left] == [n.DECLINED, n.OPEN, n.DECLINED]
    alone, _ = n.decline(a_need(n.ACCEPTED, "a"), asked(a=n.TAKEN), "a")
    assert alone.state == n.UNMET


def test_only_who_accepted_may_fulfil_and_only_once():
    done = n.fulfil(a_need(n.ACCEPTED, "a"), "a")
    assert done.state == n.FULFILLED
    with pytest.raises(Refused, match="不是您认领的"):
        n.fulfil(a_need(n.ACCEPTED, "a"), "b")
    with pytest.raises(Refused, match="不用再报"):
        n.fulfil(done, "a")


def test_the_community_confirms_its_own_once():
    done = a_need(n.FULFILLED, "a")
    with pytest.raises(Refused, match="别的社区"):
        n.confirm(done, ELSEWHERE)
    confirmed = n.confirm(done, HERE)
    assert n.confirm(done, None) == confirmed
    with pytest.raises(Refused, match="不用再确认"):
        n.confirm(confirmed, HERE)
    with pytest.raises(Refused, match="已认领"):
        n.confirm(a_need(n.ACCEPTED, "a"), HERE)


def test_sent_back_the_same_partner_goes_on():
    again = n.send_back(a_need(n.FULFILLED, "a"), HERE)
    assert (again.state, again.partner) == (n.ACCEPTED, "a")
    with pytest.raises(Refused, match="别的社区"):
        n.send_back(a_need(n.FULFILLED, "a"), ELSEWHERE)


@pytest.mark.parametrize("state", n.STATES)
def test_a_case_ends(state):
    over = {n.FULFILLED, n.CONFIRMED, n.CANCELLED}
    withdrawn, closed = n.withdrawn(a_need(state)), n.closed(a_need(state))
    assert (withdrawn is None) == (state in over)
    assert (closed is None) == (state in over | {n.ACCEPTED})
    assert {x.state for x in (withdrawn, closed) if x} <= {n.CANCELLED}


def test_offered_by_hand_it_needs_a_partner_and_its_own_community():
    unmet = a_need(n.UNMET)
    assert n.offer_by_hand(unmet, ["a"], HERE).state == n.OFFERED
    with pytest.raises(Refused, match="没有选择合伙人"):
        n.offer_by_hand(unmet, [], HERE)
    with pytest.raises(Refused, match="别的社区"):
        n.offer_by_hand(unmet, ["a"], ELSEWHERE)
