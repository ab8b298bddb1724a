"""What happens by itself: slots are laid out, people reminded, lines end, persons are forgotten."""

from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from functools import partial

import sqlalchemy as sa
import structlog

from services.intake.models import slot_list as of
from services.intake.slots import events, store
from services.intake.slots.booking import BOOKED, WAITING, Booking
from services.intake.slots.generate import slots_ahead
from services.intake.slots.pack import slots_for
from services.intake.slots.slot import Slot
from services.intake.slots.ticket_handlers import expire_old
from services.intake.timers_each import each
from shared.clock import local
from shared.db import Transaction, Unavailable
from shared.runtime import Runtime

Due = sa.Select[tuple[str]]
"""Numbers of bookings."""
MOST_AT_ONCE = 200
REFERENCES_KEPT = timedelta(hours=12)
log = structlog.get_logger(__name__)


def lay_out(runtime: Runtime) -> None:
    """Make the slots that are not there yet, one command for each community."""
    each(runtime, "lay_out", runtime.district.communities, lay_out_for)


def lay_out_for(tx: Transaction, community: str) -> int:
    """A community's slots up to as far ahead as one may book; returns how many are new."""
    today = local(tx.now).date()
    wanted = slots_ahead(slots_for(tx.district), community, today, tx.district.calendar)
    since = local(tx.now).replace(hour=0, minute=0, second=0, microsecond=0)
    s = of.slots.c
    there = tx.execute(sa.select(s.id).where(s.community == community, s.starts_at >= since))
    known = set(there.scalars())
    return store.add_slots(tx, [one for one in wanted if one.id not in known])


def look_ahead(runtime: Runtime) -> None:
    """Everything that is due with time; what fails of it keeps nothing else from its turn."""
    for due in (remind, end_lines, expire_tickets, forget_people, drop_references):
        try:
            due(runtime)
        except Unavailable:
            raise
        except Exception:
            log.exception("slots.timer_failed", timer=due.__name__)


def remind(runtime: Runtime) -> int:
    """Tell who comes soon when, where and what to bring; only while the desks are open."""
    return _to_each(runtime, _reminders_due, _remind)


def _remind(tx: Transaction, before: Booking, slot: Slot) -> None:
    after = store.save_booking(tx, before, replace(before, reminded_at=tx.now))
    events.reminder(tx, after, slot)


def within_service_hours(tx: Transaction) -> bool:
    """Whether the clock is within service hours; on a Sunday too, for Monday's people."""
    hours, here = tx.district.service_hours, local(tx.now).time()
    return time.fromisoformat(hours.opens) <= here < time.fromisoformat(hours.closes)


def end_lines(runtime: Runtime) -> int:
    """Who still waits when the time begins waited in vain; they are told."""
    return _to_each(runtime, _lines_over, _end_line)


def _lines_over(tx: Transaction) -> Due | None:
    b, s = of.bookings.c, of.slots.c
    return _numbers().where(b.state == WAITING, s.starts_at <= tx.now)


def _end_line(tx: Transaction, before: Booking, slot: Slot) -> None:
    store.leave_line(tx, slot.id)
    after = store.save_booking(tx, before, before.lapsed(tx.now))
    events.cancelled(tx, after, slot, by_community=False)


def expire_tickets(runtime: Runtime) -> None:
    """Tickets of days that are over, in small portions until none is left."""
    while runtime.database.run(expire_old) >= MOST_AT_ONCE:
        pass


def forget_people(runtime: Runtime) -> int:
    """Bookings that are long over forget who it was, here and in notify's copy (PIPL 47)."""
    return _to_each(runtime, _long_over, _forget)


def _long_over(tx: Transaction) -> Due | None:
    b, s = of.bookings.c, of.slots.c
    until = tx.now - timedelta(days=slots_for(tx.district).keep_days)
    return _numbers().where(b.erased_at.is_(None), s.ends_at < until)


def _forget(tx: Transaction, before: Booking, _slot: Slot) -> None:
    """Nobody counts on it any more: two without a person would be one twice (`bookings_once`)."""
    after = store.save_booking(tx, before, before.over(tx.now).forgotten(tx.now))
    events.forgotten(tx, after, tx.now)


def drop_references(runtime: Runtime) -> None:
    """What was handed to a form nobody sent."""
    runtime.database.run(forget_references)


def forget_references(tx: Transaction) -> None:
    """What was handed to a form nobody sent."""
    old = of.references.c.at < tx.now - REFERENCES_KEPT
    tx.execute(of.references.delete().where(old))


def _reminders_due(tx: Transaction) -> Due | None:
    """Booked, not reminded, and on a day that is near enough; None outside service hours."""
    if not within_service_hours(tx):
        return None
    first = local(tx.now).replace(hour=0, minute=0, second=0, microsecond=0)
    until = first + timedelta(days=slots_for(tx.district).remind_days + 1)
    b, s = of.bookings.c, of.slots.c
    due = _numbers().where(b.state == BOOKED, b.reminded_at.is_(None))
    return due.where(s.starts_at > tx.now, s.starts_at < until)


def _numbers() -> Due:
    b, s = of.bookings.c, of.slots.c
    return sa.select(b.number).join(of.slots, s.id == b.slot_id)


def _to_each(
    runtime: Runtime,
    due: Callable[[Transaction], Due | None],
    act: Callable[[Transaction, Booking, Slot], None],
) -> int:
    """Do `act` to every booking that is due, and still is when its turn comes; how many were."""

    def do(tx: Transaction, number: str) -> bool:
        asked = due(tx)
        if asked is None or not tx.execute(asked.where(of.bookings.c.number == number)).first():
            return False
        before = store.booking(tx, number)
        act(tx, before, store.slot(tx, before.slot_id))
        return True

    numbers = runtime.database.run(partial(_found, due=due))
    return sum(each(runtime, act.__name__.strip("_"), numbers, do))


def _found(tx: Transaction, due: Callable[[Transaction], Due | None]) -> list[str]:
    asked = due(tx)
    return [] if asked is None else list(tx.execute(asked).scalars())
