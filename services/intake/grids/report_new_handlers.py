"""How a report from the spot comes in: checked, numbered, kept; sent twice it is one."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from services.intake import rules
from services.intake.case import Officer
from services.intake.grids import care_handlers, report_rules, report_store, report_words
from services.intake.grids.report import NOBODY, RECORDED, REPORTED, SOLVED, Draft, Report
from services.intake.grids.territory import grid_known
from services.intake.grids.work import GridWork, Kind, find, work_for
from services.intake.reason import Conflict, Forbidden, Invalid, Reason, allow, msgid
from services.intake.rosters import duty
from shared.case_number import make
from shared.clock import local
from shared.db import Transaction
from shared.workdays import WorkCalendar

SERIES = "grid_report"
OUTSIDE = "@passer-by"
"""Who reports without signing in; `@` names are worded when shown."""


@dataclass(frozen=True)
class Made:
    """A report, and whether the phone had sent it before."""

    report: Report
    repeated: bool = False


def make_report(tx: Transaction, draft: Draft) -> Made:
    """Take a report in; the same `client_id` again gives the same report.

    What its reporter changed on the phone meanwhile (`edited`) changes it, until it is taken up.

    Raises:
        Invalid: naming each wrong field.
        Forbidden: the worker serves another community.
        Conflict: this id was used for another report; the report it was used for is taken up
            (`values` has its number); or nobody answers in that community.

    """
    work = work_for(tx.district)
    kind = _checked(tx, draft, work)
    earlier = report_store.sent_before(tx, draft.client_id)
    if earlier is None:
        report = _report(tx, draft, work, kind)
        earlier = report_store.claim(tx, report, _digest(tx, draft))
    if earlier is not None:
        return Made(_again(tx, earlier, draft, work, kind), repeated=True)
    who = draft.actor.name
    report_store.tell(tx, report, who, "solve" if draft.done else "report", draft.done)
    _seen(tx, draft, report, kind)
    return Made(report)


def due_at(tx: Transaction, urgency: str) -> datetime | None:
    """By the pack, in working days or hours around the clock, by the one calendar."""
    within = next((one for one in work_for(tx.district).within if one.urgency == urgency), None)
    if within is None:
        return None
    calendar: WorkCalendar = tx.district.calendar
    if "hours" in within.finish:
        return tx.now + timedelta(hours=within.finish["hours"])
    return calendar.add_workdays(tx.now, within.finish["workdays"])


# -- inside ----------------------------------------------------------------------------------------


def _checked(tx: Transaction, draft: Draft, work: GridWork) -> Kind:
    outside = draft.actor.username == ""
    allow(report_rules.kind_known(work, draft.kind, outside=outside))
    if draft.community not in tx.district.communities:
        raise Invalid(_no_community())
    allow(rules.own_community(draft.actor, draft.community), as_=Forbidden)
    kind = work.kind(draft.kind)
    if kind is None:
        raise LookupError(draft.kind)
    allow(
        report_rules.category_known(work, draft, kind),
        report_rules.checklist_known(work, draft, kind),
        report_rules.answers_known(draft.answers, kind),
        report_rules.says_something(draft, kind),
        report_rules.placed(draft, followed=_followed(draft, kind)),
        report_rules.on_earth(draft.position),
        report_rules.few_photos(draft.photos),
        grid_known(tx.district, draft.community, draft.grid),
        _urgency_known(tx, draft.urgency),
    )
    return kind


def _report(tx: Transaction, draft: Draft, work: GridWork, kind: Kind, number: str = "") -> Report:
    """What is kept of it; `number` of one that is known."""
    urgency = draft.urgency or _urgency(work, draft)
    followed = _followed(draft, kind) or bool(draft.done)
    reporter = Officer(draft.actor.username, draft.actor.name)
    outside = not draft.actor.username
    owner = duty.officer_for(tx, draft.community, tx.now) if outside else reporter
    return Report(
        number=number or make(work.report_prefix, local(tx.now).date(), tx.serial(SERIES)),
        client_id=draft.client_id,
        kind=draft.kind,
        state=_first_state(draft, followed=followed),
        community=draft.community,
        grid=draft.grid,
        urgency=urgency,
        title=report_words.title(work, draft),
        words=draft.words.strip(),
        place=draft.place.strip(),
        position=draft.position,
        checked=_said(draft),
        care=draft.care,
        phone=draft.phone,
        photos=draft.photos,
        by=reporter,
        owner=owner,
        handler=reporter if draft.done else NOBODY,
        seen_at=report_rules.seen_when(draft.seen_at, tx.now),
        received_at=tx.now,
        due_at=due_at(tx, urgency) if followed else None,
        result=draft.done.strip(),
        solved_by=draft.actor.username if draft.done else "",
        closed_at=None if followed else tx.now,
    )


def _first_state(draft: Draft, *, followed: bool) -> str:
    if draft.done.strip():
        return SOLVED
    return REPORTED if followed else RECORDED


def _said(draft: Draft) -> dict[str, Any]:
    return {
        "category": draft.category,
        "checklist": draft.checklist,
        "found": list(draft.found),
        "answers": dict(draft.answers),
    }


def _followed(draft: Draft, kind: Kind) -> bool:
    """Whether somebody has to take it up: by its kind, what was found, or what was answered."""
    return kind.followed or bool(draft.found) or any(one.followed for one in _chosen(draft, kind))


def _chosen(draft: Draft, kind: Kind) -> list[Any]:
    found = []
    for code, choice in draft.answers.items():
        question = find(kind.questions, code)
        one = find(question.choices, choice) if question else None
        if one is not None:
            found.append(one)
    return found


def _seen(tx: Transaction, draft: Draft, report: Report, kind: Kind) -> None:
    tx.about(report.number)
    if draft.care:
        care_handlers.visited(tx, draft.care, draft.actor, _visit_of(report, kind))


def _visit_of(report: Report, kind: Kind) -> datetime | None:
    """When the person was met; None where nobody was at home."""
    answers = report.checked["answers"]
    for question in kind.questions:
        choice = find(question.choices, answers.get(question.code, ""))
        if choice is not None and not choice.met:
            return None
    return report.seen_at


def _urgency(work: GridWork, draft: Draft) -> str:
    category = work.category(draft.category)
    return category.urgency if category else "normal"


def _urgency_known(tx: Transaction, urgency: str) -> Reason | None:
    if not urgency or any(one.code == urgency for one in tx.district.rules.urgencies):
        return None
    return Reason("urgency", msgid("没有这种紧急程度"), msgid("请重新选"))


def _digest(tx: Transaction, draft: Draft) -> str:
    """What it is recognised by; under a key, as a bare hash would tell a telephone to guessers."""
    return tx.keys.digests("grid_reports.digest", _plain(draft))[0].hex()


def _plain(draft: Draft) -> str:
    # A form pressed twice says the same at another second, and may say less of photos.
    said = asdict(draft) | {"actor": draft.actor.username, "seen_at": "", "photos": 0}
    del said["edited"]
    return json.dumps(said, sort_keys=True, ensure_ascii=False)


def _again(tx: Transaction, earlier: Report, draft: Draft, work: GridWork, kind: Kind) -> Report:
    """The same id says the same, or what its reporter changed; of others' nothing is told."""
    digests = [one.hex() for one in tx.keys.digests("grid_reports.digest", _plain(draft))]
    if report_store.digest_of(tx, earlier.number) in digests:
        tx.record("report.make.repeated", earlier.number)
        return earlier
    allow(report_rules.its_own(earlier, draft), as_=Conflict)
    allow(report_rules.still_untouched(earlier), as_=Conflict)
    after = _amended(tx, earlier, draft, _report(tx, draft, work, kind, earlier.number))
    _seen(tx, draft, after, kind)
    return after


def _amended(tx: Transaction, earlier: Report, draft: Draft, fresh: Report) -> Report:
    """It says what the phone says now; its clock starts anew only where the limit is another."""
    kept: dict[str, Any] = {n: getattr(earlier, n) for n in ("version", "received_at", "pressed")}
    if fresh.urgency == earlier.urgency and fresh.due_at and earlier.due_at:
        kept["due_at"] = earlier.due_at
    after = report_store.save(tx, earlier, replace(fresh, **kept), _digest(tx, draft))
    reworded = earlier.words if after.words != earlier.words else ""
    action = "reword" if reworded else "amend"
    report_store.tell(tx, after, draft.actor.name, action, reworded)
    return after


def _no_community() -> Reason:
    return Reason("community", msgid("没有这个社区"), msgid("请从列表里选社区"))
