"""Loading and saving slots, bookings, tickets and references inside a command."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.intake.models import slot_list as of
from services.intake.reason import Reason, Unknown, msgid
from services.intake.slots.booking import HELD, WAITING, Booking
from services.intake.slots.slot import OPEN, Slot
from services.intake.slots.ticket import Ticket
from shared.bus.inbox import insert_or_ignore
from shared.db import Transaction

_BOOKING = tuple(one.name for one in fields(Booking))
_TICKET = tuple(one.name for one in fields(Ticket))
_SLOT = tuple(one.name for one in fields(Slot))
for _table, _names in ((of.slots, _SLOT), (of.bookings, _BOOKING), (of.tickets, _TICKET)):
    if {column.name for column in _table.columns} - {"phone_index"} != set(_names):
        raise TypeError(f"the table {_table.name} and its class do not have the same fields")


# -- slots -----------------------------------------------------------------------------------------


def slot_of(row: Mapping[Any, Any]) -> Slot:
    """The slot of a row of ``slots``."""
    told = {name: row[name] for name in _SLOT}
    return Slot(**told | {"departments": tuple(told["departments"])})


def slot_row(slot: Slot) -> dict[str, Any]:
    """A slot as a row."""
    return asdict(slot) | {"departments": list(slot.departments)}


def slot(tx: Transaction, id_: str) -> Slot:
    """A slot as it is now.

    Raises:
        Unknown: there is none.

    """
    row = tx.execute(sa.select(of.slots).where(of.slots.c.id == id_)).mappings().one_or_none()
    if row is None:
        raise Unknown(no_slot())
    return slot_of(row)


def no_slot() -> Reason:
    """What is said of a time nobody knows."""
    return Reason("slot", msgid("没有这个时间"), msgid("请回到上一步重新选"))


def add_slots(tx: Transaction, new: Iterable[Slot]) -> int:
    """Add those that are not there yet; returns how many were given."""
    rows = [slot_row(one) for one in new]
    if rows:
        tx.execute(insert_or_ignore(tx, of.slots), rows)
    return len(rows)


def _change_slot(tx: Transaction, id_: str, *when: sa.ColumnElement[bool], **values: Any) -> None:
    """Change the slot if that still holds when it is written; else the command is run again."""
    newer = {"version": of.slots.c.version + 1} | values
    tx.update(of.slots.update().where(of.slots.c.id == id_, *when).values(**newer))


def take_place(tx: Transaction, id_: str) -> None:
    """One more place is given, never more than there are (guarded by the database)."""
    c = of.slots.c
    _change_slot(tx, id_, c.state == OPEN, c.taken < c.capacity, taken=c.taken + 1)


def join_line(tx: Transaction, id_: str) -> None:
    """One more waits; only where there is no place, or nobody would ever move them up."""
    c = of.slots.c
    _change_slot(tx, id_, c.state == OPEN, c.taken >= c.capacity, waiting=c.waiting + 1)


def leave_line(tx: Transaction, id_: str) -> None:
    """One fewer waits."""
    c = of.slots.c
    _change_slot(tx, id_, c.waiting > 0, waiting=c.waiting - 1)


def give_back(tx: Transaction, id_: str) -> None:
    """A place is free again, when nobody waits for it."""
    c = of.slots.c
    _change_slot(tx, id_, c.waiting == 0, c.taken > 0, taken=c.taken - 1)


def close_slot(tx: Transaction, before: Slot, reason: str) -> None:
    """Nobody comes any more."""
    c = of.slots.c
    values = {"state": "closed", "taken": 0, "waiting": 0, "closed_reason": reason}
    _change_slot(tx, before.id, c.version == before.version, **values)


# -- bookings --------------------------------------------------------------------------------------


def booking_of(row: Mapping[Any, Any]) -> Booking:
    """The booking of a row of ``bookings``."""
    return Booking(**{name: row[name] for name in _BOOKING})


def add_booking(tx: Transaction, new: Booking) -> None:
    """A booking that was not there before."""
    tx.insert(of.bookings, **asdict(new), phone_index=new.phone)


def save_booking(tx: Transaction, before: Booking, after: Booking) -> Booking:
    """Save it unless somebody else did in between (then the command is run again)."""
    newer = replace(after, version=before.version + 1)
    row = asdict(newer) | {"phone_index": newer.phone}
    tx.change(of.bookings, before.number, before.version, row)
    return newer


def booking(tx: Transaction, number: str) -> Booking:
    """A booking as it is now.

    Raises:
        Unknown: there is none.

    """
    found = sa.select(of.bookings).where(of.bookings.c.number == number)
    row = tx.execute(found).mappings().one_or_none()
    if row is None:
        raise Unknown(no_booking())
    return booking_of(row)


def no_booking() -> Reason:
    """What is said of a booking nobody knows, or that is another's."""
    return Reason("number", msgid("没有找到这个预约"), msgid("请核对预约号和电话"))


