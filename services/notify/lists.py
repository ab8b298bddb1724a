"""What the pages and the API show of messages, each reader's own part of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from services.notify.message import DEPARTMENT as TO_DEPARTMENT
from services.notify.message import Message
from services.notify.models import contacts, messages
from services.notify.store import attempts_of, message_of
from shared.permissions import Scope, User, scope_of


@dataclass(frozen=True)
class Page:
    """A part of a list."""

    items: list[Message]
    page: int
    page_size: int
    total: int


def may_see(reader: User) -> sa.ColumnElement[bool]:
    """Supervisors see all, a department what was sent to it, others their own community's.

    Whose account names no place sees none.
    """
    scope = scope_of(reader, "message.read")
    if scope is Scope.DISTRICT:
        return sa.true()
    if scope is Scope.DEPARTMENT and reader.department:
        return sa.and_(
            messages.c.audience == TO_DEPARTMENT, messages.c.recipient_key == reader.department
        )
    if scope is Scope.COMMUNITY and reader.community:
        return messages.c.community == reader.community
    return sa.false()


def find(
    connection: sa.Connection,
    reader: User,
    wanted: Mapping[str, str],
    *,
    page: int,
    page_size: int,
) -> Page:
    """The messages a reader may see, newest first; ``wanted``: case, state, channel."""
    narrowed = [may_see(reader), *_narrow(wanted)]
    count = sa.select(sa.func.count()).select_from(messages).where(*narrowed)
    part = (
        sa.select(messages)
        .where(*narrowed)
        .order_by(messages.c.created_at.desc(), messages.c.id)
        .limit(page_size)
        .offset((page - 1) * page_size)
    )
    total = connection.execute(count).scalar_one()
    return Page([message_of(row) for row in connection.execute(part)], page, page_size, total)


def get(connection: sa.Connection, reader: User, message_id: str) -> Message | None:
    """A message with its attempts, or None where there is none the reader may see."""
    one = sa.select(messages).where(messages.c.id == message_id, may_see(reader))
    row = connection.execute(one).one_or_none()
    if row is None:
        return None
    return message_of(row, connection.execute(attempts_of(message_id)).all())


def applicants(connection: sa.Connection, of: Sequence[Message]) -> dict[str, str]:
    """Case number -> applicant, of the cases these messages are about."""
    numbers = {message.case_number for message in of}
    named = sa.select(contacts.c.number, contacts.c.applicant).where(
        contacts.c.number.in_(sorted(numbers))
    )
    return dict(tuple(row) for row in connection.execute(named))


def count_by_state(connection: sa.Connection, reader: User) -> dict[str, int]:
    """How many messages a reader may see, by state."""
    counted = (
        sa.select(messages.c.state, sa.func.count())
        .where(may_see(reader))
        .group_by(messages.c.state)
    )
    return dict(tuple(row) for row in connection.execute(counted))


def _narrow(wanted: Mapping[str, str]) -> list[sa.ColumnElement[bool]]:
    columns = {
        "case": messages.c.case_number,
        "state": messages.c.state,
        "channel": messages.c.channel,
    }
    return [columns[name] == value for name, value in wanted.items() if value and name in columns]
