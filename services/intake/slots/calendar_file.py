"""An appointment as a calendar file (RFC 5545) that a telephone takes."""

from datetime import datetime, timedelta

from icalendar import Alarm, Calendar, Event

from services.intake.slots.booking import CANCELLED, LAPSED, WAITING, Booking
from services.intake.slots.slot import Slot

DOMAIN = "baitong"
AHEAD = timedelta(hours=1)
STATUSES = {WAITING: "TENTATIVE", CANCELLED: "CANCELLED", LAPSED: "CANCELLED"}
"""State -> what the calendar says of it; all others are CONFIRMED."""


def calendar_file(
    booking: Booking, slot: Slot, *, title: str, place: str, words: str, at: datetime
) -> bytes:
    """One event as the booking stands `at` this moment; `words` is what to bring.

    A later file takes the place of an earlier one in the calendar (SEQUENCE), and one of a booking
    that came to nothing takes the event away.
    """
    status = STATUSES.get(booking.state, "CONFIRMED")
    ended = status == "CANCELLED"
    event = Event()
    event.add("uid", f"{booking.number}@{DOMAIN}")
    event.add("sequence", booking.version - 1)
    event.add("dtstamp", at)
    event.add("status", status)
    event.add("dtstart", slot.starts_at)
    event.add("dtend", slot.ends_at)
    event.add("summary", title)
    event.add("location", place)
    event.add("description", words)
    if not ended:
        event.add_component(_alarm(title))
    return _calendar(event, "CANCEL" if ended else "PUBLISH")


def _calendar(event: Event, method: str) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Baitong//appointments//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _alarm(title: str) -> Alarm:
    """An hour before."""
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", -AHEAD)
    return alarm
