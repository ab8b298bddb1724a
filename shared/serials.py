"""Whole numbers of a series, counted in the database: each given once, however many replicas."""

from collections import deque
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from shared.transaction import insert_for

BLOCK = 64


class NumbersWanted(RuntimeError):
    """A block of numbers ran out; it is refilled and the command is run again."""


class Serials:
    """Hands out whole numbers, reserved in blocks, so that replicas never give the same one.

    Blocks are reserved between transactions, never inside one: SQLite has a single writer. What a
    command took before it was undone is not given again, so series have gaps.

    Args:
        reserve: takes the next so many numbers of a series for this process.
    """

    def __init__(self, reserve: Callable[[str, int], range]) -> None:
        self._reserve = reserve
        self._ready: dict[str, deque[int]] = {}

    def take(self, name: str) -> int:
        """The next number of a series.

        Raises:
            NumbersWanted: none is ready; ``refill``, then take again.
        """
        ready = self._ready.setdefault(name, deque())
        if not ready:
            raise NumbersWanted(name)
        return ready.popleft()

    def refill(self, wanted: int) -> None:
        """Have ``wanted`` numbers ready of every series that was asked for."""
        for name, ready in self._ready.items():
            if len(ready) < wanted:
                ready.extend(self._reserve(name, max(wanted, BLOCK)))


def reserve(engine: sa.Engine, table: sa.Table, name: str, count: int) -> range:
    """Take the next ``count`` numbers of a series, in a transaction of its own."""
    upsert: Any = insert_for(engine)(table).values(name=name, next=1 + count)
    upsert = upsert.on_conflict_do_update(
        index_elements=[table.c.name], set_={"next": table.c.next + count}
    ).returning(table.c.next)
    with engine.begin() as connection:
        after = connection.execute(upsert).scalar_one()
    return range(after - count, after)
