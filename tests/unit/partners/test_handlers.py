"""What happens to a need, to points and to partners, on a real database."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.partners import handlers, handlers_partners, handlers_points, ledger_store
from services.partners import need as n
from services.partners.handlers import Officer
from services.partners.models import bus, needs, offers, partners, rewards, steps
from services.partners.partner import APPROVED, COMMUNITY, PENDING, Offering, Partner
from services.partners.refusal import Refused, Unknown
from shared.clock import now, set_for_tests
from shared.db import Stale

NUMBER = "XS-261121-00042-7-n1"
HERE = "340603002001"
DESK = Officer("李敏", HERE)
SHOP, WEI = "demo-nuanxin", "demo-wei-master"


@pytest.fixture
def do(runtime):
    """Run a command."""

    def run(handler, *args: object, **options: object):
        return runtime.database.run(lambda tx: handler(tx, *args, **options))

    return run


@pytest.fixture
def rows(runtime):
    def read(statement):
        with runtime.database.read() as connection:
            return connection.execute(statement).all()

    return read


@pytest.fixture
def said(rows):
    """What left for the bus: (name, data) in order."""

    def read():
        bodies = rows(sa.select(bus.outbox.c.routing_key, bus.outbox.c.body).order_by("id"))
        return [(row.routing_key, json.loads(row.body)["data"]) for row in bodies]

    return read


@pytest.fixture
def raised(do, heard):
    """The example's need: a water pipe in 供电社区."""
    do(handlers.take_need, heard())


def state_of(rows, number=NUMBER):
    return rows(sa.select(needs.c.state).where(needs.c.number == number))[0].state


def earn(do, heard, owner, times):
    """Let ``owner`` meet needs, 20 points each."""
    for time in range(times):
        number = f"XS-261121-00042-7-m{owner}{time}"
        do(handlers.take_need, heard(need=number[:40]))
        do(handlers.accept, number[:40], owner)
        do(handlers.fulfil, number[:40], owner, "")
        do(handlers.confirm, number[:40], DESK, "")


def test_a_need_goes_its_whole_way(do, rows, said, raised):
    do(handlers.accept, NUMBER, SHOP)
    do(handlers.fulfil, NUMBER, SHOP, "换了角阀")
    after = do(handlers.confirm, NUMBER, DESK, "居民很满意")
    assert (after.state, after.points) == (n.CONFIRMED, 20)
    assert [name for name, _ in said()] == [
        "need.offered",
        "need.accepted",
        "need.fulfilled",
        "need.confirmed",
    ]
    last = said()[-1][1]
    assert (last["partner"], last["points"], last["case_number"]) == (
        "暖心商户联盟",
        20,
        "XS-261121-00042-7",
    )
    assert do(ledger_store.balance, SHOP) == 20
    told = rows(sa.select(steps.c.action, steps.c.who).order_by(steps.c.version))
    assert [row.action for row in told] == ["raise", "offer", "accept", "fulfil", "confirm"]
    assert [row.state for row in rows(sa.select(offers).where(offers.c.partner == SHOP))] == [
        n.TAKEN
    ]


def test_it_is_offered_best_first_with_reasons(rows, raised):
    found = rows(sa.select(offers).order_by(offers.c.score.desc(), offers.c.partner))
    assert [row.partner for row in found] == [SHOP, WEI, "sgcc-huaibei"]
    assert found[0].reasons[1] == {"text": "就在本社区", "values": {}}


def test_what_nobody_can_meet_is_unmet_and_offered_by_hand(do, heard, rows, said):
    do(handlers.take_need, heard(category="something-new"))
    assert state_of(rows) == n.UNMET
    assert rows(sa.select(needs.c.category))[0].category == "other"
    assert said()[-1][0] == "need.unmet"
    with pytest.raises(Unknown):
        do(handlers.offer_by_hand, NUMBER, ["nobody"], DESK)
    do(handlers.offer_by_hand, NUMBER, [WEI, WEI], DESK)
    assert said()[-1] == ("need.offered", said()[-1][1] | {"note": "1 家"})
    assert do(handlers.accept, NUMBER, WEI).state == n.ACCEPTED


