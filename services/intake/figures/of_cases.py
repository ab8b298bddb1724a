"""What is counted of a case, of a refusal, and of a row of a case that is not archived."""

from collections.abc import Mapping
from typing import Any

from services.intake.case import CLOSED, REFUSED, RESOLVED, WITHDRAWN, Case
from services.intake.figures import counted
from services.intake.figures.counted import (
    CERTIFICATE,
    NO_SPOT,
    OF_KIND,
    Facts,
    Matter,
    OnTheSpot,
    facts_of,
)
from services.intake.refusal import Refusal

ENDED = {WITHDRAWN: counted.WITHDRAWN, REFUSED: counted.REFUSED}
"""States that end a case without a result -> how it ended."""
_WITH_RESULT = (RESOLVED, CLOSED)


def of_case(case: Case, spot: OnTheSpot) -> Facts:
    """What is counted of a case."""
    grade = case.rating.grade if case.rating else 0
    said = {
        "community": case.community,
        "channel": case.channel,
        "state": case.state,
        "accepted_at": case.accepted_at,
        "resolved_at": case.resolved_at,
        "closed_at": case.closed_at,
        "due_at": case.due_at,
        "transfers": case.transfers,
        "visits": case.visits,
    }
    item = case.item.code if case.item else f"{OF_KIND}{case.kind}"
    waited = (case.notice, case.promise, case.back_office_by) != (None, None, None)
    return of_row(said, item, spot, waited=waited, grade=grade)


def of_row(
    row: Mapping[str, Any], item: str, spot: OnTheSpot, *, waited: bool, grade: int
) -> Facts:
    """What is counted of the row of a case."""
    done = row["state"] in _WITH_RESULT
    matter = Matter(
        community=row["community"],
        item=item,
        channel=row["channel"],
        accepted_at=row["accepted_at"],
        resolved_at=row["resolved_at"] if done else None,
        ended_at=row["closed_at"],
        how=ENDED.get(row["state"], ""),
        due_at=row["due_at"],
        transfers=row["transfers"],
        visits=row["visits"],
        waited=waited,
        grade=grade if done else 0,
    )
    return facts_of(matter, spot)


def of_refusal(refusal: Refusal) -> Facts:
    """A certificate that was refused at once: nothing was accepted (A38)."""
    return certificate(refusal.community, refusal.channel, refusal.at)


def certificate(community: str, channel: str, at: Any) -> Facts:
    """The same, of its row."""
    matter = Matter(community, CERTIFICATE, channel, None, ended_at=at, how=counted.REFUSED)
    return facts_of(matter, NO_SPOT)
