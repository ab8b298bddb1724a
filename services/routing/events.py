"""From what happened to an order to what is published: one function each."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.routing import models
from services.routing.channels import handlers as channels
from services.routing.clocks import lamps_of
from services.routing.order import Order
from services.routing.pressing.ladder import Called
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


def pressed(tx: Transaction, order: Order, called: Called, note: str, by: str) -> None:
    """A supervisor presses for it, at a level of pressing."""
    _say(tx, contracts.pressed, order, by, note=note, **_called(called))


def escalated(
    tx: Transaction, order: Order, called: Called, why: str, *, note: str, by: str
) -> None:
    """It is pressed by a rule, or rose by hand; to the department that answers for it."""
    named = _named(tx, order.answerable or "")
    _say(tx, contracts.escalated, order, by, why=why, note=note, **_called(called), **named)


def on_site_called(tx: Transaction, order: Order, leader: str, note: str, by: str) -> None:
    """The unit's leader is called to the spot (3-18)."""
    _say(tx, contracts.on_site_called, order, by, leader=leader, note=note)


def reopened(tx: Transaction, order: Order, note: str, by: str) -> None:
    """It goes on: the answer did not solve it."""
    _say(tx, contracts.reopened, order, by, due_by=_iso(order.due_by), note=note)


def closed(tx: Transaction, order: Order, note: str, by: str) -> None:
    """Nothing more is asked. An order that never had a department has nobody to tell."""
    if order.department is not None:
        _say(tx, contracts.closed, order, by, note=note)


def cancelled(tx: Transaction, order: Order, note: str, by: str) -> None:
    """Stop. An order that never had a department has nobody to tell."""
    if order.department is not None:
        _say(tx, contracts.cancelled, order, by, note=note)


def completed(tx: Transaction, order: Order, by: str) -> None:
    """The reply goes out to the resident."""
    _say(tx, contracts.completed, order, by, result=order.result)


def review_asked(tx: Transaction, order: Order, by: str) -> None:
    """The reply waits for the unit's leader, who reads it before it goes out (N)."""
    _say(tx, contracts.review_asked, order, by)


def paused(tx: Transaction, order: Order, note: str, by: str) -> None:
    """The finish clock stands still, for a named reason and until when at most."""
    why = order.pause or {}
    _say(
        tx,
        contracts.paused,
        order,
        by,
        reason=why["reason"],
        reason_name=why["name"],
        until=_iso(datetime.fromisoformat(why["until"])),
        note=note,
    )


def resumed(tx: Transaction, order: Order, note: str, by: str) -> None:
    """The finish clock goes on, to a new deadline."""
    _say(tx, contracts.resumed, order, by, due_by=_iso(order.due_by), note=note)


def assist_added(tx: Transaction, order: Order, helping: Order, by: str) -> None:
    """To the lead: another department assists."""
    named = _named(tx, helping.department or "")
    _say(
        tx,
        contracts.assist_added,
        order,
        by,
        assist=helping.number,
        assist_department=named["department"],
        assist_department_name=named["department_name"],
    )


def arbitration_opened(tx: Transaction, order: Order) -> None:
    """To the first department: an arbiter decides, meanwhile it answers for the order."""
    dispute = order.arbitration or {}
    _say(
        tx,
        contracts.arbitration_opened,
        order,
        PLATFORM,
        arbiter=dispute["arbiter"],
        fallback=dispute["fallback"],
        hops=dispute["hops"],
    )


def due_soon(tx: Transaction, order: Order, clock: str, due_by: Any) -> None:
    """A clock turned yellow: most of its time is used up."""
    _say(tx, contracts.due_soon, order, PLATFORM, clock=clock, due_by=_iso(due_by))


def late(tx: Transaction, order: Order, clock: str, due_by: Any) -> None:
    """A clock ran out; the order was raised."""
    _say(tx, contracts.late, order, PLATFORM, clock=clock, due_by=_iso(due_by))


def person_corrected(tx: Transaction, order: Order) -> None:
    """To its department: whom to speak with now, for it was told otherwise (PIPL 46)."""
    applicant = {"name": order.applicant_name, "phone": order.applicant_phone}
    _emit(tx, contracts.person_corrected, order, PLATFORM, applicant=applicant)


def followed_up(tx: Transaction, order: Order, said: Mapping[str, Any], by: str) -> None:
    """What the resident said afterwards: contacted, solved, grade, and by which channel."""
    _say(tx, contracts.followed_up, order, by, **said)


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
    _publish(tx, contracts.reply_rejected, data, subject=reply_id)


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
        "role": order.role,
        "lead": order.lead,
        "lamps": _lamps(tx, order),
    }
    data |= _named(tx, order.department or "") if "department" not in more else {}
    _publish(tx, contract, data | more, subject=order.number, version=order.version)


def _publish(
    tx: Transaction, contract: Contract, data: dict[str, Any], *, subject: str, version: int = 0
) -> None:
    """Say it on the bus and, where a department is to hear it, by the department's own channel."""
    event = emit(tx, models.bus, contract, data, subject=subject, version=version)
    if contract.to_department:
        channels.send(tx, event, data["department"])


def _lamps(tx: Transaction, order: Order) -> dict[str, str]:
    lamps = lamps_of(order, tx.now)
    return {"contact": lamps.contact.level, "finish": lamps.finish.level}


def _called(called: Called) -> dict[str, Any]:
    return {
        "level": called.level,
        "level_name": called.name,
        "to": called.to,
        "on_duty": called.on_duty,
    }


def _named(tx: Transaction, department: str) -> dict[str, str]:
    return {"department": department, "department_name": tx.district.departments[department].short}


def _iso(moment: Any) -> str:
    """With the district's own offset: departments read these times."""
    return str(local(moment).isoformat())
