"""Loading and saving contacts, messages and paces inside a command. Lists for pages: ``lists``."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.notify.contact import Contact
from services.notify.message import (
    DELIVERED,
    QUEUED,
    RESIDENT,
    SENDING,
    Attempt,
    Message,
    Recipient,
)
from services.notify.models import attempts, contacts, messages, paces
from shared.bus.event import Event
from shared.bus.inbox import insert_or_ignore
from shared.db import Stale, Transaction

CLAIMED_AT_ONCE = 1000


class NoSuchMessage(LookupError):
    """There is no message of this id."""


def contact(tx: Transaction, number: str) -> Contact | None:
    """What is known of a case; loaded once for all the events of a batch.

    The rows are ours until the commit: whether somebody is still to be reminded depends on them.
    """
    known: dict[str, Contact | None] = tx.memo.setdefault("contacts", {})
    if number not in known:
        wanted = {number, *map(case_number_of, tx.batch)}
        known.update(dict.fromkeys(wanted))
        found = sa.select(contacts).where(contacts.c.number.in_(wanted)).order_by(contacts.c.number)
        rows = tx.execute(found.with_for_update())
        known.update({row["number"]: _contact_of(row) for row in rows.mappings()})
    return known[number]


def case_number_of(event: Event) -> str:
    """The case an event is about."""
    return str(event.data.get("case_number") or event.data["number"])


def keep_contact(tx: Transaction, known: Contact | None, newest: Contact) -> None:
    """Save the copy of a case where it says anything new."""
    tx.memo.setdefault("contacts", {})[newest.number] = newest
    if known is None:
        tx.insert(contacts, **_row_of(newest))
    elif newest != known:
        unchanged = (contacts.c.number == known.number, contacts.c.version == known.version)
        tx.update(contacts.update().where(*unchanged).values(**_row_of(newest)))


def _row_of(contact: Contact) -> dict[str, Any]:
    return asdict(contact) | {"phone_index": contact.phone}


def _contact_of(row: Mapping[Any, Any]) -> Contact:
    return Contact(**{name: value for name, value in row.items() if name != "phone_index"})


def add(tx: Transaction, new: Sequence[Message]) -> None:
    """Put messages into the queue; one that is there already stays as it is."""
    if new:
        tx.execute(insert_or_ignore(tx, messages).values([_row(message) for message in new]))


def case_of_message(tx: Transaction, message_id: str) -> str:
    """The case a message is about.

    Raises:
        NoSuchMessage: there is none of this id.

    """
    found = sa.select(messages.c.case_number).where(messages.c.id == message_id)
    number: str | None = tx.execute(found).scalar_one_or_none()
    if number is None:
        raise NoSuchMessage(message_id)
    return number


def readdress(tx: Transaction, known: Contact) -> None:
    """What the resident is still to be told goes to the name and number that are known now.

    What was delivered goes on saying whom it reached.
    """
    theirs = messages.c.case_number == known.number, messages.c.audience == RESIDENT
    open_still = messages.c.state != DELIVERED
    now_known = {"recipient_name": known.applicant, "phone": known.phone}
    tx.execute(messages.update().where(*theirs, open_still).values(**now_known))


def say_whom_it_reached(tx: Transaction, taken: Message) -> None:
    """It was sent as it was taken, though the number may have been corrected in between."""
    reached = {"recipient_name": taken.recipient.name, "phone": taken.recipient.phone}
    tx.execute(messages.update().where(messages.c.id == taken.id).values(**reached))


def load(tx: Transaction, message_id: str) -> Message:
    """A message with its attempts; ours until the commit, so that nobody is forgotten in between.

    Raises:
        NoSuchMessage: there is none of this id.

    """
    found = sa.select(messages).where(messages.c.id == message_id).with_for_update()
    row = tx.execute(found).one_or_none()
    if row is None:
        raise NoSuchMessage(message_id)
    return message_of(row, tx.execute(attempts_of(message_id)).all())


def save(tx: Transaction, before: Message, after: Message) -> None:
    """Save what changed, unless somebody else did in between (then the command is run again)."""
    same = (messages.c.id == before.id, messages.c.version == before.version)
    changed = replace(after, version=before.version + 1)
    tx.update(messages.update().where(*same).values(**_state(changed)))


def add_attempt(tx: Transaction, message: Message, attempt: Attempt) -> None:
    """Record one more attempt."""
    tx.insert(
        attempts,
        message_id=message.id,
        number=len(message.attempts) + 1,
        channel=attempt.channel,
        started_at=attempt.started_at,
        ended_at=attempt.ended_at,
        outcome=attempt.outcome,
        detail=attempt.detail,
    )


def claim(tx: Transaction, channel: str, most: int) -> list[Message]:
    """Take what is due on a channel, oldest first; nobody else gets the same.

    On PostgreSQL rows that another replica is taking are passed over; SQLite has one writer.
    """
    due = (
        sa.select(messages)
        .where(messages.c.state == QUEUED, messages.c.channel == channel)
        .where(messages.c.next_attempt_at <= tx.now)
        .order_by(messages.c.next_attempt_at, messages.c.id)
        .limit(min(most, CLAIMED_AT_ONCE))
        .with_for_update(skip_locked=True)
    )
    taken = [message_of(row).claimed(tx.now) for row in tx.execute(due)]
    if taken:
        _mark_taken(tx, taken)
    return [replace(message, version=message.version + 1) for message in taken]


def _mark_taken(tx: Transaction, taken: Sequence[Message]) -> None:
    ids = [message.id for message in taken]
    statement = messages.update().where(messages.c.id.in_(ids), messages.c.state == QUEUED)
    values = {"state": SENDING, "taken_at": tx.now, "version": messages.c.version + 1}
    if tx.execute(statement.values(**values)).rowcount != len(ids):
        raise Stale("a message was taken by somebody else")


def abandoned(tx: Transaction, since: datetime) -> list[Message]:
    """Messages that were taken before ``since`` and never heard of again."""
    old = (
        sa.select(messages)
        .where(messages.c.state == SENDING, messages.c.taken_at <= since)
        .with_for_update(skip_locked=True)
    )
    return [load(tx, row.id) for row in tx.execute(old).all()]


def waiting_reminders(tx: Transaction, case_number: str) -> list[Message]:
    """Reminders about a case that have not gone out yet."""
    waiting = sa.select(messages).where(
        messages.c.case_number == case_number,
        messages.c.state == QUEUED,
        messages.c.keeps_hours.is_(True),
    )
    return [message_of(row) for row in tx.execute(waiting).all()]


def recent_claims(tx: Transaction, channel: str) -> tuple[list[datetime], int | None]:
    """When a channel with a pace was last used, and the version of that note (None: no note)."""
    row = tx.execute(
        sa.select(paces).where(paces.c.channel == channel).with_for_update()
    ).one_or_none()
    if row is None:
        return [], None
    return [datetime.fromisoformat(moment) for moment in row.recent], row.version


def keep_claims(
    tx: Transaction, channel: str, recent: Sequence[datetime], version: int | None
) -> None:
    """Note when a channel was used; every replica reads the same note."""
    told = [moment.isoformat() for moment in recent]
    if version is None:
        tx.insert(paces, channel=channel, recent=told, version=1)
    else:
        same = (paces.c.channel == channel, paces.c.version == version)
        tx.update(paces.update().where(*same).values(recent=told, version=version + 1))


def attempts_of(message_id: str) -> sa.Select[Any]:
    """The attempts of a message, first to last."""
    return (
        sa.select(attempts).where(attempts.c.message_id == message_id).order_by(attempts.c.number)
    )


def message_of(row: Any, tried: Sequence[Any] = ()) -> Message:
    """A message from its row and the rows of its attempts."""
    recipient = Recipient(row.audience, row.recipient_name, row.recipient_key, row.phone, row.email)
    return Message(
        id=row.id,
        case_number=row.case_number,
        event_id=row.event_id,
        template=row.template,
        recipient=recipient,
        community=row.community,
        route=tuple(row.route),
        channel=row.channel,
        language=row.language,
        subject=row.subject,
        body=row.body,
        created_at=row.created_at,
        next_attempt_at=row.next_attempt_at,
        state=row.state,
        params=row.params,
        keeps_hours=row.keeps_hours,
        tries=row.tries,
        taken_at=row.taken_at,
        delivered_at=row.delivered_at,
        version=row.version,
        attempts=tuple(
            Attempt(a.channel, a.started_at, a.ended_at, a.outcome, a.detail) for a in tried
        ),
    )


def _row(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "case_number": message.case_number,
        "event_id": message.event_id,
        "template": message.template,
        "audience": message.recipient.kind,
        "recipient_key": message.recipient.key,
        "recipient_name": message.recipient.name,
        "phone": message.recipient.phone,
        "email": message.recipient.email,
        "community": message.community,
        "route": list(message.route),
        "language": message.language,
        "subject": message.subject,
        "body": message.body,
        "params": dict(message.params),
        "keeps_hours": message.keeps_hours,
        "created_at": message.created_at,
        **_state(message),
    }


def _state(message: Message) -> dict[str, Any]:
    return {
        "state": message.state,
        "channel": message.channel,
        "tries": message.tries,
        "next_attempt_at": message.next_attempt_at,
        "taken_at": message.taken_at,
        "delivered_at": message.delivered_at,
        "version": message.version,
    }
