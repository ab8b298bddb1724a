"""A demand of each side, a proposal, and one version of the catalogue."""

from typing import Any

from services.intake.case import Actor
from services.intake.ledger import handlers, proposal_handlers
from services.intake.ledger.demand import Heard
from services.intake.ledger.documents import kept_of
from services.intake.ledger.proposal import ADD, CHANGE
from services.intake.ledger.proposal_handlers import ACCEPT, Proposed

SUPERVISOR = Actor("own-supervisor", "高明", "supervisor", None)


def fill(run: Any, side: Any, desk: Actor, items: Any) -> None:
    """Make them, and name them among the side's things."""
    heard = Heard(
        desk, side.community, f"想要一个食堂·{side.name}", name="王建国", phone=side.phone
    )
    demand = run(lambda tx: handlers.record(tx, heard)).demand
    item = kept_of(items["G-01"]) | {"notes": f"{side.name} 调整"}
    change = Proposed(CHANGE, "说明不清楚", "G-01", item)
    changed = run(lambda tx: proposal_handlers.propose(tx, desk, change)).number
    made = run(
        lambda tx: proposal_handlers.decide(tx, changed, SUPERVISOR, ACCEPT, "同意")
    ).made_version
    added = Proposed(ADD, "居民常问", "", kept_of(items["G-02"]) | {"name": f"助餐{side.name}"})
    proposal = run(lambda tx: proposal_handlers.propose(tx, desk, added)).number
    side.things |= {
        "demand": demand.number,
        "proposal": proposal,
        "catalogue_version": str(made),
    }
