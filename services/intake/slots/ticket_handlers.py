"""What happens in the waiting room: take a ticket, call it, call again, skip, done."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from services.intake import rules as case_rules
from services.intake.case import Actor
from services.intake.models import slot_list as of
from services.intake.reason import Conflict, Forbidden, Reason, Unknown, allow, msgid
from services.intake.slots import rules, store
from services.intake.slots.pack import slots_for
from services.intake.slots.slot import OPEN, WALK_IN, Slot
from services.intake.slots.ticket import CALLED, WAITING, Ticket, ticket_number
from shared.clock import local
from shared.db import Stale, Transaction


def take(tx: Transaction, community: str, kind: str) -> Ticket:
    """The next number of its kind in today's queue.

    Raises:
        Conflict: there is no queue now, or it is full; Unknown: no such kind.

    """
    found = slots_for(tx.district).ticket_kinds.get(kind)
    if found is None:
        raise Unknown(Reason("kind", msgid("没有这种号"), msgid("请从列出的里面选")))
    slot = _queue_now(tx, community)
    if not slot.left:
        raise Conflict(_full())
    if not store.take_ticket_place(tx, slot):
        raise Stale("the last ticket was taken meanwhile")
    ticket = Ticket(
        id=uuid.uuid4().hex,
        version=1,
        state=WAITING,
        slot_id=slot.id,
        community=community,
        number=ticket_number(found.letter, store.count_tickets(tx, slot.id, kind) + 1),
        kind=kind,
        rank=found.rank,
        taken_at=tx.now,
    )
    store.add_ticket(tx, ticket)
    tx.about(ticket.number)
    return ticket


def call_next(tx: Transaction, officer: Actor, community: str, window: int) -> Ticket:
    """Whose turn it is; two officers who ask at once get two numbers.

    Raises:
        Conflict: nobody waits, or the last one is not finished with; Forbidden.

    """
    allow(case_rules.own_community(officer, community), as_=Forbidden)
    slot = _queue_today(tx, community)
    mine = [
        one for one in store.tickets_of(tx, slot.id, CALLED) if one.called_by == officer.username
    ]
    allow(
        rules.one_at_a_time(mine[0].number if mine else ""), _window_known(tx, window), as_=Conflict
    )
    first = store.next_ticket(tx, slot.id)
    if first is None:
        raise Conflict(Reason("state", msgid("现在没有人在等"), msgid("有人取号以后再叫")))
    return _called(tx, first, officer, window)


def call(tx: Transaction, id_: str, officer: Actor, window: int) -> Ticket:
    """This one, out of turn: who was skipped and came after all."""
    before = _load(tx, id_, officer)
    allow(_window_known(tx, window), as_=Conflict)
    return _called(tx, before, officer, window)


def call_again(tx: Transaction, id_: str, officer: Actor) -> Ticket:
    """Once more."""
    before = _load(tx, id_, officer)
    return store.save_ticket(tx, before, before.called_again(tx.now))


def skip(tx: Transaction, id_: str, officer: Actor) -> Ticket:
    """Nobody came."""
    before = _load(tx, id_, officer)
    return store.save_ticket(tx, before, before.skipped(tx.now))


def done(tx: Transaction, id_: str, officer: Actor) -> Ticket:
    """They were received."""
    before = _load(tx, id_, officer)
    return store.save_ticket(tx, before, before.done(tx.now))


def expire_old(tx: Transaction, limit: int = 500) -> int:
    """Tickets of days that are over count no more. Returns how many."""
    t, s = of.tickets.c, of.slots.c
    since = tx.now - timedelta(hours=1)
    old = (
        sa.select(of.tickets)
        .join(of.slots, s.id == t.slot_id)
        .where(t.state.in_(("waiting", "called", "skipped")), s.ends_at < since)
        .where(s.starts_at < _today(tx.now)[0])
        .limit(limit)
    )
    found = [store.ticket_of(row) for row in tx.execute(old).mappings()]
    for before in found:
        store.save_ticket(tx, before, before.expired(tx.now))
    return len(found)


def queue_of(community: str, now: datetime) -> sa.Select[Any]:
    """Today's queue of a community, if it has one."""
    first, last = _today(now)
    s = of.slots.c
    today = (s.community == community, s.starts_at >= first, s.starts_at < last)
    return sa.select(of.slots).where(*today, s.kind == WALK_IN, s.state == OPEN).limit(1)


def _called(tx: Transaction, before: Ticket, officer: Actor, window: int) -> Ticket:
    after = before.called(tx.now, officer.username, window)
    tx.about(after.number)
    return store.save_ticket(tx, before, after)


def _load(tx: Transaction, id_: str, officer: Actor) -> Ticket:
    found = store.ticket(tx, id_)
    allow(case_rules.own_community(officer, found.community), as_=Forbidden)
    return found


def _queue_today(tx: Transaction, community: str) -> Slot:
    row = tx.execute(queue_of(community, tx.now)).mappings().one_or_none()
    if row is None:
        raise Conflict(no_queue())
    return store.slot_of(row)


def _queue_now(tx: Transaction, community: str) -> Slot:
    slot = _queue_today(tx, community)
    if not slot.starts_at <= tx.now < slot.ends_at:
        raise Conflict(no_queue())
    return slot


def no_queue() -> Reason:
    """What is said when no tickets are given."""
    return Reason("queue", msgid("现在不在取号时间"), msgid("可以先预约一个时间，或在取号时间再来"))


def _full() -> Reason:
    return Reason("queue", msgid("今天的号已经取完了"), msgid("可以预约别的时间"))


def _window_known(tx: Transaction, window: int) -> Reason | None:
    if 1 <= window <= slots_for(tx.district).windows:
        return None
    return Reason("window", msgid("没有这个窗口"), msgid("请选一个窗口"))


def _today(now: datetime) -> tuple[datetime, datetime]:
    first = local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return first, first + timedelta(days=1)
