"""Very many work orders at once: one is opened as always, the others are copies of its row.

The copies differ in their number, their case's number and in when their next timer is due.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from services.routing import handlers, models
from shared import clock
from shared.bus.event import Event, new_id
from shared.contracts import intake
from shared.db import Database

CASE = "XS-250101-{n:07d}-00"
_COLUMNS = ", ".join(column.name for column in models.orders.columns)


def template(database: Database, opened: datetime, n: int = 0) -> str:
    """Open the n-th order, whose clocks began at a moment; returns its number."""
    number = CASE.format(n=n)
    data = dict(intake.transferred.example) | {"number": number}
    event = Event(new_id(), intake.transferred.type, "/intake", number, opened, 3, data)
    with clock.set_for_tests(opened):
        database.run(lambda tx: handlers.open_order(tx, event))
    return f"{number}-1"


def copy(database: Database, of: str, numbers: range, due: datetime, within: timedelta) -> None:
    """Copies of an order, the n-th for each number; their next timers spread over a span."""
    count, first = len(numbers), numbers.start
    sqlite = database.engine.dialect.name == "sqlite"
    said = _of_sqlite() if sqlite else _of_postgres()
    step = within / count
    values = {"of": of, "first": first, "last": numbers.stop - 1}
    if sqlite:
        values |= {"due": due.timestamp(), "step": step.total_seconds()}
    else:
        values |= {"due": due, "step": step}
    with database.engine.begin() as connection:
        connection.execute(sa.text(said), values)
        connection.execute(sa.text("ANALYZE orders"))


def _columns(number: str, case: str, next_at: str) -> str:
    own = {"number": number, "case_number": case, "next_at": next_at}
    return ", ".join(own.get(column.name, f"o.{column.name}") for column in models.orders.columns)


def _of_sqlite() -> str:
    case = "printf('XS-250101-%07d-00', n)"
    moment = "strftime('%Y-%m-%d %H:%M:%f', :due + (n - :first) * :step, 'unixepoch') || '000'"
    chosen = _columns(f"{case} || '-1'", case, moment)
    counted = "WITH RECURSIVE s(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM s WHERE n < :last)"
    return (
        f"INSERT INTO orders ({_COLUMNS}) {counted} "  # noqa: S608 - our own columns
        f"SELECT {chosen} FROM s CROSS JOIN orders o WHERE o.number = :of"
    )


def _of_postgres() -> str:
    case = "'XS-250101-' || lpad(n::text, 7, '0') || '-00'"
    moment = "CAST(:due AS timestamptz) + (n - :first) * CAST(:step AS interval)"
    chosen = _columns(f"{case} || '-1'", case, moment)
    return (
        f"INSERT INTO orders ({_COLUMNS}) SELECT {chosen} "  # noqa: S608 - our own columns
        "FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS s(n) "
        "CROSS JOIN orders o WHERE o.number = :of"
    )
