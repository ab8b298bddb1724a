"""What a handler of a case begins and ends with: load it for who asks, keep what became."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.intake import acceptance, rules, store
from services.intake.case import Actor, Case
from services.intake.ledger import store_catalogue
from services.intake.reason import Forbidden, allow
from services.intake.ways import rules as ways_rules
from shared.db import Transaction
from shared.district import Item


def load_for(tx: Transaction, number: str, actor: Actor) -> Case:
    """The case, for an actor who may change it.

    Raises:
        Unknown: there is none.
        Forbidden: it is another community's.

    """
    case = store.load(tx, number)
    allow(rules.own_community(actor, case.community), as_=Forbidden)
    return case


def keep(
    tx: Transaction,
    before: Case,
    after: Case,
    actor: Actor,
    *,
    action: str,
    said: Mapping[str, Any],
) -> Case:
    """Save a step with its line of the timeline; what came online is reviewed by it (A42)."""
    if ways_rules.review_done(before, after, action):
        after = replace(after, review_by=None)
    return store.save(tx, before, after, who=actor.name, action=action, data=said)


def item_of(tx: Transaction, case: Case) -> Item | None:
    """The case's item as the catalogue had it when the case was accepted."""
    return store_catalogue.item_of_case(tx, case)


def due_from_now(tx: Transaction, case: Case) -> datetime | None:
    """When its limit ends if it starts anew now (A36); None where none is promised."""
    limit = acceptance.limit_of(case.kind, item_of(tx, case), tx.district)
    return acceptance.due(limit, tx.now, tx.district.calendar)
