"""Leave: asked, granted with somebody standing in, refused, taken back."""

from dataclasses import replace
from datetime import datetime

from services.intake.case import Actor
from services.intake.reason import Conflict, Forbidden, Reason, allow
from services.intake.rosters import rules, store
from services.intake.rosters.cover import leaves_gap
from services.intake.rosters.cover_store import Days
from services.intake.rosters.handlers import Place, days_of, keep_cover, local_day, new_duty
from services.intake.rosters.leave import ASKED, GRANTED, Leave, moved
from services.intake.rosters.pack import pack_for
from services.intake.rosters.people import ring_of
from services.intake.rosters.said import Said
from services.intake.rosters.shift import STAND_IN, Away, Duty
from services.intake.rosters.turns import Open, Turn, draw
from services.intake.rules import own_community
from shared.case_number import make
from shared.db import Transaction

PREFIX = "QJ"


def ask_leave(
    tx: Transaction, actor: Actor, kind: str, span: tuple[datetime, datetime], reason: str
) -> Leave:
    """Ask for leave of one's own.

    Raises:
        Forbidden: they belong to no community.
        Invalid: the time is out of order.
        Conflict: leave for that time was asked for before.
    """
    begins, ends = span
    allow(own_community(actor, actor.community or ""), as_=Forbidden)
    allow(rules.leave_in_order(begins, ends, tx.now))
    community = actor.community or ""
    others = store.leaves_between(tx, community, begins, ends, (ASKED, GRANTED))
    mine = [one for one in others if one.username == actor.username]
    allow(rules.not_asked_before(mine), as_=Conflict)
    leave = Leave(
        make(PREFIX, local_day(tx.now), tx.serial("leave")),
        community,
        actor.username,
        actor.name,
        kind,
        begins,
        ends,
        reason,
        tx.now,
    )
    store.add_leave(tx, leave)
    tx.about(leave.number)
    return leave


def grant_leave(
    tx: Transaction, number: str, actor: Actor, words: str = "", in_view: str = ""
) -> Leave:
    """Grant it; who is free stands in for whole days, the other of the pair covers the rest.

    Raises:
        Forbidden: another community's.
        Conflict: it was decided; or the post would be empty, unless that is taken in view.
    """
    leave = _load(tx, number, actor)
    granted = moved(leave, "grant", Said(actor, tx.now, words, in_view))
    store.hold(tx, leave.community)
    ahead = _ahead(tx, leave)
    off, stand_ins = _stand_ins(tx, ahead, leave)
    after = [*(one for one in ahead.duties if one not in off), *stand_ins]
    keep_cover(ahead, after, [*ahead.away, leave.away], in_view)
    for duty in off:
        store.save_duty(tx, duty.cancelled(tx.now))
    tx.flush()  # a seat is given away before it is taken
    for duty in stand_ins:
        store.add_duty(tx, duty)
    store.save_leave(tx, granted)
    return granted


def refuse_leave(tx: Transaction, number: str, actor: Actor, words: str) -> Leave:
    """Refuse it, and why.

    Raises:
        Forbidden: another community's.
        Conflict: it was decided.
    """
    refused = moved(_load(tx, number, actor), "refuse", Said(actor, tx.now, words))
    store.save_leave(tx, refused)
    return refused


def withdraw_leave(tx: Transaction, number: str, actor: Actor, *, manages: bool = False) -> Leave:
    """Take one's own back, also once it was granted; a manager may for others.

    Raises:
        Forbidden: somebody else's.
        Conflict: it was refused or withdrawn.
    """
    leave = _load(tx, number, actor)
    allow(rules.own(leave.username, actor, manages=manages), as_=Forbidden)
    withdrawn = moved(leave, "withdraw", Said(actor, tx.now))
    store.save_leave(tx, withdrawn)
    return withdrawn


def gap_of(tx: Transaction, leave: Leave) -> Reason | None:
    """What granting it would leave uncovered: said before anybody decides."""
    ahead = _ahead(tx, leave)
    off, stand_ins = _stand_ins(tx, ahead, leave)
    after = [*(one for one in ahead.duties if one not in off), *stand_ins]
    return leaves_gap(ahead.gaps(), ahead.gaps(after, [*ahead.away, leave.away]))


def _load(tx: Transaction, number: str, actor: Actor) -> Leave:
    leave = store.get_leave(tx, number)
    allow(own_community(actor, leave.community), as_=Forbidden)
    return leave


def _ahead(tx: Transaction, leave: Leave) -> Days:
    """The days it touches, from today."""
    first = max(local_day(leave.starts_at), local_day(tx.now))
    return days_of(tx, leave.community, first, max(local_day(leave.ends_at), first))


def _stand_ins(tx: Transaction, ahead: Days, leave: Leave) -> tuple[list[Duty], list[Duty]]:
    """The duties they cannot do at all, and those of who stands in, as far as anybody is free."""
    off = [one for one in ahead.duties if _whole(one, leave.away) and one.starts_at > tx.now]
    rings = {post: _ring(tx, leave.community, post) for post in {one.post for one in off}}
    found = []
    for duty in off:
        who = _free(ahead, duty, rings[duty.post], leave)
        if who is not None:
            place = Place(duty.community, duty.day, duty.post, duty.seat)
            found.append(new_duty(tx, place, (who.username, who.name), STAND_IN))
            who.done += 1
    return off, found


def _whole(duty: Duty, away: Away) -> bool:
    """Whether they are away for all of it."""
    mine = duty.username == away.username
    return mine and away.starts_at <= duty.starts_at and duty.ends_at <= away.ends_at


def _ring(tx: Transaction, community: str, post: str) -> dict[str, Turn]:
    found = pack_for(tx.district).posts.get(post)
    ring = ring_of(tx, community, found, local_day(tx.now)) if found else []
    return {one.username: replace(one, partner="") for one in ring}


def _free(ahead: Days, duty: Duty, ring: dict[str, Turn], leave: Leave) -> Turn | None:
    """Who served least and is neither away, nor there already, nor taken off that day."""
    that_day = (one for one in ahead.duties if (one.day, one.post) == (duty.day, duty.post))
    away = [*ahead.away, leave.away]
    gone = {a.username for a in away if a.starts_at < duty.ends_at and a.ends_at > duty.starts_at}
    seats = frozenset(one.username for one in that_day)
    gone |= ahead.taken_off(duty.day, duty.post)
    drawn = draw(Open(duty.day, (duty.seat,), seats, frozenset(gone)), ring)
    return ring[drawn[0]] if drawn else None
