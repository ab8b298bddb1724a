"""Rows read and changed many at a time: still what each command alone would have seen and done."""

from collections.abc import Callable

import eventlet
import pytest
import sqlalchemy as sa

from shared.db import Database, Stale, Transaction, connect

metadata = sa.MetaData()
notes = sa.Table(
    "notes",
    metadata,
    sa.Column("name", sa.String(20), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("text", sa.String(20), nullable=False, default=""),
)


@pytest.fixture
def database(tmp_path):
    made = Database(connect(f"sqlite:///{tmp_path / 'notes.sqlite'}"), service="notes")
    metadata.create_all(made.engine)
    with made.engine.begin() as connection:
        rows = [{"name": name, "version": 1, "text": "old"} for name in "abcd"]
        connection.execute(notes.insert(), rows)
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


@pytest.fixture
def asked(database):
    """Every statement the database was asked, as its first word and the number of its rows."""
    statements = []

    def note(_connection, _cursor, statement, parameters, _context, executemany):
        statements.append((statement.split()[0], len(parameters) if executemany else 1))

    sa.event.listen(database.engine, "before_cursor_execute", note)
    return statements


def write(name: str, **values: object) -> Callable[[Transaction], int]:
    """A command that changes a note it has read."""

    def work(tx):
        version = tx.row(notes, name)["version"]
        tx.change(notes, name, version, {"version": version + 1, **values})
        return version + 1

    return work


def at_once(database: Database, *named: tuple[str, Callable[[Transaction], object]]):
    """Run commands at the same time, each about a note; their results, or what they raised."""

    def outcome(name, work):
        try:
            return database.run(work, row=(notes, name))
        except Exception as error:  # noqa: BLE001 - it is what the test asks about
            return error

    threads = [eventlet.spawn(outcome, name, work) for name, work in named]
    return [thread.wait() for thread in threads]


def state(database: Database) -> dict[str, tuple[int, str]]:
    with database.read() as connection:
        rows = connection.execute(sa.select(notes)).all()
    return {row.name: (row.version, row.text) for row in rows}


def test_a_group_reads_once_and_writes_once(grouped, asked) -> None:
    assert at_once(grouped, *((name, write(name, text="new")) for name in "abcd")) == [2, 2, 2, 2]
    assert asked == [("SELECT", 1), ("UPDATE", 4)]
    assert set(state(grouped).values()) == {(2, "new")}


def test_the_second_command_about_a_row_sees_what_the_first_wrote(grouped) -> None:
    both = [("a", write("a", text="first")), ("b", write("b")), ("a", write("a", text="second"))]
    assert at_once(grouped, *both) == [2, 2, 3]
    assert state(grouped)["a"] == (3, "second")


def test_a_row_that_waits_to_be_written_is_not_read_along_with_another(grouped) -> None:
    """Note b is expected when c is read, but c's reader runs after b was changed."""

    def blind(tx):
        tx.change(notes, "b", 1, {"version": 2, "text": "blind"})

    work = [("b", blind), ("c", write("c")), ("b", write("b", text="last"))]
    assert at_once(grouped, *work) == [None, 2, 3]
    assert state(grouped)["b"] == (3, "last")


def test_a_row_just_inserted_can_be_read(database) -> None:
    def work(tx):
        assert tx.row(notes, "e") is None
        tx.insert(notes, name="e", version=1, text="mine")
        return tx.row(notes, "e")["text"]

    assert database.run(work) == "mine"


@pytest.mark.parametrize("how", ["update", "execute"])
def test_a_row_changed_by_a_statement_is_read_again(database, how) -> None:
    def work(tx):
        before = tx.row(notes, "a")["text"]
        getattr(tx, how)(notes.update().where(notes.c.name == "a").values(text="said"))
        return before, tx.row(notes, "a")["text"]

    assert database.run(work) == ("old", "said")


def test_a_refused_command_leaves_the_rows_of_others_right(grouped) -> None:
    def refuse(tx):
        write("a", text="never")(tx)
        raise LookupError("no")

    refused, changed = at_once(grouped, ("a", refuse), ("a", write("a", text="kept")))
    assert isinstance(refused, LookupError)
    assert changed == 2
    assert state(grouped)["a"] == (2, "kept")


def test_one_stale_row_among_many_is_found_and_only_that_command_fails(grouped) -> None:
    def blind(tx):
        tx.change(notes, "b", 7, {"version": 8, "text": "wrong"})

    work = [("a", write("a", text="x")), ("b", blind), ("c", write("c", text="x"))]
    first, stale, third = at_once(grouped, *work)
    assert (first, third) == (2, 2)
    assert isinstance(stale, Stale)
    assert state(grouped)["b"] == (1, "old")


def test_changes_of_one_row_take_effect_in_their_order(database) -> None:
    def work(tx):
        tx.change(notes, "a", 1, {"version": 2, "text": "one"})
        tx.change(notes, "a", 2, {"version": 3})
        tx.change(notes, "a", 3, {"version": 4, "text": "two"})

    database.run(work)
    assert state(database)["a"] == (4, "two")


def test_looking_at_one_table_leaves_what_waits_for_another(database, asked) -> None:
    others = sa.Table("others", sa.MetaData(), sa.Column("name", sa.String(20), primary_key=True))
    others.create(database.engine)
    del asked[:]  # the making of the table

    def work(tx):
        tx.insert(notes, name="x", version=1)
        tx.look(sa.select(others), others)
        seen = tx.look(sa.select(notes.c.name).where(notes.c.name == "x"), notes).scalar()
        tx.look(sa.select(notes), notes)
        return seen

    assert database.run(work) == "x"
    assert [word for word, _ in asked] == ["SELECT", "INSERT", "SELECT", "SELECT"]


def test_what_is_asked_once_is_asked_again_after_a_write(grouped, asked) -> None:
    def count(tx):
        number = sa.select(sa.func.count()).select_from(notes)
        return tx.once(notes, "count", lambda: tx.look(number, notes).scalar_one())

    def one_more(tx):
        tx.insert(notes, name="x", version=1)
        return count(tx)

    work = [("a", count), ("b", count), ("x", one_more), ("c", count)]
    assert at_once(grouped, *work) == [4, 4, 5, 5]
    assert [word for word, _ in asked] == ["SELECT", "INSERT", "SELECT"]


def test_a_row_that_is_not_there_is_none_for_all(grouped, asked) -> None:
    look = [(name, lambda tx, name=name: tx.row(notes, name)) for name in ("x", "y", "x")]
    assert at_once(grouped, *look) == [None, None, None]
    assert asked == [("SELECT", 1)]
