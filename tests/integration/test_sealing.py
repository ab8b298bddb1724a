"""Sealed columns on SQLite and PostgreSQL: types, COPY, the migration, rotation beside load."""

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import StatementError

from shared.db import Database, connect
from shared.sealing import (
    Blind,
    Incomparable,
    KeyRing,
    NoKeys,
    Sealed,
    SealedBytes,
    SealedJSON,
    Tampered,
    UnknownKey,
)
from shared.sealing import rotation as rotating
from shared.sealing.keys import new_line
from shared.sealing.rotation import count, rotate
from tests.support.keys import KEYS
from tests.support.sealing import People, seal_people

OLD, NEW = new_line("old"), new_line("new")
metadata = sa.MetaData()
letters = sa.Table(
    "letters",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("part", sa.String(4), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("name", Sealed("letters.name")),
    sa.Column("detail", SealedJSON("letters.detail")),
    sa.Column("always", SealedJSON("letters.always", none_as_null=False), nullable=False),
    sa.Column("raw", SealedBytes("letters.raw")),
    sa.Column("name_index", Blind("letters.name"), index=True),
)
stamps = sa.Table(
    "stamps",
    metadata,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("said", Sealed("stamps.said"), nullable=False),
)
NAMES = ("王建国", "", None, "O'Brien \\ \t\n\x00 ⺀𠀀")
DETAILS = ({"住址": ["号", 1.5, None, True]}, [], None, "text", 0, False)
RAW = (b"\x00\xff\\\n\t", b"", None)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'letters.sqlite'}"
        return
    server = request.getfixturevalue("postgres")
    made = server.fresh_database("sealing")
    yield made
    server.drop_database(made)


@pytest.fixture
def open_engine(url):
    """Each call is another process's engine on the database."""
    opened = []

    def another(keys=KEYS) -> sa.Engine:
        opened.append(connect(url, keys))
        return opened[-1]

    metadata.create_all(another())
    yield another
    for engine in opened:
        engine.dispose()


def rows(total: int, first: int = 0) -> list[dict]:
    return [
        {
            "id": n,
            "part": "ab"[n % 2],
            "version": 1,
            "name": NAMES[n % len(NAMES)],
            "detail": DETAILS[n % len(DETAILS)],
            "always": DETAILS[n % len(DETAILS)],
            "raw": RAW[n % len(RAW)],
        }
        for n in range(first, first + total)
    ]


def write(engine: sa.Engine, given: list[dict]) -> None:
    """As a command does it: by COPY on PostgreSQL, from three rows on."""

    def work(tx):
        for row in given:
            tx.insert(letters, **row, name_index=row["name"])

    Database(engine, service="letters").run(work)


def read(engine: sa.Engine) -> list[dict]:
    columns = [c for c in letters.c if c.name != "name_index"]
    with engine.connect() as connection:
        found = connection.execute(sa.select(*columns).order_by(letters.c.id)).mappings()
        return [dict(row) for row in found]


def stored(engine: sa.Engine, column: str = "name") -> list[bytes | None]:
    asked = sa.select(sa.type_coerce(letters.c[column], sa.LargeBinary)).order_by(letters.c.id)
    with engine.connect() as connection:
        return list(connection.execute(asked).scalars())


def found(engine: sa.Engine, name: str) -> list[int]:
    keys = Database(engine).keys
    asked = sa.select(letters.c.id).where(keys.matches(letters.c.name_index, name))
    with engine.connect() as connection:
        return sorted(connection.execute(asked).scalars())


@pytest.mark.parametrize("total", [1, 24])
def test_what_was_written_is_read(open_engine, total):
    write(open_engine(), rows(total))
    assert read(open_engine()) == rows(total)


def test_none_is_null_and_empty_is_empty(open_engine):
    write(open_engine(), rows(4))
    kept = stored(open_engine())
    assert kept[2] is None
    assert kept[1] == b""
    with open_engine().connect() as connection:
        unnamed = sa.select(letters.c.id).where(letters.c.name.is_(None))
        assert connection.execute(unnamed).scalars().all() == [2]


def test_equal_texts_are_stored_differently(open_engine):
    write(open_engine(), [row | {"name": "王建国"} for row in rows(8)])
    kept = stored(open_engine())
    assert len(set(kept)) == 8
    assert not any("王建国".encode() in value for value in kept)


