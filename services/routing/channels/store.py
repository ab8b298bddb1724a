"""Loading and saving channels and deliveries."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from services.routing import models
from services.routing.channels.channel import (
    AMQP,
    DEAD,
    DROPPED,
    FAILED,
    MAIL,
    MAILED,
    OPEN,
    PUSHED,
    SENT,
    WAITING,
    Channel,
    Delivery,
)
from shared.bus.event import Event, encode
from shared.db import Transaction

channels, deliveries = models.channels.channels, models.channels.deliveries
_d = deliveries.c
_is_open = _d.state.in_([sa.literal_column(f"'{state}'") for state in OPEN])
"""Literal, so that the partial index is used."""
AT_ONCE = 20
"""Deliveries of one channel that are taken together."""
MOST_FORGOTTEN = 1000
UNDER_WAY = timedelta(seconds=5)
"""A command may take so long from its moment to its commit."""
_DROPPED = {"state": DROPPED, "body": "", "error": ""}
"""Nobody is to bring it any more, so that what it said is kept no longer."""


def channel_of(tx: Transaction, department: str) -> Channel | None:
    """The department's channel, if it was ever onboarded; the first asked for brings all."""
    tx.expect(channels, tx.district.departments)
    row = tx.row(channels, department)
    return None if row is None else Channel(**row)


def channel_that_stays(tx: Transaction, department: str) -> Channel:
    """A channel that is there; until our commit the department is given no other.

    Many hold it so at once, and it is sent by meanwhile: only ``channel_to_replace`` waits.
    """
    chosen = sa.select(channels).where(channels.c.department == department)
    held = chosen.with_for_update(read=True, key_share=True)
    return tx.once(channels, department, lambda: _read(tx, held))


def channel_to_replace(tx: Transaction, department: str) -> Channel | None:
    """The channel, if there is one; what was being kept for it is committed by then.

    What comes now waits for our commit, and is kept for the channel that we make of it. Who records
    a round holds deliveries first: where the two meet, the database ends one, and it is done again.
    """
    chosen = sa.select(channels).where(channels.c.department == department).with_for_update()
    row = tx.look(chosen, channels).mappings().one_or_none()
    return None if row is None else Channel(**row)


def _read(tx: Transaction, chosen: sa.Select[Any]) -> Channel:
    return Channel(**tx.look(chosen, channels).mappings().one())


def channel_in(connection: sa.Connection, department: str) -> Channel | None:
    """As ``channel_of``, for reading."""
    chosen = sa.select(channels).where(channels.c.department == department)
    row = connection.execute(chosen).mappings().one_or_none()
    return None if row is None else Channel(**row)


def all_channels(connection: sa.Connection) -> dict[str, Channel]:
    """Department -> its channel."""
    rows = connection.execute(sa.select(channels)).mappings()
    return {row["department"]: Channel(**row) for row in rows}


def add(tx: Transaction, channel: Channel) -> None:
    """A department's first channel."""
    tx.insert(channels, **asdict(channel))


def change(tx: Transaction, channel: Channel, **values: Any) -> None:
    """Give a channel new values."""
    values["version"] = channel.version + 1
    tx.change(channels, channel.department, channel.version, values)


def keep(tx: Transaction, event: Event, channel: Channel) -> None:
    """A fact waits for the department's channel."""
    tx.insert(
        deliveries,
        event_id=event.id,
        department=channel.department,
        kind=channel.kind,
        order_number=str(event.data.get("number", "")),
        type=event.type,
        body="" if channel.kind == AMQP else encode(event),
        state=WAITING,
        attempts=0,
        error="",
        created_at=tx.now,
        sent_at=None,
    )


def claim_due(tx: Transaction, kinds: Collection[str], until: datetime, most: int) -> list[Channel]:
    """Take channels that have something to send and may; nobody else gets them before ``until``."""
    c = channels.c
    waits = sa.exists().where(_d.department == c.department, _is_open)
    chosen = (
        sa.select(channels)
        .where(c.active, c.kind.in_(kinds), c.next_at <= tx.now, waits)
        .order_by(c.next_at)
        .limit(most)
    )
    return _taken(tx, chosen, until)


def claim_queues(tx: Transaction, until: datetime) -> list[Channel]:
    """Take the channels whose queue is to be looked at again."""
    c = channels.c
    due = sa.and_(c.active, c.kind == AMQP, c.next_at <= tx.now)
    return _taken(tx, sa.select(channels).where(due), until)


def _taken(tx: Transaction, chosen: sa.Select[Any], until: datetime) -> list[Channel]:
    # Whoever keeps something for one (``channel_that_stays``) is not in the way, nor are we.
    free = chosen.with_for_update(skip_locked=True, key_share=True)
    found = [Channel(**row) for row in tx.execute(free).mappings()]
    for one in found:
        change(tx, one, next_at=until)
    return found


def next_of(tx: Transaction, department: str, most: int = AT_ONCE) -> list[Delivery]:
    """What waits longest, in the order it happened."""
    chosen = (
        sa.select(deliveries)
        .where(_d.department == department, _is_open)
        .order_by(_d.id)
        .limit(most)
    )
    return [Delivery(**row) for row in tx.execute(chosen).mappings()]


def mark_sent(tx: Transaction, ids: Sequence[int]) -> None:
    """They were brought; what they said is kept no longer."""
    values = {"state": SENT, "sent_at": tx.now, "attempts": _d.attempts + 1}
    _update(tx, _d.id.in_(ids), values | {"body": "", "error": ""})


def mark_failed(tx: Transaction, delivery: Delivery, state: str, why: str) -> None:
    """An attempt failed; ``state`` says what comes of it."""
    _update(tx, _d.id == delivery.id, {"state": state, "attempts": _d.attempts + 1, "error": why})


