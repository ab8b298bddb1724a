"""A cluster 聚类: orders of one place, one matter and similar words.

未诉先办 (N, 3-26): what is frequent and shared is found before the next complaint and
dealt with as one problem.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.routing.problems import words
from services.routing.problems.place import Place
from services.routing.rules import Reason, Refused, msgid, nothing_said, refuse

WATCHED = "watched"
PROBLEM = "problem"
"""It is one standing problem now; later orders join that by themselves."""
DISMISSED = "dismissed"
OVER = "over"
"""Its problem was closed: what comes now begins a cluster of its own."""
STATES = (WATCHED, PROBLEM, DISMISSED, OVER)
STATE_LABELS = {
    WATCHED: msgid("在观察"),
    PROBLEM: msgid("已列入问题清单"),
    DISMISSED: msgid("不立问题"),
    OVER: msgid("问题已销号"),
}
TRANSITIONS: Mapping[str, Mapping[str, str]] = {
    "make_problem": {WATCHED: PROBLEM, DISMISSED: PROBLEM},
    "dismiss": {WATCHED: DISMISSED},
    "restore": {DISMISSED: WATCHED},
    "problem_closed": {PROBLEM: OVER},
    "problem_came_back": {OVER: PROBLEM, PROBLEM: PROBLEM},
}
"""verb -> state before -> state after. What is not here is refused."""

ALIKE = 0.5
"""The part of the shorter title's pairs of characters that must be shared."""
ALIKE_AT_ONE_SPOT = 0.25
"""The same building and the same matter: fewer words need to agree."""
ALIKE_WITHOUT_MATTER = 0.6
"""Nobody said what matter it is: only the words can."""


@dataclass(frozen=True)
class Trace:
    """What is remembered of an order: when, where, what it is about, and its content words."""

    case_number: str
    order_number: str
    community_code: str
    matter: str
    words: str
    place: Place | None
    opened_at: datetime


@dataclass
class Cluster:
    """Orders that belong together. Those of one community and one matter are compared.

    Attributes:
        place: that of the first order that named one.
        counts: run of characters -> how many of its titles have it.
        size: how many orders it has, whenever they came.
        version: raised by one with every change.
    """

    number: str
    community_code: str
    matter: str
    place: Place | None
    counts: dict[str, int]
    size: int
    first_at: datetime
    last_at: datetime
    state: str = WATCHED
    problem_number: str | None = None
    reason: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None
    version: int = 1

    @property
    def shared_words(self) -> list[str]:
        """What at least half of its titles say."""
        return words.shared(self.counts, self.size)

    def join(self, trace: Trace) -> None:
        """One more order."""
        self.counts = words.add(self.counts, trace.words)
        self.place = _narrower(self.place, trace.place)
        self.size += 1
        self.first_at = min(self.first_at, trace.opened_at)
        self.last_at = max(self.last_at, trace.opened_at)
        self.version += 1

    def forget(self, trace: Trace, others: Iterable[Place | None]) -> None:
        """The person of an order was erased: its words and its place go; that it was one stays."""
        self.counts = words.take_away(self.counts, trace.words)
        self.place = next((one for one in others if one is not None), None)
        self.reason = ""
        self.version += 1

    def reword(self, before: Trace, after: Trace) -> None:
        """What an order said holds a name that was not known for one: that goes, once more."""
        self.counts = words.add(words.take_away(self.counts, before.words), after.words)
        self.version += 1

    def make_problem(self, number: str, at: datetime, by: str) -> None:
        """One standing problem is made of it.

        Raises:
            Refused: it is one already.
        """
        self._move("make_problem", at, by)
        self.problem_number = number

    def dismiss(self, reason: str, at: datetime, by: str) -> None:
        """It is no problem, and why.

        Raises:
            Refused: it was decided before, or no reason is given.
        """
        refuse(nothing_said("reason", reason))
        self._move("dismiss", at, by)
        self.reason = reason

    def restore(self, at: datetime, by: str) -> None:
        """It is watched again.

        Raises:
            Refused: it was not dismissed.
        """
        self._move("restore", at, by)
        self.reason = ""

    def follow_problem(self, verb: str, at: datetime, by: str) -> None:
        """Its problem was closed, or came back."""
        if self.state in TRANSITIONS[verb]:
            self._move(verb, at, by)

    def _move(self, verb: str, at: datetime, by: str) -> None:
        if self.state not in TRANSITIONS[verb]:
            raise Refused(decided_before(self))
        self.state = TRANSITIONS[verb][self.state]
        self.decided_by, self.decided_at = by, at
        self.version += 1


def decided_before(cluster: Cluster) -> Reason:
    """Why nothing more is decided about it now."""
    return Reason(
        "cluster",
        msgid("这组诉求现在“%(state)s”，不能这样处理"),
        msgid("请刷新页面，看是谁处理的"),
        values={"state": STATE_LABELS[cluster.state]},
    )


def new_cluster(number: str, trace: Trace) -> Cluster:
    """A cluster of one order: it may become more."""
    return Cluster(
        number,
        trace.community_code,
        trace.matter,
        trace.place,
        words.add({}, trace.words),
        1,
        trace.opened_at,
        trace.opened_at,
    )


def best_of(clusters: Sequence[Cluster], trace: Trace) -> Cluster | None:
    """The cluster an order belongs to: the most alike, of equals the larger; None for none."""
    fitting = [
        (alike(one, trace) + _same_spot(one, trace), one.size, one.number, one)
        for one in clusters
        if belongs(one, trace)
    ]
    return max(fitting, key=lambda found: found[:3])[-1] if fitting else None


def belongs(cluster: Cluster, trace: Trace) -> bool:
    """Whether an order of the same community and matter belongs to it, by place and words."""
    if _elsewhere(cluster, trace):
        return False
    if not trace.matter:
        return alike(cluster, trace) >= ALIKE_WITHOUT_MATTER
    least = ALIKE_AT_ONE_SPOT if _same_spot(cluster, trace) else ALIKE
    return alike(cluster, trace) >= least


def alike(cluster: Cluster, trace: Trace) -> float:
    """From 0 to 1: what the title shares with what at least half of the cluster's titles say."""
    mine = words.pairs(trace.words)
    most = {
        run
        for run, count in cluster.counts.items()
        if len(run) == words.SHORTEST and count * 2 >= cluster.size
    }
    shortest = min(len(mine), len(most))
    return len(mine & most) / shortest if shortest else 0.0


def _elsewhere(cluster: Cluster, trace: Trace) -> bool:
    """Both name an estate or road, and not the same."""
    if cluster.place is None or trace.place is None:
        return False
    return not cluster.place.same_area(trace.place)


def _same_spot(cluster: Cluster, trace: Trace) -> bool:
    return (
        cluster.place is not None
        and trace.place is not None
        and cluster.place.same_spot(trace.place)
    )


def _narrower(ours: Place | None, theirs: Place | None) -> Place | None:
    """What both have in common: a road, where they name two of its houses."""
    if ours is None or theirs is None:
        return ours or theirs
    return ours if ours.spot == theirs.spot else Place(ours.area)


@dataclass(frozen=True)
class Growth:
    """How many orders came in this window, and in the one before it of the same length."""

    now: int
    before: int
    days: int = field(default=0)

    @property
    def more(self) -> int:
        """How many more came."""
        return self.now - self.before

    @property
    def percent(self) -> int | None:
        """In per cent of the window before; None where there was nothing before."""
        return round(self.more * 100 / self.before) if self.before else None
