"""The states of a work order, and every way from one to another."""

from collections.abc import Mapping

PROPOSED = "proposed"
DISPATCHED = "dispatched"
SIGNED = "signed"
RETURN_REQUESTED = "return_requested"
COMPLETED = "completed"
CLOSED = "closed"
CANCELLED = "cancelled"
STATES = (PROPOSED, DISPATCHED, SIGNED, RETURN_REQUESTED, COMPLETED, CLOSED, CANCELLED)
HELD = (DISPATCHED, SIGNED, RETURN_REQUESTED)
"""A department is at work on it, its clocks run; also while its return is heard (B14)."""

_STAYS = {state: state for state in HELD}
_TAKEN = {DISPATCHED: SIGNED, SIGNED: SIGNED, RETURN_REQUESTED: RETURN_REQUESTED}
"""Who acts on an order has taken it, signature or not."""

TRANSITIONS: Mapping[str, Mapping[str, str]] = {
    "dispatch": {PROPOSED: DISPATCHED},
    "signed": {DISPATCHED: SIGNED},
    "sign_unsigned": {DISPATCHED: SIGNED},
    "contacted": _TAKEN,
    "progressed": _TAKEN,
    "return_requested": {DISPATCHED: RETURN_REQUESTED, SIGNED: RETURN_REQUESTED},
    "extension_requested": {DISPATCHED: SIGNED, SIGNED: SIGNED},
    "completed": dict.fromkeys(HELD, COMPLETED),
    "grant_return": {RETURN_REQUESTED: PROPOSED},
    "refuse_return": {RETURN_REQUESTED: SIGNED},
    "grant_extension": _STAYS,
    "refuse_extension": _STAYS,
    "press": _STAYS,
    "late": _STAYS,
    "send_back": {COMPLETED: SIGNED},
    "approve": {COMPLETED: COMPLETED},
    "close": {COMPLETED: CLOSED},
    "case_closed": dict.fromkeys((PROPOSED, *HELD, COMPLETED), CLOSED),
    "case_withdrawn": dict.fromkeys((PROPOSED, *HELD), CANCELLED) | {COMPLETED: CLOSED},
    "case_reopened": {COMPLETED: SIGNED, CLOSED: SIGNED},
    "case_rated": {state: state for state in STATES},
    "supersede": dict.fromkeys((PROPOSED, *HELD), CANCELLED),
    "person_corrected": {state: state for state in STATES},
    "person_erased": {state: state for state in STATES}
    | dict.fromkeys((PROPOSED, *HELD), CANCELLED),
}
"""verb -> state before -> state after. What is not here is refused."""
