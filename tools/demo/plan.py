"""Which stories a month has: the published proportions, and each state at least once."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import cycle
from random import Random

from shared.clock import local
from tools.client import Baitong, Person
from tools.demo import stories
from tools.demo.month import Month
from tools.demo.proportions import APPLICATIONS, KINDS, Matters, draw
from tools.demo.stories import Teller

DAYS = 30
PLOTS: Mapping[str, float] = {
    "straight": 68,
    "proposed": 7,
    "pressed": 4,
    "extension granted": 5,
    "extension refused": 2,
    "return granted": 4,
    "return refused": 2,
    "reopened": 4,
    "called late": 2,
    "late": 2,
}
"""How often a transferred matter goes otherwise than straight; finished late: 淮北 2018, 4.3 %."""
HOURS_AGO: Mapping[str, tuple[float, float]] = {
    "in hand": (20, 90),
    "late": (200, 230),
    "unsigned": (0.3, 0.9),
    "undecided": (0.3, 6),
    "return pending": (3.5, 8),
    "extension pending": (52, 80),
    "reopened in hand": (130, 160),
    "unrated": (110, 130),
}
"""plot -> how long ago it began, so that today finds it in that state."""
DUE_SOON = (143.0, 160.0)
"""Hours ago of an order whose five working days are used up by four fifths today."""
CERTIFICATES = (
    "开一张亲属关系证明",
    "开居住证明用的无犯罪记录证明",
    "单身证明怎么开",
    "开健在证明",
    "证件遗失证明",
)
NEEDS = ("confirmed", "confirmed", "fulfilled", "accepted", "offered", "cancelled", "confirmed")
OPENS, CLOSES = 8, 18


def plan(baitong: Baitong, desks: list[Person], tell: Teller, cases: int) -> Month:
    """The month that ends now."""
    planner = _Planner(baitong, desks, tell)
    planner.every_state()
    planner.certificates()
    while len(planner.month) < cases:
        planner.one_more()
    return planner.month


class _Planner:
    def __init__(self, baitong: Baitong, desks: list[Person], tell: Teller) -> None:
        self.month = Month()
        self._desks = desks
        self._tell = tell
        self._dice = tell.dice
        self._now = datetime.now(UTC)
        self._matters = Matters(tell.dice)
        self._items = _items(baitong)

    def every_state(self) -> None:
        """What today must show, each at the moment that leads to it."""
        for plot, span in HOURS_AGO.items():
            for _ in range(3):
                self._complaint(plot, self._ago(*span))
        for _ in range(4):
            self._complaint("in hand", self._ago(*DUE_SOON))
        home = next(desk for desk in self._desks if desk.username == "desk")
        needs = self._matters.needs()
        repairs = [need for need in needs if need["need"]["category"] == "repair"]
        for until, matter in zip(NEEDS, cycle(repairs), strict=False):
            self._add(self._ago(90, 500), stories.need(self._tell, home, matter, until))
        for matter in needs:
            self._add(self._ago(5, 500), stories.need(self._tell, home, matter, "offered"))
        for hours, ending in ((60, "handed over"), (40, "cancelled"), (5, "waiting")):
            self._add(self._ago(hours, hours + 3), stories.reward(self._tell, home, ending))

    def certificates(self) -> None:
        """Five who asked for what may not be issued."""
        for title in CERTIFICATES:
            self._add(self._some_time(), stories.certificate(self._tell, self._desk(), title))

    def one_more(self) -> None:
        """A matter at some time of the month."""
        when, desk = self._some_time(), self._desk()
        if self._dice.random() < APPLICATIONS:
            item = self._dice.choice(self._items)
            self._add(when, stories.application(self._tell, desk, item))
            return
        matter = self._matters.one(draw(self._dice, KINDS))
        if self._dice.random() < 0.02:  # noqa: PLR2004 (one in fifty)
            self._add(when, stories.withdrawn(self._tell, desk, matter))
        elif matter["department"] is None:
            self._add(when, stories.answered_at_once(self._tell, desk, matter))
        else:
            plot = draw(self._dice, PLOTS)
            self._add(when, stories.transferred(self._tell, desk, matter, plot))

    def _complaint(self, plot: str, when: datetime) -> None:
        matter = self._matters.one("complaint")
        while matter["department"] not in self._tell.departments:
            matter = self._matters.one("complaint")
        self._add(when, stories.transferred(self._tell, self._desk(), matter, plot))

    def _add(self, when: datetime, story: stories.Story) -> None:
        self.month.add(when, story)

    def _desk(self) -> Person:
        return self._dice.choice(self._desks)

    def _ago(self, least: float, most: float) -> datetime:
        return self._now - timedelta(hours=self._dice.uniform(least, most))

    def _some_time(self) -> datetime:
        """In the month, mostly on working days and in service hours; every day has its hotline."""
        while True:
            moment = self._now - timedelta(days=self._dice.uniform(0, DAYS))
            here = local(moment)
            quiet = here.weekday() >= 5 or not OPENS <= here.hour < CLOSES  # noqa: PLR2004 (Saturday)
            if not quiet or self._dice.random() < 0.06:  # noqa: PLR2004 (one in sixteen)
                return moment


def _items(baitong: Baitong) -> list[dict[str, object]]:
    """The guides of the catalogue, whole: what a desk is asked for all day."""
    anyone = baitong.anyone()
    listed = anyone.get("/api/intake/items")["items"]
    guides = [one["code"] for one in listed if one["class"] == "guide"]
    return [anyone.get(f"/api/intake/items/{code}") for code in guides]


def dice(seed: int) -> Random:
    """The same month for the same seed."""
    return Random(seed)  # noqa: S311 (a demonstration, not a secret)
