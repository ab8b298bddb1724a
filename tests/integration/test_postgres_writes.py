"""Group commit on PostgreSQL, where many rows go by COPY: the same rows, the same errors."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DataError, IntegrityError

from shared.db import Database, Unavailable, connect
from shared.transaction import FEWEST_TO_COPY
from shared.types import Moment
from tests.support.keys import KEYS

metadata = sa.MetaData()
papers = sa.Table(
    "papers",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("name", sa.String(40), nullable=False, unique=True),
    sa.Column("at", Moment),
    sa.Column("kept", sa.JSON, nullable=False),
    sa.Column("empty", sa.JSON(none_as_null=True)),
    sa.Column("body", sa.LargeBinary),
    sa.Column("open", sa.Boolean),
    sa.Column("unsaid", sa.String(10), server_default="as ever"),
)
MOMENT = datetime(2026, 11, 21, 9, 12, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
MANY = max(FEWEST_TO_COPY, 3) + 2
VALUES = {
    "at": [MOMENT, None],
    "kept": [{"深": ["\\", "\t", '"', None, 1.5]}, [], None, "text", True],
    "empty": [None, {"a": 1}],
    "body": [b"\x00\\\n\xff", None],
    "open": [True, False, None],
}


@pytest.fixture
def database(postgres) -> Iterator[Database]:
    url = postgres.fresh_database("writes")
    made = Database(connect(url, KEYS), service="papers")
    metadata.create_all(made.engine)
    yield made
    made.engine.dispose()
    postgres.drop_database(url)


def rows(count: int) -> list[dict[str, object]]:
    """Rows with something awkward in every column."""
    awkward = ("a\tb", "a\nb", "a\\nb", "\\N", "供电社区", "'; --", "\r", "")
    return [
        {"name": f"{awkward[n % len(awkward)]}{n}"}
        | {column: values[n % len(values)] for column, values in VALUES.items()}
        for n in range(count)
    ]


def write(database: Database, given: list[dict[str, object]]) -> None:
    def work(tx):
        for row in given:
            tx.insert(papers, **row)

    database.run(work)


def read(database: Database) -> list[dict[str, object]]:
    with database.read() as connection:
        return [dict(row) for row in connection.execute(sa.select(papers)).mappings()]


def test_copied_rows_are_the_same_as_inserted_ones(database) -> None:
    given = rows(40)
    write(database, given)
    wanted = {row["name"]: row | {"unsaid": "as ever"} for row in given}
    found = {row["name"]: row for row in read(database)}
    assert len({row.pop("id") for row in found.values()}) == 40
    assert found == wanted


def test_a_duplicate_among_many_is_an_integrity_error_and_nothing_is_written(database) -> None:
    given = rows(MANY)
    with pytest.raises(IntegrityError):
        write(database, [*given, given[0]])
    assert read(database) == []
    write(database, given)
    assert len(read(database)) == MANY


def test_a_value_the_database_refuses_is_a_data_error(database) -> None:
    given = rows(MANY)
    given[1]["name"] = "x" * 41
    with pytest.raises(DataError):
        write(database, given)
    assert read(database) == []


def test_a_moment_without_a_zone_is_refused_before_it_is_written(database) -> None:
    given = rows(MANY)
    given[1]["at"] = datetime(2026, 11, 21)  # noqa: DTZ001 - it is what the test is about
    with pytest.raises(ValueError, match="says no time zone"):
        write(database, given)
    assert read(database) == []


def test_what_was_copied_is_rolled_back_with_a_command_that_then_fails(database) -> None:
    def work(tx):
        for row in rows(MANY):
            tx.insert(papers, **row)
        tx.flush()
        raise LookupError("no")

    with pytest.raises(LookupError):
        database.run(work)
    assert read(database) == []


def test_a_connection_lost_before_the_copy_is_noticed_and_replaced(database) -> None:
    def work(tx):
        lose(database, tx)
        for row in rows(MANY):
            tx.insert(papers, **row)

    with pytest.raises(Unavailable):
        database.run(work)
    write(database, rows(MANY))
    assert len(read(database)) == MANY


def lose(database: Database, tx) -> None:
    """Have the server end the transaction's own connection."""
    pid = tx.execute(sa.select(sa.func.pg_backend_pid())).scalar_one()
    with database.read() as other:
        other.execute(sa.select(sa.func.pg_terminate_backend(pid)))
