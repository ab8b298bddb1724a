"""What happens to a shared matter, one function each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.intake import handlers as cases
from services.intake import store as case_store
from services.intake.acceptance import Acceptance
from services.intake.case import Actor
from services.intake.deliberation import rules, store
from services.intake.deliberation.matter import (
    Attendance,
    Decision,
    Grade,
    Matter,
    Means,
    Meeting,
    Task,
    moved,
)
from services.intake.deliberation.pack import pack_for
from services.intake.deliberation.queries_names import names_behind, numbers_behind
from services.intake.ledger import handlers as ledger
from services.intake.ledger.pack import ledger_of
from services.intake.reason import Conflict, Forbidden, Invalid, Reason, allow, msgid
from services.intake.rules import own_community
from shared.case_number import BadCaseNumber, make, parse
from shared.clock import local
from shared.db import Transaction
from shared.mask import mask_text

PREFIX = "XY"
HIDDEN: Mapping[str, Any] = {"public_words": "", "published_at": None}
"""Of what is on no public page."""


@dataclass(frozen=True)
class Draft:
    """A matter as it is raised 民提."""

    title: str
    kind: str
    story: str
    parties: tuple[str, ...]
    source: str = ""


@dataclass(frozen=True)
class Applicant:
    """For whom a case is opened."""

    name: str
    phone: str


def raise_matter(tx: Transaction, actor: Actor, draft: Draft) -> Matter:
    """Raise a matter; it may come from a case or a demand of the ledger.

    Raises:
        Forbidden: the officer belongs to no community, or the case or demand is another's.
        Invalid: a kind or party that is not known, or a number that cannot be.
        Unknown: there is no such case or demand.
        Conflict: the person of the case was erased.
    """
    community = actor.community or ""
    allow(own_community(actor, community), as_=Forbidden)
    pack = pack_for(tx.district)
    allow(
        rules.known("kind", draft.kind, pack.kinds),
        *(rules.known("parties", one, pack.parties) for one in draft.parties),
    )
    kind = pack.kind(draft.kind)
    source = _source(tx, draft.source, actor)
    matter = Matter(
        number=make(PREFIX, local(tx.now).date(), tx.serial("matter")),
        community=community,
        title=mask_text(draft.title, *names_behind(tx, source)),
        kind=draft.kind,
        story=draft.story,
        step=pack.steps[0].code,
        parties=draft.parties,
        opened_at=tx.now,
        opened_by=actor.username,
        opened_name=actor.name,
        source=source,
        dispute=bool(kind and kind.dispute),
    )
    store.add(tx, matter)
    store.note(tx, matter, actor.name, "raise")
    tx.about(matter.number)
    if _is_demand(tx, source) and ledger.load_for(tx, source, actor).may("link"):
        ledger.link_deliberation(tx, source, actor, matter.number)
    return matter


def _is_demand(tx: Transaction, number: str) -> bool:
    return number.startswith(f"{ledger_of(tx.district).prefix}-")


def _source(tx: Transaction, text: str, actor: Actor) -> str:
    """The number as it is kept; a case's must be one of the own community."""
    if not text:
        return ""
    try:
        number = str(parse(text))
    except BadCaseNumber:
        wrong, remedy = msgid("编号不对"), msgid("请核对办件或民情的编号")
        raise Invalid(Reason("source", wrong, remedy)) from None
    if number.startswith(f"{tx.district.case_prefix}-"):
        case = case_store.hold(tx, number)  # whoever forgets its person finds the matter (PIPL 47)
        allow(own_community(actor, case.community), as_=Forbidden)
        allow(rules.somebody(case), as_=Conflict)
    if _is_demand(tx, number):
        behind = ledger.load_for(tx, number, actor).case_number
        if behind:
            allow(rules.somebody(case_store.hold(tx, behind)), as_=Conflict)
    return number


def meet(tx: Transaction, number: str, actor: Actor, given: Mapping[str, Any]) -> Matter:
    """A meeting, with who came and what each party said 民议."""
    matter, pack = _load(tx, number, actor), pack_for(tx.district)
    came = tuple(Attendance(**one) for one in given["attendance"])
    allow(
        rules.known("platform", given["platform"], pack.platforms),
        *(rules.known("attendance", one.party, pack.parties) for one in came),
        rules.few_enough("meeting", matter.meetings),
    )
    meeting = Meeting(
        given["at"], given["platform"], given["place"], came, given["agreed"], actor.name
    )
    after = moved(matter, "meet", meetings=(*matter.meetings, meeting))
    return _kept(tx, after, actor, "meet", given["agreed"])


def set_task(tx: Transaction, number: str, actor: Actor, given: Mapping[str, Any]) -> Matter:
    """Who does what until when 民办."""
    matter, pack = _load(tx, number, actor), pack_for(tx.district)
    allow(
        rules.known("party", given["party"], pack.parties),
        rules.not_past(given["due"], local(tx.now).date()),
        rules.few_enough("task", matter.tasks),
    )
    after = moved(matter, "task", tasks=(*matter.tasks, Task(**given)))
    return _kept(tx, after, actor, "task", given["text"])


def finish_task(tx: Transaction, number: str, actor: Actor, task: int, note: str = "") -> Matter:
    """A task is done."""
    matter = _load(tx, number, actor)
    allow(rules.task_open(matter, task))
    tasks = list(matter.tasks)
    tasks[task - 1] = replace(tasks[task - 1], done_at=tx.now, note=note)
    return _kept(tx, moved(matter, "task-done", tasks=tuple(tasks)), actor, "task-done", note)


