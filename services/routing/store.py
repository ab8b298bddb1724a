"""Loading and saving work orders, replies, and facts that came early."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.routing import models
from services.routing.entry import CODED, Entry
from services.routing.order import Order
from shared.bus.event import Event
from shared.bus.inbox import insert_or_ignore
from shared.contracts import intake, intake_ways
from shared.db import Transaction
from shared.locks import hold

_INDEX = "applicant_phone_index"
_COLUMNS = tuple(column.name for column in models.orders.columns if column.name != _INDEX)
_PERSON = frozenset(
    {"title", "description", "location", "applicant_name", "applicant_phone"}
    | {"person_version", "erased_at"}
)
"""Written when an order is opened, or its person corrected or erased; sealing them costs time."""
_PERSON_ACTS = frozenset({"person_corrected", "person_erased"})
_REPLIED = ("completed", "review_asked", "assists_awaited")
"""What the history calls a reply: it went out, or it waits."""
_MOST = tuple(name for name in _COLUMNS if name not in _PERSON)
ERASED = intake.person_erased.type
_NO_WORDS: Mapping[str, Any] = {"original": "", "kept_until": None}
"""Of a reply: that there was one, and what came of it, is kept for ever."""
_KEPT = {
    intake.withdrawn.type: ("number", "owner", "reason"),
    intake.closed.type: ("number", "owner"),
    intake_ways.refused.type: ("number", "owner"),
    intake_ways.handed_over.type: ("number", "owner"),
    intake.reopened.type: ("number", "reason"),
    intake.rated.type: ("number", "grade", "satisfied", "comment"),
    intake.person_corrected.type: ("number", "applicant"),
    ERASED: ("number",),
}
"""What of a fact that came early will be needed; nothing more is kept of anybody."""
if set(_COLUMNS) != {f.name for f in fields(Order)} - {"news"}:
    raise TypeError("the table orders and the class Order do not have the same fields")


def order_of(row: Any) -> Order:
    """The order of a row of ``orders``."""
    return Order(**{name: getattr(row, name) for name in _COLUMNS})


def load(tx: Transaction, number: str) -> Order | None:
    """One order, or None."""
    row = tx.execute(sa.select(models.orders).where(models.orders.c.number == number)).one_or_none()
    return None if row is None else order_of(row)


def is_erased(tx: Transaction, number: str) -> bool | None:
    """Whether the person of this order was forgotten; None where there is no such order."""
    table = models.orders
    erased = sa.select(table.c.erased_at.is_not(None)).where(table.c.number == number)
    found = tx.execute(erased).scalar_one_or_none()
    return None if found is None else bool(found)


def of_case(tx: Transaction, case_number: str) -> list[Order]:
    """A case's orders, the newest transfer first, and of one transfer the lead first."""
    table = models.orders
    mine = sa.select(table).where(table.c.case_number == case_number)
    newest_first = mine.order_by(table.c.transfer.desc(), table.c.role.desc(), table.c.number)
    return [order_of(row) for row in tx.execute(newest_first)]


def is_replaced(tx: Transaction, order: Order) -> bool:
    """Whether its case was transferred anew since: then another order counts."""
    table = models.orders
    newer = table.c.case_number == order.case_number, table.c.transfer > order.transfer
    return tx.execute(sa.select(table.c.number).where(*newer).limit(1)).first() is not None


def assists_of(tx: Transaction, lead: str) -> list[Order]:
    """The orders that assist this one."""
    table = models.orders
    query = sa.select(table).where(table.c.lead == lead).order_by(table.c.number)
    return [order_of(row) for row in tx.execute(query)]


def replied_since(tx: Transaction, number: str, version: int) -> bool:
    """Whether its department gave another reply after the order was at this version."""
    table = models.history
    newer = table.c.number == number, table.c.version > version, table.c.what.in_(_REPLIED)
    return tx.execute(sa.select(table.c.version).where(*newer).limit(1)).first() is not None


def with_timer_due(tx: Transaction, limit: int) -> list[Order]:
    """Orders with a timer that is due, the longest due first.

    Rows another replica is at work on are left to it.
    """
    table = models.orders
    query = sa.select(table).where(table.c.next_at <= tx.now).order_by(table.c.next_at)
    rows = tx.execute(query.limit(limit).with_for_update(skip_locked=True))
    return [order_of(row) for row in rows]


