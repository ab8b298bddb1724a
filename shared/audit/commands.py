"""``python -m services audit verify|export``: for whoever has to trust the audit."""

import argparse
import os
import sys
from collections.abc import Callable
from datetime import date
from typing import Any

import sqlalchemy as sa

from shared.audit import reading, store
from shared.audit.reading import Verdict
from shared.contracts import SERVICES
from shared.runtime import Runtime

RuntimeOf = Callable[[str], Runtime]


def add_commands(commands: Any, runtime_of: RuntimeOf) -> None:
    """Add `audit` and what it can do to the operator's commands."""
    audit = commands.add_parser("audit", help="who did or saw what: verify, export")
    what = audit.add_subparsers(title="what", required=True)
    verify = what.add_parser("verify", help="look for the first broken link of the chain")
    _service_of(verify)
    verify.add_argument(
        "--had",
        action="append",
        default=[],
        metavar="SEQ:HASH",
        type=_mark,
        help="an entry noted earlier: it must still be there with this hash",
    )
    verify.set_defaults(run=lambda options: _verify(options, runtime_of))
    export = what.add_parser("export", help="entries as JSON lines, with their hashes")
    _service_of(export)
    export.add_argument("--from", dest="first", type=date.fromisoformat, metavar="YYYY-MM-DD")
    export.add_argument("--to", dest="last", type=date.fromisoformat, metavar="YYYY-MM-DD")
    export.set_defaults(run=lambda options: _export(options, runtime_of))


def _service_of(parser: argparse.ArgumentParser) -> None:
    deployed = bool(os.environ.get("DATABASE_URL"))
    parser.add_argument(
        "service",
        nargs=None if deployed else "?",
        choices=SERVICES,
        help="whose audit; in the embedded run, without it, all four",
    )


def _mark(text: str) -> tuple[int, str]:
    seq, _, known = text.partition(":")
    if not seq.isdecimal() or not known:
        raise argparse.ArgumentTypeError(f"{text!r} is not SEQ:HASH, as `verify` prints it")
    return int(seq), known


def _services(options: argparse.Namespace) -> tuple[str, ...]:
    return (options.service,) if options.service else tuple(SERVICES)


def _verify(options: argparse.Namespace, runtime_of: RuntimeOf) -> int:
    """Exit status 1 if a chain is broken."""
    broken = 0
    for service in _services(options):
        database = runtime_of(service).database
        if not _migrated(database):
            sys.stdout.write(f"{service}: BROKEN: there is no audit; was it migrated?\n")
            broken += 1
            continue
        verdict = reading.verify(database)
        lost = verdict.damage or _lost(database, options.had if options.service else [])
        sys.stdout.write(f"{service}: {_said(verdict) if not lost else f'BROKEN at {lost}'}\n")
        broken += lost is not None
    return 1 if broken else 0


def _migrated(database: reading.Ground) -> bool:
    tables = reading.tables_of(database)
    with database.read() as connection:
        there = sa.inspect(connection).get_table_names()
    return {tables.entries.name, tables.head.name} <= set(there)


def _lost(database: reading.Ground, marks: list[tuple[int, str]]) -> str | None:
    """An entry that somebody noted and that is no longer what it was."""
    tables = reading.tables_of(database)
    for seq, known in marks:
        with database.read() as connection:
            entry = store.entry_at(connection, tables, seq)
        if entry is None or entry.hash != known:
            return f"entry {seq}: it is not the one that was noted: the chain was written anew"
    return None


def _said(verdict: Verdict) -> str:
    head = verdict.head
    if head is None or not head.seq:
        return "no entries yet"
    return f"{verdict.checked} entries, unbroken; the last is {head.seq}:{head.hash}"


def _export(options: argparse.Namespace, runtime_of: RuntimeOf) -> int:
    """Oldest first; with several services each line says whose it is."""
    for service in _services(options):
        database = runtime_of(service).database
        for entry in reading.between(database, options.first, options.last):
            whose = {} if options.service else {"service": service}
            sys.stdout.write(reading.line({**reading.as_json(entry), **whose}))
    return 0
