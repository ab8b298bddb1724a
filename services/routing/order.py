"""A work order 工单: what happens to it with its case, its applicant and what the resident says.

Its fields and how it moves are in ``order_fields``, its clocks in ``order_clocks``, what the
department answers in ``order_answers``, what is decided about it in ``order_decided``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.routing import rules_decided
from services.routing.order_answers import Reply
from services.routing.order_decided import Decided
from services.routing.rules import refuse
from shared.district import District
from shared.mask import mask_text

ERASED_TITLE = "（内容已删除）"
_SINCE = {"case_reopened": "case_reopened", "dissatisfied": "follow_up"}
"""From what the clocks begin again, as the timeline names it."""


@dataclass
class Order(Decided):
    """A work order; ``order_fields.Fields`` says what it holds."""

    # -- what happened to the case ------------------------------------------------------------

    def propose(self, suggestions: Sequence[Mapping[str, Any]], at: datetime, by: str) -> None:
        """Wait for a person to confirm the department."""
        self.suggestions = [dict(one) for one in suggestions]
        self._record("propose", at, by)

    def case_closed(self, note: str, at: datetime, by: str, district: District) -> None:
        """The case was closed."""
        self._end("case_closed", note, at, by, district)

    def case_withdrawn(self, note: str, at: datetime, by: str, district: District) -> None:
        """The case was withdrawn: the department may stop."""
        self._end("case_withdrawn", note, at, by, district)

    def supersede(self, note: str, at: datetime, by: str, district: District) -> None:
        """The case was transferred anew: that order counts, this one stops."""
        self._end("supersede", note, at, by, district)

    def case_reopened(self, note: str, at: datetime, by: str, district: District) -> None:
        """Not solved: the same department goes on, with fresh clocks (docs/departments.md)."""
        self._again(note, at, by, district, verb="case_reopened")

    def followed_up(self, note: str, at: datetime, by: str) -> None:
        """The resident was asked, or answered unasked: what they said (N, 3-24)."""
        self._may("followed_up")
        self._move("followed_up", at, by, note)

    def dissatisfied(self, note: str, at: datetime, by: str, district: District) -> None:
        """The follow-up found the resident dissatisfied: it goes on, clocks anew (N, 3-17)."""
        self._again(note, at, by, district, verb="dissatisfied")

    def case_rated(self, grade: int, *, comment: str, at: datetime, by: str) -> None:
        """Remember the resident's grade."""
        self.grade = grade
        self._move("case_rated", at, by, f"{grade}/5 {comment}".strip())

    def _end(self, verb: str, note: str, at: datetime, by: str, district: District) -> None:
        self._may(verb)
        self._move(verb, at, by, note, self._stop_clocks(at, district))

    def _again(self, note: str, at: datetime, by: str, district: District, *, verb: str) -> None:
        self._may(verb)
        refuse(rules_decided.never_dispatched(self))
        self.completed_at = self.reviewed_at = None
        self.reviewed_by = ""
        self._move(verb, at, by, note, [self._start_clocks(at, _SINCE[verb], district)])

    # -- the applicant -------------------------------------------------------------------------

    def correct_person(self, name: str, phone: str, version: int, at: datetime, by: str) -> None:
        """What was held of the applicant was wrong (PIPL 46)."""
        self._may("person_corrected")
        self.know_person(name, phone, version)
        self._move("person_corrected", at, by)

    def change_owner(self, name: str, version: int, at: datetime, by: str) -> None:
        """Another first responder answers for the case (B14)."""
        self._may("owner_changed")
        self.owner_name, self.owner_version = name, version
        self._move("owner_changed", at, by, name)

    def know_person(self, name: str, phone: str, version: int) -> None:
        """Who the applicant is, as the event of this version says."""
        self.applicant_name, self.applicant_phone = name, phone
        self.person_version = version
        self.title = mask_text(self.title, name)

    def erase_person(self, at: datetime, by: str, district: District) -> None:
        """Forget the applicant and all words; who works on it may stop (PIPL 47)."""
        self._may("person_erased")
        facts = self._stop_clocks(at, district)
        self.applicant_name = self.applicant_phone = ""
        self.description = self.location = self.result = ""
        self.title = self.item_name or ERASED_TITLE
        self.reasons, self.suggestions = [], []
        self.extension = self.return_request = self.pressed_at = None
        self.erased_at = at
        self._move("person_erased", at, by, "", facts)


__all__ = ["ERASED_TITLE", "Order", "Reply"]