def put_off(tx: Transaction, number: str, until: datetime) -> None:
    """Let nobody look at an order's timers until then; whatever is done to it sets them anew."""
    table = models.orders
    tx.execute(sa.update(table).where(table.c.number == number).values(next_at=until))


def add(tx: Transaction, order: Order) -> None:
    """Write a new order and its history."""
    tx.insert(models.orders, **_whole_row(order))
    _add_news(tx, order)


def save(tx: Transaction, order: Order) -> None:
    """Write a changed order and what its history gained."""
    tx.about(order.number)
    before = order.version - len(order.news)
    of_person = any(entry.what in _PERSON_ACTS for entry in order.news)
    row = _whole_row(order) if of_person else {name: getattr(order, name) for name in _MOST}
    tx.change(models.orders, order.number, before, row)
    _add_news(tx, order)


def _whole_row(order: Order) -> dict[str, Any]:
    row = {name: getattr(order, name) for name in _COLUMNS}
    return row | {_INDEX: order.applicant_phone}


def _add_news(tx: Transaction, order: Order) -> None:
    for entry in order.news:
        tx.insert(
            models.history,
            number=order.number,
            version=entry.version,
            at=entry.at,
            what=entry.what,
            by=entry.by[:60],
            department=entry.department,
            state=entry.state,
            note=entry.note,
            data=dict(entry.data),
        )
    order.news = []


# -- one replica at a time for a case --------------------------------------------------------------


def hold_batch(tx: Transaction, event: Event) -> None:
    """Keep other replicas off the event's case, and with it off those of the whole batch.

    What a case's events do to its orders depends on which orders there are.
    """
    if event.data["number"] not in tx.memo.get("held", ()):
        hold(tx, _cases_of_batch(tx, event))


def _cases_of_batch(tx: Transaction, event: Event) -> set[str]:
    """The cases its events are about; that somebody signed out, say, is about none."""
    return {one.data["number"] for one in (*tx.batch, event) if "number" in one.data}


# -- what is known about the cases of a batch ------------------------------------------------------


@dataclass
class Known:
    """What routing knew of some cases before this batch.

    Attributes:
        cases: the cases that were looked up.
        transfer: case number -> its newest transfer with an order.
        early: case number -> facts that came before an order, oldest first.
    """

    cases: set[str]
    transfer: dict[str, int]
    early: dict[str, list[Event]]


def known(tx: Transaction, event: Event) -> Known:
    """What is known of the event's case; looked up for the whole batch at once."""
    found: Known | None = tx.memo.get("known")
    if found is None or event.data["number"] not in found.cases:
        found = _look_up(tx, _cases_of_batch(tx, event))
        tx.memo["known"] = found
    return found


def _look_up(tx: Transaction, cases: set[str]) -> Known:
    table = models.orders
    newest = (
        sa.select(table.c.case_number, sa.func.max(table.c.transfer))
        .where(table.c.case_number.in_(sorted(cases)))
        .group_by(table.c.case_number)
    )
    rows: Sequence[Any] = tx.execute(newest).all()
    transfer = {number: int(highest) for number, highest in rows}
    return Known(cases, transfer, early_of(tx, cases))


# -- facts that came early -------------------------------------------------------------------------


def keep_early(tx: Transaction, event: Event) -> None:
    """Keep what was heard of a case that has no order (yet), unless its person was erased."""
    case, table = event.data["number"], models.early_facts
    row = {
        "event_id": event.id,
        "case_number": case,
        "type": event.type,
        "version": event.version,
        "data": {name: event.data[name] for name in _KEPT[event.type] if name in event.data},
        "kept_at": tx.now,
    }
    values = [sa.literal(value, table.c[name].type).label(name) for name, value in row.items()]
    erased = sa.exists().where(table.c.case_number == case, table.c.type == ERASED)
    unless = sa.select(*values).where(~erased)
    tx.execute(insert_or_ignore(tx, table).from_select(list(row), unless))
    looked_up: Known | None = tx.memo.get("known")
    if looked_up is not None:
        looked_up.early.setdefault(case, []).append(event)