def test_declined_by_all_it_is_unmet_and_can_be_offered_to_them_again(do, rows, said, raised):
    for partner in (SHOP, WEI, "sgcc-huaibei"):
        assert state_of(rows) == n.OFFERED
        do(handlers.decline, NUMBER, partner, "这周排满了")
    assert state_of(rows) == n.UNMET
    assert said()[-1][0] == "need.unmet"
    do(handlers.offer_by_hand, NUMBER, [WEI], Officer("郑建国"))
    assert do(handlers.accept, NUMBER, WEI).state == n.ACCEPTED


def test_given_back_the_others_are_asked_again(do, rows, said, raised):
    do(handlers.accept, NUMBER, SHOP)
    do(handlers.decline, NUMBER, SHOP, "师傅病了")
    assert said()[-1] == ("need.offered", said()[-1][1] | {"note": "2 家", "partner_code": ""})
    with pytest.raises(Refused, match="没有推送给您"):
        do(handlers.accept, NUMBER, SHOP)
    assert do(handlers.accept, NUMBER, WEI).partner == WEI


def test_not_done_after_all(do, raised):
    do(handlers.accept, NUMBER, SHOP)
    do(handlers.fulfil, NUMBER, SHOP, "")
    do(handlers.send_back, NUMBER, DESK, "还在滴水")
    do(handlers.fulfil, NUMBER, SHOP, "已换新")
    do(handlers.confirm, NUMBER, DESK, "")
    assert do(ledger_store.balance, SHOP) == 20


def test_another_communitys_desk_may_not_confirm(do, raised):
    do(handlers.accept, NUMBER, SHOP)
    do(handlers.fulfil, NUMBER, SHOP, "")
    with pytest.raises(Refused, match="别的社区"):
        do(handlers.confirm, NUMBER, Officer("赵阳", "340603009004"), "")
    assert do(ledger_store.balance, SHOP) == 0


def test_the_case_is_withdrawn(do, heard, rows, raised):
    do(handlers.accept, NUMBER, SHOP)
    do(handlers.case_withdrawn, heard("withdrawn", version=3))
    assert state_of(rows) == n.CANCELLED


def test_the_case_is_closed_while_a_partner_is_at_it(do, heard, rows, raised):
    do(handlers.accept, NUMBER, SHOP)
    do(handlers.case_closed, heard("closed", version=3))
    assert state_of(rows) == n.ACCEPTED
    do(handlers.fulfil, NUMBER, SHOP, "")
    do(handlers.confirm, NUMBER, DESK, "")
    assert state_of(rows) == n.CONFIRMED


def test_the_case_is_closed_before_anybody_took_it(do, heard, rows, raised):
    do(handlers.case_closed, heard("closed", version=3))
    assert state_of(rows) == n.CANCELLED
    with pytest.raises(Refused, match="已取消"):
        do(handlers.accept, NUMBER, SHOP)


def test_the_end_may_be_heard_before_the_need(do, heard, rows, said):
    do(handlers.case_withdrawn, heard("withdrawn", version=3))
    do(handlers.take_need, heard(version=2))
    assert state_of(rows) == n.CANCELLED
    assert said() == []


def test_an_older_end_does_not_touch_a_need_of_the_reopened_case(do, heard, rows):
    do(handlers.take_need, heard(version=9))
    do(handlers.case_closed, heard("closed", version=6))
    assert state_of(rows) == n.OFFERED
    do(handlers.case_closed, heard("closed", version=4))
    do(handlers.case_closed, heard("closed", version=12))
    assert state_of(rows) == n.CANCELLED


def test_a_need_heard_twice_is_one(do, heard, rows, said, raised):
    do(handlers.take_need, heard())
    assert len(rows(sa.select(needs))) == 1
    assert len(said()) == 1


def test_what_nobody_takes_in_time_is_unmet(runtime, heard, rows, said, pack):
    with set_for_tests(now()) as clock:
        runtime.database.run(lambda tx: handlers.take_need(tx, heard()))
        assert handlers.expire_offers(runtime) == 0
        due = runtime.district.calendar.add_workdays(clock.moment, pack.workdays)
        clock.advance(due - clock.moment)
        assert handlers.expire_offers(runtime) == 0
        clock.advance(timedelta(seconds=1))
        assert handlers.expire_offers(runtime) == 1
        assert handlers.expire_offers(runtime) == 0
    assert state_of(rows) == n.UNMET
    assert said()[-1][1]["note"] == "推送后没有人认领"


