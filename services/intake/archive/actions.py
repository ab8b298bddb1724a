"""The day's end, portion by portion: by an officer's key, or by the timer where none pressed it.

Every portion is a transaction of its own. Killed in between, or run by several replicas at once,
it goes on with what is left: what is sealed is no longer found, and what two of them saw at once
only one of them seals.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import structlog

from services.intake.archive import handlers, store
from services.intake.archive.close import Kept
from services.intake.archive.pack import archive_rules
from services.intake.archive.queries_report import Report
from services.intake.archive.store import ToSeal
from services.intake.case import SYSTEM, Actor
from shared.clock import now
from shared.db import Unavailable
from shared.green import give_way
from shared.runtime import Runtime

log = structlog.get_logger(__name__)

PORTION = 50
"""In one transaction: other people's commands wait for no more than these."""
A_ROUND = 2000
"""Dossiers at most at one call of the timer; the rest comes with the next."""
AGAIN = 20
"""As many broken ones are tried at each call of the timer; any of them, so that all get a turn."""


@dataclass(frozen=True)
class Sealing:
    """What was sealed, by number; and what could not be, with why."""

    sealed: list[str]
    unsealed: list[Kept]

    @property
    def seen(self) -> int:
        """How many were tried."""
        return len(self.sealed) + len(self.unsealed)


@dataclass(frozen=True)
class DayEnd:
    """What a day's end did."""

    closed: Sequence[str]
    kept: Sequence[Kept]
    sealed: Sequence[str]
    report: Report
    unsealed: Sequence[Kept] = ()


def end_day(
    runtime: Runtime, community: str, actor: Actor, until: datetime | None = None
) -> DayEnd:
    """Close, seal and tell the day of one community, up to a moment; now, unless it is given."""
    at = until or now()
    closed, kept = close_all(runtime, community, actor, at)
    done = seal_all(runtime, ToSeal(now(), community), actor.name)  # what was just closed, too
    left = done.unsealed
    report = runtime.database.run(
        lambda tx: handlers.tell_day(tx, community, at, actor.name, kept, unsealed=left)
    )
    return DayEnd(closed, kept, done.sealed, report, left)


def close_all(
    runtime: Runtime, community: str, actor: Actor, until: datetime
) -> tuple[list[str], list[Kept]]:
    """Close what may be closed; returns it, and the others with why not."""
    closed: list[str] = []
    kept: list[Kept] = []

    def close(some: Sequence[str]) -> None:
        work = partial(handlers.close_portion, numbers=some, actor=actor)
        done, left = runtime.database.run(work)
        closed.extend(done)
        kept.extend(left)

    numbers = runtime.database.run(lambda tx: handlers.resolved(tx, community, until))
    for n in range(0, len(numbers), PORTION):
        portion = numbers[n : n + PORTION]
        if _failed(partial(close, portion)):
            kept += _each_alone(runtime, portion, lambda number: close([number]))
        give_way()
    return closed, kept


def seal_all(runtime: Runtime, wanted: ToSeal, by: str, most: int = A_ROUND) -> Sealing:
    """Seal what is finished, portion by portion, at most so many.

    One that cannot be sealed stays unsealed, is named with its reason, and keeps no other from
    being sealed; the next day's end, or the timer, tries it again.
    """
    done = Sealing([], [])
    while (limit := min(PORTION, most - len(done.sealed))) > 0:
        left = replace(wanted, skip={*wanted.skip, *(one.number for one in done.unsealed)})
        some = _seal_portion(runtime, left, by, limit)
        done.sealed.extend(some.sealed)
        done.unsealed.extend(some.unsealed)
        if some.seen < limit:
            break
        give_way()
    return done


def _seal_portion(runtime: Runtime, wanted: ToSeal, by: str, limit: int) -> Sealing:
    sealed: list[str] = []

    def seal(wanted: ToSeal, limit: int) -> None:
        work = partial(handlers.seal_portion, wanted=wanted, by=by, limit=limit)
        sealed.extend(runtime.database.run(work))

    if not _failed(partial(seal, wanted, limit)):
        return Sealing(sealed, [])
    numbers = runtime.database.run(lambda tx: handlers.portion(tx, wanted, limit))
    alone = list(_each_alone(runtime, numbers, lambda one: seal(replace(wanted, only=[one]), 1)))
    return Sealing(sealed, alone)


def _failed(do: Callable[[], None]) -> bool:
    """Whether a portion could not be done together: then each is done alone, to find which it is.

    Raises:
        Unavailable: there is no database for any of them.
    """
    try:
        do()
    except Unavailable:
        raise
    except Exception:
        log.warning("archive_portion_failed", exc_info=True)
        return True
    return False


def _each_alone(
    runtime: Runtime, numbers: Sequence[str], do: Callable[[str], None]
) -> Iterator[Kept]:
    """Do it to each in a transaction of its own; gives those that fail, with why.

    Raises:
        Unavailable: there is no database for any of them.
    """
    for number in numbers:
        try:
            do(number)
        except Unavailable:
            raise
        except Exception as error:  # the others go on; this one is named, and tried again
            log.exception("archive_dossier_failed", number=number)
            yield runtime.database.run(partial(handlers.not_done, number=number, error=error))
        give_way()


def run(runtime: Runtime) -> int:
    """The timer: the last day's end of every community that has not been told, then what is left.

    Returns how many dossiers were sealed. Before the first day's end there is nothing to do.
    """
    ends = archive_rules(runtime.district).last_end(now())
    with runtime.database.read() as connection:
        waiting = store.untold(connection, tuple(runtime.district.communities), ends)
    sealed = 0
    for community in waiting:
        try:
            sealed += len(end_day(runtime, community, SYSTEM, ends).sealed)
        except Unavailable:
            raise
        except Exception:  # the others end their day; this one is tried again at the next turn
            log.exception("archive_day_failed", number=community)
    sealed += _seal_what_is_left(runtime, ends)
    if sealed:
        log.info("archive_sealed", count=sealed)
    return sealed


def _seal_what_is_left(runtime: Runtime, ends: datetime) -> int:
    """What a round did not reach; and some of what is known to be broken, in case it was mended."""
    with runtime.database.read() as connection:
        broken = store.told_unsealed(connection, ends)
    done = seal_all(runtime, ToSeal(ends, skip=broken), SYSTEM.name).sealed
    if again := random.sample(sorted(broken), min(AGAIN, len(broken))):
        done += seal_all(runtime, ToSeal(ends, only=again), SYSTEM.name).sealed
    return len(done)
