"""A shared matter 协商事项: raised, discussed, acted on, funded, decided and evaluated together.

The six steps are the district's data and in its order (1-07); the states are these four.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from services.intake.reason import Conflict, Reason, msgid

OPEN, SETTLED, UNSETTLED, DROPPED = "open", "settled", "unsettled", "dropped"
STATES: dict[str, tuple[str, str]] = {
    OPEN: (msgid("协商中"), "Under way"),
    SETTLED: (msgid("已办成"), "Settled"),
    UNSETTLED: (msgid("没谈成"), "Not settled"),
    DROPPED: (msgid("不再协商"), "Dropped"),
}
TRANSITIONS: dict[tuple[str, str], str] = {
    (OPEN, "meet"): OPEN,
    (OPEN, "task"): OPEN,
    (OPEN, "task-done"): OPEN,
    (OPEN, "means"): OPEN,
    (OPEN, "decide"): OPEN,
    (OPEN, "grade"): OPEN,
    (OPEN, "advance"): OPEN,
    (OPEN, "settle"): SETTLED,
    (OPEN, "fail"): UNSETTLED,
    (OPEN, "drop"): DROPPED,
    (OPEN, "publish"): OPEN,
    (OPEN, "case"): OPEN,
    (SETTLED, "grade"): SETTLED,
    (SETTLED, "publish"): SETTLED,
    (SETTLED, "case"): SETTLED,
    (SETTLED, "reopen"): OPEN,
    (UNSETTLED, "publish"): UNSETTLED,
    (UNSETTLED, "case"): UNSETTLED,
    (UNSETTLED, "reopen"): OPEN,
    (DROPPED, "reopen"): OPEN,
    **{(state, "unpublish"): state for state in STATES},
}
"""(state, action) -> the state after it. What is not here is refused."""
ACTIONS = tuple(dict.fromkeys(action for _, action in TRANSITIONS))
MOST = 50
"""Meetings, tasks, … of one matter."""


@dataclass(frozen=True)
class Attendance:
    """A party at a meeting: how many came, and what they said."""

    party: str
    people: int
    said: str = ""


@dataclass(frozen=True)
class Meeting:
    """A meeting with its minutes."""

    at: datetime
    platform: str
    place: str
    attendance: tuple[Attendance, ...]
    agreed: str
    by: str


@dataclass(frozen=True)
class Task:
    """What somebody does until when."""

    text: str
    party: str
    who: str
    due: date
    done_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True)
class Means:
    """What a party brings: money (in yuan), work or things."""

    party: str
    what: str
    yuan: int = 0


@dataclass(frozen=True)
class Decision:
    """A vote: how many should have come and came, and how they voted. ``why_not``: no quorum."""

    at: datetime
    question: str
    entitled: int
    present: int
    votes_for: int
    votes_against: int
    abstained: int
    passed: bool
    why_not: str
    by: str


@dataclass(frozen=True)
class Grade:
    """What residents think of how it went, by a grade of the pack."""

    at: datetime
    score: int
    words: str = ""


@dataclass(frozen=True)
class Matter:
    """One shared matter.

    Attributes:
        number: of a series of its own, XS-like, XY-….
        title: without anybody's name or number: it stands on the public page.
        step: a code of the pack's steps.
        parties: whom it is about, codes of the pack.
        source: the case or demand it came from; ``case_number``: the case it ended as.
        public_words: what the public page says was decided; empty: it is not there.
        erased_at: when its people and words were last taken out (PIPL 47); counts stay.
    """

    number: str
    community: str
    title: str
    kind: str
    story: str
    step: str
    parties: tuple[str, ...]
    opened_at: datetime
    opened_by: str
    opened_name: str
    source: str = ""
    case_number: str = ""
    state: str = OPEN
    dispute: bool = False
    meetings: tuple[Meeting, ...] = ()
    tasks: tuple[Task, ...] = ()
    means: tuple[Means, ...] = ()
    decisions: tuple[Decision, ...] = ()
    grades: tuple[Grade, ...] = ()
    public_words: str = ""
    published_at: datetime | None = None
    ended_at: datetime | None = None
    result: str = ""
    version: int = 1
    erased_at: datetime | None = None


def moved(matter: Matter, action: str, **changes: Any) -> Matter:
    """The matter after `action`, with these changes.

    Raises:
        Conflict: its state does not allow it.
    """
    after = TRANSITIONS.get((matter.state, action))
    if after is None:
        values: Mapping[str, Any] = {"state": STATES[matter.state][0]}
        text = msgid("这件事%(state)s，不能这样办")
        remedy = msgid("请刷新看看最新情况；要接着商量的，请先重新打开")
        raise Conflict(Reason("state", text, remedy, values))
    return replace(matter, state=after, version=matter.version + 1, **changes)


def forgotten(matter: Matter, title: str, at: datetime) -> Matter:
    """The matter without anybody's words or name, and on no public page.

    When they met, how many of each party came, how many voted how and what it cost stays counted.
    """
    silent = _reworded(matter, lambda _: "")
    return replace(silent, title=title, published_at=None, erased_at=at, version=matter.version + 1)


def parted(matter: Matter, hide: Callable[[str], str]) -> Matter:
    """A matter under way without whoever it came from: what the neighbours said stays theirs.

    ``hide`` takes a name out of a text.
    """
    hidden = _reworded(matter, hide)
    return replace(
        hidden, title=hide(matter.title), story="", source="", version=matter.version + 1
    )


def _reworded(matter: Matter, say: Callable[[str], str]) -> Matter:
    return replace(
        matter,
        story=say(matter.story),
        result=say(matter.result),
        public_words=say(matter.public_words),
        meetings=tuple(_meeting_reworded(one, say) for one in matter.meetings),
        tasks=tuple(
            replace(one, text=say(one.text), who=say(one.who), note=say(one.note))
            for one in matter.tasks
        ),
        means=tuple(replace(one, what=say(one.what)) for one in matter.means),
        decisions=tuple(replace(one, question=say(one.question)) for one in matter.decisions),
        grades=tuple(replace(one, words=say(one.words)) for one in matter.grades),
    )


def _meeting_reworded(meeting: Meeting, say: Callable[[str], str]) -> Meeting:
    came = tuple(replace(one, said=say(one.said)) for one in meeting.attendance)
    return replace(meeting, place=say(meeting.place), agreed=say(meeting.agreed), attendance=came)