def test_a_full_partner_is_not_asked(do, heard, rows):
    for time in range(2):
        do(handlers.take_need, heard(need=f"n{time}"))
        do(handlers.accept, f"n{time}", WEI)
    do(handlers.take_need, heard(need="n2"))
    asked = rows(sa.select(offers.c.partner).where(offers.c.need == "n2"))
    assert WEI not in {row.partner for row in asked}


def test_unknown_needs_and_partners(do, raised):
    with pytest.raises(Unknown):
        do(handlers.accept, "nothing", SHOP)
    with pytest.raises(Unknown):
        do(handlers.accept, NUMBER, "nobody")


# Points


def test_points_buy_a_voucher_that_is_handed_over(do, heard, rows):
    earn(do, heard, WEI, 2)
    bought = do(handlers_points.redeem, WEI, "haircut", "魏师傅")
    assert do(ledger_store.balance, WEI) == 20
    assert rows(sa.select(rewards.c.taken).where(rewards.c.code == "haircut"))[0].taken == 1
    with pytest.raises(Refused, match="不在您这里"):
        do(handlers_points.hand_over, bought.voucher, WEI, "魏师傅")
    typed = bought.voucher.lower().replace("-", "")
    assert do(handlers_points.hand_over, typed, SHOP, "徐慧").state == "handed_over"
    with pytest.raises(Refused, match="不能再办"):
        do(handlers_points.cancel, bought.voucher, WEI, "魏师傅")


def test_a_redemption_undone_gives_back_points_and_stock(do, heard, rows, runtime):
    earn(do, heard, WEI, 1)
    bought = do(handlers_points.redeem, WEI, "haircut", "魏师傅")
    do(handlers_points.cancel, bought.voucher, WEI, "魏师傅")
    assert do(ledger_store.balance, WEI) == 20
    assert rows(sa.select(rewards.c.taken).where(rewards.c.code == "haircut"))[0].taken == 0
    with pytest.raises(Refused):
        do(handlers_points.cancel, bought.voucher, WEI, "魏师傅")
    with runtime.database.read() as connection:
        assert ledger_store.verify(connection) is None


def test_without_enough_points_nothing_is_written(do, heard, rows):
    earn(do, heard, WEI, 1)
    with pytest.raises(Refused, match="需要 60，现有 20"):
        do(handlers_points.redeem, WEI, "aircon", "魏师傅")
    assert do(ledger_store.balance, WEI) == 20
    with pytest.raises(Unknown):
        do(handlers_points.redeem, WEI, "a-yacht", "魏师傅")
    with pytest.raises(Unknown):
        do(handlers_points.redeem, "nobody", "haircut", "?")


def test_a_wish_sent_twice_is_one_voucher(do, heard):
    earn(do, heard, WEI, 2)
    first = do(handlers_points.redeem, WEI, "haircut", "魏师傅", "wish-1")
    assert do(handlers_points.redeem, WEI, "haircut", "魏师傅", "wish-1") == first
    assert do(ledger_store.balance, WEI) == 20


# Partners


def test_the_pack_is_taken_over_once_and_again(runtime, rows, do):
    before = rows(sa.select(partners))
    handlers_partners.take_pack(runtime)
    assert rows(sa.select(partners)) == before
    changed = partners.update().where(partners.c.code == SHOP).values(name="旧名")
    runtime.database.run(lambda tx: tx.execute(changed))
    handlers_partners.take_pack(runtime)
    found = rows(sa.select(partners).where(partners.c.code == SHOP))[0]
    assert (found.name, found.version) == ("暖心商户联盟", 2)


