"""At the year's end: what was counted before the holidays were known is counted anew, once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from services.routing import decisions, handlers, models, store, timers, timers_calendar
from services.routing.present import clocks_in_words
from shared.workdays import WorkCalendar
from tests.unit.routing import ground
from tests.unit.routing.ground import ZONE, decide, order_of, reply, said

MONDAY = datetime(2026, 12, 28, 9, 0, tzinfo=ZONE)
GUESSED = datetime(2027, 1, 4, 23, 59, 59, tzinfo=ZONE)
KNOWN = datetime(2027, 1, 5, 23, 59, 59, tzinfo=ZONE)
"""1 January is a holiday."""
A_SECOND = timedelta(seconds=1)
NEXT_YEAR = replace(
    ground.DISTRICT,
    calendar=WorkCalendar(holidays_extra=[date(2027, 1, 1)], known_until=date(2027, 12, 31)),
)


@pytest.fixture
def db():
    with ground.at(MONDAY):
        made = ground.database()
        made.run(lambda tx: handlers.open_order(tx, ground.transferred()))
        reply(made, "contacted")
        assert order_of(made).due_by == GUESSED
        yield made


def look(db, moment=MONDAY):
    with ground.at(moment):
        return timers_calendar.look(SimpleNamespace(database=db))


def history(db):
    with db.read() as connection:
        return store.history_of(connection, ground.ORDER)


def test_a_deadline_moves_once_when_the_holidays_are_known(db):
    assert look(db) == 0, "nothing is known better"
    db.district = NEXT_YEAR
    assert [look(db), look(db)] == [1, 0]
    order = order_of(db)
    assert order.due_by == KNOWN
    assert datetime.fromisoformat(order.timers["finish_late"]) == KNOWN + A_SECOND
    [line] = [one for one in history(db) if one.what == "recount"]
    assert (line.by, line.note) == ("系统", timers_calendar.NOTE)
    assert "2027年1月5日 24:00" in clocks_in_words(order, history(db), NEXT_YEAR)["explained"]
    [(key, told)] = said(db, "order.resumed")
    assert (key, datetime.fromisoformat(told["due_by"])) == ("order.resumed.ga", KNOWN)


def test_what_was_late_by_the_guess_is_not_late_any_more_and_later_may_be(db):
    with ground.at(GUESSED + A_SECOND):
        timers.look(SimpleNamespace(database=db))
    assert len(said(db, "order.late")) == 1
    db.district = NEXT_YEAR
    assert look(db, GUESSED + A_SECOND) == 1
    with ground.at(KNOWN):
        timers.look(SimpleNamespace(database=db))
    assert len(said(db, "order.late")) == 1
    with ground.at(KNOWN + A_SECOND):
        timers.look(SimpleNamespace(database=db))
    assert [datetime.fromisoformat(data["due_by"]) for _, data in said(db, "order.late")] == [
        GUESSED,
        KNOWN,
    ]


def test_a_replica_that_knows_less_takes_nothing_back(db):
    db.district = NEXT_YEAR
    look(db)
    db.district = ground.DISTRICT
    assert look(db) == 0
    assert order_of(db).due_by == KNOWN


def test_while_it_is_paused_the_new_deadline_is_told_with_its_resumption(db):
    decide(db, decisions.pause, reason="testing", note="送检")
    db.district = NEXT_YEAR
    assert look(db) == 1
    assert said(db, "order.resumed") == []
    decide(db, decisions.resume, note="")
    [(_, told)] = said(db, "order.resumed")
    assert datetime.fromisoformat(told["due_by"]) == KNOWN


def test_what_is_answered_stays_as_it_was(db):
    reply(db, "completed", result="已劝导", reviewed_by="周局长")
    db.district = NEXT_YEAR
    assert look(db) == 0
    assert order_of(db).due_by == GUESSED


def test_one_that_fails_keeps_no_other_from_its_deadline(db, monkeypatch):
    monkeypatch.setattr(timers_calendar, "AT_ONCE", 1)
    other = "XS-261228-0001-00"
    db.run(lambda tx: handlers.open_order(_fresh(tx), ground.transferred(number=other)))
    broken = sa.update(models.orders).where(models.orders.c.number == ground.ORDER)
    facts = [*order_of(db).clock_facts, {"what": "resume", "at": MONDAY.isoformat(), "data": {}}]
    db.run(lambda tx: tx.execute(broken.values(clock_facts=facts)))
    db.district = NEXT_YEAR
    with pytest.raises(timers.TimerFailed, match=ground.ORDER):
        look(db)
    assert order_of(db, f"{other}-1").due_by == KNOWN


def test_two_replicas_move_each_once(tmp_path, monkeypatch):
    monkeypatch.setattr(timers_calendar, "AT_ONCE", 7)
    url = f"sqlite:///{tmp_path / 'r.sqlite'}"
    cases = [f"XS-261228-{number:04d}-00" for number in range(20)]
    with ground.at(MONDAY):
        replicas = [ground.database(url) for _ in range(2)]
        for case in cases:
            event = ground.transferred(number=case)
            replicas[0].run(lambda tx, event=event: handlers.open_order(_fresh(tx), event))
    for one in replicas:
        one.district = NEXT_YEAR
    with ground.at(MONDAY), ThreadPoolExecutor(2) as pool:
        runtimes = [SimpleNamespace(database=one) for one in replicas]
        done = sum(pool.map(timers_calendar.look, runtimes))
    assert done == len(cases)
    told = [data["number"] for _, data in said(replicas[0], "order.resumed")]
    assert sorted(told) == [f"{case}-1" for case in cases]
    for one in replicas:
        one.engine.dispose()


def _fresh(tx):
    tx.batch, tx.memo = (), {}
    return tx