def keep_erased(tx: Transaction, event: Event) -> None:
    """Keep for ever that the case's person is forgotten, and nothing else that came early."""
    table, case = models.early_facts, event.data["number"]
    tx.execute(table.delete().where(table.c.case_number == case, table.c.type != ERASED))
    keep_early(tx, event)


def erase_words(tx: Transaction, case_number: str) -> None:
    """Take the words out of the histories and replies of a case's orders; codes stay."""
    mine = sa.select(models.orders.c.number).where(models.orders.c.case_number == case_number)
    history, replies = models.history, models.replies
    words = history.c.number.in_(mine), history.c.what.not_in(CODED)
    tx.execute(history.update().where(*words).values(note=""))
    tx.execute(replies.update().where(replies.c.order_number.in_(mine)).values(**_NO_WORDS))


def early_of(tx: Transaction, cases: Iterable[str]) -> dict[str, list[Event]]:
    """Kept facts by case, oldest first."""
    table = models.early_facts
    query = sa.select(table).where(table.c.case_number.in_(sorted(cases))).order_by(table.c.version)
    found: dict[str, list[Event]] = {}
    for row in tx.execute(query):
        found.setdefault(row.case_number, []).append(_event(row))
    return found


def cases_with_early_facts(tx: Transaction, limit: int) -> list[str]:
    """Cases that have both an order and kept facts: the two crossed each other."""
    early, table = models.early_facts, models.orders
    unsettled = sa.or_(early.c.type != ERASED, table.c.erased_at.is_(None))
    query = (
        sa.select(early.c.case_number)
        .where(sa.exists().where(table.c.case_number == early.c.case_number, unsettled))
        .distinct()
        .limit(limit)
    )
    return list(tx.execute(query).scalars())


def forget_early(tx: Transaction, facts: Iterable[Event]) -> None:
    """These facts have been applied, or are older than their order."""
    table = models.early_facts
    applied = [fact.id for fact in facts]
    tx.execute(table.delete().where(table.c.event_id.in_(applied), table.c.type != ERASED))


def forget_early_before(tx: Transaction, moment: datetime) -> None:
    """Drop what was kept for cases that never came."""
    table = models.early_facts
    tx.execute(table.delete().where(table.c.kept_at < moment, table.c.type != ERASED))


def _event(row: Any) -> Event:
    about = (row.case_number, row.kept_at, row.version)
    return Event(row.event_id, row.type, "/intake", *about, row.data)


# -- replies ---------------------------------------------------------------------------------------


def log_reply(tx: Transaction, **row: Any) -> bool:
    """Remember a reply with its outcome; False if its id was there before."""
    table = models.replies
    claim = insert_or_ignore(tx, table).values(at=tx.now, **row).returning(table.c.reply_id)
    return tx.execute(claim).one_or_none() is not None


def logged_reply(tx: Transaction, department: str, reply_id: str) -> Mapping[str, Any]:
    """A remembered reply."""
    table = models.replies
    query = sa.select(table).where(table.c.department == department, table.c.reply_id == reply_id)
    return dict(tx.execute(query).mappings().one())


def forget_words(tx: Transaction, most: int) -> int:
    """Drop what replies said whose time is over, a portion; returns of how many."""
    table = models.replies
    key = table.c.department, table.c.reply_id
    over = table.c.kept_until < tx.now
    some = sa.tuple_(*key).in_(sa.select(*key).where(over).limit(most))
    return tx.execute(table.update().where(some, over).values(**_NO_WORDS)).rowcount


def history_of(connection: sa.Connection, number: str) -> Sequence[Entry]:
    """An order's history, oldest first."""
    table = models.history
    query = sa.select(table).where(table.c.number == number).order_by(table.c.version)
    return [
        Entry(row.version, row.at, row.what, row.by, row.department, row.state, row.note, row.data)
        for row in connection.execute(query)
    ]


def orders_of(connection: sa.Connection, numbers: Iterable[str]) -> dict[str, Order]:
    """The orders with these numbers, by their number."""
    query = sa.select(models.orders).where(models.orders.c.number.in_(sorted(set(numbers))))
    return {row.number: order_of(row) for row in connection.execute(query)}
