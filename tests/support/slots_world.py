"""What the calls of slots need to be there: a time, a booking of it, and somebody in the queue."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from services.intake.slots import handlers, store
from services.intake.slots import ticket_handlers as queue
from services.intake.slots.handlers import NewSlot, Wish
from services.intake.slots.slot import WALK_IN, Slot
from shared.booking_link import booking_token
from shared.clock import local, now
from shared.runtime import Runtime


def fill(runtime: Runtime, community: str, phone: str, desk: Any) -> dict[str, str]:
    """A community's slot, booking and ticket, by the names that calls use."""
    run = runtime.database.run
    noon = local(now()).replace(hour=12, minute=0, second=0, microsecond=0)
    starts = noon + timedelta(days=3)
    new = NewSlot(community, "desk", "百通岗", starts, starts + timedelta(hours=1), 5)
    slot: Slot = run(lambda tx: handlers.add_slot(tx, new, desk))
    other: Slot = run(lambda tx: handlers.add_slot(tx, new, desk))
    wish = Wish(other.id, "王建国", phone, matter="咨询")
    booking = run(lambda tx: handlers.book(tx, wish))
    day = noon.replace(hour=0), noon.replace(hour=23, minute=59)
    of_today = replace(slot, id=f"{community}-queue", kind=WALK_IN, starts_at=day[0])
    run(lambda tx: store.add_slots(tx, [replace(of_today, ends_at=day[1], capacity=50)]))
    ticket = run(lambda tx: queue.take(tx, community, "general"))
    return {
        "slot": slot.id,
        "booking": booking.number,
        "booking_token": booking_token(booking.number, runtime.settings.secret_key),
        "ticket": ticket.id,
    }
