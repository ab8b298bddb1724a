"""Where a matter is: the estate or road, and the building, recognised in what people write.

Only as fine as a building: unit and door say who lives there and are never kept.
"""

import re
from dataclasses import dataclass

_NUMERALS = dict(zip("一二三四五六七八九", range(1, 10), strict=True))
_TEN = 10
_COUNTED = re.compile(r"[一二三四五六七八九十]{1,3}(?=栋|幢|号楼|座|号)")
_ADMINISTRATIVE = re.compile(
    r"[\u4e00-\u9fff]{2,6}?(?:省|市(?!场)|(?<!小)区(?!间)|县|街道办事处|街道|镇|居民委员会|居委会)"
)
_BREAKS = re.compile(
    r"位于|住在|家住|就在|旁边|附近|对面|门口|门前|楼下|楼上|路口|靠近|交叉口|以及|我家|我们|你们"
    r"|[在住的和与到从有离是、，。；,.;:：（）()“”\"'\s]"
)
_HAN = r"[\u4e00-\u9fff]"
_ESTATE = re.compile(
    rf"({_HAN}{{2,8}}?(?:小区|花园|家园|嘉园|公寓|新村|佳苑|雅苑|花苑|苑|公馆|华府|大厦|广场"
    rf"|菜市场|市场|公园|小学|中学|幼儿园|医院|车站))(?:[东西南北]区)?(\d{{1,3}})?(栋|幢|号楼|座|号)?"
)
_ROAD = re.compile(rf"({_HAN}{{2,6}}?(?:大道|大街|路|街|巷|胡同|弄))(\d{{1,4}})?(号)?")
_NO_ROAD = ("马路", "道路", "公路", "铁路", "小路", "线路", "电路", "水路", "网路", "上街", "逛街")
_SHORTEST = 3


@dataclass(frozen=True)
class Place:
    """An estate or a road, and the building there where one is named."""

    area: str
    spot: str = ""

    @property
    def text(self) -> str:
        """As people read it."""
        return self.area + self.spot

    def same_area(self, other: "Place") -> bool:
        """The same estate or road, whatever stands before its name."""
        return self.area.endswith(other.area) or other.area.endswith(self.area)

    def same_spot(self, other: "Place") -> bool:
        """The same building of it."""
        return bool(self.spot) and self.spot == other.spot and self.same_area(other)

    def as_data(self) -> list[str]:
        """For the sealed column."""
        return [self.area, self.spot]


def place_of(*texts: str) -> Place | None:
    """The first place that one of the texts names, an estate rather than its road; or None."""
    for text in texts:
        for recognise in (_estate, _road):
            found = recognise(_tidy(text))
            if found is not None:
                return found
    return None


def place_from(data: list[str] | None) -> Place | None:
    """As it was kept."""
    return Place(*data) if data else None


def _tidy(text: str) -> list[str]:
    """Its parts, without the names of district, street and community."""
    plain = text.translate({ord(c): str(i) for i, c in enumerate("０１２３４５６７８９")})
    plain = _COUNTED.sub(lambda found: str(_number(found.group())), plain.replace(" ", ""))
    plain = plain.replace("#", "号楼")
    return [part for part in _BREAKS.split(_ADMINISTRATIVE.sub("，", plain)) if part]


def _estate(parts: list[str]) -> Place | None:
    for part in parts:
        found = _ESTATE.search(part)
        if found:
            spot = f"{int(found[2])}栋" if found[2] and found[3] else ""
            return Place(_bare(found[1].lstrip("号")), spot)
    return None


def _road(parts: list[str]) -> Place | None:
    for part in parts:
        for found in _ROAD.finditer(part):
            if not found[1].endswith(_NO_ROAD):
                return Place(found[1], f"{int(found[2])}号" if found[2] else "")
    return None


def _bare(name: str) -> str:
    """An estate's name without the road in front of it."""
    cut = re.sub(rf"^{_HAN}+?(?:大道|路|街|巷)\d*号?(?={_HAN}{{{_SHORTEST},}})", "", name)
    return cut if len(cut) >= _SHORTEST else name


def _number(text: str) -> int:
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return int("".join(str(_NUMERALS[c]) for c in ones if c in _NUMERALS) or 0)
    return (_NUMERALS.get(tens, 1)) * _TEN + _NUMERALS.get(ones, 0)
