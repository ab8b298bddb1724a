"""How much of what, after the published figures (docs: domain/figures.md).

- Kinds: 淮北 12345, March 2021: complaints 51 %, questions 34 %; the rest is ours to divide.
- Departments: 宁国, April 2022: 住建 99, 公安 77, 城管 68, 卫健 68, 市场监管 41; unpaid wages and
  utilities were among the most frequent of 淮北 in January 2019. The small ones are ours.
- Applications are a fifth: hotlines do not count them, a desk does.
- Ratings and durations: 95.7 % were finished on time (淮北, 2018), in 2 working days on average.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import yaml

T = TypeVar("T")
Matter = dict[str, Any]

APPLICATIONS = 0.2
KINDS = {
    "complaint": 51,
    "question": 34,
    "help": 7,
    "suggestion": 4,
    "report": 3,
    "praise": 1,
}
DEPARTMENTS = {
    "zj": 99,
    "ga": 77,
    "cg": 68,
    "wj": 68,
    "gy": 60,
    "sj": 41,
    "rs": 40,
    "mz": 12,
    "yb": 12,
    "jy": 18,
    "st": 15,
    "yj": 15,
    "sf": 6,
    "cl": 5,
    "sh": 4,
}
CHANNELS = {
    "desk": 56,
    "hotline": 14,
    "wechat_group": 12,
    "grid": 8,
    "mobile_desk": 6,
    "home_visit": 4,
}
URGENCIES = {"normal": 88, "urgent": 6, "special": 3, "difficult": 3}
GRADES = {5: 58, 4: 26, 3: 8, 2: 5, 1: 3}
FOLLOWED_UP = 0.78
"""The part of the answers that the supervisor asks about; the others are graded at the desk."""
FOLLOW_UP_CHANNELS = {"call": 82, "visit": 10, "message": 8}
COMMENTS = {
    5: ("很快，谢谢", "态度特别好", "没想到第二天就解决了", "一个人管到底，省心", ""),
    4: ("总体不错", "说到做到", "办得挺快，就是要等电话", ""),
    3: ("解决了，就是慢了点", "还行", ""),
    2: ("只来看了一眼", "答复太笼统", "说了半天没解决根本"),
    1: ("等于没办", "打了三次电话才有人来"),
}


def draw(dice: Random, weights: Mapping[T, float]) -> T:
    """One of them, as often as its weight says."""
    return dice.choices(list(weights), list(weights.values()))[0]


class Matters:
    """What residents bring; each is told once before any is told again."""

    def __init__(self, dice: Random) -> None:
        file = Path(__file__).with_name("matters.yml")
        self._all: dict[str, list[Matter]] = yaml.safe_load(file.read_text(encoding="utf-8"))
        self._dice = dice
        self._told: dict[str, int] = {}

    def one(self, kind: str) -> Matter:
        """A matter of that kind; complaints are divided among departments as published."""
        found: Sequence[Matter] = self._all[kind]
        if kind == "complaint":
            department = draw(self._dice, DEPARTMENTS)
            found = [matter for matter in found if matter["department"] == department]
        fewest = min(self._told.get(matter["title"], 0) for matter in found)
        fresh = [matter for matter in found if self._told.get(matter["title"], 0) == fewest]
        matter = self._dice.choice(fresh)
        self._told[matter["title"]] = fewest + 1
        return matter | {"kind": kind}

    def needs(self) -> list[Matter]:
        """The calls for help that partners could meet."""
        return [matter | {"kind": "help"} for matter in self._all["help"] if "need" in matter]
