"""Group commit: what is promised to a command holds whoever else is in its batch."""

from collections.abc import Callable
from datetime import datetime

import eventlet
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, StatementError

from shared.bus.tables import bus_tables
from shared.db import ATTEMPTS, Database, Stale, Transaction, Unavailable, connect

metadata = sa.MetaData()
bus = bus_tables(metadata)
notes = sa.Table(
    "notes",
    metadata,
    sa.Column("name", sa.String(20), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
)


class Refused(Exception):
    """A rule of the domain said no."""


@pytest.fixture
def url(tmp_path) -> str:
    return f"sqlite:///{tmp_path / 'notes.sqlite'}"


@pytest.fixture
def database(url):
    made = open_database(url)
    metadata.create_all(made.engine)
    yield made
    made.engine.dispose()


@pytest.fixture
def grouped(database):
    """The same with its committer running: commands given at once are committed together."""
    threads = []

    def spawn(function):
        threads.append(eventlet.spawn(function))
        return threads[-1]

    database.start(spawn)
    yield database
    database.stop()
    for thread in threads:
        thread.kill()


def open_database(url: str) -> Database:
    """One process's view of the file."""
    return Database(connect(url), service="notes", serials=bus.serials)


def names(database: Database) -> list[str]:
    """What is written."""
    with database.read() as connection:
        return list(connection.execute(sa.select(notes.c.name).order_by(notes.c.name)).scalars())


def note(name: str, version: int = 1):
    """A command that writes a row."""

    def work(tx):
        tx.insert(notes, name=name, version=version)
        return name

    return work


def refuse(after=None):
    """A command that raises, after running another."""

    def work(tx):
        if after is not None:
            after(tx)
        raise Refused("the rule says no")

    return work


def all_at_once(database: Database, *works: Callable[[Transaction], object]):
    """Run commands at the same time; returns their results, or the exceptions they raised."""

    def outcome(work):
        try:
            return database.run(work)
        except Exception as error:  # noqa: BLE001 - it is what the test asks about
            return error

    threads = [eventlet.spawn(outcome, work) for work in works]
    return [thread.wait() for thread in threads]


@pytest.fixture
def commits(database):
    """Counts the database's commits."""
    counted = []
    sa.event.listen(database.engine, "commit", counted.append)
    return counted


def test_commands_given_at_once_cost_one_commit(grouped, commits) -> None:
    works = [note(f"n{n:02}") for n in range(40)]
    assert all_at_once(grouped, *works) == [f"n{n:02}" for n in range(40)]
    assert len(names(grouped)) == 40
    assert len(commits) == 1


def test_more_than_a_batch_is_several_batches(grouped, commits) -> None:
    all_at_once(grouped, *(note(f"n{n:03}") for n in range(100)))
    assert len(names(grouped)) == 100
    assert len(commits) == 2


def test_a_refused_command_writes_nothing_and_hurts_nobody(grouped, commits) -> None:
    first, second, third = all_at_once(grouped, note("a"), refuse(note("b")), note("c"))
    assert (first, third) == ("a", "c")
    assert isinstance(second, Refused)
    assert names(grouped) == ["a", "c"]
    assert len(commits) == 1


def test_a_command_that_executed_a_write_and_then_raised_is_rolled_back(grouped) -> None:
    def wrote(tx):
        tx.execute(notes.insert().values(name="b", version=1))

    first, second, third = all_at_once(grouped, note("a"), refuse(wrote), note("c"))
    assert (first, third) == ("a", "c")
    assert isinstance(second, Refused)
    assert names(grouped) == ["a", "c"]


def test_a_command_whose_insert_was_flushed_by_a_look_is_rolled_back_too(grouped) -> None:
    def wrote_and_looked(tx):
        note("b")(tx)
        assert tx.execute(sa.select(notes.c.name).where(notes.c.name == "b")).scalar() == "b"

    outcomes = all_at_once(grouped, note("a"), refuse(wrote_and_looked), note("c"))
    assert isinstance(outcomes[1], Refused)
    assert names(grouped) == ["a", "c"]


def test_a_flush_that_fails_falls_back_to_one_by_one(grouped) -> None:
    outcomes = all_at_once(grouped, note("a"), note("a"), note("b"))
    assert outcomes[0] == "a"
    assert isinstance(outcomes[1], IntegrityError)
    assert outcomes[2] == "b"
    assert names(grouped) == ["a", "b"]


def test_who_is_not_at_fault_is_not_told_of_it(grouped) -> None:
    def look(tx):
        return tx.execute(sa.select(sa.func.count()).select_from(notes)).scalar_one()

    grouped.run(note("a"))
    duplicate, looked = all_at_once(grouped, note("a"), look)
    assert isinstance(duplicate, IntegrityError)
    assert looked == 1


def test_a_value_that_cannot_be_written_is_the_fault_of_who_said_it(grouped) -> None:
    def naive(tx):
        tx.insert(bus.inbox, event_id="e", consumer="c", heard_at=datetime(2026, 11, 21))  # noqa: DTZ001

    def look(tx):
        return tx.execute(sa.select(sa.func.count()).select_from(bus.inbox)).scalar_one()

    said, looked, wrote = all_at_once(grouped, naive, look, note("a"))
    assert isinstance(said, StatementError)
    assert (looked, wrote) == (0, "a")


def test_what_one_command_remembers_is_not_known_to_the_next(grouped) -> None:
    def remember(tx):
        tx.batch, tx.memo["case"] = ["event"], "as I left it"

    def ask(tx):
        return tx.batch, tx.memo

    assert all_at_once(grouped, remember, ask) == [None, ((), {})]


def test_what_a_command_loads_includes_what_was_said_before_it(database) -> None:
    def work(tx):
        tx.insert(notes, name="a", version=1)
        return tx.execute(sa.select(notes.c.version).where(notes.c.name == "a")).scalar_one()

    assert database.run(work) == 1


def bump(tx, overtaken_by: int | None = None) -> int:
    """Raise the version of note a; somebody else may be quicker."""
    version = tx.execute(sa.select(notes.c.version).where(notes.c.name == "a")).scalar_one()
    if overtaken_by is not None:
        tx.execute(notes.update().values(version=overtaken_by))
    tx.update(
        notes.update()
        .where(notes.c.name == "a", notes.c.version == version)
        .values(version=version + 1)
    )
    return version + 1


def test_a_stale_command_is_undone_and_run_again_from_the_start(database) -> None:
    database.run(note("a"))
    overtaken = iter([10])
    assert database.run(lambda tx: bump(tx, next(overtaken, None))) == 2
    with database.read() as connection:
        assert connection.execute(sa.select(notes.c.version)).scalar_one() == 2


def test_two_that_change_one_row_both_take_effect(grouped) -> None:
    grouped.run(note("a"))
    assert sorted(all_at_once(grouped, bump, bump, bump)) == [2, 3, 4]


def test_a_command_that_stays_stale_says_so(database) -> None:
    runs = []

    def never(tx):
        runs.append(1)
        tx.update(notes.update().where(notes.c.name == "nobody").values(version=1))

    with pytest.raises(Stale):
        database.run(never)
    assert len(runs) == 1 + ATTEMPTS  # once in the batch, then alone


def test_serials_are_unique_across_two_processes_on_one_file(database, url) -> None:
    other = open_database(url)
    taken = []
    for _ in range(150):
        taken += [one.run(lambda tx: tx.serial("case")) for one in (database, other)]
    other.engine.dispose()
    assert len(taken) == len(set(taken)) == 300
    assert min(taken) == 1


def test_series_are_counted_apart(database) -> None:
    cases = {database.run(lambda tx: tx.serial("case")) for _ in range(10)}
    orders = {database.run(lambda tx: tx.serial("order")) for _ in range(10)}
    assert len(cases) == len(orders) == 10
    assert min(orders) == 1


def test_a_command_may_take_more_numbers_than_a_block_has(database) -> None:
    taken = database.run(lambda tx: [tx.serial("case") for _ in range(30)])
    taken += database.run(lambda tx: [tx.serial("case") for _ in range(50)])
    assert len(set(taken)) == 80


@pytest.mark.parametrize("many", [64, 65, 200, 1000])
def test_one_command_may_take_more_numbers_than_any_block(database, many) -> None:
    taken = database.run(lambda tx: [tx.serial("case") for _ in range(many)])
    assert len(set(taken)) == many


def test_one_of_many_may_too(grouped) -> None:
    def take(count):
        return lambda tx: [tx.serial("case") for _ in range(count)]

    taken = [n for numbers in all_at_once(grouped, *map(take, (1, 100, 1, 70))) for n in numbers]
    assert len(set(taken)) == len(taken) == 172


def test_what_the_database_refused_spoils_the_group_however_it_is_told(grouped, commits) -> None:
    """PostgreSQL would roll back at the commit, and say nothing, had one been tried."""

    def hides(tx):
        try:
            tx.execute(sa.text("SELECT nothing FROM nowhere"))
        except sa.exc.DBAPIError as error:
            raise RuntimeError("something else") from error

    first, second, third = all_at_once(grouped, note("a"), hides, note("b"))
    assert (first, third) == ("a", "b")
    assert str(second) == "something else"
    assert len(commits) == 2  # a and b, each alone


def test_a_database_without_serials_gives_none(url) -> None:
    bare = Database(connect(url), service="notes")
    with pytest.raises(LookupError, match="notes has no table of serials"):
        bare.run(lambda tx: tx.serial("case"))
    bare.engine.dispose()


def test_commit_tells_which_tables_were_written(database) -> None:
    told = []
    database.on_commit.append(told.append)
    database.run(note("a"))
    database.run(lambda tx: tx.execute(sa.select(notes)).all())
    assert told == [{notes}, set()]


def test_a_refused_command_alone_tells_of_no_table(database) -> None:
    told = []
    database.on_commit.append(told.append)
    with pytest.raises(Refused):
        database.run(refuse(note("a")))
    assert told in ([], [set()])
    assert names(database) == []


@pytest.fixture
def nowhere(tmp_path):
    """A database whose file cannot be made."""
    made = Database(connect(f"sqlite:///{tmp_path / 'missing' / 'x.sqlite'}"), service="notes")
    yield made
    made.engine.dispose()


def test_a_database_that_cannot_be_reached_is_unavailable_to_readers(nowhere) -> None:
    with pytest.raises(Unavailable, match="unable to open"), nowhere.read():
        pytest.fail("there is nothing to read")


def test_a_database_that_cannot_be_reached_is_unavailable_to_writers(nowhere) -> None:
    with pytest.raises(Unavailable, match="unable to open"):
        nowhere.run(note("a"))


def test_lost_while_committing_is_unavailable_to_all_and_not_repeated(grouped) -> None:
    runs = []

    def counted(name):
        def work(tx):
            runs.append(name)
            return note(name)(tx)

        return work

    def lose(_connection):
        raise sa.exc.OperationalError("COMMIT", {}, OSError("connection reset"))

    sa.event.listen(grouped.engine, "commit", lose)
    outcomes = all_at_once(grouped, counted("a"), refuse(), counted("b"))
    sa.event.remove(grouped.engine, "commit", lose)
    assert [type(outcome) for outcome in outcomes] == [Unavailable, Refused, Unavailable]
    assert runs == ["a", "b"]
