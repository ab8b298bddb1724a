"""The supervisor asks residents about departments' answers 回访, and writes down what they say."""

from typing import Any

from tools.demo.proportions import COMMENTS, FOLLOW_UP_CHANNELS, GRADES, draw
from tools.demo.stories import Teller

FOLLOW_UPS = "/api/routing/follow-ups"
LEAST_SATISFIED = 3
NOT_COUNTED = {
    "not reached": ("unreachable", "三天里在不同时段打了三次，均无人接听"),
    "wrong number": ("wrong_number", "号码已是别人在用，接电话的人说不认识申请人"),
}
"""plot -> why the follow-up should not count. Another person decides; the pack has one supervisor,
so what is asked for stays to be reviewed."""


def grade(tell: Teller, *, satisfied: bool) -> int:
    """One of the district's grades, as often as residents give it."""
    wanted = {one: n for one, n in GRADES.items() if (one >= LEAST_SATISFIED) == satisfied}
    return draw(tell.dice, wanted)


def recorded(tell: Teller, order: str, given: int) -> None:
    """The resident was reached. A dissatisfied one reopens the order (N, 3-24)."""
    satisfied = given >= LEAST_SATISFIED
    said = {
        "channel": draw(tell.dice, FOLLOW_UP_CHANNELS),
        "contacted": tell.chance(0.97 if satisfied else 0.8),
        "solved": satisfied,
        "grade": given,
        "words": tell.dice.choice(COMMENTS[given]),
    }
    supervisor = tell.baitong.person("supervisor")
    supervisor.post(f"{FOLLOW_UPS}/{_open_of(tell, order)}/record", said)


def not_counted(tell: Teller, order: str, plot: str) -> None:
    """The resident was not reached: asked not to be counted, for a reason of the district."""
    reason, note = NOT_COUNTED[plot]
    asked = {"reason": reason, "note": note}
    supervisor = tell.baitong.person("supervisor")
    supervisor.post(f"{FOLLOW_UPS}/{_open_of(tell, order)}/exclude", asked)


def _open_of(tell: Teller, order: str) -> str:
    supervisor = tell.baitong.person("supervisor")
    found: dict[str, Any] = supervisor.get(FOLLOW_UPS, order=order, state="open")
    return str(found["items"][0]["number"])
