"""What becomes of one matter at the desk or with partners, told step by step.

A story is a generator: a straight line of steps and the time between them. It does a step through
the API, then yields how long it is until the next one; what would come after the present is never
done, and so the matter is left in hand.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from tools.client import Baitong, Person, Refused
from tools.demo import people
from tools.demo.proportions import CHANNELS, COMMENTS, GRADES, URGENCIES, Matter, draw

Story = Iterator[timedelta]
LONGEST_WAIT = 60.0
"""Seconds, for what the platform does at once."""


@dataclass
class Teller:
    """What a story is told with."""

    baitong: Baitong
    dice: Random
    departments: frozenset[str]

    def minutes(self, least: float, most: float) -> timedelta:
        """Some minutes."""
        return timedelta(minutes=self.dice.uniform(least, most))

    def hours(self, least: float, most: float) -> timedelta:
        """Some hours."""
        return timedelta(hours=self.dice.uniform(least, most))

    def chance(self, share: float) -> bool:
        """True so often."""
        return self.dice.random() < share

    def accept(self, desk: Person, matter: Matter) -> str:
        """A receipt; returns its number."""
        case = desk.accept(
            matter["title"],
            description=matter["description"],
            kind=matter["kind"],
            applicant=people.applicant(self.dice),
            location=matter.get("location") or people.place(self.dice),
            channel=draw(self.dice, CHANNELS),
            urgency=matter.get("urgency") or draw(self.dice, URGENCIES),
        )
        return str(case["number"])

    def rate(self, desk: Person, number: str, grade: int | None = None) -> int:
        """The resident's grade, told to the desk on the telephone (回访)."""
        given = grade or draw(self.dice, GRADES)
        desk.act(number, "rate", grade=given, comment=self.dice.choice(COMMENTS[given]))
        return given

    def order(self, desk: Person, case: str) -> str:
        """The case's newest order, once routing has it."""
        orders = wait(lambda: desk.orders_of(case))
        return str(max(order["number"] for order in orders))

    def resolved(self, desk: Person, number: str) -> None:
        """Wait until intake has heard the answer."""
        wait(lambda: desk.case(number)["state"] == "resolved")


def wait(ask: Callable[[], Any], longest: float = LONGEST_WAIT) -> Any:
    """What `ask` gives once it is something.

    Raises:
        TimeoutError: nothing came.
    """
    end = time.monotonic() + longest
    while not (found := ask()):
        if time.monotonic() > end:
            raise TimeoutError("the platform has not passed on an event; is a service down?")
        time.sleep(0.02)
    return found


# -- at the desk ----------------------------------------------------------------------------------


def answered_at_once(tell: Teller, desk: Person, matter: Matter) -> Story:
    """A question, a thank-you: answered while the resident sits there."""
    number = tell.accept(desk, matter)
    yield tell.minutes(2, 12)
    desk.act(number, "resolve", result=matter["result"])
    yield from rated_and_closed(tell, desk, number)


def rated_and_closed(tell: Teller, desk: Person, number: str) -> Story:
    """Most rate; all are archived."""
    yield tell.hours(0.2, 30)
    if tell.chance(0.8):
        tell.rate(desk, number)
    yield tell.hours(1, 40)
    desk.act(number, "close")


def application(tell: Teller, desk: Person, item: dict[str, Any], plot: str = "") -> Story:
    """An item of the catalogue; some bring everything, some hear once what is missing (A36).

    What asks for a public notice is told up to it: the notice lasts days, and ends by itself.
    """
    required = [material["name"] for material in item["materials"] if material["required"]]
    lacks = plot == "noticed" or (plot != "published" and tell.chance(0.4))
    missing = required[-1:] if lacks else []
    brought = [name for name in required if name not in missing]
    case = desk.accept(item=item["code"], applicant=people.applicant(tell.dice), materials=brought)
    number = str(case["number"])
    if case["missing"]:
        yield tell.minutes(3, 8)
        desk.act(number, "notice")
        if plot == "noticed":
            return
        yield tell.hours(4, 110)
        desk.act(number, "materials", received=missing)
    yield tell.minutes(3, 9)
    if plot == "published":
        desk.act(number, "publish")
        return
    if plot == "back office" or item["handled_at"] != "desk" or tell.chance(0.3):
        desk.act(number, "back-office", note="材料已齐，请核对后办理")
        if plot == "back office":
            return
        yield tell.hours(2, 70)
    desk.act(number, "resolve", result=f"“{item['name']}”已办好，结果已告知本人。")
    yield from rated_and_closed(tell, desk, number)


def withdrawn(tell: Teller, desk: Person, matter: Matter) -> Story:
    """It solved itself."""
    number = tell.accept(desk, matter)
    yield tell.hours(1, 20)
    desk.act(number, "withdraw", reason="居民来电说已自行协商解决，不再反映")


def certificate(tell: Teller, desk: Person, title: str) -> Story:
    """A certificate that communities must not issue: refused in writing, with where to go."""
    try:
        desk.accept(title, kind="application", applicant=people.applicant(tell.dice))
    except Refused as refused:
        if not refused.problem.get("type", "").endswith(":not-issued"):
            raise
    return
    yield


# -- with partners --------------------------------------------------------------------------------


def need(tell: Teller, desk: Person, matter: Matter, until: str = "confirmed") -> Story:
    """A need of a case: offered to partners, taken, met, confirmed, thanked with points."""
    number = tell.accept(desk, matter)
    yield tell.minutes(2, 10)
    desk.act(number, "need", **matter["need"])
    raised = f"{number}-n1"
    wait(lambda: [one for one in desk.needs(case=number) if one["state"] != "raised"])
    if until == "cancelled":
        yield tell.hours(1, 5)
        desk.act(number, "withdraw", reason="家属已经回来，不用麻烦大家了")
    partner = tell.baitong.person("partner")
    mine = [one["number"] for one in partner.needs(state="offered", case=number)]
    if until in ("offered", "cancelled") or raised not in mine:
        return
    yield tell.hours(0.3, 6)
    partner.need(raised, "accept")
    if until == "accepted":
        return
    yield tell.hours(2, 30)
    partner.need(raised, "fulfil", note="已上门，事情办好了")
    if until == "fulfilled":
        return
    yield tell.hours(0.5, 20)
    desk.need(raised, "confirm", note="电话回访，居民很满意")
    desk.act(number, "resolve", result=matter["result"])
    yield from rated_and_closed(tell, desk, number)


def reward(tell: Teller, _desk: Person, ending: str) -> Story:
    """Points are spent: a voucher that waits, is handed over, or is given back."""
    partner = tell.baitong.person("partner")
    balance = partner.get(f"/api/partners/passbooks/{partner.user['partner']}")["balance"]
    buyable = [one for one in partner.listed("/api/partners/rewards") if one["price"] <= balance]
    if not buyable:
        return
    chosen = min(buyable, key=lambda one: str(one["price"]) + str(one["code"]))
    voucher = partner.post(f"/api/partners/rewards/{chosen['code']}/redeem", {})["voucher"]
    yield tell.hours(3, 30)
    if ending == "handed over":
        tell.baitong.person("admin").post(f"/api/partners/redemptions/{voucher}/hand-over", {})
    elif ending == "cancelled":
        partner.post(f"/api/partners/redemptions/{voucher}/cancel", {})
