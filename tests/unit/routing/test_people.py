"""The applicants in routing's copies: corrected, erased, in any order and twice."""

import itertools
import json

import pytest
import sqlalchemy as sa

from services.routing import handlers, models, people, replies
from shared.bus import parked
from shared.bus.event import Event
from shared.contracts import intake
from tests.support.dead_letters import give_up
from tests.unit.routing import follow_ups as f
from tests.unit.routing import ground
from tests.unit.routing.ground import CASE, ORDER, at, order_of, reply, said

NAME, PHONE = "王建国", "13805610000"
RIGHT = {"name": "王建军", "phone": "13805610001"}
MASKED = {"name": "王**", "phone": "138****0000", "masked": True}
PERSONAL = (NAME, PHONE, "幸福路", "孩子无法入睡", "满口脏话", "又吵了")
HANDLERS = {
    intake.transferred.type: handlers.open_order,
    intake.withdrawn.type: handlers.cancel_order,
    intake.closed.type: handlers.close_order,
    intake.reopened.type: handlers.reopen_order,
    intake.rated.type: handlers.remember_rating,
    intake.person_corrected.type: people.correct,
    intake.person_erased.type: people.erase,
}


@pytest.fixture
def db():
    with at():
        yield ground.database()


def hear(db, *events: Event):
    for event in events:
        db.run(lambda tx, event=event: HANDLERS[event.type](tx, event))


def settle(db):
    db.run(handlers._settle_early)


def stored(db):
    """Every word routing holds, opened; but for what it said, which the bus forgets by itself."""
    tables = (models.orders, models.history, models.replies, models.early_facts)
    with db.read() as connection:
        return str([row for table in tables for row in connection.execute(sa.select(table))])


def personal_in(text):
    return [word for word in PERSONAL if word in text]


def test_a_title_names_nobody_in_the_clear(db):
    hear(db, ground.transferred(title=f"{NAME}（{PHONE}）反映楼下噪声"))
    assert order_of(db).title == "王**（138****0000）反映楼下噪声"


def test_nothing_personal_can_be_read_in_the_database(db):
    hear(db, ground.transferred(), ground.rated(comment="满口脏话", number="XS-261123-0043-00"))
    reply(db, "progressed", note=f"已联系{NAME}")
    with db.read() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())
    assert "楼下烧烤店夜间噪声扰民" in dump, "titles can be read"
    for word in PERSONAL:
        assert word not in dump
        assert word.encode().hex().upper() not in dump


def test_only_the_dispatch_carries_the_person(db):
    hear(db, ground.transferred(), ground.rated(4, applicant=MASKED))
    reply(db, "contacted", note=f"已联系{NAME} {PHONE}")
    reply(db, "completed", result=f"{NAME}（{PHONE}）您好，请拨 0561-3021234")
    hear(db, ground.reopened(5, applicant=MASKED))
    for key, data in said(db):
        text = json.dumps(data, ensure_ascii=False)
        assert (NAME in text) == key.startswith("order.dispatched"), key
        assert (PHONE in text) == key.startswith("order.dispatched"), key
    [(_, done)] = said(db, "order.completed")
    assert done["result"] == "王**（138****0000）您好，请拨 0561-3021234"
    [(_, again)] = said(db, "order.reopened")
    assert again["by"] == "居民"


def test_a_masked_applicant_overwrites_no_whole_one(db):
    hear(db, ground.transferred(), ground.rated(4, applicant=MASKED))
    hear(db, ground.transferred(5, transfer=2, applicant=MASKED))
    hear(db, ground.corrected(6, applicant=MASKED), ground.closed(7, applicant=MASKED))
    for number in (ORDER, f"{CASE}-2"):
        order = order_of(db, number)
        assert (order.applicant_name, order.applicant_phone) == (NAME, PHONE)


def corrections(db):
    """Which departments were told who is right, and who that is."""
    found = said(db, "order.person_corrected")
    return [(key.rpartition(".")[2], data["applicant"]) for key, data in found]


def test_a_department_that_may_call_is_told_who_is_right(db):
    hear(db, ground.transferred(), ground.corrected(4, applicant=RIGHT))
    assert corrections(db) == [("ga", RIGHT)]
    hear(db, ground.corrected(5, applicant=RIGHT))
    assert len(corrections(db)) == 1, "that changed nothing for it"


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ((ground.closed(4),), ["ga"]),  # it may be reopened
        ((ground.withdrawn(4),), []),
        ((ground.erased(4),), []),
        ((ground.transferred(4, transfer=2, department="cg"),), ["cg"]),
    ],
)
def test_a_correction_troubles_no_department_that_will_not_call(db, events, told):
    hear(db, ground.transferred(), *events, ground.corrected(9, applicant=RIGHT))
    assert [department for department, _ in corrections(db)] == told


