"""From what happened to an order to what is published: one function each."""

import re
from typing import Any

from services.routing import models
from services.routing.order import Order
from shared.bus.outbox import emit
from shared.clock import local
from shared.contracts import Contract
from shared.contracts import routing as contracts
from shared.db import Transaction
from shared.mask import mask_id, mask_name, mask_phone, mask_text

_IDENTITY = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")
PLATFORM = "系统"
"""Who acted, where no person did."""
RESIDENT = "居民"
"""Who acted, where it was the applicant: their name is nobody's business there."""
WORDS = ("note", "reason", "legal_ground")
"""What people write; of the applicant it tells others than the department no name or number."""


def proposed(tx: Transaction, order: Order) -> None:
    """It waits for a person to confirm its department."""
    data = {
        "number": order.number,
        "case_number": order.case_number,
        "state": order.state,
        "suggestions": order.suggestions,
    }
    emit(tx, models.bus, contracts.proposed, data, subject=order.number, version=order.version)


def dispatched(tx: Transaction, order: Order, by: str) -> None:
    """The order, whole: all that the department needs to begin."""
    _emit(
        tx,
        contracts.dispatched,
        order,
        by,
        role=order.role,
        title=order.title,
        description=order.description,
        kind=order.kind,
        urgency=order.urgency,
        community={"code": order.community_code, "name": order.community_name},
        location=order.location,
        applicant={"name": order.applicant_name, "phone": order.applicant_phone},
        dispatched_at=_iso(order.dispatched_at),
        contact_by=_iso(order.contact_by),
        due_by=_iso(order.due_by),
        reasons=order.reasons,
    )


def answered(tx: Transaction, order: Order, verb: str, reply: dict[str, Any]) -> None:
    """One of the department's six answers was applied."""
    contract, data = _ANSWERS[verb](reply)
    _say(tx, contract, order, reply["officer"], **data)


_ANSWERS: dict[str, Any] = {
    "signed": lambda reply: (contracts.signed, {"note": reply["note"]}),
    "contacted": lambda reply: (contracts.contacted, {"note": reply["note"]}),
    "progressed": lambda reply: (contracts.progressed, {"note": reply["note"]}),
    "return_requested": lambda reply: (
        contracts.return_requested,
        {name: reply[name] for name in ("reason", "legal_ground", "proposed_department")},
    ),
    "extension_requested": lambda reply: (
        contracts.extension_requested,
        {"note": f"{reply['reason']}（{reply['approved_by']}批准）"},
    ),
    "completed": lambda reply: (contracts.completed, {"result": reply["result"]}),
}


def signed(tx: Transaction, order: Order) -> None:
    """Nobody signed in time: it counts as signed (A50)."""
    _say(tx, contracts.signed, order, PLATFORM, note="逾期未退单，视为签收")


def returned(tx: Transaction, order: Order, department: str, note: str, by: str) -> None:
    """To the department that gave it back: the return was granted."""
    _say(tx, contracts.returned, order, by, state="returned", note=note, **_named(tx, department))


def return_refused(tx: Transaction, order: Order, note: str, by: str) -> None:
    """The order stays where it is."""
    _say(tx, contracts.return_refused, order, by, note=note)


def extended(tx: Transaction, order: Order, note: str, by: str) -> None:
    """The deadline moved."""
    _say(tx, contracts.extended, order, by, due_by=_iso(order.due_by), note=note)


def extension_refused(tx: Transaction, order: Order, note: str, by: str) -> None:
    """The deadline stays."""
    _say(tx, contracts.extension_refused, order, by, note=note)


def pressed(tx: Transaction, order: Order, note: str, by: str) -> None:
    """A supervisor presses for it."""
    _say(tx, contracts.pressed, order, by, note=note)


def reopened(tx: Transaction, order: Order, note: str, by: str) -> None:
    """It goes on: the answer did not solve it."""
    _say(tx, contracts.reopened, order, by, note=note)


def closed(tx: Transaction, order: Order, note: str, by: str) -> None:
    """Nothing more is asked. An order that never had a department has nobody to tell."""
    if order.department is not None:
        _say(tx, contracts.closed, order, by, note=note)


def cancelled(tx: Transaction, order: Order, note: str, by: str) -> None:
    """Stop. An order that never had a department has nobody to tell."""
    if order.department is not None:
        _say(tx, contracts.cancelled, order, by, note=note)


def late(tx: Transaction, order: Order, clock: str, due_by: Any) -> None:
    """A clock ran out; the order was raised."""
    _say(tx, contracts.late, order, PLATFORM, clock=clock, due_by=_iso(due_by))


def reply_rejected(
    tx: Transaction,
    department: str,
    *,
    reply_id: str,
    reason: str,
    errors: dict[str, Any],
    original: str,
) -> None:
    """To the department: its reply changed nothing, and why."""
    data = {
        "department": department,
        "reply_id": reply_id,
        "reason": reason[:1000],
        "errors": errors,
        "original": original,
    }
    emit(tx, models.bus, contracts.reply_rejected, data, subject=reply_id)


def _say(tx: Transaction, contract: Contract, order: Order, by: str, **more: Any) -> None:
    """Say it without the applicant: who needs them has them from ``order.dispatched``."""
    said = {name: mask_text(more[name], order.applicant_name) for name in WORDS if name in more}
    if "result" in more:
        said["result"] = _for_the_resident(order, more["result"])
    _emit(tx, contract, order, by, **more | said)


def _for_the_resident(order: Order, result: str) -> str:
    """The answer without its reader's own data; whom to call about it must stay readable."""
    text = result.replace(order.applicant_name or "\0", mask_name(order.applicant_name))
    text = text.replace(order.applicant_phone or "\0", mask_phone(order.applicant_phone))
    return _IDENTITY.sub(lambda found: mask_id(found.group()), text)


def _emit(tx: Transaction, contract: Contract, order: Order, by: str, **more: Any) -> None:
    data = {
        "number": order.number,
        "case_number": order.case_number,
        "state": order.state,
        "by": by or PLATFORM,
    }
    data |= _named(tx, order.department or "") if "department" not in more else {}
    emit(tx, models.bus, contract, data | more, subject=order.number, version=order.version)


def _named(tx: Transaction, department: str) -> dict[str, str]:
    return {"department": department, "department_name": tx.district.departments[department].short}


def _iso(moment: Any) -> str:
    """With the district's own offset: departments read these times."""
    return str(local(moment).isoformat())
