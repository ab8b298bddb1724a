"""Columns become sealed ones with the data in them; on SQLite here, on PostgreSQL beside it."""

import pytest
import sqlalchemy as sa

from shared.db import connect
from shared.sealing.migration import CannotSeal, seal_columns
from tests.support.keys import KEYS
from tests.support.sealing import People, seal_people


@pytest.fixture
def people(tmp_path):
    with People(connect(f"sqlite:///{tmp_path / 'people.sqlite'}", KEYS)) as made:
        yield made


def test_the_data_is_there_sealed(people):
    before = people.fill(1200)
    people.migrate(seal_people)
    assert people.read() == before
    assert people.found("138000000007") == [7]


def test_null_and_not_null_stay(people):
    people.fill(3)
    people.migrate(seal_people)
    told = {c["name"]: c["nullable"] for c in sa.inspect(people.engine).get_columns("people")}
    assert told["name"] is False
    assert told["phone_index"] is False
    assert told["detail"] is True


def test_indexes_on_sealed_columns_go_and_the_others_stay(people):
    people.fill(3)
    people.migrate(seal_people)
    left = {index["name"]: index for index in sa.inspect(people.engine).get_indexes("people")}
    assert set(left) == {"people_late"}
    where = f"{people.engine.dialect.name}_where"
    assert "late" in str(left["people_late"]["dialect_options"][where])


def test_rows_of_other_tables_still_point_at_them(people):
    people.fill(3)
    people.migrate(seal_people)
    assert people.broken_references() == []
    with pytest.raises(sa.exc.IntegrityError), people.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO calls (id, person) VALUES (99, 99)")


def test_triggers_stay(people):
    people.fill(3)
    people.engine.raw_connection().executescript(
        "CREATE TRIGGER kept BEFORE DELETE ON people BEGIN SELECT RAISE(ABORT, 'kept'); END"
    )
    people.migrate(seal_people)
    with pytest.raises(sa.exc.IntegrityError, match="kept"), people.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM people WHERE id = 1")


def test_no_plain_text_is_left_in_the_file(people, tmp_path):
    people.fill(500)
    people.migrate(seal_people)
    people.engine.dispose()
    with connect(str(people.engine.url)).connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert "王".encode() not in files
    assert b"138000000007" not in files


def test_a_column_of_a_key_is_refused(people):
    for column, why in (("id", "key"), ("late", "neither"), ("nothing", "no such")):
        with pytest.raises(CannotSeal, match=f"people.{column}: .*{why}"):
            people.migrate(lambda op, name=column: seal_columns(op, "people", [name]))


def test_a_migration_that_fails_leaves_everything_as_it_was(people):
    before = people.plain_rows(people.fill(3))

    def breaks_off(op):
        seal_people(op)
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        people.migrate(breaks_off)
    assert people.plain_rows() == before


def test_there_and_back(people):
    before = people.plain_rows(people.fill(20))
    people.migrate(seal_people)
    people.migrate(people.back)
    assert people.plain_rows() == before
