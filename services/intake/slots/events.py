"""From a booking to the published contracts: one function for each fact, all through `emit`.

Only the first fact carries who it is; notify keeps that, and the others show enough to recognise.
"""

from datetime import datetime
from typing import Any

from services.intake.ledger import store_catalogue
from services.intake.models import bus
from services.intake.slots.booking import Booking
from services.intake.slots.materials import names
from services.intake.slots.pack import slots_for
from services.intake.slots.slot import Slot
from shared.bus.outbox import emit
from shared.clock import local
from shared.contracts import Contract, intake_slots
from shared.db import Transaction
from shared.mask import mask_name, mask_phone, mask_text

_ENGLISH = "en"


def booked(tx: Transaction, booking: Booking, slot: Slot) -> None:
    """A time was booked, or a place in the line."""
    person = {"name": booking.name, "phone": booking.phone}
    _emit(tx, intake_slots.booked, booking, slot, applicant=person)


def moved(tx: Transaction, booking: Booking, slot: Slot, was_at: datetime) -> None:
    """Another time."""
    _emit(tx, intake_slots.moved, booking, slot, was_at=_told(was_at))


def cancelled(tx: Transaction, booking: Booking, slot: Slot, *, by_community: bool) -> None:
    """Given back, or taken back."""
    reason = mask_text(booking.reason, booking.name) if by_community else ""
    _emit(tx, intake_slots.cancelled, booking, slot, by_community=by_community, reason=reason)


def moved_up(tx: Transaction, booking: Booking, slot: Slot) -> None:
    """A place became free."""
    _emit(tx, intake_slots.moved_up, booking, slot)


def reminder(tx: Transaction, booking: Booking, slot: Slot) -> None:
    """It is soon."""
    _emit(tx, intake_slots.reminder, booking, slot)


def forgotten(tx: Transaction, booking: Booking, at: datetime) -> None:
    """Nobody is to know any more who it was."""
    data = {"number": booking.number, "erased_at": _told(at)}
    emit(tx, bus, intake_slots.forgotten, data, subject=booking.number, version=booking.version)


def _emit(tx: Transaction, contract: Contract, booking: Booking, slot: Slot, **more: Any) -> None:
    data = _fact(tx, booking, slot) | more
    emit(tx, bus, contract, data, subject=booking.number, version=booking.version)


def _fact(tx: Transaction, booking: Booking, slot: Slot) -> dict[str, Any]:
    kind = slots_for(tx.district).kinds[slot.kind]
    offered = store_catalogue.catalogue_in(tx).district
    community = tx.district.communities[slot.community]
    english = booking.language == _ENGLISH
    return {
        "number": booking.number,
        "title": _title(tx, booking, slot),
        "community": {"code": community.code, "name": community.name},
        "applicant": {
            "name": mask_name(booking.name),
            "phone": mask_phone(booking.phone),
            "masked": True,
        },
        "state": booking.state,
        "language": booking.language,
        "kind": slot.kind,
        "kind_name": kind.name_en if english else kind.name,
        "place": where(slot, community.short_name, at_home=kind.at_home, english=english),
        "starts_at": _told(slot.starts_at),
        "ends_at": _told(slot.ends_at),
        "materials": names(offered, booking.item, english=english),
    }


def where(slot: Slot, community: str, *, at_home: bool, english: bool) -> str:
    """The place in words: with its community, but for a visit at home."""
    place = (slot.place_en if english else "") or slot.place
    return place if at_home else f"{community} {place}"


def _title(tx: Transaction, booking: Booking, slot: Slot) -> str:
    """The item, or what is booked: never what somebody typed, for titles stand in clear."""
    item = store_catalogue.items_now(tx).get(booking.item)
    return item.name if item else slots_for(tx.district).kinds[slot.kind].name


def _told(moment: datetime) -> str:
    return local(moment).isoformat()
