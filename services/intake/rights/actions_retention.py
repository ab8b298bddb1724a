"""Forgetting what is due: by the timer, by the administrator, and from the command line."""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog

from services.intake.rights import handlers_retention, queries
from services.intake.rights.queries import Due
from services.intake.rights.retention import retention_of
from shared.clock import local, now
from shared.green import give_way
from shared.runtime import Runtime

log = structlog.get_logger(__name__)

BATCH = 20
"""Cases in one transaction: other people's commands wait for no more than these."""
A_ROUND = 2000
"""At most so many at one call: a district that begins with old cases does them over a night."""
_COMMAND = (
    "  {kind:<12} {months:>4} months  kept {kept:>8}  oldest {oldest:<10}  due now {due:>8}\n"
)


def run(runtime: Runtime, most: int = A_ROUND) -> int:
    """Forget what is due, batch by batch, each a transaction of its own; returns how many.

    Killed in between, it goes on where it was: what is forgotten is no longer due.
    """
    gone = 0
    while gone < most:
        size = min(BATCH, most - gone)
        done = runtime.database.run(partial(handlers_retention.erase_due, limit=size))
        gone += done
        if done < size:
            break
        give_way()
    if gone:
        log.info("retention_erased", count=gone)
    return gone


def what_is_due(runtime: Runtime) -> list[Due]:
    """For each kind: how many are kept, since when, and how many would go now."""
    with runtime.database.read() as connection:
        return queries.due(connection, retention_of(runtime.district), now())


def add_commands(commands: Any, runtime_of: Callable[[str], Runtime]) -> None:
    """Add ``retention`` to the operator's commands."""
    command = commands.add_parser(
        "retention", help="forget residents whose data was kept long enough"
    )
    command.add_argument("--dry-run", action="store_true", help="only say what would go")
    command.set_defaults(run=lambda options: _command(options, runtime_of("intake")))


def _command(options: argparse.Namespace, runtime: Runtime) -> int:
    for one in what_is_due(runtime):
        oldest = f"{local(one.oldest):%Y-%m-%d}" if one.oldest else "-"
        period = one.period
        said = {"kind": period.kind, "months": period.months, "oldest": oldest}
        sys.stdout.write(_COMMAND.format(**said, kept=one.kept, due=one.due))
    if options.dry_run:
        sys.stdout.write("nothing was changed\n")
        return 0
    gone = 0
    while done := run(runtime):
        gone += done
    sys.stdout.write(f"{gone} erased\n")
    return 0
