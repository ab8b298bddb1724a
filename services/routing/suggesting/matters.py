"""What a matter is about, by the duty list; and who assists with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.routing.suggesting.duties import Duty
from services.routing.suggesting.evidence import name_parts, normal
from shared.district import District

_UNLIKELY = 0.1
"""What the matters of an unlikely department still count for: its words were said, after all."""


@dataclass(frozen=True)
class Assist:
    """A department that the duty list asks to assist, and why."""

    department: str
    department_name: str
    reason: str

    def as_data(self) -> dict[str, str]:
        """As the API carries it."""
        return {
            "department": self.department,
            "department_name": self.department_name,
            "reason": self.reason,
        }


class Matters:
    """The duty list, ready to be asked."""

    def __init__(self, district: District, duties: Iterable[Duty]) -> None:
        self._district = district
        self._duties = {duty.code: duty for duty in duties}
        words: dict[str, set[str]] = {}
        for duty in self._duties.values():
            for word in self._words_of(duty):
                words.setdefault(word.upper(), set()).add(duty.code)
        self._words = sorted(words.items(), key=lambda entry: (-len(entry[0]), entry[0]))

    def find(self, text: str, item: str | None, likely: Mapping[str, float]) -> str | None:
        """The item where one is named; else the entry whose words are said; None without any.

        ``likely`` says how likely each department is: the same word may stand in two entries.
        """
        if item in self._district.items:
            return item
        heard = self._heard(normal(text))
        if not heard:
            return None
        weighed = {
            code: much * (_UNLIKELY + likely.get(self._duties[code].lead, 0.0))
            for code, much in heard.items()
        }
        return min(weighed, key=lambda code: (-weighed[code], code))

    def name(self, code: str) -> str:
        """What people call it; the code itself where the pack no longer has it."""
        for named in (self._district.items, self._district.out_of_scope):
            if code in named:
                return named[code].name
        return self._duties[code].name if code in self._duties else code

    def assists(self, code: str | None, lead: str | None) -> tuple[Assist, ...]:
        """Who assists with it, besides the department that leads."""
        duty = self._duties.get(code or "")
        if duty is None:
            return ()
        found = []
        for one in duty.assists:
            if one.department != (lead or duty.lead):
                short = self._district.departments[one.department].short
                reason = f"权责清单“{duty.name}”：{short}配合，{one.does}"
                found.append(Assist(one.department, short, reason))
        return tuple(found)

    def _words_of(self, duty: Duty) -> list[str]:
        matter = self._district.out_of_scope.get(duty.code)
        keywords = matter.keywords if matter else ()
        return [*duty.says, *keywords, *name_parts(duty.name)]

    def _heard(self, text: str) -> dict[str, float]:
        """Entry -> how much of it is said: the longer a word, the more it tells."""
        heard: dict[str, float] = {}
        for word, codes in self._words:
            if word in text:
                for code in codes:
                    heard[code] = heard.get(code, 0.0) + len(word)
                text = text.replace(word, " ")
        return heard
