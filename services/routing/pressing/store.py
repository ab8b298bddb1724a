"""Writing down what was pressed, who refused an order, and who was called to the spot."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.routing import models
from services.routing.events import PLATFORM
from services.routing.order import Order
from services.routing.pressing.ladder import Called
from shared.db import Transaction
from shared.web.i18n import msgid

_p, _r, _v = models.pressing.pressings, models.pressing.returns, models.pressing.visits
WAITING, GRANTED, REFUSED, RULED = "", "granted", "refused", "ruled"
"""What became of a return."""
MOVED_ON = msgid("工单已改派，不再需要到现场")
"""The record of a call whose order went to another department before anybody was there."""
CALLED_OFF = msgid("这件工单不再办理，不需要到现场了")
"""The record of a call whose matter was over before anybody was there."""
NEEDLESS = (MOVED_ON, CALLED_OFF)


@dataclass(frozen=True)
class Why:
    """Why an order is pressed: the occasion, and the step of the ladder; by hand without one."""

    when: str
    step: str = ""
    note: str = ""
    by: str = PLATFORM


def add_pressing(tx: Transaction, order: Order, called: Called, why: Why) -> None:
    """An order was pressed; the history's newest line says the same."""
    tx.insert(
        _p,
        order_number=order.number,
        version=order.version,
        department=order.answerable or "",
        level=called.level,
        step=why.step,
        why=why.when,
        to=called.to,
        on_duty=called.on_duty,
        note=_words(order, why.note),
        by=why.by[:60],
        at=tx.now,
        answered_at=None,
    )


def answer_pressings(tx: Transaction, number: str) -> None:
    """The department answered: what was pressed until now is answered."""
    unanswered = _p.c.order_number == number, _p.c.answered_at.is_(None)
    tx.execute(_p.update().where(*unanswered).values(answered_at=tx.now))


# -- returns ---------------------------------------------------------------------------------------


def add_return(tx: Transaction, order: Order) -> None:
    """The department that has the order asks to give it back."""
    asked = order.return_request or {}
    tx.insert(
        _r,
        order_number=order.number,
        version=order.version,
        department=order.department or "",
        reason=_words(order, asked["reason"]),
        ground=_words(order, asked["legal_ground"]),
        proposed=asked["proposed_department"],
        by=asked["by"][:60],
        at=tx.now,
        outcome=WAITING,
        next_department=None,
        decided_by="",
        decided_at=None,
    )


def decide_return(
    tx: Transaction, number: str, outcome: str, next_department: str | None, by: str
) -> None:
    """What was asked last is decided."""
    last = _last(number, _r.c.outcome == WAITING)
    values = {"outcome": outcome, "decided_by": by[:60], "decided_at": tx.now}
    tx.execute(_r.update().where(*last).values(next_department=next_department, **values))


def name_next(tx: Transaction, number: str, department: str) -> None:
    """Whose the order became that was taken back without saying whose."""
    last = _last(number, _r.c.outcome == GRANTED, _r.c.next_department.is_(None))
    tx.execute(_r.update().where(*last).values(next_department=department))


def _last(number: str, *more: sa.ColumnElement[bool]) -> tuple[sa.ColumnElement[bool], ...]:
    """The newest return of an order, if it is such a one."""
    newest = sa.select(sa.func.max(_r.c.version)).where(_r.c.order_number == number)
    return (_r.c.order_number == number, _r.c.version == newest.scalar_subquery(), *more)


# -- on the spot -----------------------------------------------------------------------------------


def add_visit(tx: Transaction, order: Order, leader: str, why: Why) -> None:
    """A leader is called to the spot."""
    tx.insert(
        _v,
        order_number=order.number,
        version=order.version,
        department=order.department or "",
        leader=leader,
        why=why.when,
        note=_words(order, why.note),
        called_by=why.by[:60],
        called_at=tx.now,
        done_at=None,
        met="",
        record="",
        done_by="",
    )


def has_open_visit(tx: Transaction, order: Order) -> bool:
    """Whether the leader of its department is called and has not been there."""
    query = sa.select(_v.c.version).where(*_open_visit(order)).limit(1)
    return tx.execute(query).one_or_none() is not None


def end_visit(tx: Transaction, order: Order, record: str, met: str, by: str) -> None:
    """The leader was there."""
    words = {"record": _words(order, record), "met": _words(order, met)}
    done = _v.update().where(*_open_visit(order))
    tx.execute(done.values(done_at=tx.now, done_by=by[:60], **words))


def end_calls(tx: Transaction, number: str, department: str) -> None:
    """Nobody of a department other than this one need go any more."""
    _end(tx, MOVED_ON, _v.c.order_number == number, _v.c.department != department)


def call_off(tx: Transaction, number: str) -> None:
    """Nobody need go any more."""
    _end(tx, CALLED_OFF, _v.c.order_number == number)


def _end(tx: Transaction, record: str, *calls: sa.ColumnElement[bool]) -> None:
    over = {"done_at": tx.now, "done_by": PLATFORM, "record": record}
    tx.execute(_v.update().where(*calls, _v.c.done_at.is_(None)).values(**over))


def _open_visit(order: Order) -> tuple[sa.ColumnElement[bool], ...]:
    mine = _v.c.order_number == order.number, _v.c.department == (order.department or "")
    return *mine, _v.c.done_at.is_(None)


# -- people ----------------------------------------------------------------------------------------


def erase_words(tx: Transaction, number: str) -> None:
    """Forget what was written; that it was pressed, returned or visited stays."""
    tx.execute(_p.update().where(_p.c.order_number == number).values(note=""))
    tx.execute(_r.update().where(_r.c.order_number == number).values(reason="", ground=""))
    nothing = {"note": "", "met": "", "record": ""}
    tx.execute(_v.update().where(_v.c.order_number == number).values(**nothing))


def held_of(connection: sa.Connection, number: str) -> dict[str, Sequence[Any]]:
    """All three of an order, oldest first: for the copy a resident may ask for."""
    found = {"pressings": _p, "returns": _r, "on_site_visits": _v}
    return {name: connection.execute(_of(table, number)).all() for name, table in found.items()}


def _of(table: sa.Table, number: str) -> sa.Select[Any]:
    return sa.select(table).where(table.c.order_number == number).order_by(table.c.version)


def _words(order: Order, text: str) -> str:
    return "" if order.erased_at else text
