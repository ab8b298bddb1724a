"""Case numbers (办件编号) that people read aloud and type: XS-261121-0042-08.

A prefix of the district, the local day, a serial within that day, and two check digits.

- Unique without asking anyone per request: the caller takes the serial from a sequence or a block
  of its own database; this module only writes and reads the number.
- Short: four digits of serial on an ordinary day, growing to eight (100 million a day).
- ISO 7064 MOD 97-10 over prefix, day and serial together. Two check digits rather than one
  (Damm), because the prefix is letters: MOD 97-10 catches every wrong character, letters
  included, every swap of neighbours, and 99 in 100 of all other mistakes instead of 9 in 10.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final

from stdnum.iso7064 import mod_97_10

MAX_SERIAL: Final = 99_999_999
_SHORTEST_SERIAL = 4
_PREFIX = re.compile(r"[A-Z]{2,4}")
_NUMBER = re.compile(r"(?P<prefix>[A-Z]{2,4})(?P<day>\d{6})(?P<serial>\d{4,8})(?P<check>\d{2})")
_SEPARATORS = re.compile(r"[\s\-‐‑‒–—―−_./·]+")
_CENTURY = 2000


class BadCaseNumber(ValueError):
    """What was typed is not a case number. `zh` and `en` say why, in words for people."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


@dataclass(frozen=True, order=True)
class CaseNumber:
    """A case number taken apart. `str()` gives it as it is printed."""

    prefix: str
    day: date
    serial: int

    def __str__(self) -> str:
        day, serial = f"{self.day:%y%m%d}", f"{self.serial:0{_SHORTEST_SERIAL}d}"
        check = mod_97_10.calc_check_digits(f"{self.prefix}{day}{serial}")
        return f"{self.prefix}-{day}-{serial}-{check}"


def make(prefix: str, day: date, serial: int) -> str:
    """Return the case number for the `serial`-th case of a local `day`.

    Raises ValueError unless prefix is 2 to 4 capital letters, the year is 2000 to 2099 and the
    serial is from 0 to 99 999 999.
    """
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"prefix {prefix!r}; expected 2 to 4 capital letters")
    if not _CENTURY <= day.year < _CENTURY + 100:
        raise ValueError(f"day {day}; expected a year from 2000 to 2099")
    if not 0 <= serial <= MAX_SERIAL:
        raise ValueError(f"serial {serial}; expected 0 to {MAX_SERIAL}")
    return str(CaseNumber(prefix, day, serial))


def parse(text: str) -> CaseNumber:
    """Read a case number as people type it.

    Spaces, dashes of every kind (or none), lower case and full-width characters are all taken.
    Raises BadCaseNumber with the reason in Chinese and English.
    """
    compact = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    if not compact:
        raise BadCaseNumber("没有填写办件编号", "the case number is empty")
    found = _NUMBER.fullmatch(compact) if compact.isascii() else None
    if found is None:
        raise BadCaseNumber(
            f"“{text.strip()}”不像办件编号；应是字母、6 位日期、序号和 2 位校验码",
            f"{text.strip()!r} does not look like a case number: letters, six digits of the day, "
            "a serial and two check digits",
        )
    if not mod_97_10.is_valid(compact):
        raise BadCaseNumber(
            "办件编号有误：校验码不符，请核对有没有看错或打错的数字",
            "the case number has a mistake: its check digits do not fit; please compare it again",
        )
    digits = found["serial"]
    if len(digits) > _SHORTEST_SERIAL and digits.startswith("0"):
        raise BadCaseNumber(
            "办件编号有误：序号多了前导零", "the serial has a needless leading zero"
        )
    return CaseNumber(found["prefix"], _day(found["day"]), int(digits))


def _day(digits: str) -> date:
    try:
        return date(_CENTURY + int(digits[:2]), int(digits[2:4]), int(digits[4:]))
    except ValueError:
        raise BadCaseNumber(
            f"办件编号有误：{digits} 不是日期（年月日各两位）",
            f"{digits} in the case number is not a day (two digits each for year, month, day)",
        ) from None