def gather(tx: Transaction, number: str, actor: Actor, given: Mapping[str, Any]) -> Matter:
    """What a party brings: money, work or things 民筹."""
    matter, pack = _load(tx, number, actor), pack_for(tx.district)
    allow(
        rules.known("party", given["party"], pack.parties),
        rules.few_enough("means", matter.means),
    )
    after = moved(matter, "means", means=(*matter.means, Means(**given)))
    return _kept(tx, after, actor, "means", given["what"])


def decide(tx: Transaction, number: str, actor: Actor, given: Mapping[str, Any]) -> Matter:
    """A vote 民决; without a quorum it is kept, with why it does not count."""
    matter, quorum = _load(tx, number, actor), pack_for(tx.district).quorum
    votes = (given["votes_for"], given["votes_against"], given["abstained"])
    entitled, present = given["entitled"], given["present"]
    allow(
        rules.votes_add_up(entitled, present, votes),
        rules.few_enough("decision", matter.decisions),
    )
    reason = rules.no_quorum(entitled, present, quorum)
    passed = reason is None and rules.passes(votes[0], present, quorum)
    decision = Decision(
        at=tx.now,
        question=given["question"],
        entitled=entitled,
        present=present,
        votes_for=votes[0],
        votes_against=votes[1],
        abstained=votes[2],
        passed=passed,
        why_not=str(reason) if reason else "",
        by=actor.name,
    )
    after = moved(matter, "decide", decisions=(*matter.decisions, decision))
    return _kept(tx, after, actor, "decide", given["question"])


def grade(tx: Transaction, number: str, actor: Actor, score: int, words: str = "") -> Matter:
    """What a resident thinks of how it went 民评, by the five grades."""
    matter = _load(tx, number, actor)
    allow(rules.few_enough("grade", matter.grades))
    given = Grade(tx.now, score, words)
    return _kept(tx, moved(matter, "grade", grades=(*matter.grades, given)), actor, "grade", words)


def advance(tx: Transaction, number: str, actor: Actor, reason: str = "") -> Matter:
    """On to the district's next step; a step that may be skipped is, with a reason.

    Raises:
        Conflict: what the step needs is not there yet, or it was the last.
    """
    matter, pack = _load(tx, number, actor), pack_for(tx.district)
    step, after = pack.step(matter.step), pack.after(matter.step)
    if after is None:
        raise Invalid(Reason("step", msgid("已经是最后一步"), msgid("请记为办成或没谈成")))
    if not (step.may_skip and reason):
        allow(rules.step_ready(matter, step, pack), as_=Conflict)
    return _kept(tx, moved(matter, "advance", step=after.code), actor, "advance", reason)


def end(tx: Transaction, number: str, actor: Actor, action: str, result: str) -> Matter:
    """``settle``, after all steps; ``fail``: no agreement; ``drop``: wanted and shown no more.

    Raises:
        Conflict: a step is missing before it is settled.
    """
    matter, pack = _load(tx, number, actor), pack_for(tx.district)
    if action == "settle":
        step = pack.step(matter.step)
        wrong = rules.last_step(matter, pack) or rules.step_ready(matter, step, pack)
        allow(wrong, as_=Conflict)
    hidden = HIDDEN if action == "drop" else {}
    after = moved(matter, action, ended_at=tx.now, result=result, **hidden)
    return _kept(tx, after, actor, action, result)


def reopen(tx: Transaction, number: str, actor: Actor, reason: str) -> Matter:
    """It is not over after all."""
    matter = _load(tx, number, actor)
    after = moved(matter, "reopen", ended_at=None, result="")
    return _kept(tx, after, actor, "reopen", reason)


def publish(tx: Transaction, number: str, actor: Actor, words: str) -> Matter:
    """Say on the public page what was decided; names behind it, and numbers, are masked."""
    matter = _load(tx, number, actor)
    allow(rules.decided_or_said(matter), as_=Conflict)
    names = names_behind(tx, *numbers_behind(matter))
    told, title = mask_text(words, *names), mask_text(matter.title, *names)
    after = moved(matter, "publish", title=title, public_words=told, published_at=tx.now)
    return _kept(tx, after, actor, "publish", told)


def unpublish(tx: Transaction, number: str, actor: Actor, reason: str) -> Matter:
    """Take it off the public page, with a reason.

    Raises:
        Conflict: it is not there.
    """
    matter = _load(tx, number, actor)
    allow(rules.shown_to_all(matter), as_=Conflict)
    return _kept(tx, moved(matter, "unpublish", **HIDDEN), actor, "unpublish", reason)


def open_case(tx: Transaction, number: str, actor: Actor, applicant: Applicant) -> Matter:
    """Make a case of it, for the one who asks: what the neighbours cannot do themselves.

    Raises:
        Conflict: it is one already.
        Rejected: as a case is accepted.
    """
    matter = _load(tx, number, actor)
    allow(rules.one_case(matter), as_=Conflict)
    asked = Acceptance(
        actor,
        matter.community,
        applicant.name,
        applicant.phone,
        title=matter.title,
        description=matter.story,
        kind="complaint" if matter.dispute else "suggestion",
    )
    made = cases.accept_case(tx, asked).case
    if made is None:
        raise Invalid(Reason("case", msgid("这件事社区不能受理"), msgid("请看不予出具事项")))
    tx.about(matter.number)
    after = moved(matter, "case", case_number=made.number)
    return _kept(tx, after, actor, "case", made.number)


def _load(tx: Transaction, number: str, actor: Actor) -> Matter:
    matter = store.get(tx, number)
    allow(own_community(actor, matter.community), as_=Forbidden)
    return matter


def _kept(tx: Transaction, matter: Matter, actor: Actor, action: str, said: str) -> Matter:
    store.save(tx, matter)
    store.note(tx, matter, actor.name, action, said)
    return matter
