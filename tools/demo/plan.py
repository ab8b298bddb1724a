"""Which stories a month has: the published proportions, and each state at least once."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import cycle
from random import Random

from shared.clock import local
from shared.district import load
from tools.client import Baitong, Json, Person
from tools.demo import by_department, follow_ups, stories, supervising
from tools.demo.month import Month
from tools.demo.proportions import APPLICATIONS, KINDS, Matter, Matters, draw
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
    "reopened": 6,
    "called late": 2,
    "late": 2,
}
"""How often a transferred matter goes otherwise than straight; finished late: 淮北 2018, 4.3 %."""
HOURS_AGO: Mapping[str, tuple[float, float]] = {
    "in hand": (20, 90),
    "unsigned": (0.3, 0.9),
    "undecided": (0.3, 6),
    "return pending": (3.5, 8),
    "extension pending": (52, 80),
    "reopened in hand": (130, 160),
    "unrated": (110, 130),
    "not reached": (220, 420),
    "wrong number": (220, 420),
}
"""plot -> how long ago it began, so that today finds it in that state."""
CERTIFICATES = (
    "开一张亲属关系证明",
    "开居住证明用的无犯罪记录证明",
    "单身证明怎么开",
    "开健在证明",
    "证件遗失证明",
)
DAYS_OF: Mapping[str, tuple[float, float]] = {
    "bounced": (8, 26),
    "arbitration": (1.1, 1.2),
    "joint": (12, 20),
    "waiting": (3.6, 3.9),
    "paused": (3.6, 3.9),
    "raised": (4.6, 4.9),
    "solved": (28, 29),
}
"""How many days ago began what needs the supervisor (`supervising.yml`)."""
NEEDS = ("confirmed", "confirmed", "fulfilled", "accepted", "offered", "cancelled", "confirmed")
SOON, LATE = (0.82, 0.99), (1.02, 1.4)
"""Shares of an order's time: due soon (the pack's yellow begins at 0.8), and late."""
OPENS, CLOSES = 8, 18


def plan(baitong: Baitong, desks: list[Person], tell: Teller, cases: int) -> Month:
    """The month that ends now."""
    planner = _Planner(baitong, desks, tell)
    planner.every_state()
    planner.supervised()
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
        self._district = load(os.environ.get("DISTRICT", "xiangshan"))
        self._items, published = _items(baitong)
        self._published = [one for one in published if self._names_everybody(one)]

    def every_state(self) -> None:
        """What today must show, each at the moment that leads to it."""
        for plot, span in HOURS_AGO.items():
            for _ in range(1 if plot in follow_ups.NOT_COUNTED else 3):
                self._complaint(plot, self._ago(*span))
        rules = self._district.rules
        usual, longest = rules.finish_workdays, rules.finish_workdays + rules.extension_workdays
        for plot, workdays, share in (
            ("late", usual, SOON),
            ("extended in hand", longest, SOON),
            ("late", usual, LATE),
        ):
            for when in self._used_up(workdays, *share):
                self._complaint(plot, when)
        for plot in ("noticed", "back office", "published") * 3:
            of_use = self._published if plot == "published" else self._items
            for item in self._some([one for one in of_use if one["materials"]]):
                story = stories.application(self._tell, self._desk(), item, plot)
                self._add(self._ago(2, 60), story)
        home = next(desk for desk in self._desks if desk.username == "desk")
        needs = self._matters.needs()
        repairs = [need for need in needs if need["need"]["category"] == "repair"]
        for until, matter in zip(NEEDS, cycle(repairs), strict=False):
            self._add(self._ago(90, 500), stories.need(self._tell, home, matter, until))
        for matter in needs:
            self._add(self._ago(5, 500), stories.need(self._tell, home, matter, "offered"))
        for hours, ending in ((60, "handed over"), (40, "cancelled"), (5, "waiting")):
            self._add(self._ago(hours, hours + 3), stories.reward(self._tell, home, ending))

    def _used_up(self, workdays: int, at_least: float, at_most: float) -> list[datetime]:
        """Four moments whose limit is used up, as of now, by about that share of its time."""
        found = []
        for hours in range(48, 24 * DAYS):
            moment = self._now - timedelta(hours=hours)
            due = self._district.calendar.add_workdays(moment, workdays)
            if at_least <= (self._now - moment) / (due - moment) < at_most:
                found.append(moment)
        return self._dice.sample(found, min(4, len(found)))

    def supervised(self) -> None:
        """What needs the supervisor, where the district's departments are served."""
        listed = supervising.listed()
        for name in ("bounced", "joint", "paused", "raised", "solved"):
            for matter in filter(self._served, listed[name]):
                least, most = DAYS_OF[matter.get("ends", name)]
                story = getattr(supervising, name)(self._tell, self._desk(), matter)
                self._add(self._ago(24 * least, 24 * most), story)
        for cluster in filter(self._served, listed["clusters"]):
            desk = self._desk()
            for days, matter in supervising.cases_of(cluster):
                story = by_department.transferred(self._tell, desk, matter)
                self._add(self._ago(24 * days - 2, 24 * days + 2), story)
            if "problem" in cluster:
                when = self._ago(*[24 * cluster["problem"]["days_ago"]] * 2)
                self._add(when, supervising.standing(self._tell, cluster))

    def _some(self, items: list[Json]) -> list[Json]:
        """One of them, where a district has any."""
        return [self._dice.choice(items)] if items else []

    def _names_everybody(self, item: Json) -> bool:
        """Whether its notice leaves nobody out: otherwise the desk must know how old they are."""
        known = self._district.items.get(item["code"])
        return known is not None and not known.public_notice_omits

    def _served(self, matter: Matter) -> bool:
        return supervising.departments_of(matter) <= self._tell.departments

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
            self._add(when, by_department.transferred(self._tell, desk, matter, plot))

    def _complaint(self, plot: str, when: datetime) -> None:
        matter = self._matters.one("complaint")
        while matter["department"] not in self._tell.departments:
            matter = self._matters.one("complaint")
        self._add(when, by_department.transferred(self._tell, self._desk(), matter, plot))

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


def _items(baitong: Baitong) -> tuple[list[Json], list[Json]]:
    """The guides of the catalogue, whole: those done at once, and those published first."""
    anyone = baitong.anyone()
    listed = anyone.get("/api/intake/items")["items"]
    guides = [one["code"] for one in listed if one["class"] == "guide"]
    whole = [anyone.get(f"/api/intake/items/{code}") for code in guides]
    first = [one for one in whole if one["public_notice"]]
    return [one for one in whole if one not in first], first


def dice(seed: int) -> Random:
    """The same month for the same seed."""
    return Random(seed)  # noqa: S311 (a demonstration, not a secret)
