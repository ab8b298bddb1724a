"""No double booking: 1,000 at once for 100 places book exactly 100, on both databases.

Several processes with several commands each, as replicas behind a gateway; every one of them begins
when all are ready.
"""

import multiprocessing
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from services.intake import models
from services.intake.models import slot_list as of
from services.intake.reason import Conflict
from services.intake.slots import handlers, store, timer_handlers
from services.intake.slots.handlers import Wish
from shared import clock
from shared.db import Database, Stale, Unavailable, connect
from shared.sealing import KeyRing
from tests.support.keys import DATA_KEYS
from tests.unit.intake.ground import COMMUNITY, SATURDAY, do, runtime_in, xiangshan
from tests.unit.intake_slots.desk import MONDAY_NINE

PROCESSES = 4
PEOPLE = 1000
PLACES = 100
ASKED_AGAIN = 100
"""How often one asks a database that is away or too busy: nothing was committed then."""
Asked = tuple[int, str, bool]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'intake.sqlite'}"
        return
    postgres = request.getfixturevalue("postgres")
    made = postgres.fresh_database("intake")
    yield made
    postgres.drop_database(made)


@pytest.fixture
def runtime(tmp_path, url):
    with clock.set_for_tests(SATURDAY), runtime_in(tmp_path, database_url=url) as ground:
        yield ground


def lay_out(runtime, capacities: list[int]) -> list[str]:
    """Slots like Monday's first, with these capacities."""
    do(runtime, timer_handlers.lay_out_for, COMMUNITY)
    like = do(runtime, store.slot, MONDAY_NINE)
    made = [
        replace(like, id=f"{COMMUNITY}-x-{n}", capacity=capacity)
        for n, capacity in enumerate(capacities)
    ]
    do(runtime, store.add_slots, made)
    return [one.id for one in made]


def ask_all(url: str, keys: str, asked: list[Asked], ready, told) -> None:
    """One replica: asks for each of its people in turn and says what became of them."""
    database = replica_of(url, keys)
    with clock.set_for_tests(SATURDAY):
        ready.wait()
        told.put(Counter(ask(database, *one) for one in asked))
    database.engine.dispose()


def replica_of(url: str, keys: str) -> Database:
    """The database of another process: the same keys, its own connections and numbers."""
    engine = connect(url, KeyRing(keys))
    return Database(engine, service="intake", district=xiangshan(), serials=models.bus.serials)


def ask(database: Database, person: int, slot: str, may_wait: bool) -> str:
    """Book; a database that is busy is asked again, as a browser would."""
    wish = Wish(slot, "王建国", f"1380{person:07d}", matter="问事", may_wait=may_wait)
    for _ in range(ASKED_AGAIN):
        try:
            return database.run(lambda tx: handlers.book(tx, wish)).state
        except Conflict:
            return "refused"
        except (Unavailable, Stale):
            continue
    return "busy"


def at_once(url: str, asked: list[Asked]) -> Counter[str]:
    """What became of everybody."""
    context = multiprocessing.get_context("spawn")
    ready, told = context.Barrier(PROCESSES), context.Queue()
    replicas = [
        context.Process(target=ask_all, args=(url, DATA_KEYS, asked[n::PROCESSES], ready, told))
        for n in range(PROCESSES)
    ]
    for replica in replicas:
        replica.start()
    found: Counter[str] = sum((told.get() for _ in replicas), Counter())
    for replica in replicas:
        replica.join()
    return found


def kept(runtime) -> tuple[int, int, int]:
    """Bookings, the places that the slots say are given, and events told."""
    with runtime.database.read() as connection:
        booked = sa.select(sa.func.count()).where(of.bookings.c.state == "booked")
        taken = sa.select(sa.func.sum(of.slots.c.taken))
        events = sa.select(sa.func.count()).select_from(models.bus.outbox)
        return tuple(connection.scalar(query) for query in (booked, taken, events))


@pytest.mark.parametrize("slots", [[1] * PLACES, [PLACES]], ids=["100 of one", "one of 100"])
def test_a_thousand_at_once_book_exactly_the_places_there_are(runtime, url, slots):
    ids = lay_out(runtime, slots)
    asked = [(n, ids[n % len(ids)], False) for n in range(PEOPLE)]
    found = at_once(url, asked)
    assert found == {"booked": PLACES, "refused": PEOPLE - PLACES}
    assert kept(runtime) == (PLACES, PLACES, PLACES)


def test_who_finds_no_place_stands_in_line_and_no_one_is_lost(runtime, url):
    """A line of ten for each: the others are refused plainly."""
    ids = lay_out(runtime, [10] * 4)
    asked = [(n, ids[n % len(ids)], True) for n in range(200)]
    found = at_once(url, asked)
    assert found == {"booked": 40, "waiting": 40, "refused": 120}
    assert kept(runtime) == (40, 40, 80)


def test_one_person_asking_at_once_holds_one_place(runtime, url):
    (id_,) = lay_out(runtime, [PLACES])
    found = at_once(url, [(7, id_, False)] * 40)
    assert found == {"booked": 1, "refused": 39}


def test_cancelling_while_others_join_the_line_leaves_no_place_empty(runtime, url):
    """Whoever joins as the last place is given back has it: nobody waits beside an empty place."""
    ids = lay_out(runtime, [1] * 20)
    first = [ask_number(runtime, n, slot) for n, slot in enumerate(ids)]
    context = multiprocessing.get_context("spawn")
    ready, told = context.Barrier(2), context.Queue()
    joining = [(100 + n, slot, True) for n, slot in enumerate(ids)]
    replicas = [
        context.Process(target=ask_all, args=(url, DATA_KEYS, joining, ready, told)),
        context.Process(target=cancel_all, args=(url, DATA_KEYS, first, ready, told)),
    ]
    for replica in replicas:
        replica.start()
    for _ in replicas:
        told.get()
    for replica in replicas:
        replica.join()
    with runtime.database.read() as connection:
        slots = [
            store.slot_of(row)
            for row in connection.execute(
                sa.select(of.slots).where(of.slots.c.id.in_(ids))
            ).mappings()
        ]
    assert [(one.taken, one.waiting) for one in slots] == [(1, 0)] * len(ids)


def ask_number(runtime, person: int, slot: str) -> str:
    wish = Wish(slot, "王建国", f"1380{person:07d}", matter="问事")
    return do(runtime, handlers.book, wish).number


def cancel_all(url: str, keys: str, numbers: list[str], ready, told) -> None:
    """One replica whose people all cancel."""
    database = replica_of(url, keys)
    with clock.set_for_tests(SATURDAY):
        ready.wait()
        for number in numbers:
            for _ in range(ASKED_AGAIN):
                try:
                    database.run(lambda tx, number=number: handlers.cancel(tx, number))
                    break
                except (Unavailable, Stale):
                    continue
    database.engine.dispose()
    told.put(Counter(cancelled=len(numbers)))
