"""What happens to follow-ups, against a database: one for a reply, one outcome, words forgotten."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.routing import decisions, held, joint, models, people
from services.routing import handlers as orders
from services.routing import store as order_store
from services.routing.follow_ups import handlers, lists_rates, store
from services.routing.follow_ups.follow_up import By
from services.routing.follow_ups.rates import Rate
from services.routing.rules import Refused
from tests.unit.routing import follow_ups as f
from tests.unit.routing import ground
from tests.unit.routing.ground import CASE, MONDAY, ORDER, at, order_of, reply, said


@pytest.fixture
def db():
    with at():
        yield ground.database()


def test_a_reply_that_went_out_becomes_one_task_due_by_the_packs_limit(db):
    f.answered(db)
    [one] = f.all_of(db)
    assert (one.state, one.department, one.case_number) == ("open", "ga", CASE)
    assert one.due_by == MONDAY.replace(hour=23, minute=59, second=59) + timedelta(days=3)


def test_a_reply_that_waits_for_its_review_is_not_asked_about_yet():
    with at():
        db = ground.database()
        rules = replace(ground.DISTRICT.rules, review="before")
        db.district = replace(ground.DISTRICT, rules=rules)
        f.hear(db, orders.open_order, ground.transferred())
        reply(db, "completed", result="已劝导")
        assert (order_of(db).state, f.all_of(db)) == ("in_review", [])

        def approves(tx):
            order = order_store.load(tx, ORDER)
            decisions.approve(tx, order, "", "高峰")
            order_store.save(tx, order)

        db.run(approves)
        assert [one.state for one in f.all_of(db)] == ["open"]


def test_an_assisting_order_is_not_asked_about_and_the_lead_once(db):
    f.hear(db, orders.open_order, ground.transferred())

    def assists(tx):
        order = order_store.load(tx, ORDER)
        joint.assist(tx, order, "cg", "请协助", "郑建国")
        order_store.save(tx, order)

    db.run(assists)
    reply(db, "completed", result="已劝导")
    assert f.count(db) == 0, "the lead's reply waits for the one that assists"
    assert reply(db, "completed", "cg", order=f"{ORDER}-a1", result="已查看").applied
    assert [one.number for one in f.all_of(db)] == [f"{ORDER}-f1"]
    assert f.count(db) == 1


def test_nobody_is_asked_where_the_district_does_not_or_nobody_is_named(db):
    rules = replace(db.district.rules, follow_up_all_named=False)
    db.district = replace(db.district, rules=rules)
    f.answered(db)
    assert f.count(db) == 0
    db.district = ground.DISTRICT
    f.answered(db, "XS-261123-0043-05", applicant={"name": " ", "phone": "", "masked": False})
    assert f.count(db) == 0


def test_every_reply_is_asked_about_once_and_what_was_not_asked_lapses(db):
    f.answered(db)
    db.run(lambda tx: handlers.open_for(tx, order_store.load(tx, ORDER)))
    assert f.count(db) == 1
    ground.decide(db, decisions.send_back, reason="没有说明结果")
    [one] = f.all_of(db)
    assert (one.state, one.lapse) == ("lapsed", "reopened")
    reply(db, "completed", result="已再次劝导")
    assert [(o.number, o.state) for o in f.all_of(db)] == [
        (f"{ORDER}-f1", "lapsed"),
        (f"{ORDER}-f2", "open"),
    ]


def test_a_satisfied_resident_changes_nothing_but_the_histories(db):
    f.answered(db)
    f.record(db, words="谢谢")
    order = order_of(db)
    assert (order.state, order.level) == ("completed", 0)
    key, data = said(db)[-1]
    assert key == "order.followed_up.ga"
    heard = {name: data[name] for name in ("contacted", "solved", "grade", "channel", "by")}
    assert heard == {
        "contacted": True,
        "solved": True,
        "grade": 5,
        "channel": "call",
        "by": "郑建国",
    }
    with db.read() as connection:
        last = order_store.history_of(connection, ORDER)[-1]
    assert (last.what, last.note) == ("followed_up", "已解决，评价“非常满意”：谢谢")


@pytest.mark.parametrize("wrong", [{"solved": False}, {"grade": 2}])
def test_a_dissatisfied_one_is_raised_a_level_and_goes_on(db, wrong):
    f.answered(db)
    with at(days=1):
        f.record(db, **wrong)
        order = order_of(db)
        assert (order.state, order.level) == ("signed", 1)
        told = ["followed_up", "reopened", "escalated"]
        assert [key for key, _ in said(db)][-3:] == [f"order.{what}.ga" for what in told]
        assert order.contact_by == MONDAY + timedelta(days=1, hours=1), "its clocks are fresh"
    with at(days=2):
        reply(db, "contacted", note="已上门")
        reply(db, "completed", result="已停用音响")
    first, second = f.all_of(db)
    assert (first.state, second.state) == ("done", "open")
    assert first.put_right_at == MONDAY + timedelta(days=2) == first.contacted_again_at


def test_a_reply_that_was_sent_back_puts_no_bad_rating_right(db):
    """The review finds it wanting before anybody asks the resident: A52 runs on."""
    f.answered(db)
    with at(days=1):
        f.record(db, grade=1)
    with at(days=2):
        reply(db, "contacted")
        reply(db, "completed", result="已再次劝导")
        assert f.one_of(db).put_right_at == MONDAY + timedelta(days=2)
    with at(days=3):
        ground.decide(db, decisions.send_back, reason="没有说明结果")
        first, second = f.all_of(db)
        assert (second.state, second.lapse) == ("lapsed", "reopened")
        assert (first.put_right_at, first.contacted_again_at) == (None, None)
    with at(days=4):
        reply(db, "completed", result="已约谈店主")
        first, _, third = f.all_of(db)
        assert first.put_right_at == third.replied_at == MONDAY + timedelta(days=4)
        assert first.contacted_again_at == MONDAY + timedelta(days=2)
    with at(days=5):
        f.record(db, third.number, grade=1)
        assert f.one_of(db).put_right_at == third.replied_at, "it was asked about, and counts"


def test_a_rating_answers_it_without_a_call_and_says_nothing_nobody_asked(db):
    f.answered(db)
    f.hear(db, orders.remember_rating, ground.rated(6, grade=4, comment="很快"))
    one = f.one_of(db)
    assert (one.state, one.channel, one.grade, one.satisfied) == ("done", "page", 4, True)
    assert (one.contacted, one.solved, one.words, one.by) == (None, None, "很快", "居民")
    assert said(db)[-1][1]["contacted"] is None
    with pytest.raises(Refused):
        f.record(db, grade=1, solved=False)
    assert order_of(db).state == "completed"


def test_a_bad_rating_raises_the_order_once_and_it_goes_on(db):
    f.answered(db)
    f.hear(db, orders.remember_rating, ground.rated(6, grade=1, satisfied=False, comment="没人来"))
    order = order_of(db)
    assert (order.state, order.level, order.grade) == ("signed", 1, 1)
    assert f.one_of(db).right_by is not None
    f.hear(db, orders.reopen_order, ground.reopened(7))
    assert order_of(db).level == 1, "it goes on already"


def test_who_has_it_opened_again_says_that_it_is_not_solved(db):
    """Which the rates count; whether the department had contacted them, nobody asked."""
    f.answered(db)
    f.hear(db, orders.reopen_order, ground.reopened(7))
    one = f.one_of(db)
    assert (one.state, one.channel, one.by) == ("done", "page", "居民")
    assert (one.solved, one.contacted, one.grade, one.satisfied) == (False, None, None, None)
    assert one.right_by is not None
    day = one.settled_on
    with db.read() as connection:
        found = lists_rates.total(connection, lists_rates.Wanted(day, day))
    assert (found.solution, found.satisfaction) == (Rate(0, 1), Rate(0, 0))
    assert (found.response, found.lapsed) == (Rate(0, 0), 0)
    assert (order_of(db).state, order_of(db).level) == ("signed", 1)


@pytest.mark.parametrize("grade", [1, 5])
@pytest.mark.parametrize("first", ["rated", "reopened"])
@pytest.mark.parametrize("doubted", [False, True])
def test_a_grade_and_not_solved_are_one_outcome_whichever_comes_first(db, first, grade, doubted):
    f.answered(db)
    told = {
        "rated": (orders.remember_rating, ground.rated(7, grade=grade, satisfied=grade > 2)),
        "reopened": (orders.reopen_order, ground.reopened(8)),
    }
    f.hear(db, *told.pop(first))
    if doubted:
        f.exclude(db, f"{ORDER}-f1", agreed=None)
    f.hear(db, *told.popitem()[1])
    [one] = f.all_of(db)
    assert (one.state, one.channel) == ("doubted" if doubted else "done", "page")
    assert (one.solved, one.grade, one.satisfied) == (False, grade, grade > 2)
    assert (order_of(db).state, order_of(db).level) == ("signed", 1)


def test_who_was_asked_before_is_not_counted_twice(db):
    f.answered(db)
    f.record(db)
    f.hear(db, orders.reopen_order, ground.reopened(7))
    assert (f.one_of(db).solved, order_of(db).state) == (True, "signed")


@pytest.mark.parametrize("reopened", [True, False])
def test_a_late_rating_of_one_reply_does_not_answer_for_the_next(db, reopened):
    """It was on its way while the order went on and was answered anew."""
    with at():
        f.answered(db)
    with at(hours=1):
        late = ground.rated(7, grade=1, satisfied=False)
    with at(hours=2):
        if reopened:
            f.hear(db, orders.reopen_order, ground.reopened(8))
        else:
            ground.decide(db, decisions.send_back, reason="没有说明结果")
    with at(hours=3):
        reply(db, "completed", result="已停用音响")
        level = order_of(db).level
    with at(hours=4):
        f.hear(db, orders.remember_rating, late)
    first, second = f.all_of(db)
    assert (second.state, second.grade) == ("open", None)
    assert first.grade == (1 if reopened else None), "a lapsed one stays lapsed"
    assert (order_of(db).state, order_of(db).level) == ("completed", level)


def test_a_withdrawn_case_is_not_asked_about_and_its_order_stays_over(db):
    number = f.answered(db)
    f.hear(db, orders.cancel_order, ground.withdrawn(9))
    assert (f.one_of(db).state, f.one_of(db).lapse) == ("lapsed", "over")
    with pytest.raises(Refused):
        f.record(db, number, solved=False, grade=1)
    assert order_of(db).state == "closed"


def test_a_superseded_order_is_not_asked_about(db):
    f.answered(db)
    f.hear(db, orders.open_order, ground.transferred(6, transfer=2))
    assert (f.one_of(db).state, f.one_of(db).lapse) == ("lapsed", "superseded")


def test_a_rating_also_answers_what_somebody_wanted_left_out(db):
    f.answered(db)
    f.exclude(db, f"{ORDER}-f1", agreed=None)
    f.hear(db, orders.remember_rating, ground.rated(6, grade=5))
    assert f.one_of(db).state == "done"


def test_a_rating_after_the_call_changes_no_outcome(db):
    f.answered(db)
    f.record(db, grade=5)
    f.hear(db, orders.remember_rating, ground.rated(6, grade=2, satisfied=False))
    assert (f.one_of(db).grade, order_of(db).grade) == (5, 2)
    assert len(said(db, "order.followed_up")) == 1


@pytest.mark.parametrize("first", ["call", "rating"])
def test_of_a_call_and_a_rating_at_once_there_is_one_outcome(tmp_path, first):
    """Two replicas: the second to write finds what the first wrote."""
    with at():
        replicas = [ground.database(f"sqlite:///{tmp_path / 'r.sqlite'}") for _ in range(2)]
        f.answered(replicas[0])

        def call(db, meanwhile=None):
            tries = []

            def work(tx):
                one = store.load(tx, f"{ORDER}-f1")
                tries.append(one.state)
                if meanwhile and len(tries) == 1:
                    meanwhile()
                handlers.record(tx, one, f.GOOD, f.CALLER)

            db.run(work)

        def rating(db, meanwhile=None):
            tries = []

            def work(tx):
                order = order_store.load(tx, ORDER)
                tries.append(order.version)
                if meanwhile and len(tries) == 1:
                    meanwhile()
                orders.remember_rating(tx, ground.rated(6, grade=3))

            db.run(work)

        if first == "rating":
            with pytest.raises(Refused):
                call(replicas[0], lambda: rating(replicas[1]))
        else:
            rating(replicas[0], lambda: call(replicas[1]))
        [one] = f.all_of(replicas[0])
        assert one.channel == {"call": "call", "rating": "page"}[first]
        assert len(said(replicas[0], "order.followed_up")) == 1


def test_excluded_only_when_another_person_agrees(db):
    number = f.answered(db)
    f.exclude(db, number, agreed=None)
    with pytest.raises(Refused, match="不能自己复核"):
        db.run(
            lambda tx: handlers.review_exclusion(
                tx, store.load(tx, number), grant=True, note="", by=By("supervisor", "郑建国")
            )
        )
    assert f.one_of(db).state == "exclusion_asked"
    db.run(
        lambda tx: handlers.review_exclusion(
            tx, store.load(tx, number), grant=True, note="", by=f.REVIEWER
        )
    )
    one = f.one_of(db)
    assert (one.state, one.exclusion, one.reviewed_by) == ("excluded", "unreachable", "许琴")


def test_of_an_erased_person_the_words_go_and_the_numbers_stay(db):
    f.answered(db)
    f.record(db, words="还是吵", solved=False, grade=2)
    reply(db, "completed", result="已停用音响")
    f.hear(db, people.erase, ground.erased(12))
    first, second = f.all_of(db)
    assert (first.words, first.grade, first.solved, first.state) == ("", 2, False, "done")
    assert (second.state, second.lapse) == ("lapsed", "erased")
    with db.read() as connection:
        [of_case] = held.of_person(connection, db.keys, held.Wanted(CASE, "", ""))["items"]
    assert "还是吵" not in str(of_case)


def test_what_was_said_stays_forgotten_also_when_reviewed_later(db):
    number = f.answered(db)
    f.record(db, words="还是吵")
    f.hear(db, people.erase, ground.erased(12))
    f.exclude(db, number, agreed=True, reason="unrelated")
    one = f.one_of(db)
    assert (one.state, one.exclusion_note, one.review_note) == ("excluded", "", "")


def test_the_copy_of_a_persons_data_holds_what_they_said(db):
    f.answered(db)
    f.record(db, words="王建国说还是吵")
    with db.read() as connection:
        [of_case] = held.of_person(connection, db.keys, held.Wanted(CASE, "", ""))["items"]
    [one] = of_case["orders"][0]["follow_ups"]
    assert (one["words"], one["grade"], one["by"]) == ("王建国说还是吵", 5, "郑建国")


def test_words_are_sealed(db):
    f.answered(db)
    f.record(db, words="还是吵")
    with db.read() as connection:
        raw = connection.exec_driver_sql("SELECT words FROM follow_ups").scalar_one()
    assert isinstance(raw, bytes)
    assert "还是吵".encode() not in raw
    assert models.follow_ups.c.words.type.__class__.__name__ == "Sealed"
