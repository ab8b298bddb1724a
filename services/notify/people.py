"""What is held of a resident here, and how it is put right and forgotten (PIPL 44 to 47)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.notify import models, store
from services.notify.contact import forgotten, unheard_of, with_person
from services.notify.message import CANCELLED, TRANSITIONS
from services.notify.models import attempts, contacts, messages
from shared.bus import parked
from shared.bus.event import Event
from shared.bus.inbox import NotYet
from shared.db import Transaction
from shared.permissions import Scope, User, scope_of
from shared.sealing import KeyRing

NOTHING: Mapping[str, Any] = {
    "recipient_name": "",
    "phone": "",
    "email": "",
    "subject": "",
    "body": "",
    "params": {},
}
"""What is left of a message to or about somebody who was forgotten."""
FIELDS = ("template", "audience", "channel", "language", "subject", "body", "state")


def correct(tx: Transaction, event: Event) -> None:
    """Name and telephone were wrong; whatever is still sent goes to the right ones (PIPL 46).

    Raises:
        NotYet: intake's first event of this case is not here yet.
    """
    known = _known(tx, event)
    newest = with_person(known, event.data["applicant"], event.version)
    store.keep_contact(tx, known, newest)
    store.readdress(tx, newest)


def erase(tx: Transaction, event: Event) -> None:
    """Forget the resident: in our copy of the case and in every message about it (PIPL 47).

    A case not heard of yet is kept as forgotten: what comes of it later brings nobody back.
    """
    number, at = event.data["number"], datetime.fromisoformat(event.data["erased_at"])
    known = store.contact(tx, number)
    store.keep_contact(tx, known, forgotten(known or unheard_of(number), at))
    parked.forget_with(tx, models.bus, event)
    about = messages.c.case_number == number
    # All messages first: who records an attempt holds one, and what they wrote is seen after it.
    tx.execute(messages.update().where(about).values(**NOTHING))
    waiting = sa.and_(about, messages.c.state.in_(list(TRANSITIONS["cancel"])))
    newer = messages.c.version + 1
    tx.execute(messages.update().where(waiting).values(state=CANCELLED, version=newer))
    own = sa.select(messages.c.id).where(about)
    tx.execute(attempts.update().where(attempts.c.message_id.in_(own)).values(detail=""))


def held(
    connection: sa.Connection, keys: KeyRing, reader: User, *, phone: str = "", case: str = ""
) -> Iterator[dict[str, Any]]:
    """Everything held of a person, by telephone or case, as far as the reader may ask for it."""
    wanted = [contacts.c.number == case] if case else []
    if phone:
        wanted.append(keys.matches(contacts.c.phone_index, phone))
    if scope_of(reader, "person.export") is not Scope.DISTRICT:
        wanted.append(contacts.c.community == (reader.community or ""))
    found = connection.execute(sa.select(contacts).where(*wanted).order_by(contacts.c.number))
    for row in found.mappings().all():
        yield {
            "case_number": row["number"],
            "title": row["title"],
            "name": row["applicant"],
            "phone": row["phone"],
            "language": row["language"],
            "erased_at": row["erased_at"] and row["erased_at"].isoformat(),
            "messages": list(_told(connection, row["number"])),
        }


def _told(connection: sa.Connection, number: str) -> Iterator[dict[str, Any]]:
    own = sa.select(messages).where(messages.c.case_number == number)
    for row in connection.execute(own.order_by(messages.c.created_at)).mappings():
        said = {name: row[name] for name in FIELDS}
        yield said | {"created_at": row["created_at"].isoformat(), "phone": row["phone"]}


def _known(tx: Transaction, event: Event) -> Any:
    number = event.data["number"]
    known = store.contact(tx, number)
    if known is None:
        raise NotYet(f"number: {number} is not known here yet; intake's first event must come")
    return known
