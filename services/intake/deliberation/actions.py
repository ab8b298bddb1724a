"""What the API and the pages of deliberation do alike."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, time, timedelta
from typing import Any

from services.intake.case import Actor
from services.intake.deliberation import handlers, schemas, store
from services.intake.deliberation.handlers import Applicant, Draft
from services.intake.deliberation.matter import SETTLED, STATES, TRANSITIONS, UNSETTLED, Matter
from services.intake.deliberation.pack import Named, pack_for
from services.intake.deliberation.store import Wanted
from services.intake.reason import Forbidden, Reason, Unknown, allow, msgid
from services.intake.rosters.posts import at
from services.intake.rules import own_community
from shared import clock
from shared.clock import local
from shared.db import Transaction
from shared.runtime import Runtime
from shared.web.i18n import ENGLISH, language

Given = Mapping[str, Any]


@dataclass(frozen=True)
class Act:
    """Something people do with a matter: what it takes, and the handler."""

    body: type[Any]
    run: Callable[[Transaction, str, Actor, Given], Matter]


def _end(action: str) -> Act:
    return Act(
        schemas.ResultBody,
        lambda tx, number, actor, given: handlers.end(tx, number, actor, action, given["result"]),
    )


ACTS: dict[str, Act] = {
    "meet": Act(schemas.MeetBody, handlers.meet),
    "task": Act(schemas.TaskBody, handlers.set_task),
    "task-done": Act(
        schemas.TaskDoneBody,
        lambda tx, number, actor, given: handlers.finish_task(tx, number, actor, **given),
    ),
    "means": Act(schemas.MeansBody, handlers.gather),
    "decide": Act(schemas.DecideBody, handlers.decide),
    "grade": Act(
        schemas.GradeBody,
        lambda tx, number, actor, given: handlers.grade(tx, number, actor, **given),
    ),
    "advance": Act(
        schemas.AdvanceBody,
        lambda tx, number, actor, given: handlers.advance(tx, number, actor, given["reason"]),
    ),
    "settle": _end("settle"),
    "fail": _end("fail"),
    "drop": _end("drop"),
    "reopen": Act(
        schemas.ReopenMatterBody,
        lambda tx, number, actor, given: handlers.reopen(tx, number, actor, given["reason"]),
    ),
    "publish": Act(
        schemas.PublishBody,
        lambda tx, number, actor, given: handlers.publish(tx, number, actor, given["words"]),
    ),
    "unpublish": Act(
        schemas.UnpublishBody,
        lambda tx, number, actor, given: handlers.unpublish(tx, number, actor, given["reason"]),
    ),
    "case": Act(
        schemas.MatterCaseBody,
        lambda tx, number, actor, given: handlers.open_case(tx, number, actor, Applicant(**given)),
    ),
}
"""verb -> what it takes and does; the verbs are the actions of TRANSITIONS."""


def raise_matter(runtime: Runtime, actor: Actor, given: Given) -> Matter:
    """Raise a matter."""
    draft = Draft(**{**given, "parties": tuple(given["parties"])})
    return runtime.database.run(lambda tx: handlers.raise_matter(tx, actor, draft))


def act(runtime: Runtime, actor: Actor, number: str, verb: str, given: Given) -> Matter:
    """Do one thing with a matter."""
    run = ACTS[verb].run
    return runtime.database.run(lambda tx: run(tx, number, actor, given))


def get(runtime: Runtime, actor: Actor, number: str) -> tuple[Matter, list[store.Entry]]:
    """One matter of the own community, with its history."""
    with runtime.database.read() as connection:
        matter = store.get(connection, number)
        allow(own_community(actor, matter.community), as_=Forbidden)
        return matter, store.history_of(connection, number)


def search(runtime: Runtime, actor: Actor, asked: Given) -> tuple[list[Matter], int]:
    """A page of matters; an officer sees those of their own community."""
    community = asked["community"] or actor.community
    if community is not None:
        allow(own_community(actor, community), as_=Forbidden)
    wanted = Wanted(community or "", asked["state"], asked["kind"])
    with runtime.database.read() as connection:
        return store.search(connection, wanted, asked["page"], asked["page_size"])


def talk(runtime: Runtime, community: str, page: int, size: int) -> tuple[list[Matter], int]:
    """A page of what was made public."""
    with runtime.database.read() as connection:
        return store.public(connection, community, page, size)


def disputes(
    runtime: Runtime, actor: Actor, community: str, span: tuple[date | None, date | None]
) -> dict[str, Any]:
    """How many ended between two days, by kind; disputes settled are counted together."""
    here = community or actor.community
    if here is not None:
        allow(own_community(actor, here), as_=Forbidden)
    today = local(clock.now()).date()
    last = span[1] or today
    first = span[0] or last.replace(month=1, day=1)
    begin, end = (at(day, time.min) for day in (first, last + timedelta(days=1)))
    with runtime.database.read() as connection:
        found = store.settled(connection, here or "", begin, end)
    items: list[dict[str, Any]] = [
        {
            "kind": kind.code,
            "name": named(kind),
            "dispute": kind.dispute,
            "settled": found.get(kind.code, {}).get(SETTLED, 0),
            "unsettled": found.get(kind.code, {}).get(UNSETTLED, 0),
        }
        for kind in pack_for(runtime.district).kinds
    ]
    settled = sum(one["settled"] for one in items if one["dispute"])
    return {"first": first, "last": last, "items": items, "settled": settled}


def made_public(runtime: Runtime, number: str) -> Matter:
    """One matter of the public page.

    Raises:
        Unknown: there is none, or it was not made public.
    """
    with runtime.database.read() as connection:
        matter = store.get(connection, number)
    if matter.published_at is None:
        raise Unknown(Reason("number", msgid("没有这项公开的决定"), msgid("请从列表里选")))
    return matter


# ---- As JSON ----


def row_json(runtime: Runtime, matter: Matter) -> dict[str, Any]:
    """A matter in a list."""
    pack = pack_for(runtime.district)
    return asdict(matter) | {
        "step_name": named(pack.step(matter.step)),
        "state_label": STATES[matter.state][_english()],
    }


def matter_json(runtime: Runtime, matter: Matter, history: list[store.Entry]) -> dict[str, Any]:
    """A matter with its papers, and what may be done with it now."""
    told = row_json(runtime, matter) | dict(store.row_of(matter)["papers"])
    lines = [asdict(one) | {"at": one.at.isoformat()} for one in history]
    return told | {"history": lines, "actions": actions_of(matter)}


def talk_json(runtime: Runtime, matter: Matter) -> dict[str, Any]:
    """What everybody may read of it: the decision, and nobody's name."""
    counted = [one for one in matter.decisions if not one.why_not]
    votes = counted[-1] if counted else None
    return {
        "number": matter.number,
        "community": community_name(runtime, matter.community),
        "title": matter.title,
        "kind_name": named(pack_for(runtime.district).kind(matter.kind)),
        "state_label": STATES[matter.state][_english()],
        "words": matter.public_words,
        "published_at": matter.published_at,
        "votes": None
        if votes is None
        else {
            "for": votes.votes_for,
            "against": votes.votes_against,
            "abstained": votes.abstained,
            "passed": votes.passed,
        },
    }


def actions_of(matter: Matter) -> list[str]:
    """What its state allows; only what is public is taken back."""
    hidden = {"unpublish"} if matter.published_at is None else set()
    return [v for v in ACTS if (matter.state, v) in TRANSITIONS and v not in hidden]


def community_name(runtime: Runtime, code: str) -> str:
    """What a community is called."""
    known = runtime.district.communities.get(code)
    return known.short_name if known is not None else code


def named(one: Named | None) -> str:
    """An entry of the pack in the reader's language."""
    if one is None:
        return ""
    return one.name_en if _english() else one.name


def _english() -> bool:
    return language() == ENGLISH
