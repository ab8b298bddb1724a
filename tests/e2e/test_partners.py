"""A need of a case: offered, accepted, met, confirmed by both sides; points earned and spent."""

import pytest

from tests.e2e.steps import told
from tests.support.waiting import wait_until
from tools.client import Refused

CATEGORY = "repair"


def test_a_need_is_met_and_thanked_with_points(baitong, desk, admin):
    partner = baitong.person("partner")
    code = partner.user["partner"]
    before = _balance(partner, code)
    need = _raised(desk, "独居老人家中水管漏水")
    number = need["number"]
    offered = wait_until(
        lambda: [one for one in partner.needs(case=need["case_number"]) if one["number"] == number],
        what=f"{number} is offered to {code}",
    )[0]
    assert offered["applicant"] != "王建国"  # who has not taken it does not learn the name

    partner.need(number, "accept")
    with pytest.raises(Refused) as early:
        desk.need(number, "confirm")
    assert early.value.status == 409
    partner.need(number, "fulfil", note="已换好阀门")
    confirmed = desk.need(number, "confirm", note="居民说修好了")
    assert confirmed["state"] == "confirmed"
    assert confirmed["points"] > 0
    assert _balance(partner, code) == before + confirmed["points"]
    told(
        desk,
        need["case_number"],
        "need.offered",
        "need.accepted",
        "need.fulfilled",
        "need.confirmed",
    )
    with pytest.raises(Refused) as twice:
        desk.need(number, "confirm")
    assert twice.value.status == 409
    assert _balance(partner, code) == before + confirmed["points"]
    assert _sound(admin)


def test_points_buy_a_reward_once_and_come_back_when_it_is_undone(baitong, desk, admin):
    partner = baitong.person("partner")
    code = partner.user["partner"]
    reward = _cheapest(partner)
    _earn(partner, desk, reward["price"])
    before = _balance(partner, code)

    wish = {"request": f"e2e-{before}-{_vouchers(partner)}"}
    voucher = partner.post(f"/api/partners/rewards/{reward['code']}/redeem", wish)
    again = partner.post(f"/api/partners/rewards/{reward['code']}/redeem", wish)
    assert again["voucher"] == voucher["voucher"]
    assert _balance(partner, code) == before - reward["price"]
    undone = partner.post(f"/api/partners/redemptions/{voucher['voucher']}/cancel", {})
    assert undone["state"] == "cancelled"
    assert _balance(partner, code) == before
    assert _sound(admin)


def test_nobody_spends_points_they_do_not_have(baitong, admin):
    partner = baitong.person("partner")
    code = partner.user["partner"]
    dear = [one for one in _rewards(partner) if one["price"] > _balance(partner, code)]
    for reward in dear:
        with pytest.raises(Refused) as refused:
            partner.post(f"/api/partners/rewards/{reward['code']}/redeem", {})
        assert refused.value.status == 409
    with pytest.raises(Refused) as unknown:
        partner.post("/api/partners/rewards/no-such-reward/redeem", {})
    assert unknown.value.status == 404
    assert _sound(admin)


def _raised(desk, wish):
    case = desk.accept("请人帮忙修水管", kind="help", description=wish)
    desk.act(case["number"], "need", category=CATEGORY, wish=wish)
    found = wait_until(lambda: desk.needs(case=case["number"]), what="the need is known")
    return found[0]


def _earn(partner, desk, points):
    """Meet needs until the passbook holds that many."""
    while _balance(partner, partner.user["partner"]) < points:
        number = _raised(desk, "水龙头滴水")["number"]
        wait_until(lambda n=number: _offered(partner, n), what=f"{number} is offered")
        partner.need(number, "accept")
        partner.need(number, "fulfil")
        desk.need(number, "confirm")


def _offered(partner, number):
    return [one for one in partner.needs(state="offered") if one["number"] == number]


def _balance(partner, code):
    return partner.get(f"/api/partners/passbooks/{code}")["balance"]


def _vouchers(partner):
    return partner.get("/api/partners/redemptions")["total"]


def _rewards(partner):
    return list(partner.listed("/api/partners/rewards"))


def _cheapest(partner):
    """The cheapest reward. Only the embedded run invents some; a district brings its own."""
    left = [one for one in _rewards(partner) if one["left"] > 0]
    if not left:
        pytest.skip("this deployment offers no rewards yet")
    return min(left, key=lambda one: one["price"])


def _sound(admin):
    ledger = admin.get("/api/partners/ledger/verify")
    return ledger["sound"] and ledger["mismatch"] is None
