"""What happens to hotline orders: one function each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.intake import handlers, store
from services.intake.case import Case, Officer
from services.intake.hotline import again
from services.intake.hotline.order import TAKEN_IN, Order, acceptance, number_of, read
from services.intake.hotline.pack import Hotline, hotline_of
from services.intake.models import history, hotline
from services.intake.reason import Reason, Rejected, msgid
from services.intake.rosters import duty
from shared.db import Transaction

ACCEPTED, KNOWN, BAD, WAITING = "accepted", "known", "bad", "waiting"
"""What becomes of an order that is brought: a case, known already, not taken; not looked at yet."""
CORRECTED = "person.corrected"
"""The line of the timeline; its `fields` are what was put right, of old ones unknown."""

NEWS_AFTER_THE_END = Reason(
    "number",
    msgid("办件已经结束，12345 又发来了新内容"),
    msgid("新内容已记入办件，请核实是否重办；已撤回或不予办理的，请另行受理"),
)
"""Nobody has the case in hand any more, and it is not reopened by itself."""
OUR_FAULT = Reason(
    "row", msgid("系统出错，这一行没有办成"), msgid("请联系系统管理员查看日志，处理后再导入一次")
)


@dataclass(frozen=True)
class Taken:
    """What became of one order; `case_number` also of one that was known.

    `reasons`: why it was not taken; of a known one, what whoever brings it has to look at.
    """

    state: str
    number: str = ""
    case_number: str = ""
    reasons: tuple[Reason, ...] = ()
    community: str = ""


def officers(tx: Transaction, communities: Sequence[str]) -> dict[str, Officer]:
    """Who answers now, by community; those with nobody are left out."""
    found = {}
    for community in communities:
        try:
            found[community] = duty.officer_for(tx, community, tx.now)
        except Rejected:
            continue  # said again, with its reason, for each order of that community
    return found


def take_in(
    tx: Transaction,
    given: Mapping[str, Any],
    *,
    known_officers: Mapping[str, Officer] | None = None,
    import_id: str = "",
) -> Taken:
    """One order: a case the first time, known ever after; what changed is told to its case.

    Everything is checked before anything is written, so a bad one takes nothing with it.

    Args:
        tx: the transaction.
        given: field -> cell.
        known_officers: who answers, by community, where many orders come at once.
        import_id: of the spreadsheet, if it came in one.
    """
    number = number_of(given)
    before = tx.row(hotline.orders, number) if number else None
    if before is not None:
        case = _tell(tx, given, before)
        ended = case is not None and not case.open
        return Taken(KNOWN, number, before["case_number"], (NEWS_AFTER_THE_END,) if ended else ())
    order = read(given, _pack(tx), tx.district)
    if isinstance(order, list):
        return Taken(BAD, number, reasons=tuple(order))
    try:
        case = _accepted(tx, order, known_officers or {})
    except Rejected as rejected:
        return Taken(BAD, number, reasons=rejected.reasons)
    tx.insert(hotline.orders, **_row(tx, order, case, import_id))
    return Taken(ACCEPTED, number, case.number, community=case.community)


def take_row(
    tx: Transaction,
    row_id: str,
    numbers: Sequence[str],
    known_officers: Mapping[str, Officer],
) -> str:
    """One row of an import; whoever comes second finds it done. Returns what became of it.

    `numbers` are the orders of the rows that are worked off together: they are looked up at once.
    """
    tx.expect(hotline.orders, numbers)
    row = tx.row(hotline.rows, row_id)
    if row is None or row["state"] != WAITING:
        return ""
    taken = take_in(tx, row["given"], known_officers=known_officers, import_id=row["import_id"])
    return _done(tx, row, taken)


def refuse_row(tx: Transaction, row_id: str, reason: Reason) -> str:
    """A row that cannot be worked off at all; returns what became of it."""
    row = tx.row(hotline.rows, row_id)
    if row is None or row["state"] != WAITING:
        return ""
    return _done(tx, row, Taken(BAD, number_of(row["given"]), reasons=(reason,)))


def _done(tx: Transaction, row: Mapping[Any, Any], taken: Taken) -> str:
    changes = {
        "version": row["version"] + 1,
        "state": taken.state,
        "order_number": taken.number,
        "case_number": taken.case_number,
        "given": None,  # the case has it now, and what is bad is corrected where it came from
        "reasons": [[r.field, r.text, r.remedy, dict(r.values)] for r in taken.reasons] or None,
    }
    tx.change(hotline.rows, row["id"], row["version"], changes)
    return taken.state


def _tell(tx: Transaction, given: Mapping[str, Any], order: Mapping[Any, Any]) -> Case | None:
    """What a known order says otherwise than last is a line of its case's timeline.

    Returns the case that was told something.
    """
    case = store.load(tx, order["case_number"])
    if case.erased_at is not None:  # who was forgotten is not written down anew
        return None
    lines = _lines(tx, case.number)
    before = again.first_said(order, case) | again.since_said(lines[again.ACTION])
    changed = again.differences(given, _pack(tx), before)
    if any("phone" in one.get("fields", ("phone",)) for one in lines[CORRECTED]):
        changed.pop("phone", None)  # the officer knows it better
    if not changed:
        return None
    said = again.line(changed)
    return store.save(tx, case, case, who=TAKEN_IN.name, action=again.ACTION, data=said)


def _lines(tx: Transaction, number: str) -> dict[str, list[Any]]:
    """Action -> what its lines of the timeline say, oldest first, of those that matter here."""
    found: dict[str, list[Any]] = {again.ACTION: [], CORRECTED: []}
    asked = sa.select(history.c.action, history.c.data).where(
        history.c.case_number == number, history.c.action.in_(found)
    )
    for row in tx.look(asked.order_by(history.c.seq), history):
        found[row.action].append(row.data)
    return found


def _accepted(tx: Transaction, order: Order, known: Mapping[str, Officer]) -> Case:
    owner = known.get(order.community) or duty.officer_for(tx, order.community, tx.now)
    outcome = handlers.accept_case(tx, acceptance(order, owner, tx.district))
    if outcome.case is None:
        raise LookupError(f"{order.number}: accept_case refused what it was told not to refuse")
    return outcome.case


def _pack(tx: Transaction) -> Hotline:
    return hotline_of(tx.district)


def _row(tx: Transaction, order: Order, case: Case, import_id: str) -> dict[str, Any]:
    return {
        "number": order.number,
        "version": 1,
        "case_number": case.number,
        "community": case.community,
        "received_at": order.received_at,
        "deadline": order.deadline,
        "return_requested": order.return_requested,
        "secret": order.secret,
        "import_id": import_id,
        "taken_at": tx.now,
        "answered": 0,
        "answered_at": None,
        "settled": False,
    }
