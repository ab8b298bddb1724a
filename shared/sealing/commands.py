"""``python -m services keys``: the operator's commands for the data keys.

A key is changed in four steps, while everything runs (docs/operations.md): ``new`` puts a key in
front, ``rotate`` seals everything with it, ``list`` says that the old one holds nothing, ``drop``
takes it out.
"""

import argparse
import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from shared.audit import store
from shared.audit.tables import AuditTables
from shared.bus import local
from shared.config import data_keys
from shared.contracts import SERVICES
from shared.runtime import Runtime
from shared.sealing.keys import KeyRing, new_line
from shared.sealing.rotation import count, rotate

SETTLED = 60.0
"""Seconds a key file rests before a key is taken out: every writer has read it again by then."""
RuntimeOf = Callable[[str], Runtime]


class KeysRefused(ValueError):
    """The command may not, or cannot, be done. Says why and what to do."""


@dataclass(frozen=True)
class Place:
    """A database with sealed values: a service's, or the in-process bus's."""

    name: str
    engine: sa.Engine
    metadata: sa.MetaData
    keys: KeyRing
    audit: AuditTables | None = None

    def held(self) -> dict[str, int]:
        """How many values each key holds; the signature of the audit's head is one of them."""
        held = count(self.engine, self.metadata, self.keys)
        if self.audit is not None:
            with self.engine.connect() as connection:
                head = store.head_of(connection, self.audit)
            if head is not None and head.key:
                held[head.key] = held.get(head.key, 0) + 1
        return held

    def rotate(self) -> int:
        """Seal and sign anew; returns how many rows were written."""
        written = rotate(self.engine, self.metadata, self.keys, self._told)
        if self.audit is not None:
            with self.engine.begin() as connection:
                written += store.sign_anew(connection, self.audit, self.name)
        return written

    def _told(self, table: str, written: int) -> None:
        _say(f"{self.name}.{table}: {written}")


def add_commands(commands: Any, runtime_of: RuntimeOf) -> None:
    """Add ``keys`` to the operator's commands."""
    parser = commands.add_parser("keys", help="keys of personal fields: new, list, rotate, drop")
    what = parser.add_subparsers(required=True)
    what.add_parser("new", help="put a new key in front").set_defaults(run=_new)
    for name, run, text in (
        ("list", _list, "how many values each key holds"),
        ("rotate", _rotate, "seal everything with the first key; may be interrupted and repeated"),
        ("drop", _drop, "take a key out that holds nothing any more"),
    ):
        command = what.add_parser(name, help=text)
        if run is _drop:
            command.add_argument("id")
        command.add_argument("service", nargs="?", choices=SERVICES)
        command.set_defaults(run=_with(run, runtime_of))


def _with(
    run: Callable[[argparse.Namespace, list[Place]], int], runtime_of: RuntimeOf
) -> Callable[[argparse.Namespace], int]:
    return lambda options: run(options, list(_places(options.service, runtime_of)))


def _places(service: str | None, runtime_of: RuntimeOf) -> Iterator[Place]:
    """The databases: the service's; embedded, without one, all that share the key file."""
    if service is None and os.environ.get("DATABASE_URL"):
        raise KeysRefused("service: say which; a deployed service has keys of its own.")
    for name in SERVICES if service is None else (service,):
        runtime = runtime_of(name)
        database, metadata = runtime.database, runtime.tables.outbox.metadata
        if metadata.tables.keys() - set(sa.inspect(database.engine).get_table_names()):
            raise KeysRefused(f"{name}: its database is not up to date. Run: migrate {name}")
        yield Place(name, database.engine, metadata, database.keys, database.audit)
    if service is None and isinstance(runtime.transport, local.LocalTransport):
        engine = runtime.transport.engine
        if sa.inspect(engine).has_table(local.queued.name):
            yield Place("bus", engine, local.metadata, database.keys)


def _new(_options: argparse.Namespace) -> int:
    ring = _ring()
    line = new_line()
    key_id = line.partition(" ")[0]
    if ring.path is None:
        raise KeysRefused(
            "DATA_KEYS: the keys stand in the environment, where no command can add one. Keep them"
            " in a file and name it in DATA_KEYS_FILE."
        )
    _replace(ring.path, f"{line}\n{ring.path.read_text(encoding='utf-8')}")
    _say(f"{key_id}: made. From now on it seals; the others read: {', '.join(ring.ids)}")
    return 0


def _list(_options: argparse.Namespace, places: list[Place]) -> int:
    for place in places:
        for key_id, number in place.held().items():
            known = "" if key_id in place.keys.ids else "  NOT IN THE KEYS: cannot be read"
            _say(f"{place.name}  {key_id}  {number}{known}")
    return 0


def _rotate(_options: argparse.Namespace, places: list[Place]) -> int:
    left = 0
    for place in places:
        written, first = place.rotate(), place.keys.first.id
        others = sum(number for key_id, number in place.held().items() if key_id != first)
        _say(f"{place.name}: {written} row(s) sealed with {first}, {others} value(s) left")
        left += others
    if left:
        _say("Written meanwhile by a process that had not read the new key yet: run it again.")
    return 1 if left else 0


def _drop(options: argparse.Namespace, places: list[Place]) -> int:
    ring, key_id = _ring(), options.id
    if key_id not in ring.ids:
        raise KeysRefused(f"{key_id}: there is no such key in {ring.source}")
    if key_id == ring.first.id:
        raise KeysRefused(f"{key_id}: it is the key that seals. Make a new one before: keys new")
    if ring.path is None:
        raise KeysRefused(f"{key_id}: the keys stand in DATA_KEYS; take its line out there")
    rests = SETTLED - (time.time() - ring.path.stat().st_mtime)
    everywhere = options.service is None or bool(os.environ.get("DATABASE_URL"))
    if not everywhere:
        raise KeysRefused("service: the key file serves all of them here; name none")
    used = {place.name: place.held().get(key_id, 0) for place in places}
    if any(used.values()):
        where = ", ".join(f"{name} ({number})" for name, number in used.items() if number)
        raise KeysRefused(f"{key_id}: still holds values of {where}. Run: keys rotate")
    if rests > 0:
        raise KeysRefused(
            f"{key_id}: {ring.path} was changed a moment ago, and a service that has not read it"
            f" yet may be sealing with this key. Drop it in {math.ceil(rests)} second(s)."
        )
    lines = ring.path.read_text(encoding="utf-8").splitlines(keepends=True)
    _replace(ring.path, "".join(line for line in lines if line.split()[:1] != [key_id]))
    _say(f"{key_id}: dropped")
    return 0


def _ring() -> KeyRing:
    """The keys in force; embedded, those in DATA_DIR."""
    folder = Path(os.environ.get("DATA_DIR", "./var"))
    return data_keys(kept_in=None if os.environ.get("DATABASE_URL") else folder)


def _replace(path: Path, text: str) -> None:
    """Write the file anew in one step, readable by whom it was."""
    was, new = path.stat(), path.with_name(f"{path.name}.new")
    try:
        new.touch(mode=0o600)
        new.write_text(text, encoding="utf-8")
        os.chown(new, was.st_uid, was.st_gid)
        new.chmod(was.st_mode & 0o777)
        new.replace(path)
    except OSError as error:
        raise KeysRefused(
            f"{path}: cannot be written here: {error}. All else is done; change its lines where it"
            " can be (docs/operations.md, Data keys)."
        ) from error


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
