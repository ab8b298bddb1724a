"""A follow-up 回访: after a reply the resident is asked whether it was solved (N, 3-24).

One for every reply of a named order. What the department says of itself is not asked again here:
contacted and solved are the resident's words, or nobody's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.routing.follow_ups import rules
from services.routing.rules import Refused, nothing_said, refuse
from services.routing.supervision import Supervision
from shared.clock import local
from shared.district import District

OPEN = "open"
DONE = "done"
EXCLUSION_ASKED = "exclusion_asked"
"""Before anybody answered: it counts for nothing yet."""
DOUBTED = "doubted"
"""There is an outcome, and somebody asked that it does not count: until another agrees, it does."""
EXCLUDED = "excluded"
LAPSED = "lapsed"
"""Nobody is left to ask, or the order is at work again: its next reply is asked about."""
STATES = (OPEN, DONE, EXCLUSION_ASKED, DOUBTED, EXCLUDED, LAPSED)
WAITING = (OPEN, EXCLUSION_ASKED)
"""Nobody has asked the resident yet; the date it is due counts."""
TO_REVIEW = (EXCLUSION_ASKED, DOUBTED)
COUNTED = (DONE, DOUBTED)
"""Valid: these and no others are what rates are worked out of."""

TRANSITIONS: Mapping[str, Mapping[str, str]] = {
    "record": {OPEN: DONE},
    "rate": {OPEN: DONE, EXCLUSION_ASKED: DONE},
    "ask_again": {OPEN: DONE, EXCLUSION_ASKED: DONE},
    "add": {DONE: DONE, DOUBTED: DOUBTED},
    "ask_exclusion": {OPEN: EXCLUSION_ASKED, DONE: DOUBTED},
    "grant_exclusion": dict.fromkeys(TO_REVIEW, EXCLUDED),
    "refuse_exclusion": {EXCLUSION_ASKED: OPEN, DOUBTED: DONE},
    "lapse": dict.fromkeys(WAITING, LAPSED),
}
"""verb -> state before -> state after. What is not here is refused."""

PAGE = "page"
"""The channel by which the resident answers unasked: the rating of their case."""
REOPENED, NOBODY_LEFT, OVER, SUPERSEDED = "reopened", "erased", "over", "superseded"
"""Why one lapsed."""


@dataclass(frozen=True)
class By:
    """Who does it; the account tells two people of one name apart."""

    username: str
    name: str


@dataclass(frozen=True)
class Outcome:
    """What the resident said. None: it was not asked, and counts neither for nor against."""

    channel: str
    contacted: bool | None
    solved: bool | None
    grade: int | None
    words: str = ""


@dataclass
class FollowUp:
    """A follow-up task and its outcome. Times are aware UTC.

    Attributes:
        number: ``<order number>-f<n>``, counted by reply.
        department, community_code, matter: the order's at that reply; rates are worked out by them.
        satisfied: whether the grade is a positive one of the district; None without a grade.
        settled_on: the local day on which it was answered, excluded unanswered, or lapsed; the
            period of the rates it belongs to, which a later exclusion does not move.
        contact_by, right_by: of a bad rating: contact within 1, put right within 15 working days
            (A52, X).
        contacted_again_at, put_right_at: of a bad rating: when that was done.
        version: raised by one with every change.
    """

    number: str
    order_number: str
    case_number: str
    department: str
    community_code: str
    matter: str
    replied_at: datetime
    due_by: datetime
    state: str = OPEN
    channel: str = ""
    contacted: bool | None = None
    solved: bool | None = None
    grade: int | None = None
    satisfied: bool | None = None
    words: str = ""
    by: str = ""
    by_username: str = ""
    done_at: datetime | None = None
    settled_on: date | None = None
    exclusion: str = ""
    exclusion_note: str = ""
    asked_by: str = ""
    asked_by_username: str = ""
    asked_at: datetime | None = None
    review_note: str = ""
    reviewed_by: str = ""
    reviewed_by_username: str = ""
    reviewed_at: datetime | None = None
    lapse: str = ""
    contact_by: datetime | None = None
    right_by: datetime | None = None
    contacted_again_at: datetime | None = None
    put_right_at: datetime | None = None
    version: int = 1

    @property
    def dissatisfied(self) -> bool:
        """Not solved, or a grade that is not a positive one: it goes on, a level higher (N)."""
        return self.solved is False or self.satisfied is False

    def allows(self, verb: str) -> bool:
        """Whether the state allows it; the rules may still refuse it."""
        return self.state in TRANSITIONS[verb]

    # -- the outcome ---------------------------------------------------------------------------

    def record(
        self, outcome: Outcome, at: datetime, by: By, district: District, supervision: Supervision
    ) -> None:
        """Somebody asked the resident.

        Raises:
            Refused: there is an outcome already, or a rule does not allow it.
        """
        self._may("record")
        refuse(
            rules.unknown_channel(outcome.channel, supervision.follow_ups),
            rules.unknown_grade(outcome.grade, district.rules),
        )
        self._settle("record", outcome, at, by, district)

    def rate(self, outcome: Outcome, at: datetime, by: By, district: District) -> None:
        """The resident answered unasked: nobody calls them a second time.

        Raises:
            Refused: there is an outcome already, or the district has no such grade.
        """
        self._may("rate")
        refuse(rules.unknown_grade(outcome.grade, district.rules))
        self._settle("rate", outcome, at, by, district)

    def ask_again(self, at: datetime, by: By, district: District) -> None:
        """The resident had the case opened again: it is not solved, and nobody asked the rest.

        Raises:
            Refused: there is an outcome already.
        """
        self._may("ask_again")
        self._settle("ask_again", Outcome(PAGE, None, solved=False, grade=None), at, by, district)

    def lacks(self, what: str) -> bool:
        """Whether the resident answered unasked, and of what they were not asked (a field)."""
        return self.allows("add") and self.channel == PAGE and getattr(self, what) is None

    def add(self, at: datetime, district: District, **said: Any) -> None:
        """The other half of what the resident says unasked: a grade, or that it is not solved.

        Raises:
            Refused: there is no outcome yet.
        """
        self._may("add")
        self.solved = said.get("solved", self.solved)
        self.words = said.get("words") or self.words
        self._take_grade(said.get("grade", self.grade), district)
        if self.dissatisfied and self.right_by is None:
            self._set_bad_rating_dates(at, district)
        self._move("add", at)

    def _settle(
        self, verb: str, outcome: Outcome, at: datetime, by: By, district: District
    ) -> None:
        self.channel, self.words = outcome.channel, outcome.words
        self.contacted, self.solved = outcome.contacted, outcome.solved
        self._take_grade(outcome.grade, district)
        self.by, self.by_username, self.done_at = by.name, by.username, at
        if self.dissatisfied:
            self._set_bad_rating_dates(at, district)
        self._move(verb, at)

    def _take_grade(self, grade: int | None, district: District) -> None:
        self.grade = grade
        self.satisfied = None if grade is None else rules.is_positive(grade, district.rules)

    def _set_bad_rating_dates(self, at: datetime, district: District) -> None:
        add = district.calendar.add_workdays
        self.contact_by = add(at, district.rules.bad_rating_contact_workdays)
        self.right_by = add(at, district.rules.bad_rating_fix_workdays)

    def answered_anew(self, contacted_at: datetime | None, replied_at: datetime) -> None:
        """The department's next reply puts a bad rating right, as far as anybody knows yet."""
        if self.right_by is not None and self.put_right_at is None:
            self.contacted_again_at, self.put_right_at = contacted_at, replied_at
            self.version += 1

    def not_put_right(self, replied_at: datetime) -> None:
        """The reply of then was sent back before anybody asked about it: it put nothing right."""
        if self.put_right_at == replied_at:
            self.contacted_again_at = self.put_right_at = None
            self.version += 1

    # -- excluding it --------------------------------------------------------------------------

    def ask_exclusion(
        self, reason: str, note: str, at: datetime, by: By, supervision: Supervision
    ) -> None:
        """Say why it should not count; another person decides.

        Raises:
            Refused: the state does not allow it, or the reason is none of the district's.
        """
        self._may("ask_exclusion")
        refuse(rules.unknown_exclusion(reason, supervision.follow_ups), nothing_said("note", note))
        self.exclusion, self.exclusion_note = reason, note
        self.asked_by, self.asked_by_username, self.asked_at = by.name, by.username, at
        self.review_note = self.reviewed_by = self.reviewed_by_username = ""
        self.reviewed_at = None
        self._move("ask_exclusion", at)

    def grant_exclusion(self, note: str, at: datetime, by: By) -> None:
        """It does not count; the reason stays.

        Raises:
            Refused: nobody asked for it, or it is the same person.
        """
        self._review("grant_exclusion", note, at, by)

    def refuse_exclusion(self, note: str, at: datetime, by: By) -> None:
        """It counts, or is still to be asked.

        Raises:
            Refused: nobody asked for it, it is the same person, or they do not say why.
        """
        self._may("refuse_exclusion")
        refuse(rules.reviewed_by_oneself(self, by.username), nothing_said("note", note))
        self._review("refuse_exclusion", note, at, by)

    def _review(self, verb: str, note: str, at: datetime, by: By) -> None:
        self._may(verb)
        refuse(rules.reviewed_by_oneself(self, by.username))
        self.review_note, self.reviewed_at = note, at
        self.reviewed_by, self.reviewed_by_username = by.name, by.username
        self._move(verb, at)

    # -- what happens to its order -------------------------------------------------------------

    def lapse_for(self, why: str, at: datetime) -> None:
        """There is nothing to ask any more.

        Raises:
            Refused: it was answered, excluded, or lapsed before.
        """
        self._may("lapse")
        self.lapse = why
        self._move("lapse", at)

    def forget_words(self) -> None:
        """Of an erased resident the numbers stay."""
        self.words = self.exclusion_note = self.review_note = ""
        self.version += 1

    # -- inside --------------------------------------------------------------------------------

    def _may(self, verb: str) -> None:
        if not self.allows(verb):
            raise Refused(rules.not_in_this_state(self.state, verb))

    def _move(self, verb: str, at: datetime) -> None:
        self.state = TRANSITIONS[verb][self.state]
        if self.state not in WAITING and self.settled_on is None:
            self.settled_on = local(at).date()
        self.version += 1