def test_whose_order_waits_or_was_replaced_is_nobodys_to_call(db):
    hear(db, ground.transferred(department=None, number="XS-261123-0043-00"))
    hear(db, ground.corrected(4, number="XS-261123-0043-00", applicant=RIGHT))
    assert corrections(db) == []
    hear(db, ground.transferred())
    reply(db, "completed", result="已办")
    hear(db, ground.transferred(4, transfer=2, department="cg"))
    hear(db, ground.corrected(9, applicant=RIGHT))
    assert corrections(db) == [("cg", RIGHT)]


def test_a_correction_counts_whenever_it_comes(db):
    """Before its order, after it, twice, and between two transfers of which one comes late."""
    events = {
        "first": ground.transferred(3),
        "correction": ground.corrected(4, applicant=RIGHT),
        "second": ground.transferred(5, transfer=2, applicant=RIGHT),
    }
    for order in itertools.permutations(events):
        base = ground.database()
        hear(base, *(events[name] for name in order), events["correction"])
        settle(base)
        for number in (ORDER, f"{CASE}-2"):
            with base.read() as connection:
                there = connection.execute(
                    sa.select(models.orders).where(models.orders.c.number == number)
                ).one_or_none()
            if there is not None:
                assert (there.applicant_name, there.applicant_phone) == tuple(RIGHT.values()), order


def test_a_correction_that_came_first_goes_to_the_department(db):
    hear(db, ground.corrected(4, applicant=RIGHT), ground.transferred(3))
    [(_, data)] = said(db, "order.dispatched")
    assert data["applicant"] == RIGHT


def test_an_older_correction_changes_nothing(db):
    hear(db, ground.transferred(3), ground.corrected(6, applicant=RIGHT))
    before = order_of(db)
    hear(db, ground.corrected(5, applicant={"name": NAME, "phone": PHONE}))
    assert order_of(db) == before


def test_a_correction_finds_the_order_by_the_new_number_only(db):
    hear(db, ground.transferred(3), ground.corrected(4, applicant=RIGHT))
    index = models.orders.c.applicant_phone_index
    with db.read() as connection:
        for phone, count in ((RIGHT["phone"], 1), (PHONE, 0)):
            query = sa.select(models.orders.c.number).where(db.keys.matches(index, phone))
            assert len(connection.execute(query).all()) == count


def life():
    """A case from its transfer to its end, with words in every part."""
    return [
        ground.transferred(3, description="孩子无法入睡", location="幸福路 12 号"),
        ground.rated(6, comment="满口脏话"),
        ground.reopened(7, reason="又吵了"),
        ground.closed(8),
    ]


def test_who_is_erased_is_gone_and_the_numbers_stay(db):
    opening, *rest = life()
    hear(db, opening)
    letter = json.dumps({"note": f"已联系{NAME} {PHONE}"}, ensure_ascii=False)
    db.run(
        lambda tx: replies.apply_reply(
            tx,
            "ga",
            "contacted",
            reply_id="r-1",
            data={"order": ORDER, "note": f"已联系{NAME}"},
            via=replies.BUS,
            original=letter,
        )
    )
    reply(db, "completed", result=f"已答复{NAME}")
    hear(db, *rest)
    assert personal_in(stored(db))
    before = order_of(db)
    hear(db, ground.erased(9))
    after = order_of(db)
    assert personal_in(stored(db)) == []
    assert after.erased_at is not None
    for same in ("number", "state", "department", "grade", "level", "due_by", "completed_at"):
        assert getattr(after, same) == getattr(before, same), same
    assert said(db, "order.cancelled") == []


def test_erased_in_any_order_and_twice(db):
    events = [*life(), ground.corrected(5, applicant={"name": NAME, "phone": PHONE})]
    for place in range(len(events) + 1):
        for line in (events, [*events[1:], events[0]]):
            base = ground.database()
            erased = ground.erased(9)
            hear(base, *line[:place], erased, *line[place:], erased, *line)
            settle(base)
            assert personal_in(stored(base)) == [], place
            assert order_of(base).erased_at is not None


