"""A spreadsheet of orders 导入: taken in as rows, then worked off in portions by whoever is free.

Each row is a command of its own, grouped with others into one transaction by the committer; done
rows are told by their state, so a process killed in the middle leaves nothing half done and the
next one goes on. A lease only keeps replicas from doing the same work at once.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
import structlog

from services.intake.case import Actor, Officer
from services.intake.hotline import store
from services.intake.hotline.handlers import OUR_FAULT, WAITING, officers, refuse_row, take_row
from services.intake.hotline.order import number_of
from services.intake.hotline.sheet import Sheet
from services.intake.models import hotline
from shared.clock import now
from shared.db import Transaction, Unavailable
from shared.green import Pool
from shared.runtime import Runtime

log = structlog.get_logger(__name__)

READING, WORKING, DONE = "reading", "working", "done"
STATES = (READING, WORKING, DONE)
"""Its rows are being kept; they are worked off; all are done."""
PORTION = 256
AT_ONCE = 32
"""Rows in one transaction: people who wait at the desk come in between."""
KEPT_AT_ONCE = 500
LEASE = timedelta(seconds=30)
"""Longer than a portion takes; as long as another replica waits for one that died."""
GIVEN_UP_AFTER = timedelta(hours=1)
"""An import whose rows were not all kept by then never will be: its upload was cut off."""
_ME = secrets.token_hex(8)
"""This process, as holder of leases."""


def begin(runtime: Runtime, sheet: Sheet, actor: Actor) -> str:
    """Keep the rows of a spreadsheet, to be worked off; returns the import's id."""
    import_id = secrets.token_hex(16)
    runtime.database.run(lambda tx: store.add_import(tx, import_id, sheet, actor, READING))
    for start in range(0, len(sheet.rows), KEPT_AT_ONCE):
        part = sheet.rows[start : start + KEPT_AT_ONCE]
        runtime.database.run(partial(store.add_rows, import_id=import_id, rows=part))
    runtime.database.run(lambda tx: _ready(tx, import_id))
    return import_id


def go_on(runtime: Runtime) -> int:
    """Work off everything that waits; returns how many rows were done. For a timer."""
    done = 0
    while (claimed := runtime.database.run(_claim)) is not None:
        done += _work_off(runtime, claimed)
    return done


def give_up_unfinished(tx: Transaction) -> int:
    """Drop imports whose upload was cut off; nothing of them was taken in. For a timer."""
    table = hotline.imports
    query = sa.select(table.c.id).where(
        table.c.state == READING, table.c.at < tx.now - GIVEN_UP_AFTER
    )
    found = tx.execute(query).scalars().all()
    for import_id in found:
        tx.execute(hotline.rows.delete().where(hotline.rows.c.import_id == import_id))
        tx.update(table.delete().where(table.c.id == import_id))
    return len(found)


def _ready(tx: Transaction, import_id: str) -> None:
    row = tx.row(hotline.imports, import_id)
    if row is None:
        raise LookupError(f"hotline import {import_id} is gone while its rows are being kept")
    changes = {"version": row["version"] + 1, "state": WORKING}
    tx.change(hotline.imports, import_id, row["version"], changes)


def _claim(tx: Transaction) -> str | None:
    """The oldest import nobody is at; ours from now on."""
    table = hotline.imports
    free = sa.or_(
        table.c.lease_until.is_(None), table.c.lease_until < tx.now, table.c.lease_by == _ME
    )
    query = sa.select(table.c.id).where(table.c.state == WORKING, free).order_by(table.c.at)
    found = tx.execute(query.limit(1)).scalar()
    if found is not None:
        _hold(tx, found)
    return found


def _hold(tx: Transaction, import_id: str) -> bool:
    """Keep the lease for another while; False: another has it, or all is done."""
    row = tx.row(hotline.imports, import_id)
    if row is None or row["state"] != WORKING:
        return False
    others = row["lease_by"] != _ME and row["lease_until"] and row["lease_until"] >= tx.now
    if others:
        return False
    changes = {
        "version": row["version"] + 1,
        "lease_by": _ME,
        "lease_until": tx.now + LEASE,
    }
    tx.change(hotline.imports, import_id, row["version"], changes)
    return True


def _work_off(runtime: Runtime, import_id: str) -> int:
    """Portion by portion, until none waits or another took over."""
    began, done = now(), 0
    answering: dict[str, Officer] = {}
    while runtime.database.run(lambda tx: _hold(tx, import_id)):
        with runtime.database.read() as connection:
            portion = store.waiting(connection, import_id, PORTION)
        if not portion:
            runtime.database.run(lambda tx: _finish(tx, import_id))
            break
        _meet_officers(runtime, portion, answering)
        done += _take(runtime, portion, answering)
    seconds = (now() - began).total_seconds()
    log.info("hotline_import_worked_off", id=import_id, rows=done, seconds=round(seconds, 1))
    return done


def _take(runtime: Runtime, portion: Sequence[Mapping[Any, Any]], known: Mapping[str, Any]) -> int:
    numbers = [number for row in portion if (number := number_of(row["given"]))]

    def one(row_id: str) -> str:
        def work(tx: Transaction) -> str:
            return take_row(tx, row_id, numbers, known)

        try:
            return runtime.database.run(work, row=(hotline.rows, row_id))
        except Unavailable:
            raise
        except Exception:
            # A fault of ours in one row must not hold up the others for ever: it is named as well.
            log.exception("hotline_row_failed", row=row_id)
            return runtime.database.run(lambda tx: refuse_row(tx, row_id, OUR_FAULT))

    pool = Pool(AT_ONCE)
    return sum(1 for state in pool.imap(one, [row["id"] for row in portion]) if state)


def _meet_officers(
    runtime: Runtime, portion: Sequence[Mapping[Any, Any]], known: dict[str, Officer]
) -> None:
    """Look up once who answers in each community of these rows, not once for each row."""
    places = store.places(portion, runtime.district)
    wanted = [community for community in places if community not in known]
    if wanted:
        known.update(runtime.database.run(lambda tx: officers(tx, wanted)))


def _finish(tx: Transaction, import_id: str) -> None:
    row = tx.row(hotline.imports, import_id)
    if row is None or row["state"] != WORKING:
        return
    changes = {
        "version": row["version"] + 1,
        "state": DONE,
        "lease_until": None,
        "finished_at": tx.now,
    }
    tx.change(hotline.imports, import_id, row["version"], changes)


__all__ = [
    "DONE",
    "READING",
    "STATES",
    "WAITING",
    "WORKING",
    "begin",
    "give_up_unfinished",
    "go_on",
]
