"""What pages and the API show: free times, bookings of a day, today's queue. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from services.intake.models import slot_list as of
from services.intake.reason import Unknown
from services.intake.slots import store
from services.intake.slots.booking import Booking
from services.intake.slots.slot import OPEN, WALK_IN, Slot
from services.intake.slots.ticket import CALLED, SKIPPED, WAITING, Ticket
from services.intake.slots.ticket_handlers import queue_of
from shared.clock import LOCAL_ZONE, local

MOST_SHOWN = 500


@dataclass(frozen=True)
class Day:
    """A day on which something can be booked, and how many places are left on it."""

    day: date
    left: int


@dataclass(frozen=True)
class Queue:
    """Today's queue of one community."""

    slot: Slot | None
    called: Sequence[Ticket]
    waiting: Sequence[Ticket]
    skipped: Sequence[Ticket]


def slot_by(connection: sa.Connection, id_: str) -> Slot:
    """A slot.

    Raises:
        Unknown: there is none.

    """
    found = sa.select(of.slots).where(of.slots.c.id == id_)
    row = connection.execute(found).mappings().one_or_none()
    if row is None:
        raise Unknown(store.no_slot())
    return store.slot_of(row)


def booking_by(connection: sa.Connection, number: str) -> tuple[Booking, Slot]:
    """A booking with its slot.

    Raises:
        Unknown: there is none.

    """
    found = sa.select(of.bookings).where(of.bookings.c.number == number)
    row = connection.execute(found).mappings().one_or_none()
    if row is None:
        raise Unknown(store.no_booking())
    booking = store.booking_of(row)
    return booking, slot_by(connection, booking.slot_id)


def days_ahead(connection: sa.Connection, community: str, since: datetime, days: int) -> list[Day]:
    """Each day that has times to book, with the places left on it."""
    found: dict[date, int] = {}
    last = midnight(local(since).date() + timedelta(days=days + 1))
    for slot in slots_between(connection, community, since, last):
        day = local(slot.starts_at).date()
        found[day] = found.get(day, 0) + slot.left
    return [Day(day, left) for day, left in found.items()]


def slots_on(connection: sa.Connection, community: str, day: date, since: datetime) -> list[Slot]:
    """The times of one day that have not come too near."""
    first, last = midnight(day), midnight(day + timedelta(days=1))
    return slots_between(connection, community, max(first, since), last)


def slots_between(
    connection: sa.Connection, community: str, first: datetime, last: datetime, kind: str = ""
) -> list[Slot]:
    """Open slots that begin in between, tickets' queues left out."""
    s = of.slots.c
    wanted = [s.community == community, s.starts_at >= first, s.starts_at < last, s.state == OPEN]
    wanted.append(s.kind == kind if kind else s.kind != WALK_IN)
    found = sa.select(of.slots).where(*wanted).order_by(s.starts_at, s.kind, s.id)
    return [store.slot_of(row) for row in connection.execute(found.limit(MOST_SHOWN)).mappings()]


def bookings_between(
    connection: sa.Connection, community: str, first: datetime, last: datetime
) -> list[tuple[Booking, Slot]]:
    """Bookings of the slots that begin in between, in the order in which people come."""
    b, s = of.bookings.c, of.slots.c
    join = sa.select(of.bookings, *_labelled()).join(of.slots, s.id == b.slot_id)
    wanted = join.where(s.community == community, s.starts_at >= first, s.starts_at < last)
    ordered = wanted.order_by(s.starts_at, s.id, b.state, b.rank, b.queued_at).limit(MOST_SHOWN)
    return [_pair(row) for row in connection.execute(ordered).mappings()]


def queue(connection: sa.Connection, community: str, now: datetime) -> Queue:
    """Who waits, who was called, who was skipped today."""
    row = connection.execute(queue_of(community, now)).mappings().one_or_none()
    if row is None:
        return Queue(None, (), (), ())
    slot = store.slot_of(row)
    t = of.tickets.c
    found = sa.select(of.tickets).where(t.slot_id == slot.id)
    found = found.where(t.state.in_((WAITING, CALLED, SKIPPED)))
    tickets = [
        store.ticket_of(one)
        for one in connection.execute(found.order_by(t.rank, t.taken_at, t.number)).mappings()
    ]
    return Queue(slot, *(_in_state(tickets, state) for state in (CALLED, WAITING, SKIPPED)))


def ticket_by(connection: sa.Connection, id_: str) -> Ticket:
    """A ticket.

    Raises:
        Unknown: there is none.

    """
    row = connection.execute(sa.select(of.tickets).where(of.tickets.c.id == id_))
    found = row.mappings().one_or_none()
    if found is None:
        raise Unknown(store.no_ticket())
    return store.ticket_of(found)


def ahead_of(connection: sa.Connection, ticket: Ticket) -> int:
    """How many are called before this one."""
    t = of.tickets.c
    sooner = sa.or_(
        t.rank < ticket.rank,
        sa.and_(t.rank == ticket.rank, t.taken_at < ticket.taken_at),
    )
    line = sa.select(sa.func.count()).where(t.slot_id == ticket.slot_id, t.state == WAITING)
    return int(connection.execute(line.where(sooner)).scalar_one())


def last_called(queue_now: Queue, most: int) -> list[Ticket]:
    """The numbers on the screen, the newest first."""
    called = [one for one in queue_now.called if one.called_at is not None]
    return sorted(called, key=_when_called, reverse=True)[:most]


def midnight(day: date) -> datetime:
    """The beginning of a local day."""
    return datetime.combine(day, datetime.min.time(), LOCAL_ZONE)


def _when_called(ticket: Ticket) -> datetime:
    return ticket.called_at or ticket.taken_at


def _in_state(tickets: Sequence[Ticket], state: str) -> list[Ticket]:
    return [ticket for ticket in tickets if ticket.state == state]


def _labelled() -> list[Any]:
    return [column.label(f"slot__{column.name}") for column in of.slots.columns]


def _pair(row: Any) -> tuple[Booking, Slot]:
    slot = {name[len("slot__") :]: row[name] for name in row if name.startswith("slot__")}
    return store.booking_of(row), store.slot_of(slot)
