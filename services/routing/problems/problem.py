"""A problem of the list 问题责任清单: long unsolved, or between departments (N, 3-22).

Somebody answers for it by name or post, with steps, dates and reviews, until looking back found
that it held.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.routing.problems import rules
from services.routing.rules import Reason, Refused, msgid, nothing_said, refuse
from shared.district import District
from shared.mask import mask_text

OPEN = "open"
SOLVED = "solved"
"""The department says so; looking back will tell."""
LOOKING_BACK = "looking_back"
CLOSED = "closed"
REOPENED = "reopened"
STATES = (OPEN, SOLVED, LOOKING_BACK, CLOSED, REOPENED)
AT_WORK = (OPEN, REOPENED)
STATE_LABELS = {
    OPEN: msgid("整改中"),
    SOLVED: msgid("已解决，待回头看"),
    LOOKING_BACK: msgid("正在回头看"),
    CLOSED: msgid("已销号"),
    REOPENED: msgid("反弹，重新整改"),
}


def _same(*states: str) -> dict[str, str]:
    return {state: state for state in states}


TRANSITIONS: Mapping[str, Mapping[str, str]] = {
    "assign": _same(*AT_WORK),
    "add_step": _same(*AT_WORK),
    "finish_step": _same(*AT_WORK),
    "review": _same(*AT_WORK),
    "press": _same(*AT_WORK),
    "attach": _same(OPEN, REOPENED, SOLVED, LOOKING_BACK),
    "solve": dict.fromkeys(AT_WORK, SOLVED),
    "begin_look_back": {SOLVED: LOOKING_BACK},
    "hold": dict.fromkeys((SOLVED, LOOKING_BACK), CLOSED),
    "come_back": dict.fromkeys((SOLVED, LOOKING_BACK, CLOSED), REOPENED),
    "close": dict.fromkeys(AT_WORK, CLOSED),
    "erased": _same(*STATES),
}
"""verb -> state before -> state after. What is not here is refused."""

ERASED_TITLE = "（内容已删除）"
MOST_STEPS = 30
MOST_ASSISTING = 10


@dataclass(frozen=True)
class Entry:
    """A line of a problem's history; its version is the problem's after it."""

    version: int
    at: datetime
    what: str
    by: str
    state: str
    note: str = ""
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Answer:
    """Who answers for a problem: the lead department, those that assist, a person or post."""

    lead: str
    assisting: tuple[str, ...]
    responsible: str

    def assisting_under(self, lead: str) -> tuple[str, ...]:
        """Who assists if this department leads: with others the usual lead too."""
        both = (self.lead, *self.assisting) if self.assisting else ()
        return tuple(code for code in both if code != lead)[:MOST_ASSISTING]


@dataclass
class Problem:
    """A problem on the list. Times are aware UTC.

    Attributes:
        why: one of ``rules.WHYS``.
        responsible: a person by name or post.
        steps: ``n``, ``text``, ``who``, ``by`` (ISO), ``done_at`` (ISO or None), ``done``.
        next_step_at: until when the nearest open step is to be done.
        review_at: when it is reviewed next; None while nothing is to be reviewed.
        level: of pressing, 0 for none.
        cluster: of which it was made; later orders of that join it.
        times_back: how often it came back.
        version: raised by one with every entry of the history.
        news: what was added to the history since it was loaded.
    """

    number: str
    title: str
    why: str
    lead: str
    responsible: str
    opened_at: datetime
    opened_by: str
    assisting: list[str] = field(default_factory=list)
    state: str = OPEN
    steps: list[dict[str, Any]] = field(default_factory=list)
    next_step_at: datetime | None = None
    review_at: datetime | None = None
    level: int = 0
    cluster: str | None = None
    community_code: str = ""
    matter: str = ""
    solved_at: datetime | None = None
    closed_at: datetime | None = None
    times_back: int = 0
    version: int = 0
    news: list[Entry] = field(default_factory=list)

    def allows(self, verb: str) -> bool:
        """Whether the state allows it; the rules may still refuse it."""
        return self.state in TRANSITIONS[verb]

    @property
    def departments(self) -> list[str]:
        """The lead first."""
        return [self.lead, *self.assisting]

    @property
    def at_work(self) -> bool:
        """Somebody still has to do something about it."""
        return self.state in AT_WORK

    # -- who, what, until when -----------------------------------------------------------------

    def open(self, note: str, review_at: datetime, at: datetime, district: District) -> None:
        """Put it on the list.

        Raises:
            Refused: a rule does not allow it.
        """
        answer = Answer(self.lead, tuple(self.assisting), self.responsible)
        refuse(nothing_said("title", self.title), rules.unknown_why(self.why))
        refuse(*_answer_faults(answer, district), rules.not_ahead("review_at", review_at, at))
        self.review_at = review_at
        self._record("open", at, self.opened_by, note, {"review_at": review_at.isoformat()})

    def assign(self, answer: Answer, note: str, at: datetime, by: str, district: District) -> None:
        """Say who answers for it.

        Raises:
            Refused: the state or a rule does not allow it.
        """
        self._may("assign")
        refuse(*_answer_faults(answer, district))
        self.lead, self.assisting = answer.lead, list(answer.assisting)
        self.responsible = answer.responsible
        self._move("assign", at, by, note, {"lead": self.lead, "assisting": self.assisting})

    def add_step(self, text: str, who: str, until: datetime, at: datetime, by: str) -> None:
        """Something is to be done, by whom, until when.

        Raises:
            Refused: the state or a rule does not allow it.
        """
        self._may("add_step")
        refuse(
            nothing_said("text", text),
            nothing_said("who", who),
            rules.not_ahead("until", until, at),
            rules.too_many("text", len(self.steps) + 1, MOST_STEPS),
        )
        n = len(self.steps) + 1
        step = {"n": n, "text": text, "who": who, "by": until.isoformat()}
        self.steps = [*self.steps, step | {"done_at": None, "done": ""}]
        self._move("add_step", at, by, f"{text}（{who}）", {"n": n, "until": until.isoformat()})

    def finish_step(self, n: int, note: str, at: datetime, by: str) -> None:
        """A step is done.

        Raises:
            Refused: the state does not allow it, or there is no such open step.
        """
        self._may("finish_step")
        refuse(rules.no_such_step(n, self.steps))
        done = {"done_at": at.isoformat(), "done": note}
        self.steps = [one | done if one["n"] == n else one for one in self.steps]
        self._move("finish_step", at, by, note, {"n": n})

    def review(self, found: str, next_at: datetime, at: datetime, by: str) -> None:
        """It was reviewed: what was found, and when it is reviewed next.

        Raises:
            Refused: the state or a rule does not allow it.
        """
        self._may("review")
        refuse(nothing_said("found", found), rules.not_ahead("next_at", next_at, at))
        due = self.review_at.isoformat() if self.review_at else None
        self.review_at = next_at
        self._move("review", at, by, found, {"due": due, "review_at": next_at.isoformat()})

    def press(self, note: str, highest: int, at: datetime, by: str) -> None:
        """Raise it one level of pressing by hand (三督办, 3-23).

        Raises:
            Refused: the state does not allow it, it is at the top, or nothing is said.
        """
        self._may("press")
        refuse(nothing_said("note", note), rules.at_the_top(self.level, highest))
        self.level += 1
        self._move("press", at, by, note, {"level": self.level})

    def attach(self, orders: Sequence[str], at: datetime, by: str) -> None:
        """Orders that are about it.

        Raises:
            Refused: the state does not allow it.
        """
        self._may("attach")
        self._move("attach", at, by, "", {"orders": list(orders[:20]), "count": len(orders)})

    # -- how it ends ---------------------------------------------------------------------------

    def solve(self, note: str, at: datetime, by: str) -> None:
        """Its steps are done and it is said to be solved; looking back will tell.

        Raises:
            Refused: the state does not allow it, a step is open, or nothing is said.
        """
        self._may("solve")
        refuse(nothing_said("note", note), rules.steps_open(self.steps))
        self.solved_at, self.review_at = at, None
        self._move("solve", at, by, note)

    def begin_look_back(self, at: datetime, by: str) -> None:
        """The day has come.

        Raises:
            Refused: it is not solved.
        """
        self._may("begin_look_back")
        self._move("begin_look_back", at, by)

    def hold(self, found: str, at: datetime, by: str) -> None:
        """It held: off the list.

        Raises:
            Refused: it was not solved.
        """
        self._may("hold")
        self.closed_at = at
        self._move("hold", at, by, found)

    def come_back(
        self, found: str, review_at: datetime, highest: int, at: datetime, by: str
    ) -> None:
        """It came back: open again, a level higher where there is one.

        Raises:
            Refused: the state does not allow it, or nothing is said.
        """
        self._may("come_back")
        refuse(nothing_said("found", found))
        self.level = min(self.level + 1, highest)
        self.times_back += 1
        self.solved_at = self.closed_at = None
        self.review_at = review_at
        data = {"level": self.level, "review_at": review_at.isoformat()}
        self._move("come_back", at, by, found, data)

    def close(self, reason: str, at: datetime, by: str) -> None:
        """Off the list without a fix, and why.

        Raises:
            Refused: the state does not allow it, or no reason is given.
        """
        self._may("close")
        refuse(nothing_said("reason", reason))
        self.closed_at, self.review_at = at, None
        self._move("close", at, by, reason)

    # -- the people it is about ----------------------------------------------------------------

    def forget(self, at: datetime, by: str) -> None:
        """The only person it was about is forgotten: no words of it stay."""
        self.title = ERASED_TITLE
        self.steps = [one | {"text": "", "done": ""} for one in self.steps]
        self._move("erased", at, by)

    def mask(self, name: str, at: datetime, by: str) -> None:
        """One of several people is forgotten: what may name them is masked."""
        self.title = mask_text(self.title, name)
        self.steps = [
            one | {word: mask_text(one[word], name) for word in ("text", "done")}
            for one in self.steps
        ]
        self._move("erased", at, by)

    # -- inside --------------------------------------------------------------------------------

    def _may(self, verb: str) -> None:
        if not self.allows(verb):
            raise Refused(rules.not_in_this_state(verb, self.state, STATE_LABELS))

    def _move(
        self,
        verb: str,
        at: datetime,
        by: str,
        note: str = "",
        data: Mapping[str, Any] | None = None,
    ) -> None:
        self.state = TRANSITIONS[verb][self.state]
        left = [datetime.fromisoformat(one["by"]) for one in self.steps if not one["done_at"]]
        self.next_step_at = min(left, default=None) if self.at_work else None
        self._record(verb, at, by, note, data)

    def _record(
        self, what: str, at: datetime, by: str, note: str, data: Mapping[str, Any] | None
    ) -> None:
        self.version += 1
        self.news.append(Entry(self.version, at, what, by, self.state, note, data or {}))


def _answer_faults(answer: Answer, district: District) -> list[Reason | None]:
    """What is wrong with who is to answer for a problem."""
    known = district.departments
    return [
        rules.unknown_department("lead", answer.lead, known),
        *(rules.unknown_department("assisting", code, known) for code in answer.assisting),
        rules.assists_itself(answer.lead, answer.assisting),
        rules.too_many("assisting", len(answer.assisting), MOST_ASSISTING),
        nothing_said("responsible", answer.responsible),
    ]