def test_a_transfer_after_the_erasure_troubles_no_department(db):
    hear(db, ground.erased(9), ground.transferred(3))
    assert order_of(db).state == "cancelled"
    assert said(db) == []
    hear(db, ground.transferred(4, transfer=2))
    assert order_of(db, f"{CASE}-2").state == "cancelled"
    assert personal_in(stored(db)) == []


def test_a_transfer_that_could_not_be_handled_goes_with_its_person(db):
    """Nobody may read it any more, and no replay can bring them back."""
    give_up(db, models.bus, ground.transferred())
    assert NAME in parked.list_parked(db, models.bus)[0].body
    hear(db, ground.erased(9))
    assert parked.list_parked(db, models.bus) == []
    assert parked.replay(db, models.bus) == 0


def test_the_erasure_is_never_dropped(db):
    hear(db, ground.erased(9))
    with at(days=400):
        settle(db)
        hear(db, ground.transferred(3))
    assert personal_in(stored(db)) == []


def test_a_department_at_work_is_told_to_stop(db):
    hear(db, ground.transferred(3), ground.erased(9))
    [(key, data)] = said(db, "order.cancelled")
    assert key == "order.cancelled.ga"
    assert data["note"] == people.STOP
    assert order_of(db).timers_due(ground.MONDAY.replace(year=2027)) == []


def test_what_is_answered_after_the_erasure_is_not_kept(db):
    hear(db, ground.transferred(3), ground.erased(9))
    data = {"order": ORDER, "result": f"{NAME}的事已办"}
    outcome = db.run(
        lambda tx: replies.apply_reply(
            tx,
            "ga",
            "completed",
            reply_id="r-2",
            data=data,
            via=replies.BUS,
            original=json.dumps(data, ensure_ascii=False),
        )
    )
    assert not outcome.applied
    assert personal_in(stored(db)) == []


def everything(db):
    """Every word of every table, opened, also what was said."""
    with db.read() as connection:
        tables = models.metadata.sorted_tables
        return str([row for table in tables for row in connection.execute(sa.select(table))])


def test_a_rating_that_came_after_the_erasure_gives_a_grade_and_no_word(db):
    """It was parked while the case was opened again, closed and its person forgotten."""
    late = ground.rated(5, grade=1, satisfied=False, comment="满口脏话")
    hear(db, ground.transferred(3))
    reply(db, "completed", result="已办")
    hear(db, ground.reopened(6), ground.closed(8), ground.erased(9))
    hear(db, late)
    assert "满口脏话" not in everything(db)
    order, [follow_up] = order_of(db), f.all_of(db)
    assert (order.state, order.grade, order.rated_version) == ("closed", 1, 5)
    assert (follow_up.state, follow_up.grade) == ("done", 1)


@pytest.mark.parametrize(
    ("late", "state"),
    [
        (lambda: ground.rated(6, grade=1, satisfied=False, comment="又吵了"), "completed"),
        (lambda: ground.reopened(6, reason="又吵了"), "completed"),
        (lambda: ground.withdrawn(6, reason="又吵了"), "closed"),
    ],
    ids=["rated", "reopened", "withdrawn"],
)
def test_what_came_after_the_erasure_sets_nobody_to_work_and_says_no_word(db, late, state):
    hear(db, ground.transferred(3))
    reply(db, "completed", result="已办")
    hear(db, ground.erased(9))
    level = order_of(db).level
    hear(db, late())
    assert "又吵了" not in everything(db)
    order = order_of(db)
    assert (order.state, order.level, order.timers) == (state, level, {})
    assert said(db, "order.reopened") + said(db, "order.on_site_called") == []


def test_a_corrected_name_is_taken_out_of_the_words_of_its_cluster_too():
    from services.routing.problems import cluster_handlers  # noqa: PLC0415

    person = ground.transferred().data["applicant"]
    of_problems = models.problem_list
    with at():
        db = ground.database()
        opened = ground.transferred(
            title="欧阳小红家漏水楼道积水", applicant=dict(person, name="欧阳小洪")
        )
        db.run(lambda tx: handlers.open_order(tx, opened))
        db.run(cluster_handlers.gather)
        right = ground.corrected(version=9, applicant=dict(person, name="欧阳小红"))
        db.run(lambda tx: people.correct(tx, right))
    with db.read() as connection:
        [trace] = connection.execute(sa.select(of_problems.traces)).all()
        [cluster] = connection.execute(sa.select(of_problems.clusters)).all()
    assert "小红" not in trace.words
    assert not [run for run in cluster.counts if "小红" in run]
    assert "漏水" in cluster.counts
    assert "小红" not in order_of(db).title
