"""Slots from patterns: what a district's slots.yml says comes again, laid out ahead."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from services.intake.slots.pack import Pattern, SlotBook
from services.intake.slots.slot import OPEN, Slot, slot_id
from shared.clock import LOCAL_ZONE
from shared.workdays import WorkCalendar


def slots_ahead(
    book: SlotBook, community: str, today: date, calendar: WorkCalendar
) -> Iterator[Slot]:
    """Every slot a community's patterns give from today to as far ahead as one may book."""
    for ahead in range(book.ahead_days + 1):
        day = today + timedelta(days=ahead)
        for pattern in book.patterns:
            if pattern.serves(community) and pattern.falls_on(day, calendar):
                yield from slots_of(pattern, community, day)


def slots_of(pattern: Pattern, community: str, day: date) -> Iterator[Slot]:
    """The slots of one pattern on one day, one after the other; a last short one is left out."""
    closes = datetime.combine(day, pattern.closes, LOCAL_ZONE)
    opens = datetime.combine(day, pattern.opens, LOCAL_ZONE)
    length = min(timedelta(minutes=pattern.every), closes - opens)
    starts = opens
    while length > timedelta(0) and starts + length <= closes:
        yield _slot(pattern, community, starts, starts + length)
        starts += length


def _slot(pattern: Pattern, community: str, starts: datetime, ends: datetime) -> Slot:
    return Slot(
        id=slot_id(community, pattern.code, starts),
        version=1,
        state=OPEN,
        community=community,
        kind=pattern.kind,
        place=pattern.place,
        place_en=pattern.place_en,
        starts_at=starts,
        ends_at=ends,
        capacity=pattern.capacity,
        taken=0,
        waiting=0,
        officer="",
        departments=pattern.departments,
        remarks=pattern.remarks,
        pattern=pattern.code,
        closed_reason="",
    )
