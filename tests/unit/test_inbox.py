"""The inbox by itself: parking, retries that race, messages that are no events."""

import pytest
import sqlalchemy as sa

from shared.bus.event import Event, encode
from shared.bus.inbox import Inbox
from shared.bus.tables import bus_tables
from shared.bus.transport import Delivery
from shared.clock import now
from shared.contracts import intake
from shared.db import Database, connect
from tests.support.keys import KEYS

metadata = sa.MetaData()
tables = bus_tables(metadata)
QUEUE = "routing.from_intake"


@pytest.fixture
def url(tmp_path):
    address = f"sqlite:///{tmp_path / 'inbox.sqlite'}"
    engine = connect(address, KEYS)
    metadata.create_all(engine)
    yield address
    engine.dispose()


def delivery(event_id: str = "e1") -> Delivery:
    data = dict(intake.transferred.example)
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
