"""The states of a case, and what leads from one to another: one table."""

from services.intake.reason import msgid

ACCEPTED = "accepted"
AWAITING = "awaiting_materials"
BACK_OFFICE = "in_back_office"
TRANSFERRED = "transferred"
IN_PUBLIC_NOTICE = "in_public_notice"
RESOLVED = "resolved"
CLOSED = "closed"
WITHDRAWN = "withdrawn"
REFUSED = "refused"

STATES: dict[str, tuple[str, str]] = {
    ACCEPTED: (msgid("已受理"), "Accepted"),
    AWAITING: (msgid("待补正"), "Waiting for materials"),
    BACK_OFFICE: (msgid("后台办理"), "In the back office"),
    TRANSFERRED: (msgid("已转办"), "Transferred"),
    IN_PUBLIC_NOTICE: (msgid("公示中"), "In public notice"),
    RESOLVED: (msgid("已办结"), "Resolved"),
    CLOSED: (msgid("已归档"), "Closed"),
    WITHDRAWN: (msgid("已撤回"), "Withdrawn"),
    REFUSED: (msgid("不予办理"), "Refused"),
}
"""state -> its name in Chinese and in English."""

OPEN_STATES = (ACCEPTED, AWAITING, BACK_OFFICE, TRANSFERRED, IN_PUBLIC_NOTICE, RESOLVED)
"""The owner is still answerable: until the case is closed, withdrawn or refused (N, B14)."""
WORKING_STATES = (ACCEPTED, BACK_OFFICE, TRANSFERRED, IN_PUBLIC_NOTICE)
"""The clock runs: not while the applicant fetches materials, nor once there is a result."""

ACTIONS = (
    "notice",
    "materials",
    "promise",
    "way",
    "back-office",
    "transfer",
    "publish",
    "objection",
    "resolve",
    "refuse",
    "rate",
    "reopen",
    "close",
    "withdraw",
    "need",
    "hand-over",
)
"""What people do. The rest of TRANSITIONS' actions follow from these, from timers and from facts
heard of other services."""

TRANSITIONS: dict[tuple[str, str], str] = {
    (ACCEPTED, "notice"): AWAITING,
    (AWAITING, "materials"): AWAITING,
    (AWAITING, "materials_complete"): ACCEPTED,
    (ACCEPTED, "promise"): ACCEPTED,
    (AWAITING, "promise"): ACCEPTED,
    **{(state, "promised_materials"): state for state in OPEN_STATES},
    **{(state, "promise_broken"): WITHDRAWN for state in OPEN_STATES},
    **{(state, "way"): state for state in (*WORKING_STATES, AWAITING)},
    (ACCEPTED, "back-office"): BACK_OFFICE,
    (ACCEPTED, "transfer"): TRANSFERRED,
    (BACK_OFFICE, "transfer"): TRANSFERRED,
    (ACCEPTED, "publish"): IN_PUBLIC_NOTICE,
    (BACK_OFFICE, "publish"): IN_PUBLIC_NOTICE,
    (IN_PUBLIC_NOTICE, "objection"): IN_PUBLIC_NOTICE,
    (IN_PUBLIC_NOTICE, "published_by_owner"): ACCEPTED,
    (IN_PUBLIC_NOTICE, "published_by_back_office"): BACK_OFFICE,
    (ACCEPTED, "resolve"): RESOLVED,
    (BACK_OFFICE, "resolve"): RESOLVED,
    (TRANSFERRED, "resolve"): RESOLVED,
    (ACCEPTED, "refuse"): REFUSED,
    (AWAITING, "refuse"): REFUSED,
    (BACK_OFFICE, "refuse"): REFUSED,
    (IN_PUBLIC_NOTICE, "refuse"): REFUSED,
    (TRANSFERRED, "order_answered"): RESOLVED,
    (TRANSFERRED, "answered_to_owner"): ACCEPTED,
    (ACCEPTED, "order_reopened"): TRANSFERRED,
    (RESOLVED, "order_reopened"): TRANSFERRED,
    (CLOSED, "order_reopened"): TRANSFERRED,
    (RESOLVED, "rate"): RESOLVED,
    (CLOSED, "rate"): CLOSED,
    (RESOLVED, "reopen"): ACCEPTED,
    (CLOSED, "reopen"): ACCEPTED,
    (RESOLVED, "close"): CLOSED,
    **{(state, "withdraw"): WITHDRAWN for state in (*WORKING_STATES, AWAITING)},
    **{(state, "need"): state for state in OPEN_STATES},
    **{(state, "hand-over"): state for state in OPEN_STATES},
}
"""(state, action) -> the state after it. What is not here is refused."""
