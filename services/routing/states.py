"""The states of a work order, and every way from one to another."""

from collections.abc import Mapping

PROPOSED = "proposed"
DISPATCHED = "dispatched"
SIGNED = "signed"
RETURN_REQUESTED = "return_requested"
ARBITRATION = "arbitration"
"""A named arbiter decides; the first department has it meanwhile (B12, B14)."""
IN_REVIEW = "in_review"
"""The reply waits for the unit's leader, who reads it before it goes out (N); its clocks stand."""
JOINT = "joint"
"""The lead's reply waits for the departments that assist."""
COMPLETED = "completed"
CLOSED = "closed"
CANCELLED = "cancelled"
STATES = (
    PROPOSED,
    DISPATCHED,
    SIGNED,
    RETURN_REQUESTED,
    ARBITRATION,
    IN_REVIEW,
    JOINT,
    COMPLETED,
    CLOSED,
    CANCELLED,
)
HELD = (DISPATCHED, SIGNED, RETURN_REQUESTED, ARBITRATION)
"""A department is at work on it, its clocks run; also while its return is heard (B14)."""
ANSWERABLE = (*HELD, IN_REVIEW)
"""Its department may still answer it, and answer better what its leader has not read."""
AT_WORK = (*ANSWERABLE, JOINT)
"""A department has it, whether its clock runs or not."""
OPEN = (PROPOSED, *AT_WORK)
"""Somebody still has to do something."""
ENDED = (COMPLETED, CLOSED, CANCELLED)
"""Nothing is asked for now."""


def _same(*states: str) -> dict[str, str]:
    return {state: state for state in states}


_ANY = _same(*STATES)
_STAYS = _same(*HELD)
_TAKEN = _same(*ANSWERABLE) | {DISPATCHED: SIGNED}
"""Who acts on an order has taken it, signature or not."""

TRANSITIONS: Mapping[str, Mapping[str, str]] = {
    # finding the department
    "dispatch": {PROPOSED: DISPATCHED},
    "open_arbitration": {PROPOSED: ARBITRATION},
    # the department's six answers, and where its reply may wait
    "signed": {DISPATCHED: SIGNED},
    "contacted": _TAKEN,
    "progressed": _TAKEN,
    "return_requested": {DISPATCHED: RETURN_REQUESTED, SIGNED: RETURN_REQUESTED},
    "extension_requested": {DISPATCHED: SIGNED, SIGNED: SIGNED},
    "completed": dict.fromkeys(ANSWERABLE, COMPLETED),
    "review_asked": dict.fromkeys(ANSWERABLE, IN_REVIEW),
    "assists_awaited": dict.fromkeys(ANSWERABLE, JOINT),
    "assists_done": {JOINT: COMPLETED},
    # the unit's leader and the supervisor
    "grant_return": {RETURN_REQUESTED: PROPOSED},
    "refuse_return": {RETURN_REQUESTED: SIGNED},
    "arbitrate": {ARBITRATION: PROPOSED},
    "grant_extension": _STAYS,
    "refuse_extension": _STAYS,
    "pause": _STAYS,
    "resume": _STAYS,
    "assist": _same(*AT_WORK),
    "press": _same(*AT_WORK),
    "send_back": {COMPLETED: SIGNED, IN_REVIEW: SIGNED, JOINT: SIGNED},
    "approve": {COMPLETED: COMPLETED, IN_REVIEW: COMPLETED},
    "close": {COMPLETED: CLOSED},
    # pressing: what its ladder does to an order
    "escalate": _same(*OPEN, COMPLETED),
    "on_site": _same(*AT_WORK, COMPLETED),
    "on_site_done": _same(*AT_WORK, COMPLETED, CLOSED),
    # what time does
    "sign_unsigned": {DISPATCHED: SIGNED},
    "due_soon": _STAYS,
    "late": _STAYS,
    "arbitrate_late": {ARBITRATION: PROPOSED},
    "recount": _STAYS,
    # what happened to the case, and what the resident said
    "case_closed": dict.fromkeys((*OPEN, COMPLETED), CLOSED),
    "case_withdrawn": dict.fromkeys(OPEN, CANCELLED) | {COMPLETED: CLOSED},
    "case_reopened": {COMPLETED: SIGNED, CLOSED: SIGNED},
    "case_rated": _ANY,
    "followed_up": _ANY,
    "dissatisfied": {COMPLETED: SIGNED, CLOSED: SIGNED},
    "supersede": dict.fromkeys(OPEN, CANCELLED),
    "assist_dropped": dict.fromkeys(OPEN, CANCELLED) | {COMPLETED: CLOSED},
    # the applicant
    "person_corrected": _ANY,
    "owner_changed": _ANY,
    "person_erased": _ANY | dict.fromkeys(OPEN, CANCELLED),
}
"""verb -> state before -> state after. What is not here is refused."""
