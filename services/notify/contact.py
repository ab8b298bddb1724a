"""What notify knows of a case: enough to tell people, no more. Fed by intake's events."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

OVER = frozenset({"closed", "withdrawn", "refused"})
"""States of a case in which nobody needs reminding."""
GOES_BACK = frozenset({"accepted", "resolved", "closed"})
"""States from which a case goes back to the department whose order goes on, as intake has it."""


@dataclass(frozen=True)
class Contact:
    """Our copy of a case.

    Attributes:
        community: its 12-digit code.
        version: the case's version this copy is of.
        person_version: the case's version at which name and telephone were told in whole.
        erased_at: when the resident was forgotten; they are told nothing any more.

    """

    number: str
    title: str
    applicant: str
    phone: str
    language: str
    owner: str
    owner_name: str
    community: str
    community_name: str
    urgency: str
    state: str
    version: int
    person_version: int = 0
    erased_at: datetime | None = None

    @property
    def over(self) -> bool:
        """Whether the case asks nothing more of anybody."""
        return self.state in OVER


def knows_person(data: Mapping[str, Any], known: Contact | None) -> bool:
    """Whether the resident is known after this event: most events carry them masked only."""
    return known is not None or not data["applicant"].get("masked")


def contact_of(data: Mapping[str, Any], version: int, known: Contact | None) -> Contact:
    """The newest copy: what is known, or what intake's event says if that is newer.

    Not every event carries the urgency; it stays as it was. An older event that comes late can
    still add it. The resident is known from the events that carry them whole: ask `knows_person`.
    """
    told = data.get("urgency")
    known = with_person(known, data["applicant"], version) if known else None
    if known is not None and version < known.version:
        return replace(known, urgency=known.urgency or told or "")
    person, erased_at = data["applicant"], known.erased_at if known else None
    return Contact(
        number=data["number"],
        title=data["title"] if erased_at is None else "",
        applicant=known.applicant if known else person["name"],
        phone=known.phone if known else person.get("phone") or "",
        person_version=known.person_version if known else version,
        erased_at=erased_at,
        language=data.get("language") or "zh",
        owner=data["owner"]["username"],
        owner_name=data["owner"]["name"],
        community=data["community"]["code"],
        community_name=data["community"]["name"],
        urgency=told or (known.urgency if known else ""),
        state=data["state"],
        version=version,
    )


def with_person(known: Contact, person: Mapping[str, Any], version: int) -> Contact:
    """The copy with the resident as this version of the case has them: never masked, never back."""
    if person.get("masked") or known.erased_at is not None or version < known.person_version:
        return known
    name, phone = person["name"], person.get("phone") or ""
    return replace(known, applicant=name, phone=phone, person_version=version)


def with_department(known: Contact) -> Contact:
    """The copy of a case whose order goes on: intake says nothing of it, and its version stays."""
    if known.erased_at is not None or known.state not in GOES_BACK:
        return known
    return replace(known, state="transferred")


def unheard_of(number: str) -> Contact:
    """The copy of a case of which no event came yet; the first that comes tells the rest."""
    return Contact(number, "", "", "", "zh", "", "", "", "", urgency="", state="", version=0)


def forgotten(known: Contact, at: datetime) -> Contact:
    """The copy without the resident; what is counted stays."""
    return replace(known, title="", applicant="", phone="", erased_at=known.erased_at or at)
