"""The ladder of pressing 督办: what an occasion sets going, from the district's steps (3-17, 3-23).

Plain arithmetic: which steps, to which level, who is on duty there that day, and when what waits is
due. What then happens to the order is in ``handlers``.
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime

from services.routing.limits import Limit
from services.routing.order_fields import STEP
from services.routing.supervision_values import Step, Supervision
from shared.clock import local
from shared.workdays import Hours, WorkCalendar

BY_HAND = "by_hand"
"""Why an order was pressed, where no rule did it."""
UNDISPATCHED = "undispatched"
"""It waits for a person to name its department."""
LATE = {"contact_late": "contact", "finish_late": "finish"}
"""Occasion -> the clock that ran out; what waits counts from that clock's deadline."""
WHY = {
    "contact_late": "逾期未联系居民",
    "finish_late": "逾期未办结",
    "undispatched": "待派单超时",
    "unsigned": "逾期未签收",
    "bounced": "多次退单",
    "dissatisfied": "居民不满意",
    "repeated": "重复反映",
    "arbitrated_late": "逾期未裁定",
    "difficult": "疑难事项",
    BY_HAND: "人工督办",
}
"""Why, as the order's history says it."""
DIFFICULT = "difficult"
"""Pressed from its dispatch on, for its urgency's track says so (提级办, 1-23)."""


@dataclass(frozen=True)
class Called:
    """A level of pressing on one day. ``on_duty`` is empty where the pack names nobody."""

    level: int
    name: str
    to: str
    on_duty: str


def waits_too_long(taken: Container[str], rule: Supervision) -> bool:
    """Whether a step was taken because nobody dispatched it in time."""
    return any(one.when == UNDISPATCHED and timer_of(one) in taken for one in rule.steps)


def steps_of(when: str, times: int, rule: Supervision) -> tuple[Step, ...]:
    """The steps that answer to an occasion which came so often, in the pack's order."""
    return tuple(one for one in rule.steps if one.when == when and one.times <= times)


def step_named(code: str, rule: Supervision) -> Step | None:
    """A step by its code; None where the pack has it no more."""
    return next((one for one in rule.steps if one.code == code), None)


def timer_of(step: Step) -> str:
    """The name of the timer, and of the mark that the step was taken."""
    return f"{STEP}{step.code}"


def level_after(step: Step, level: int, rule: Supervision) -> int:
    """The level an order at ``level`` is pressed at by this step; 0 where it presses nobody.

    It is never lowered, and not raised above the district's highest.
    """
    if not step.level and not step.raises:
        return 0
    return min(max(level + step.raises, step.level, 1), max(*rule.levels, level))


def usual_level(level: int, rule: Supervision) -> int:
    """The level for pressing by hand where none is named: the order's own, at least the first."""
    return min(max(level, 1), max(rule.levels))


def called(level: int, at: datetime, rule: Supervision) -> Called:
    """Whom a level means at a moment: who is on duty on that local day."""
    of = rule.levels[min(level, max(rule.levels))]
    person = of.on_duty(local(at).date())
    return Called(of.level, of.name, of.to, person.name if person else "")


def due_at(step: Step, since: datetime, calendar: WorkCalendar, service: Hours) -> datetime:
    """When a step that waits is due, counted from its occasion.

    Raises:
        ValueError: the step does not wait.
    """
    if step.after is None:
        raise ValueError(f"step {step.code} does not wait: it has no `after`")
    return Limit.from_data(step.after).end(since, calendar, service)


def waiting(when: str, times: int, taken: Container[str], rule: Supervision) -> tuple[Step, ...]:
    """The steps of an occasion that wait, without those taken already."""
    found = steps_of(when, times, rule)
    return tuple(one for one in found if one.after is not None and timer_of(one) not in taken)
