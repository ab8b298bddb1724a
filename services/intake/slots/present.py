"""Slots and bookings in words, for pages and the API; people are masked."""

from datetime import date, datetime
from typing import Any

from services.intake.slots.booking import STATES, Booking
from services.intake.slots.events import where
from services.intake.slots.pack import slots_for
from services.intake.slots.slot import Slot
from services.intake.slots.ticket import Ticket
from shared.clock import local
from shared.district import District
from shared.mask import mask_name, mask_phone, mask_text
from shared.web.i18n import ENGLISH, gettext, language

_WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
LAMPS = {"booked": "ok", "waiting": "soon", "came": "done", "no_show": "late"}


def day_words(day: date) -> str:
    """A day as people say it: 11月24日 周二, or Tue 24 Nov."""
    if language() == ENGLISH:
        return f"{day:%a} {day.day} {day:%b}"
    return f"{day.month}月{day.day}日 {_WEEKDAYS[day.weekday()]}"


def clock_words(slot: Slot) -> str:
    """From when to when: 09:00–09:30."""
    return f"{local(slot.starts_at):%H:%M}–{local(slot.ends_at):%H:%M}"


def when_words(slot: Slot) -> str:
    """Day and time."""
    return f"{day_words(local(slot.starts_at).date())} {clock_words(slot)}"


def kind_words(district: District, code: str) -> str:
    """The name of a kind of slot, in the reader's language."""
    kind = slots_for(district).kinds.get(code)
    if kind is None:
        return gettext("现场取号")
    return kind.name_en if language() == ENGLISH else kind.name


def place_words(district: District, slot: Slot) -> str:
    """Where to go."""
    kind = slots_for(district).kinds.get(slot.kind)
    community = district.communities[slot.community]
    at_home = kind is not None and kind.at_home
    return where(slot, community.short_name, at_home=at_home, english=language() == ENGLISH)


def departments_words(district: District, slot: Slot) -> str:
    """Which departments come along, in short (0-35)."""
    known = [
        district.departments[code] for code in slot.departments if code in district.departments
    ]
    english = language() == ENGLISH
    return gettext("、").join(one.name_en if english else one.short for one in known)


def title_words(district: District, booking: Booking) -> str:
    """What somebody comes for; their own words without names and numbers."""
    item = district.items.get(booking.item)
    if item is None:
        return mask_text(booking.matter, booking.name)
    return (item.name_en if language() == ENGLISH else "") or item.name


def state_words(booking: Booking) -> str:
    """The state in the reader's language."""
    return gettext(STATES[booking.state])


# -- the API ---------------------------------------------------------------------------------------


def slot_json(slot: Slot) -> dict[str, Any]:
    """A slot as the API gives it."""
    return {
        "id": slot.id,
        "state": slot.state,
        "community": slot.community,
        "kind": slot.kind,
        "place": slot.place,
        "starts_at": _told(slot.starts_at),
        "ends_at": _told(slot.ends_at),
        "capacity": slot.capacity,
        "left": slot.left,
        "waiting": slot.waiting,
        "officer": slot.officer,
        "departments": list(slot.departments),
        "remarks": slot.remarks,
    }


def booking_json(district: District, booking: Booking, slot: Slot) -> dict[str, Any]:
    """A booking as the API gives it: who it is, masked."""
    item = district.items.get(booking.item)
    return {
        "number": booking.number,
        "state": booking.state,
        "community": booking.community,
        "slot": slot.id,
        "kind": slot.kind,
        "place": slot.place,
        "starts_at": _told(slot.starts_at),
        "ends_at": _told(slot.ends_at),
        "item": booking.item,
        "title": item.name if item else mask_text(booking.matter, booking.name),
        "name": mask_name(booking.name),
        "phone": mask_phone(booking.phone),
        "group": booking.group,
        "via": booking.via,
        "unreached": booking.unreached_at is not None,
    }


def ticket_json(ticket: Ticket) -> dict[str, Any]:
    """A ticket as the API gives it; it has nobody's name."""
    return {
        "id": ticket.id,
        "number": ticket.number,
        "kind": ticket.kind,
        "state": ticket.state,
        "window": ticket.window,
        "calls": ticket.calls,
        "taken_at": _told(ticket.taken_at),
    }


def _told(moment: datetime) -> str:
    return local(moment).isoformat()
