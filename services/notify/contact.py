"""What notify knows of a case: enough to tell people, no more. Fed by intake's events."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

OVER = frozenset({"closed", "withdrawn"})
"""States of a case in which nobody needs reminding."""


@dataclass(frozen=True)
class Contact:
    """Our copy of a case.

    Attributes:
        community: its 12-digit code.
        version: the case's version this copy is of.

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

    @property
    def over(self) -> bool:
        """Whether the case asks nothing more of anybody."""
        return self.state in OVER


def contact_of(data: Mapping[str, Any], version: int, known: Contact | None) -> Contact:
    """The newest copy: what is known, or what intake's event says if that is newer.

    Not every event carries the urgency; it stays as it was. An older event that comes late can
    still add it.
    """
    told = data.get("urgency")
    if known is not None and version < known.version:
        return replace(known, urgency=known.urgency or told or "")
    return Contact(
        number=data["number"],
        title=data["title"],
        applicant=data["applicant"]["name"],
        phone=data["applicant"].get("phone") or "",
        language=data.get("language") or "zh",
        owner=data["owner"]["username"],
        owner_name=data["owner"]["name"],
        community=data["community"]["code"],
        community_name=data["community"]["name"],
        urgency=told or (known.urgency if known else ""),
        state=data["state"],
        version=version,
    )
