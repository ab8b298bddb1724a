"""A refusal 不予出具告知书: written, with where to go and what may be done about it (A38)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from services.intake.acceptance import Checked
from shared.district import NotIssued


@dataclass(frozen=True)
class Refusal:
    """What was asked for, why it is refused, and where to go; numbered, to be printed."""

    number: str
    at: datetime
    code: str
    name: str
    redirect: str
    departments: tuple[str, ...]
    community: str
    community_name: str
    title: str
    description: str
    applicant_name: str
    applicant_phone: str
    channel: str
    by_username: str
    by_name: str
    erased_at: datetime | None = None

    def row(self) -> dict[str, Any]:
        """As a row."""
        departments = list(self.departments)
        found_by = {"applicant_phone_index": self.applicant_phone}
        return asdict(self) | found_by | {"departments": departments}

    @classmethod
    def of(cls, row: Mapping[Any, Any]) -> "Refusal":
        """From a row."""
        known = {one.name: row[one.name] for one in fields(cls)}
        return cls(**{**known, "departments": tuple(row["departments"])})


def refusal_from(checked: Checked, certificate: NotIssued, number: str, now: datetime) -> Refusal:
    """The refusal of one certificate. Its number is of the same series as cases'."""
    asked = checked.asked
    return Refusal(
        number=number,
        at=now,
        code=certificate.code,
        name=certificate.name,
        redirect=certificate.redirect_text,
        departments=certificate.departments,
        community=checked.community.code,
        community_name=checked.community.name,
        title=checked.title,
        description=asked.description.strip(),
        applicant_name=checked.applicant.name,
        applicant_phone=checked.applicant.phone,
        channel=asked.channel,
        by_username=asked.actor.username,
        by_name=asked.actor.name,
    )
