"""Loading and saving what residents ask about their own data, and taking them out of the tables."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from services.intake.models import (
    bus,
    history,
    idempotency,
    open311,
    person_requests,
    refusals,
)
from services.intake.reason import Reason, Unknown, msgid
from services.intake.refusal import Refusal
from services.intake.rights.rights import TAKEN, PersonRequest, line_kept
from shared.bus import parked
from shared.bus.upkeep import KEEP_SENT
from shared.db import Transaction

_NOBODY = {"name": "", "phone": "", "phone_index": "", "wish": "", "reason": ""}
_MARGIN = timedelta(days=1)


def add_request(tx: Transaction, request: PersonRequest) -> None:
    """A new request."""
    tx.insert(person_requests, **_row(request))


def save_request(tx: Transaction, before: PersonRequest, after: PersonRequest) -> PersonRequest:
    """The changed request; returns it with its new version."""
    after = replace(after, version=before.version + 1)
    old, new = _row(before), _row(after)
    changed = {name: value for name, value in new.items() if value != old[name]}
    tx.change(person_requests, before.number, before.version, changed)
    return after


def load_request(tx: Transaction, number: str) -> PersonRequest:
    """The request with this number.

    Raises:
        Unknown: there is none.
    """
    row = tx.row(person_requests, number)
    if row is None:
        text = msgid("没有编号为 %(number)s 的请求")
        raise Unknown(Reason("number", text, "", {"number": number}))
    return request_of(row)


def request_of(row: Mapping[Any, Any]) -> PersonRequest:
    """A row as a request."""
    return PersonRequest(**{name: row[name] for name in PersonRequest.__dataclass_fields__})


def waiting(tx: Transaction, kind: str, about: Collection[str]) -> list[PersonRequest]:
    """What was asked for of this kind about these numbers and waits for an answer."""
    asked = sa.select(person_requests).where(
        person_requests.c.about.in_(sorted(about)),
        person_requests.c.kind == kind,
        person_requests.c.state == TAKEN,
    )
    return [request_of(row) for row in tx.execute(asked).mappings()]


def hold_refusal(tx: Transaction, number: str) -> Refusal | None:
    """The refusal with this number, if it is one's, as ``services.intake.store.hold`` a case."""
    own = sa.select(refusals).where(refusals.c.number == number)
    row = tx.execute(own.with_for_update()).mappings().first()
    return None if row is None else Refusal.of(dict(row))


def save_refusal(tx: Transaction, refusal: Refusal) -> None:
    """A refusal without its person."""
    row = refusal.row()
    tx.update(refusals.update().where(refusals.c.number == refusal.number).values(row))


def forget_lines(tx: Transaction, numbers: Collection[str]) -> None:
    """Take the words out of these cases' timelines."""
    told = sa.select(history).where(history.c.case_number.in_(sorted(numbers)))
    rows = tx.execute(told).mappings().all()
    plain = [
        {"in_case": row["case_number"], "in_line": row["seq"], "data": line_kept(row["data"])}
        for row in rows
        if line_kept(row["data"]) != row["data"]
    ]
    if plain:
        one = history.c.case_number == sa.bindparam("in_case")
        line = history.c.seq == sa.bindparam("in_line")
        tx.execute(history.update().where(one, line), plain)


def forget_requests(tx: Transaction, about: Collection[str]) -> None:
    """Take the person out of what was asked about these; dates, kinds and answers stay."""
    own = person_requests.c.about.in_(sorted(about))
    newer = person_requests.c.version + 1
    tx.execute(person_requests.update().where(own).values(version=newer, **_NOBODY))


def drop_requests(tx: Transaction, numbers: Collection[str]) -> None:
    """Requests whose own time is over."""
    tx.execute(person_requests.delete().where(person_requests.c.number.in_(sorted(numbers))))


def forget_keys(tx: Transaction, numbers: Collection[str]) -> None:
    """Idempotency keys of these: whoever sends one again begins anew."""
    tx.execute(idempotency.delete().where(idempotency.c.number.in_(sorted(numbers))))


def forget_requested(tx: Transaction, numbers: Collection[str]) -> None:
    """Where somebody was, and by which device, as a program of Open311 gave it."""
    own = open311.requests.c.case_number.in_(sorted(numbers))
    tx.execute(open311.requests.update().where(own).values(given={}))


def forget_messages(tx: Transaction, numbers: Collection[str]) -> int:
    """Drop dead messages about these, and sent ones still kept for operators. Returns how many."""
    return parked.forget(tx, bus, numbers) + _forget_sent(tx, numbers)


def _forget_sent(tx: Transaction, numbers: Collection[str]) -> int:
    """Events are written in the moment of their line in the timeline: only those are opened."""
    since = tx.now - KEEP_SENT - _MARGIN
    told = sa.select(history.c.at).where(
        history.c.case_number.in_(sorted(numbers)), history.c.at > since
    )
    moments = set(tx.execute(told).scalars())
    if not moments:
        return 0
    outbox = bus.outbox
    sent = sa.select(outbox.c.id, outbox.c.body).where(
        outbox.c.sent_at.is_not(None), outbox.c.created_at.in_(moments)
    )
    ids = [row.id for row in tx.execute(sent) if _names(row.body, numbers)]
    if ids:
        tx.execute(outbox.delete().where(outbox.c.id.in_(ids)))
    return len(ids)


def _names(text: str, numbers: Collection[str]) -> bool:
    return any(number in text for number in numbers)


def _row(request: PersonRequest) -> dict[str, Any]:
    return asdict(request) | {"phone_index": request.phone}
