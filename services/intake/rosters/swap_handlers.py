"""Swaps: asked, answered by the other, seen by the manager; then the duties change hands."""

from dataclasses import dataclass

from services.intake.case import Actor
from services.intake.reason import Conflict, Forbidden, Reason, allow, msgid
from services.intake.rosters import rules, store
from services.intake.rosters.handlers import Place, days_of, keep_cover, local_day, new_duty
from services.intake.rosters.pack import pack_for
from services.intake.rosters.people import members_of
from services.intake.rosters.said import Said
from services.intake.rosters.shift import SWAPPED, Duty
from services.intake.rosters.swap import Swap, moved
from services.intake.rules import own_community
from shared.case_number import make
from shared.db import Transaction

PREFIX = "HB"


@dataclass(frozen=True)
class Wanted:
    """A swap somebody asks for; without `other_duty` they ask to be relieved."""

    duty: str
    other: str
    other_duty: str = ""
    reason: str = ""


def ask_swap(tx: Transaction, actor: Actor, wanted: Wanted) -> Swap:
    """Ask somebody to swap, or to take a duty over.

    Raises:
        Forbidden: the duty is not one's own.
        Conflict: a duty has begun or is another's; or the other does not take turns there.
    """
    mine = store.get_duty(tx, wanted.duty)
    allow(rules.own(mine.username, actor, manages=False), as_=Forbidden)
    theirs = store.get_duty(tx, wanted.other_duty) if wanted.other_duty else None
    here = members_of(tx, pack_for(tx.district), mine.community)
    names = {one.username: one.name for one in here if mine.post in one.posts}
    allow(rules.somebody_else(wanted.other, actor), rules.takes_turns(wanted.other, names))
    _still_good(tx, mine, theirs, wanted.other)
    swap = Swap(
        make(PREFIX, local_day(tx.now), tx.serial("swap")),
        mine.community,
        actor.username,
        actor.name,
        mine.id,
        wanted.other,
        names[wanted.other],
        wanted.other_duty,
        wanted.reason,
        tx.now,
    )
    store.add_swap(tx, swap)
    tx.about(swap.number)
    return swap


def answer_swap(tx: Transaction, number: str, action: str, actor: Actor, words: str = "") -> Swap:
    """The other agrees or declines; who asked takes it back.

    Raises:
        Forbidden: another community's.
        Conflict: not theirs to say, or said before; or a duty has begun meanwhile.
    """
    swap = _load(tx, number, actor)
    after = moved(swap, action, Said(actor, tx.now, words))
    if action == "agree":
        _still_good(tx, *_duties(tx, swap), swap.other_username)
    store.save_swap(tx, after)
    return after


def decide_swap(tx: Transaction, number: str, action: str, actor: Actor, said: Said) -> Swap:
    """The manager sees it: `confirm`, and the duties change hands; or `refuse`.

    Raises:
        Forbidden: another community's.
        Conflict: nobody agreed yet, a duty has begun, or the post would be empty.
    """
    swap = _load(tx, number, actor)
    after = moved(swap, action, said)
    if action == "confirm":
        _change_hands(tx, swap, said.in_view)
    store.save_swap(tx, after)
    return after


def _change_hands(tx: Transaction, swap: Swap, in_view: str) -> None:
    store.hold(tx, swap.community)
    mine, theirs = _duties(tx, swap)
    _still_good(tx, mine, theirs, swap.other_username)
    fresh = [_given(tx, mine, (swap.other_username, swap.other_name))]
    if theirs is not None:
        fresh.append(_given(tx, theirs, (swap.username, swap.name)))
    off = [one for one in (mine, theirs) if one is not None]
    days = sorted(one.day for one in off)
    ahead = days_of(tx, swap.community, days[0], days[-1])
    gone = {one.id for one in off}
    after = [*(one for one in ahead.duties if one.id not in gone), *fresh]
    keep_cover(ahead, after, ahead.away, in_view)
    for duty in off:
        store.save_duty(tx, duty.cancelled(tx.now))
    tx.flush()  # a seat is given away before it is taken
    for duty in fresh:
        store.add_duty(tx, duty)


def _given(tx: Transaction, duty: Duty, who: tuple[str, str]) -> Duty:
    return new_duty(tx, Place(duty.community, duty.day, duty.post, duty.seat), who, SWAPPED)


def _still_good(tx: Transaction, mine: Duty, theirs: Duty | None, other: str) -> None:
    """Neither has begun, both are whose they were, and nobody would sit in two seats at once."""
    allow(rules.not_begun(mine, tx.now), as_=Conflict)
    if theirs is not None:
        allow(rules.not_begun(theirs, tx.now), rules.same_post(mine, theirs), as_=Conflict)
        allow(rules.others_duty(theirs, other), as_=Conflict)
    ids = {mine.id, theirs.id if theirs else ""}
    for duty, who in ((mine, other), (theirs, mine.username)):
        if duty is not None:
            that_day = store.duties_between(tx, duty.community, duty.day, duty.day, post=duty.post)
            rest = [one for one in that_day if one.id not in ids]
            allow(rules.one_seat_a_day(rest, duty.day, duty.post, who), as_=Conflict)
            allow(_not_away(tx, duty, who), as_=Conflict)


def _not_away(tx: Transaction, duty: Duty, who: str) -> Reason | None:
    """Who is on leave that day takes nothing over."""
    away = store.away_between(tx, duty.community, duty.starts_at, duty.ends_at)
    if who not in {one.username for one in away}:
        return None
    values = {"day": f"{duty.day:%Y-%m-%d}"}
    return Reason("other", msgid("%(day)s 接班的人请了假"), msgid("请换一天或换一个人"), values)


def _duties(tx: Transaction, swap: Swap) -> tuple[Duty, Duty | None]:
    theirs = store.get_duty(tx, swap.other_duty) if swap.other_duty else None
    return store.get_duty(tx, swap.duty), theirs


def _load(tx: Transaction, number: str, actor: Actor) -> Swap:
    swap = store.get_swap(tx, number)
    allow(own_community(actor, swap.community), as_=Forbidden)
    return swap
