"""The inbox by itself: parking, retries that race, messages that are no events."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from shared import clock
from shared.bus import parked
from shared.bus.event import Event, encode
from shared.bus.inbox import RETRY_AFTER, Inbox, NotYet
from shared.bus.tables import bus_tables
from shared.bus.transport import Delivery
from shared.clock import now
from shared.contracts import intake
from shared.db import Database, connect
from tests.support.keys import KEYS

metadata = sa.MetaData()
tables = bus_tables(metadata)
QUEUE = "routing.from_intake"
CASE, OTHER = intake.NUMBER, "XS-261121-0999-00"


@pytest.fixture
def url(tmp_path):
    address = f"sqlite:///{tmp_path / 'inbox.sqlite'}"
    engine = connect(address, KEYS)
    metadata.create_all(engine)
    yield address
    engine.dispose()


def delivery(event_id: str = "e1", number: str = CASE) -> Delivery:
    data = dict(intake.transferred.example) | {"number": number}
    event = Event(event_id, intake.transferred.type, "/intake", data["number"], now(), 1, data)
    return Delivery(QUEUE, "case.transferred", encode(event).encode())


def replica(url: str, handler) -> Inbox:
    return Inbox(Database(connect(url, KEYS)), tables, QUEUE, {intake.transferred: handler})


def attempts(url: str) -> list[tuple[str, int]]:
    engine = connect(url, KEYS)
    with engine.connect() as connection:
        parked = tables.parked.c
        rows = [tuple(r) for r in connection.execute(sa.select(parked.state, parked.attempts))]
    engine.dispose()
    return rows


def fails(tx, event):
    raise ValueError("not today")


def test_two_replicas_that_found_the_same_message_due_count_one_attempt(url):
    first, second = replica(url, fails), replica(url, fails)
    first.apply([delivery()])
    assert attempts(url) == [("waiting", 1)]
    found = first._read(delivery())  # both looked before either tried
    first._apply_one(found, 1)
    second._apply_one(found, 1)
    assert attempts(url) == [("waiting", 2)]


def test_a_retry_that_succeeds_takes_effect_once_and_is_no_longer_parked(url):
    heard = []
    replica(url, fails).apply([delivery()])
    works = replica(url, lambda tx, event: heard.append(event.id))  # noqa: ARG005
    found = works._read(delivery())
    works._apply_one(found, 1)
    works._apply_one(found, 1)
    works.apply([delivery()])
    assert (heard, attempts(url)) == (["e1"], [])


def test_a_reason_with_nul_is_parked_all_the_same(url):
    def odd(tx, event):
        raise ValueError("a\x00b")

    replica(url, odd).apply([delivery()])
    assert attempts(url) == [("waiting", 1)]


# -- whose people were forgotten -------------------------------------------------------------------


@pytest.fixture
def stopped():
    with clock.set_for_tests(datetime(2026, 11, 23, 1, tzinfo=UTC)) as now_stopped:
        yield now_stopped


def forget(url: str, number: str) -> int:
    return Database(connect(url, KEYS)).run(lambda tx: parked.forget(tx, tables, [number]))


def try_to_the_end(inbox: Inbox, stopped) -> None:
    for seconds in RETRY_AFTER:
        stopped.advance(timedelta(seconds=seconds))
        inbox.retry_due()


def test_a_dead_message_goes_with_its_people_and_those_about_others_stay(url, stopped):
    inbox = replica(url, fails)
    inbox.apply([delivery("e1"), delivery("e2", OTHER)])
    try_to_the_end(inbox, stopped)
    assert [state for state, _ in attempts(url)] == ["dead", "dead"]
    assert forget(url, CASE) == 1
    [left] = parked.list_parked(Database(connect(url, KEYS)), tables)
    assert left.event_id == "e2"


@pytest.mark.parametrize("word", ["", "null", "-", "number", "XS-"])
def test_a_word_that_is_no_number_takes_no_dead_message_along(url, stopped, word):
    inbox = replica(url, fails)
    inbox.apply([delivery("e1")])
    try_to_the_end(inbox, stopped)
    assert forget(url, word) == 0
    assert attempts(url) == [("dead", len(RETRY_AFTER) + 1)]


def test_all_the_erasures_of_a_batch_look_at_the_dead_letters_once(url, stopped, monkeypatch):
    dying = replica(url, fails)
    dying.apply([delivery("e1"), delivery("e2", OTHER)])
    try_to_the_end(dying, stopped)
    looks, look = [], parked._delete_dead
    monkeypatch.setattr(parked, "_delete_dead", lambda *asked: looks.append(1) or look(*asked))
    inbox = replica(url, lambda tx, event: parked.forget_with(tx, tables, event))
    inbox.apply([delivery("e3"), delivery("e4", OTHER)])
    assert parked.list_parked(Database(connect(url, KEYS)), tables) == []
    assert len(looks) == 1


def test_what_waits_as_its_people_are_forgotten_is_not_kept_once_it_is_given_up(url, stopped):
    inbox = replica(url, fails)
    inbox.apply([delivery("e1"), delivery("e2", OTHER)])
    assert forget(url, CASE) == 0
    assert attempts(url) == [("waiting", 1)] * 2
    try_to_the_end(inbox, stopped)
    [left] = parked.list_parked(Database(connect(url, KEYS)), tables)
    assert left.event_id == "e2"
    assert attempts(url) == [("dead", len(RETRY_AFTER) + 1)]


def test_what_waits_as_its_people_are_forgotten_may_still_take_effect(url, stopped):
    here, heard = [], []

    def early(tx, event):
        if not here:
            raise NotYet("the one before it")
        heard.append(event.id)

    inbox = replica(url, early)
    inbox.apply([delivery()])
    forget(url, CASE)
    here.append("the one before it")
    stopped.advance(timedelta(seconds=RETRY_AFTER[0]))
    inbox.retry_due()
    assert (heard, attempts(url)) == (["e1"], [])


def test_what_comes_after_its_people_were_forgotten_is_not_kept_either(url, stopped):
    forget(url, CASE)
    inbox = replica(url, fails)
    torn = delivery().body[:-1]
    assert CASE.encode() in torn
    inbox.apply([Delivery(QUEUE, "case.transferred", torn), delivery()])
    assert attempts(url) == [("waiting", 1)]
    try_to_the_end(inbox, stopped)
    assert attempts(url) == []


def test_forgetting_twice_or_nobody_changes_nothing(url):
    replica(url, fails).apply([Delivery(QUEUE, "case.transferred", b"no event")])
    assert [forget(url, CASE), forget(url, CASE)] == [0, 0]
    assert Database(connect(url, KEYS)).run(lambda tx: parked.forget(tx, tables, [])) == 0
    assert attempts(url) == [("dead", 1)]