def held_by(tx: Transaction, phone: str, since: datetime) -> list[Booking]:
    """What this telephone holds of times that are not over."""
    b, s = of.bookings.c, of.slots.c
    found = (
        sa.select(of.bookings)
        .join(of.slots, s.id == b.slot_id)
        .where(tx.keys.matches(b.phone_index, phone), b.state.in_(HELD), s.ends_at > since)
    )
    return [booking_of(row) for row in tx.execute(found).mappings()]


def first_in_line(tx: Transaction, slot_id: str) -> Booking | None:
    """Who has a place when one becomes free: those who go first, then who waited longest."""
    b = of.bookings.c
    line = (
        sa.select(of.bookings)
        .where(b.slot_id == slot_id, b.state == WAITING)
        .order_by(b.rank, b.queued_at, b.number)
    )
    row = tx.execute(line.limit(1)).mappings().one_or_none()
    return booking_of(row) if row else None


def held_in(tx: Transaction, slot_id: str) -> list[Booking]:
    """Everybody who counts on a slot."""
    b = of.bookings.c
    found = sa.select(of.bookings).where(b.slot_id == slot_id, b.state.in_(HELD))
    return [booking_of(row) for row in tx.execute(found.order_by(b.number)).mappings()]


# -- tickets ---------------------------------------------------------------------------------------


def ticket_of(row: Mapping[Any, Any]) -> Ticket:
    """The ticket of a row of ``tickets``."""
    return Ticket(**{name: row[name] for name in _TICKET})


def ticket(tx: Transaction, id_: str) -> Ticket:
    """A ticket as it is now.

    Raises:
        Unknown: there is none.

    """
    found = sa.select(of.tickets).where(of.tickets.c.id == id_)
    row = tx.execute(found).mappings().one_or_none()
    if row is None:
        raise Unknown(no_ticket())
    return ticket_of(row)


def no_ticket() -> Reason:
    """What is said of a ticket nobody knows."""
    return Reason("ticket", msgid("没有这个号"), msgid("请重新取号"))


def take_ticket_place(tx: Transaction, slot: Slot) -> bool:
    """Count one more ticket now, and keep others from numbering until this one is written."""
    c = of.slots.c
    room = of.slots.update().where(c.id == slot.id, c.state == OPEN, c.taken < c.capacity)
    counted = tx.execute(room.values(taken=c.taken + 1, version=c.version + 1))
    return counted.rowcount == 1


def count_tickets(tx: Transaction, slot_id: str, kind: str) -> int:
    """How many of this kind were taken today."""
    t = of.tickets.c
    found = sa.select(sa.func.count()).where(t.slot_id == slot_id, t.kind == kind)
    return int(tx.execute(found).scalar_one())


def add_ticket(tx: Transaction, new: Ticket) -> None:
    """A ticket that was not there before."""
    tx.insert(of.tickets, **asdict(new))


def save_ticket(tx: Transaction, before: Ticket, after: Ticket) -> Ticket:
    """Save it unless somebody else did in between (then the command is run again)."""
    newer = replace(after, version=before.version + 1)
    tx.change(of.tickets, before.id, before.version, asdict(newer))
    return newer


def tickets_of(tx: Transaction, slot_id: str, *states: str) -> list[Ticket]:
    """Today's tickets in these states, in the order in which they are called."""
    t = of.tickets.c
    found = sa.select(of.tickets).where(t.slot_id == slot_id, t.state.in_(states))
    return [
        ticket_of(row)
        for row in tx.execute(found.order_by(t.rank, t.taken_at, t.number)).mappings()
    ]


def next_ticket(tx: Transaction, slot_id: str) -> Ticket | None:
    """Whose turn it is."""
    t = of.tickets.c
    line = sa.select(of.tickets).where(t.slot_id == slot_id, t.state == "waiting")
    ordered = line.order_by(t.rank, t.taken_at, t.number).limit(1)
    row = tx.execute(ordered).mappings().one_or_none()
    return ticket_of(row) if row else None
