"""What ``desk.yml`` of a district pack says, as values; ``pack`` reads them."""

from collections.abc import Mapping
from dataclasses import dataclass

UNITS = ("hours", "workdays")
"""Around the clock, or in working days."""


@dataclass(frozen=True)
class Way:
    """One of the four ways of handling 即办/代办/陪办/上门办 (1-19)."""

    code: str
    name: str
    name_en: str
    note: str = ""


@dataclass(frozen=True)
class Track:
    """How long the back office has for an urgency (1-23).

    `within` is ``{unit: number}``; `raised`: the community's manager looks after it.
    """

    code: str
    name: str
    name_en: str
    within: Mapping[str, int]
    raised: bool = False
    source: tuple[str, ...] = ()
    confirmed: bool = False


@dataclass(frozen=True)
class MinorMaterials:
    """What may be promised and brought later 容缺 (A24), and within how many working days.

    A material is minor if its name has a word of `may` and none of `never`.
    """

    workdays: int
    may: tuple[str, ...]
    never: tuple[str, ...]
    source: tuple[str, ...] = ()
    confirmed: bool = False

    def minor(self, material: str) -> bool:
        """Whether this material may be brought later."""
        return self._has(self.may, material) and not self._has(self.never, material)

    @staticmethod
    def _has(words: tuple[str, ...], material: str) -> bool:
        return any(word in material for word in words)


@dataclass(frozen=True)
class Notices:
    """Public notice 公示: for how many days, and where it hangs."""

    days: int
    place: str
    place_en: str
    source: tuple[str, ...] = ()
    confirmed: bool = False


@dataclass(frozen=True)
class Remedies:
    """Against a refusal: 行政复议 within days, 行政诉讼 within months of receipt (A38)."""

    reconsideration_days: int
    litigation_months: int
    source: tuple[str, ...] = ()
    confirmed: bool = False