def test_a_sealed_column_is_not_compared():
    for compare in (
        lambda c: c == "王建国",
        lambda c: c.in_(["王建国"]),
        lambda c: c.like("王%"),
        lambda c: c.desc(),
        lambda c: c != letters.c.raw,
    ):
        for column in (letters.c.name, letters.c.name_index):
            with pytest.raises(Incomparable, match=r"keys\.matches"):
                compare(column)


def test_the_index_finds_equal_texts_under_either_key(open_engine):
    write(open_engine(KeyRing(OLD)), rows(8))
    both = open_engine(KeyRing(f"{NEW}\n{OLD}"))
    write(both, rows(8, first=8))
    assert found(both, "王建国") == [0, 4, 8, 12]
    assert found(both, "王建") == []
    assert found(open_engine(KeyRing(NEW)), "王建国") == [8, 12]


def test_only_a_blind_column_is_searched():
    with pytest.raises(TypeError, match="only a Blind column"):
        KEYS.matches(letters.c.name, "王建国")


def test_a_value_changed_or_moved_in_the_database_is_refused(open_engine):
    engine = open_engine()
    write(engine, rows(4))
    name, raw = stored(engine)[0], stored(engine, "raw")[0]
    flipped = name[:-1] + bytes([name[-1] ^ 1])
    for value in (flipped, raw, b"never sealed"):
        with engine.begin() as connection:
            plain = sa.table("letters", sa.column("id"), sa.column("name", sa.LargeBinary))
            connection.execute(plain.update().where(plain.c.id == 0).values(name=value))
        with pytest.raises(Tampered, match=r"letters\.name"):
            read(engine)


def test_without_keys_or_with_others_nothing_is_read_or_written(open_engine):
    write(open_engine(KeyRing(OLD)), rows(4))
    with pytest.raises(UnknownKey, match="'old'"):
        read(open_engine(KeyRing(NEW)))
    with pytest.raises(NoKeys, match="connect"):
        read(open_engine(None))
    with pytest.raises((StatementError, NoKeys), match="no sealed column"):
        write(open_engine(None), rows(1, first=4))


def test_a_refused_row_does_not_say_what_was_to_be_written(open_engine):
    with pytest.raises((StatementError, TypeError)) as refused:
        write(open_engine(), [row | {"raw": "王建国的住址"} for row in rows(1)])
    assert "王建国的住址" not in str(refused.value)
    assert "letters.raw: wants bytes, not str" in str(refused.value)


def test_rotation_seals_everything_with_the_new_key(open_engine):
    write(open_engine(KeyRing(OLD)), rows(24))
    both = open_engine(KeyRing(f"{NEW}\n{OLD}"))
    assert count(both, metadata, KeyRing(f"{NEW}\n{OLD}"))["new"] == 0
    told = []
    ring = KeyRing(f"{NEW}\n{OLD}")
    assert rotate(both, metadata, ring, lambda *progress: told.append(progress)) == 24
    assert told[-1] == ("letters", 24)
    held = count(both, metadata, ring)
    assert held["old"] == 0
    assert held["new"] > 24
    alone = open_engine(KeyRing(NEW))
    assert read(alone) == rows(24)
    assert found(alone, "王建国") == [0, 4, 8, 12, 16, 20]
    assert rotate(both, metadata, ring) == 0


def test_rotation_leaves_rows_without_anything_sealed_alone(open_engine):
    empty = {"name": "", "detail": None, "raw": b"", "always": []}
    write(open_engine(KeyRing(OLD)), [row | empty for row in rows(3)])
    ring = KeyRing(f"{NEW}\n{OLD}")
    assert rotate(open_engine(ring), metadata, ring) == 3
    assert [row["name"] for row in read(open_engine(KeyRing(NEW)))] == [""] * 3


def test_an_interrupted_rotation_goes_on_where_it_was(open_engine, monkeypatch):
    monkeypatch.setattr(rotating, "MOST_AT_ONCE", 5)
    write(open_engine(KeyRing(OLD)), rows(24))
    ring = KeyRing(f"{NEW}\n{OLD}")

    def power_cut(_table, written):
        if written >= 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate(open_engine(ring), metadata, ring, power_cut)
    halfway = count(open_engine(ring), metadata, ring)
    assert halfway["old"] > 0
    assert halfway["new"] > 0
    assert read(open_engine(ring)) == rows(24)
    assert rotate(open_engine(ring), metadata, ring) == 14
    assert count(open_engine(ring), metadata, ring)["old"] == 0
    assert read(open_engine(KeyRing(NEW))) == rows(24)


