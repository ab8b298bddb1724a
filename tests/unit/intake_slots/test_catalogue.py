"""What to bring is what the catalogue asks for now, not what the files said (4-14)."""

import pytest

from services.intake.ledger import proposal_handlers
from services.intake.ledger.documents import kept_of
from services.intake.ledger.proposal_handlers import Proposed
from services.intake.reason import Invalid
from shared.contracts import intake_slots
from tests.unit.intake.ground import ALLOWANCE, DESK, do, published, xiangshan
from tests.unit.intake.ledger.test_catalogue import SUPERVISOR
from tests.unit.intake_slots.desk import MONDAY_NINE, book

NEW = "社区开的新单子"


def changed(runtime, change):
    """The allowance as the district decided it: one material with a new name, or withdrawn."""
    kept = kept_of(xiangshan().items[ALLOWANCE])
    item = kept | {"materials": [kept["materials"][0] | {"name": NEW}]}
    asked = Proposed(change, "按居民意见", ALLOWANCE, None if change == "withdraw" else item, ())
    proposal = do(runtime, proposal_handlers.propose, DESK, asked)
    do(runtime, proposal_handlers.decide, proposal.number, SUPERVISOR, "accept", "同意")


def test_what_to_bring_is_what_the_catalogue_asks_for_now(runtime):
    changed(runtime, "change")
    book(runtime)
    told = [e.data for e in published(runtime) if e.contract.type == intake_slots.booked.type]
    assert told[-1]["materials"] == [NEW]


def test_what_was_withdrawn_cannot_be_booked(runtime):
    changed(runtime, "withdraw")
    with pytest.raises(Invalid, match="没有这个事项"):
        book(runtime, MONDAY_NINE)