def test_outside_the_embedded_run_there_are_no_demo_partners(runtime, rows, pack):
    found = {row.code: row.origin for row in rows(sa.select(partners))}
    real = {p.code for p in pack.partners if p.origin == "pack"}
    assert len(real) == 6
    assert {code for code, origin in found.items() if origin != "demo"} == real
    runtime.settings = type(runtime.settings)(**vars(runtime.settings) | {"embedded": False})
    handlers_partners.take_pack(runtime)
    assert {row.active for row in rows(sa.select(rewards))} == {False}


def test_registered_then_approved_a_partner_is_asked(do, heard, rows):
    newcomer = Partner(
        "new-fixers",
        "快修社",
        COMMUNITY,
        APPROVED,
        communities=(HERE,),
        offerings=(Offering("service", "repair", "开锁换锁"),),
    )
    assert do(handlers_partners.register, newcomer, "desk").state == PENDING
    do(handlers.take_need, heard(need="n1"))
    with pytest.raises(Refused, match="已有合伙人使用"):
        do(handlers_partners.register, newcomer, "desk")
    do(handlers_partners.decide, "new-fixers", "approve", "supervisor")
    do(handlers.take_need, heard(need="n2"))
    asked = rows(sa.select(offers.c.need).where(offers.c.partner == "new-fixers"))
    assert [row.need for row in asked] == ["n2"]
    do(handlers.accept, "n2", "new-fixers")
    do(handlers.fulfil, "n2", "new-fixers", "")
    do(handlers.confirm, "n2", DESK, "")
    assert do(ledger_store.balance, "new-fixers") == 20
    with pytest.raises(Refused, match="不能这样办"):
        do(handlers_partners.decide, "new-fixers", "approve", "supervisor")


# Two processes at once. The second one loads, then the first one commits, then the second writes.


def interleaved(open_runtime, mine, theirs):
    """Run ``mine`` with ``theirs`` committed by another process between its load and its write."""
    first, second = open_runtime(), open_runtime()
    tried = []

    def work(tx):
        execute = tx.execute

        def after_them(statement):
            if not tried and isinstance(statement, sa.Update):
                tried.append(first.database.run(theirs))
            return execute(statement)

        tx.execute = after_them
        return mine(tx)

    return lambda: second.database.run(work), tried


def test_two_acceptances_at_once_one_wins(open_runtime, runtime, raised, rows):
    late, tried = interleaved(
        open_runtime,
        lambda tx: handlers.accept(tx, NUMBER, WEI),
        lambda tx: handlers.accept(tx, NUMBER, SHOP),
    )
    with pytest.raises(Refused, match="已被别的合伙人认领"):
        late()
    assert tried[0].partner == SHOP
    assert [row.partner for row in rows(sa.select(needs.c.partner))] == [SHOP]


def test_two_want_the_last_one_at_once_one_gets_it(open_runtime, do, heard, rows, runtime):
    earn(do, heard, WEI, 1)
    earn(do, heard, SHOP, 1)
    last = rewards.update().where(rewards.c.code == "haircut").values(stock=1)
    do(lambda tx: tx.execute(last))
    late, _ = interleaved(
        open_runtime,
        lambda tx: handlers_points.redeem(tx, WEI, "haircut", "魏师傅"),
        lambda tx: handlers_points.redeem(tx, SHOP, "haircut", "徐慧"),
    )
    with pytest.raises(Refused, match="兑完"):
        late()
    assert (do(ledger_store.balance, WEI), do(ledger_store.balance, SHOP)) == (20, 0)
    with runtime.database.read() as connection:
        assert ledger_store.verify(connection) is None


def test_the_same_points_cannot_be_spent_twice_at_once(open_runtime, do, heard):
    earn(do, heard, WEI, 1)
    late, _ = interleaved(
        open_runtime,
        lambda tx: handlers_points.redeem(tx, WEI, "checkup", "魏师傅"),
        lambda tx: handlers_points.redeem(tx, WEI, "haircut", "魏师傅"),
    )
    with pytest.raises(Refused, match="积分不够"):
        late()
    assert do(ledger_store.balance, WEI) == 0


def test_a_stale_need_is_not_overwritten(runtime, do, raised):
    def work(tx):
        tx.update(needs.update().where(needs.c.version == 1).values(state=n.CONFIRMED))

    with pytest.raises(Stale):
        do(work)