def test_a_row_changed_between_reading_and_writing_keeps_its_change(open_engine, monkeypatch):
    write(open_engine(KeyRing(OLD)), rows(4))
    ring, writer = KeyRing(f"{NEW}\n{OLD}"), open_engine(KeyRing(OLD))
    original, changed = rotating._write, []

    def late(engine, table, changes):
        if table.name == "letters" and not changed:
            changed.append(1)
            values = {"name": "改了名", "name_index": "改了名"}
            with writer.begin() as connection:
                connection.execute(letters.update().where(letters.c.id == 0).values(values))
        return original(engine, table, changes)

    monkeypatch.setattr(rotating, "_write", late)
    rotate(open_engine(ring), metadata, ring)
    alone = open_engine(KeyRing(NEW))
    assert read(alone)[0]["name"] == "改了名"
    assert found(alone, "改了名") == [0]
    assert count(alone, metadata, ring)["old"] == 0


def test_rotation_beside_writers_loses_nothing(open_engine, monkeypatch):
    monkeypatch.setattr(rotating, "MOST_AT_ONCE", 7)
    ring = KeyRing(f"{NEW}\n{OLD}")
    write(open_engine(KeyRing(OLD)), [row | {"name": "0"} for row in rows(60)])
    stop, errors, last = threading.Event(), [], {}

    def writes(residue: int, engine: sa.Engine) -> None:
        step = 0
        try:
            while not stop.is_set() or step < 40:
                step += 1
                stop.wait(0.002)  # SQLite is not fair: who never pauses lets nobody else in
                number = residue + 3 * (step % 20)
                values = {"name": str(step), "name_index": str(step), "version": step}
                with engine.begin() as connection:
                    mine = letters.update().where(letters.c.id == number)
                    assert connection.execute(mine.values(values)).rowcount == 1
                last[number] = str(step)
        except Exception as error:  # noqa: BLE001 - what went wrong is what the test looks at
            errors.append(error)

    # one writer has not read the new key yet
    engines = [open_engine(keys) for keys in (KeyRing(OLD), ring, ring)]
    threads = [threading.Thread(target=writes, args=pair) for pair in enumerate(engines)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            rotate(open_engine(ring), metadata, ring)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert errors == []
    rotate(open_engine(ring), metadata, ring)
    alone = open_engine(KeyRing(NEW))
    assert {row["id"]: row["name"] for row in read(alone)} == dict.fromkeys(range(60), "0") | last
    for number, name in list(last.items())[:10]:
        assert number in found(alone, name)
    assert count(alone, metadata, KeyRing(NEW)).keys() == {"new"}


def test_a_key_that_is_gone_is_counted_by_its_name(open_engine):
    write(open_engine(KeyRing(OLD)), rows(4))
    held = count(open_engine(KeyRing(NEW)), metadata, KeyRing(NEW))
    assert held["new"] == 0
    assert held["old"] > 0


@pytest.fixture
def people(url):
    with People(connect(url, KEYS)) as made:
        yield made


def test_the_migration_seals_what_is_there_and_goes_back(people):
    before = people.fill(1203)
    plain = people.plain_rows()
    people.migrate(seal_people)
    assert people.read() == before
    assert people.found("138000000007") == [7]
    assert people.found("13800000000") == []
    told = {c["name"]: c["nullable"] for c in sa.inspect(people.engine).get_columns("people")}
    assert (told["name"], told["phone_index"], told["detail"]) == (False, False, True)
    assert {i["name"] for i in sa.inspect(people.engine).get_indexes("people")} & {
        "people_by_name",
        "people_by_phone",
    } == set()
    assert people.broken_references() == []
    people.migrate(people.back)
    assert people.plain_rows() == plain


def test_postgresql_keeps_no_plain_text_in_the_table(postgres):
    url = postgres.fresh_database("sealing")
    with People(connect(url, KEYS)) as people:
        people.fill(300)
        people.migrate(seal_people)
        with people.engine.connect() as connection:
            connection.exec_driver_sql("CREATE EXTENSION pageinspect")
            asked = "SELECT get_raw_page('people', n) FROM generate_series(0, %s) AS n"
            size = "SELECT pg_relation_size('people') / 8192"
            last = connection.exec_driver_sql(size).scalar_one() - 1
            pages = connection.exec_driver_sql(asked, (last,)).scalars().all()
    postgres.drop_database(url)
    assert len(pages) > 5
    kept = b"".join(bytes(page) for page in pages)
    assert "王".encode() not in kept
    assert b"13800000" not in kept
