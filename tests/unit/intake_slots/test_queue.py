"""The queue of today: numbers by kind, who goes first, call, again, skip, done."""

from datetime import timedelta

import pytest

from services.intake.case import Actor
from services.intake.reason import Conflict, Forbidden, Unknown
from services.intake.slots import lists
from services.intake.slots import ticket_handlers as queue
from shared.clock import now
from tests.unit.intake.ground import COMMUNITY, DESK, ELSEWHERE, do
from tests.unit.intake_slots.desk import tickets

OTHER_DESK = Actor("desk-b", "吴倩", "desk", COMMUNITY)
STRANGER = Actor("desk-guiyuan", "孙丽华", "desk", ELSEWHERE)


def take(runtime, kind="general"):
    return do(runtime, queue.take, COMMUNITY, kind)


def test_numbers_count_by_kind(runtime):
    taken = [take(runtime, kind).number for kind in ("general", "general", "priority", "general")]
    assert taken == ["A001", "A002", "Y001", "A003"]


def test_numbers_begin_anew_each_day(runtime, time):
    take(runtime)
    time.advance(timedelta(days=1))
    assert take(runtime).number == "A001"
    assert do(runtime, queue.expire_old) == 1
    with runtime.database.read() as connection:
        assert len(lists.queue(connection, COMMUNITY, now()).waiting) == 1


def test_those_who_go_first_are_called_first(runtime):
    for kind in ("general", "general", "priority"):
        take(runtime, kind)
    called = []
    for _ in range(3):
        ticket = do(runtime, queue.call_next, DESK, COMMUNITY, 1)
        called.append(ticket.number)
        do(runtime, queue.done, ticket.id, DESK)
    assert called == ["Y001", "A001", "A002"]
    with pytest.raises(Conflict, match="没有人在等"):
        do(runtime, queue.call_next, DESK, COMMUNITY, 1)


def test_one_finishes_with_the_last_before_calling_the_next(runtime):
    first, _ = take(runtime), take(runtime)
    do(runtime, queue.call_next, DESK, COMMUNITY, 1)
    with pytest.raises(Conflict, match="A001"):
        do(runtime, queue.call_next, DESK, COMMUNITY, 1)
    assert do(runtime, queue.call_next, OTHER_DESK, COMMUNITY, 2).number == "A002"
    assert do(runtime, queue.call_again, first.id, DESK).calls == 2


def test_who_was_skipped_is_called_when_they_come(runtime):
    ticket = take(runtime)
    do(runtime, queue.call_next, DESK, COMMUNITY, 1)
    do(runtime, queue.skip, ticket.id, DESK)
    assert do(runtime, queue.call, ticket.id, DESK, 2).window == 2
    assert do(runtime, queue.done, ticket.id, DESK).state == "done"


def test_the_screen_shows_the_newest_call_first(runtime, time):
    for _ in range(3):
        take(runtime)
    do(runtime, queue.call_next, DESK, COMMUNITY, 1)
    time.advance(timedelta(minutes=1))
    do(runtime, queue.call_next, OTHER_DESK, COMMUNITY, 2)
    with runtime.database.read() as connection:
        found = lists.queue(connection, COMMUNITY, now())
        assert lists.ahead_of(connection, tickets(runtime)["A003"]) == 0
    assert [one.number for one in lists.last_called(found, 5)] == ["A002", "A001"]


def test_no_tickets_outside_the_hours_or_without_a_queue(runtime, time):
    time.advance(timedelta(hours=4))  # Saturday 13:12
    with pytest.raises(Conflict, match="取号时间"):
        take(runtime)
    with pytest.raises(Conflict, match="取号时间"):
        do(runtime, queue.take, ELSEWHERE, "general")


def test_strangers_and_wrong_kinds_are_refused(runtime):
    ticket = take(runtime)
    with pytest.raises(Unknown):
        take(runtime, "kings")
    for act in (queue.call_again, queue.skip, queue.done):
        with pytest.raises(Forbidden):
            do(runtime, act, ticket.id, STRANGER)
    with pytest.raises(Forbidden):
        do(runtime, queue.call_next, STRANGER, COMMUNITY, 1)
    with pytest.raises(Conflict, match="窗口"):
        do(runtime, queue.call_next, DESK, COMMUNITY, 9)
