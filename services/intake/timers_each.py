"""What a timer does to each of many: one command for each, so that none stops the others."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

import structlog

from shared.db import Transaction, Unavailable
from shared.green import give_way
from shared.runtime import Runtime

log = structlog.get_logger(__name__)
T = TypeVar("T")


def each(
    runtime: Runtime, timer: str, keys: Iterable[str], act: Callable[[Transaction, str], T]
) -> list[T]:
    """Do `act` to each of these; returns what came of those that could be done.

    One that fails is logged with its key and left as it was: the timer's next turn tries it again,
    and nothing that is due waits behind it.

    Args:
        runtime: whose database it is.
        timer: whose turn it is, for the log.
        keys: numbers of cases or bookings, codes of communities.
        act: the command; it looks again whether its one is still due.

    Raises:
        Unavailable: there is no database for any of them.
    """
    done = []
    for key in keys:
        try:
            done.append(runtime.database.run(partial(_do, act=act, key=key)))
        except Unavailable:
            raise
        except Exception:
            log.exception("intake.timer_failed", timer=timer, number=key)
        give_way()
    return done


def _do(tx: Transaction, act: Callable[[Transaction, str], T], key: str) -> T:
    return act(tx, key)
