"""``python -m services archive verify|run``: the operator's commands."""

import sys
from collections.abc import Callable
from typing import Any

from services.intake.archive import actions, verify
from services.intake.archive.verify import Damage
from shared.runtime import Runtime

RuntimeOf = Callable[[str], Runtime]


def add_commands(commands: Any, runtime_of: RuntimeOf) -> None:
    """Add `archive` and what it can do to the operator's commands."""
    archive = commands.add_parser("archive", help="dossiers: verify, run")
    what = archive.add_subparsers(title="what", required=True)
    checked = what.add_parser("verify", help="look whether any dossier was changed")
    checked.set_defaults(run=lambda _options: _verify(runtime_of("intake")))
    run = what.add_parser("run", help="do what the timer does: the last day's end")
    run.set_defaults(run=lambda _options: _run(runtime_of("intake")))


def _verify(runtime: Runtime) -> int:
    """Say every damage; exit status 1 if there is any."""
    damaged = seen = 0
    for found in verify.check(runtime.database):
        if isinstance(found, Damage):
            damaged += 1
            sys.stdout.write(f"{found}\n")
        else:
            seen = found
    sys.stdout.write(f"{seen} dossier(s) looked at, {damaged} damaged\n")
    return 1 if damaged else 0


def _run(runtime: Runtime) -> int:
    sys.stdout.write(f"{actions.run(runtime)} dossier(s) sealed\n")
    return 0
