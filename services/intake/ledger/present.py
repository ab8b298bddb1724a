"""What the API shows of the ledger: who spoke is masked unless it was revealed."""

from typing import Any

from services.intake.ledger.demand import Demand
from services.intake.ledger.proposal import Proposal
from services.intake.ledger.proposal_store import Version
from services.intake.ledger.queries import Entry
from shared.mask import mask_name, mask_phone, mask_text


def words_of(entry: Entry, *, whole: bool = False) -> str:
    """What was said; of a demand that came as a case its title, as the case has the words."""
    demand = entry.demand
    said = demand.words or entry.case_title
    return said if whole else mask_text(said, demand.name)


def demand(entry: Entry, *, whole: bool = False) -> dict[str, Any]:
    """An entry."""
    one = entry.demand
    return {
        "number": one.number,
        "state": one.state,
        "community": one.community,
        "grid": one.grid,
        "channel": one.channel,
        "theme": one.theme,
        "item": one.item,
        "words": words_of(entry, whole=whole),
        "tags": [tag if whole else mask_text(tag, one.name) for tag in one.tags],
        "name": one.name if whole else mask_name(one.name),
        "phone": one.phone if whole else mask_phone(one.phone),
        "heard_at": one.heard_at.isoformat(),
        "heard_by": one.heard_name,
        "heard_from": one.heard_from if whole else mask_name(one.heard_from),
        "answer": one.answer if whole else mask_text(one.answer, one.name),
        "case": one.case_number,
        "report": one.report_number,
        "deliberation": one.deliberation_number,
        "proposal": one.proposal_number,
    }


def proposal(one: Proposal, evidence: list[Demand]) -> dict[str, Any]:
    """A proposal."""
    return {
        "number": one.number,
        "state": one.state,
        "change": one.change,
        "code": one.code,
        "item": one.item,
        "why": mask_text(one.why),
        "community": one.community,
        "at": one.at.isoformat(),
        "by": one.by_name,
        "decided_at": one.decided_at.isoformat() if one.decided_at else None,
        "decided_by": one.decided_name,
        "reason": mask_text(one.reason),
        "version": one.made_version,
        "evidence": [demand.number for demand in evidence],
    }


def version(one: Version) -> dict[str, Any]:
    """A version."""
    return {
        "number": one.number,
        "change": one.change,
        "code": one.code,
        "before": one.before,
        "after": one.after,
        "at": one.at.isoformat(),
        "by": one.by_name,
        "reason": mask_text(one.reason),
        "proposal": one.proposal_number,
    }
