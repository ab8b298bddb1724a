"""A request sent twice makes one case: Idempotency-Key, remembered for a week."""

import json
from dataclasses import asdict, replace
from datetime import timedelta

import sqlalchemy as sa

from services.intake.acceptance import Acceptance
from services.intake.models import idempotency
from services.intake.reason import Invalid, Reason, msgid
from shared.bus.inbox import insert_or_ignore
from shared.db import Transaction
from shared.sealing import KeyRing

REMEMBERED = timedelta(days=7)


def claim(tx: Transaction, asked: Acceptance, number: str) -> str | None:
    """Take the key for `number`; give the earlier request's number when it was taken before.

    Raises:
        Invalid: the key was used for another request.

    """
    key, digests = f"{asked.actor.username}:{asked.key}", _digests(tx.keys, asked)
    row = {"key": key, "digest": digests[0], "number": number, "at": tx.now}
    taken = insert_or_ignore(tx, idempotency).values(row).returning(idempotency.c.key)
    if tx.execute(taken).scalar_one_or_none() is not None:
        return None
    earlier = tx.execute(sa.select(idempotency).where(idempotency.c.key == key)).one()
    if earlier.digest not in digests:
        raise Invalid(
            Reason(
                "Idempotency-Key",
                msgid("这个键已用于另一个不同的请求"),
                msgid("新的请求请换一个新的键"),
            )
        )
    return str(earlier.number)


def forget_old(tx: Transaction) -> None:
    """Drop keys nobody will send again."""
    tx.execute(idempotency.delete().where(idempotency.c.at < tx.now - REMEMBERED))


def _digests(keys: KeyRing, asked: Acceptance) -> list[str]:
    """What the request is remembered by, one a key: a bare hash would tell names to guessers."""
    # No part of what was asked: when the form was complete (its draft is gone the second time),
    # who was on duty, and in which language one reads.
    asked = replace(asked, started_at=None, owner=None, language="")
    said = json.dumps(asdict(asked) | {"actor": asked.actor.username}, sort_keys=True)
    return [digest.hex() for digest in keys.digests("idempotency.digest", said)]
