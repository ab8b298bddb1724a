"""Rewards and vouchers."""

import pytest

from services.partners import partner, reward
from services.partners.refusal import Refused
from services.partners.reward import Redemption, Reward


def a_reward(**changes: object):
    return Reward(**{
        "code": "haircut",
        "name": "理发一次",
        "price": 20,
        "stock": 2,
        "taken": 1,
        "partner": "shop",
    } | changes)  # fmt: skip


def a_voucher(state=reward.ISSUED):
    return Redemption("DH-000042-31", "haircut", "wei", 20, state, 1, "shop")


def refusal(given: Reward, balance: int) -> str | None:
    """Why it cannot be bought; None: it can."""
    try:
        reward.redeem(given, balance)
    except Refused as refused:
        return str(refused)
    return None


def test_enough_points_and_one_left():
    assert refusal(a_reward(), 20) is None


@pytest.mark.parametrize(
    ("changes", "balance", "why"),
    [
        ({}, 19, "需要 20，现有 19"),
        ({"taken": 2}, 100, "兑完"),
        ({"active": False}, 100, "停止兑换"),
    ],
)
def test_refused_with_a_reason(changes, balance, why):
    assert why in refusal(a_reward(**changes), balance)


@pytest.mark.parametrize("state", reward.STATES)
@pytest.mark.parametrize("action", ["hand_over", "cancel"])
def test_the_table_decides(state, action):
    if (state, action) in reward.TRANSITIONS:
        moved = reward.move(a_voucher(state), action)
        assert (moved.state, moved.version) == (reward.TRANSITIONS[state, action], 2)
    else:
        with pytest.raises(Refused, match="不能再办"):
            reward.move(a_voucher(state), action)


def test_who_may_cancel_and_who_may_hand_over():
    for actor in ("wei", None):
        assert reward.cancel(a_voucher(), actor).state == reward.CANCELLED
    for actor in ("shop", None):
        assert reward.hand_over(a_voucher(), actor).state == reward.HANDED_OVER
    with pytest.raises(Refused, match="不是您的"):
        reward.cancel(a_voucher(), "shop")
    with pytest.raises(Refused, match="不在您这里"):
        reward.hand_over(a_voucher(), "wei")


def test_a_voucher_code_survives_typing_and_shows_mistakes():
    code = reward.voucher_code(42)
    assert reward.read_voucher(f" {code.lower().replace('-', ' ')} ") == code
    for place, digit in enumerate(code):
        if digit.isdigit():
            wrong = f"{code[:place]}{(int(digit) + 1) % 10}{code[place + 1 :]}"
            with pytest.raises(Refused, match="校验码"):
                reward.read_voucher(wrong)
    with pytest.raises(Refused, match="不像"):
        reward.read_voucher("42")
    assert reward.read_voucher(reward.voucher_code(10**7)) == reward.voucher_code(10**7)


@pytest.mark.parametrize("state", partner.STATES)
@pytest.mark.parametrize("action", ["approve", "refuse"])
def test_a_partner_is_decided_on(state, action):
    someone = partner.Partner("x", "X", partner.VOLUNTEER, state)
    if (state, action) in partner.TRANSITIONS:
        assert partner.move(someone, action).state == partner.TRANSITIONS[state, action]
    else:
        with pytest.raises(Refused, match="不能这样办"):
            partner.move(someone, action)
