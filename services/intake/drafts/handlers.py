"""What happens to drafts: kept while one types, forgotten when accepted, unwanted or a day old."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.intake.drafts import store
from services.intake.drafts.draft import Draft, complete_since, worth_keeping
from services.intake.ledger import store_catalogue
from services.intake.models import idempotency
from shared.db import Transaction


def keep(
    tx: Transaction, username: str, draft_id: str, content: Mapping[str, Any], opened_at: datetime
) -> Draft | None:
    """Keep what stands in a form; None where there is nothing to keep or no place for it.

    What was accepted meanwhile stays accepted: a late save of its form makes no draft again.
    """
    if not worth_keeping(content) or _accepted(tx, username, draft_id):
        return None
    before = store.load(tx, username, draft_id)
    opened_at = before.opened_at if before else min(opened_at, tx.now)
    item = store_catalogue.items_now(tx).get(str(content.get("item", "")))
    since = complete_since(item, content.get("materials", ()), before, opened_at, tx.now)
    subject = str(content.get("item") or content.get("kind") or "")
    draft = Draft(draft_id, username, subject, content, opened_at, since, tx.now)
    return draft if store.save(tx, draft) else None


def _accepted(tx: Transaction, username: str, draft_id: str) -> bool:
    taken = sa.select(idempotency.c.key).where(idempotency.c.key == f"{username}:{draft_id}")
    return tx.execute(taken).scalar_one_or_none() is not None