def give_up_before(tx: Transaction, department: str, moment: datetime, why: str) -> int:
    """Everything older is dead; returns how many."""
    old = sa.and_(_d.department == department, _d.created_at < moment)
    return _update(tx, old, {"state": DEAD, "error": why})


def bring_otherwise(tx: Transaction, department: str, kind: str) -> None:
    """What waits goes by the new channel; what that one does not bring is dropped.

    What waits in the queue is in the queue, and stays; a department without a push has the rest
    there as well, or on the page.
    """
    mine = _d.department == department
    _update(tx, sa.and_(mine, _d.kind == AMQP), {"state": SENT, "sent_at": tx.now})
    _update(tx, sa.and_(mine, _not_brought_by(kind)), _DROPPED)
    _update(tx, mine, {"kind": kind})


def _not_brought_by(kind: str) -> sa.ColumnElement[bool]:
    if kind == MAIL:
        return _d.type.not_in(sorted(MAILED))
    return sa.false() if kind in PUSHED else sa.true()


def relayed_before(connection: sa.Connection, moment: datetime) -> datetime:
    """All that was said before has left our outbox, seen at ``moment``.

    What was said a breath ago may not be committed yet, and is left to the next look.
    """
    outbox = models.bus.outbox.c
    oldest = sa.select(sa.func.min(outbox.created_at)).where(outbox.sent_at.is_(None))
    waits = connection.execute(oldest).scalar_one()
    settled = moment - UNDER_WAY
    return settled if waits is None else min(waits, settled)


def settle_queue(tx: Transaction, department: str, depth: int, before: datetime) -> None:
    """The queue holds the newest ``depth`` facts said ``before``; what is older was fetched."""
    mine = sa.and_(_d.department == department, _d.kind == AMQP, _d.created_at < before)
    newest = sa.select(_d.id).where(mine, _is_open).order_by(_d.id.desc())
    fetched = tx.execute(newest.offset(depth).limit(1)).scalar_one_or_none()
    if fetched is not None:
        _update(tx, sa.and_(mine, _d.id <= fetched), {"state": SENT, "sent_at": tx.now})


def resend(tx: Transaction, department: str, kind: str, ids: Collection[int] | None) -> int:
    """Let dead ones wait again, all or these, for the channel of now; returns how many.

    What was forgotten stays dead; what this channel does not bring is dropped.
    """
    dead = sa.and_(_d.department == department, _d.state == DEAD, _d.attempts >= 0)
    if ids is not None:
        dead = sa.and_(dead, _d.id.in_(ids))
    unfit = sa.and_(dead, _not_brought_by(kind))
    tx.execute(deliveries.update().where(unfit).values(**_DROPPED))
    # The age counts anew, or they would be given up at the first failure.
    values = {"state": WAITING, "attempts": 0, "created_at": tx.now, "kind": kind}
    return tx.execute(deliveries.update().where(dead).values(**values)).rowcount


def forget_order(tx: Transaction, number: str, why: str) -> None:
    """Nothing of an order is brought or kept any more: its person was erased."""
    mine = sa.and_(_d.order_number == number, _d.state != SENT, _d.kind != AMQP)
    values = {"state": DEAD, "attempts": -1, "body": "", "error": why}
    tx.execute(deliveries.update().where(mine).values(**values))


def forget_old(tx: Transaction, sent_for: timedelta, dead_for: timedelta) -> int:
    """Delete a portion of what was brought, dropped or given up long ago; returns how many."""
    ended = sa.and_(_d.state.in_((DEAD, DROPPED)), _d.created_at < tx.now - dead_for)
    return sum(_deleted(tx, which) for which in (_d.sent_at < tx.now - sent_for, ended))


def _deleted(tx: Transaction, which: sa.ColumnElement[bool]) -> int:
    old = sa.select(_d.id).where(which).limit(MOST_FORGOTTEN)
    return tx.execute(deliveries.delete().where(_d.id.in_(old))).rowcount


def _update(tx: Transaction, which: Any, values: dict[str, Any]) -> int:
    """Change some that are still open."""
    return tx.execute(deliveries.update().where(which, _is_open).values(**values)).rowcount


# -- for lists ----------------------------------------------------------------------------------


def counts(connection: sa.Connection) -> dict[str, dict[str, int]]:
    """Department -> state -> how many; what was sent is not counted."""
    counted = (
        sa.select(_d.department, _d.state, sa.func.count().label("many"))
        .where(_d.state.in_((WAITING, FAILED, DEAD)))
        .group_by(_d.department, _d.state)
    )
    found: dict[str, dict[str, int]] = {}
    for department, state, many in connection.execute(counted):
        found.setdefault(department, {})[state] = many
    return found


def oldest_open(connection: sa.Connection, departments: Iterable[str]) -> dict[str, datetime]:
    """Department -> since when its oldest undelivered fact waits."""
    found = {}
    for department in departments:
        mine = sa.select(_d.created_at).where(_d.department == department, _is_open)
        since = connection.execute(mine.order_by(_d.id).limit(1)).scalar_one_or_none()
        if since is not None:
            found[department] = since
    return found


def listed(
    connection: sa.Connection, department: str, states: Collection[str], page: int, size: int
) -> tuple[list[dict[str, Any]], int]:
    """A department's deliveries, the newest first, without what they say; and how many."""
    mine = sa.and_(_d.department == department, _d.state.in_(states))
    shown = [deliveries.c[one.name] for one in fields(Delivery) if one.name != "body"]
    rows = connection.execute(
        sa.select(*shown).where(mine).order_by(_d.id.desc()).limit(size).offset((page - 1) * size)
    ).mappings()
    total = sa.select(sa.func.count()).select_from(deliveries).where(mine)
    return [dict(row) for row in rows], connection.execute(total).scalar_one()
