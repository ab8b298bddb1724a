"""Appointments 预约: who has one is told what becomes of it, in the words of messages.yml.

Our copy of an appointment stands beside those of cases, under its own number.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.notify import store
from services.notify.contact import Contact
from services.notify.handlers import tell
from shared.bus.event import Event
from shared.bus.inbox import NotYet
from shared.db import Transaction


def appointment_made(tx: Transaction, event: Event) -> None:
    """Booked, or in line: remember who it is, and tell them."""
    number = store.case_number_of(event)
    known = store.contact(tx, number)
    newest = contact_of_appointment(event.data, event.version, known)
    store.keep_contact(tx, known, newest)
    tell(tx, event, newest)


def appointment_went_on(tx: Transaction, event: Event) -> None:
    """Moved, cancelled, moved up, or near: who it is is known from its beginning.

    Raises:
        NotYet: the booking itself is not here yet.

    """
    number = store.case_number_of(event)
    known = store.contact(tx, number)
    if known is None:
        raise NotYet(f"number: {number} is not known here yet; its booking must come first")
    newest = contact_of_appointment(event.data, event.version, known)
    store.keep_contact(tx, known, newest)
    tell(tx, event, newest)


def contact_of_appointment(data: Mapping[str, Any], version: int, known: Contact | None) -> Contact:
    """The newest copy: the person as the booking told them, the rest as the newer fact has it."""
    if known is not None and version < known.version:
        return known
    told = Contact(
        number=data["number"],
        title=data["title"],
        applicant=data["applicant"]["name"],
        phone=data["applicant"].get("phone") or "",
        language=data.get("language") or "zh",
        owner="",
        owner_name="",
        community=data["community"]["code"],
        community_name=data["community"]["name"],
        urgency="",
        state=data["state"],
        version=version,
        person_version=version,
    )
    if known is None:
        return told
    kept = ("applicant", "phone", "person_version", "erased_at")
    title = known.title if known.erased_at else told.title
    return replace(told, title=title, **{name: getattr(known, name) for name in kept})
