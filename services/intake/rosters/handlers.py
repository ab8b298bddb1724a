"""What happens to a rota: it is planned ahead, and changed by hand."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from services.intake.case import Actor
from services.intake.reason import Conflict, Forbidden, allow
from services.intake.rosters import rules, store
from services.intake.rosters.cover import leaves_gap
from services.intake.rosters.cover_store import Days, load_days
from services.intake.rosters.pack import pack_for
from services.intake.rosters.people import members_of, ring_of, save_member
from services.intake.rosters.posts import WEEK, Post
from services.intake.rosters.shift import BY_HAND, LEFT_EMPTY, ROTA, TAKEN_OFF, Away, Duty
from services.intake.rosters.turns import Open, rota
from services.intake.rules import own_community
from shared.clock import local
from shared.db import Transaction

NOBODY = Actor("", "@system", "system")


@dataclass(frozen=True)
class Place:
    """A seat on a day."""

    community: str
    day: date
    post: str
    seat: str


# ---- Planning ----


def plan(tx: Transaction, community: str, first: date, weeks: int, actor: Actor = NOBODY) -> int:
    """Fill the empty seats of the coming weeks in turn; what stands already stays.

    Returns how many duties were added.

    Raises:
        Forbidden: another community's.
        Rejected: the first day is past.
    """
    allow(own_community(actor, community), as_=Forbidden)
    allow(rules.not_over(first, local(tx.now).date()))
    pack = pack_for(tx.district)
    tx.about(community)
    store.hold(tx, community)
    last = first + timedelta(days=7 * weeks - 1)
    ahead = _let_go(tx, days_of(tx, community, first, last))
    return sum(_plan_post(tx, community, post, ahead) for post in pack.posts.values())


def plan_ahead(tx: Transaction, community: str) -> int:
    """The timer's: as many weeks as the pack says, from tomorrow."""
    tomorrow = local(tx.now).date() + timedelta(days=1)
    return plan(tx, community, tomorrow, pack_for(tx.district).weeks_ahead)


def _let_go(tx: Transaction, ahead: Days) -> Days:
    """Free the seats of who works here no more; what has begun stays in the rota as it was."""
    gone = [one for one in ahead.left if one.starts_at > tx.now]
    for duty in gone:
        store.save_duty(tx, duty.cancelled(tx.now))
    tx.flush()  # a seat is given away before it is taken
    return replace(ahead, left=tuple(one for one in ahead.left if one not in gone))


def _plan_post(tx: Transaction, community: str, post: Post, ahead: Days) -> int:
    ring = ring_of(tx, community, post, local(tx.now).date())
    days = [_open(ahead, day, post) for day in _held(tx, ahead, post)]
    drawn = rota([one for one in days if one.seats], ring, by_week=post.turn == WEEK)
    names = {turn.username: turn.name for turn in ring}
    for day, seat, username in drawn:
        place = Place(community, day, post.code, seat)
        store.add_duty(tx, new_duty(tx, place, (username, names[username]), ROTA))
    return len(drawn)


def _held(tx: Transaction, ahead: Days, post: Post) -> list[date]:
    """Posts without a day of the week are held whenever the desks are open."""
    calendar = tx.district.calendar
    return [day for day in ahead.days if post.weekday is None or post.held_on(day, calendar)]


def _open(ahead: Days, day: date, post: Post) -> Open:
    """The seats nobody has yet, as many as there must be; who is away a part of it is not drawn.

    Nor is who was taken off by hand; and a seat the manager left empty in view stays empty.
    """
    own = [one for one in ahead.duties if (one.day, one.post) == (day, post.code)]
    left = {one.seat for one in ahead.left if (one.day, one.post) == (day, post.code)}
    empty = ahead.left_empty(day, post.code)
    taken = {one.seat for one in own} | left | empty
    free = [seat.code for seat in post.seats if seat.code not in taken]
    begin, end = ahead.pack.open_on(day)
    gone = {one.username for one in ahead.away if one.starts_at < end and one.ends_at > begin}
    return Open(
        day,
        tuple(free[: max(post.least - len(own) - len(empty), 0)]),
        frozenset(one.username for one in own),
        frozenset(gone) | ahead.taken_off(day, post.code),
    )


def new_duty(tx: Transaction, place: Place, who: tuple[str, str], why: str) -> Duty:
    """A duty in this seat, with the times the pack gives it."""
    pack = pack_for(tx.district)
    seat = pack.posts[place.post].seat(place.seat)
    if seat is None:
        raise LookupError(f"rosters.yml has no seat {place.seat!r} at {place.post!r} any more")
    (begins, ends), meal = pack.times(seat, place.day)
    return Duty(
        id=secrets.token_hex(16),
        community=place.community,
        day=place.day,
        post=place.post,
        seat=place.seat,
        username=who[0],
        name=who[1],
        starts_at=begins,
        ends_at=ends,
        meal_starts_at=meal[0] if meal else None,
        meal_ends_at=meal[1] if meal else None,
        made_at=tx.now,
        changed_at=tx.now,
        why=why,
    )


# ---- By hand ----


def assign(tx: Transaction, actor: Actor, place: Place, username: str) -> Duty:
    """Give a seat to somebody, also a third one where the pack asks for two.

    Raises:
        Forbidden: another community's.
        Invalid: no such post or seat, or the day is past.
        Conflict: the seat is taken, or they do not take turns there, sit there already or are away.
    """
    allow(own_community(actor, place.community), as_=Forbidden)
    pack = pack_for(tx.district)
    allow(rules.post_known(pack, place.post))
    allow(rules.seat_known(pack.posts[place.post], place.seat))
    allow(rules.not_over(place.day, local(tx.now).date()))
    store.hold(tx, place.community)
    here = members_of(tx, pack, place.community)
    names = {one.username: one.name for one in here if place.post in one.posts}
    that_day = store.duties_between(tx, place.community, place.day, place.day, post=place.post)
    allow(
        rules.takes_turns(username, names),
        rules.seat_free(that_day, place.day, place.post, place.seat),
        rules.one_seat_a_day(that_day, place.day, place.post, username),
        as_=Conflict,
    )
    duty = new_duty(tx, place, (username, names[username]), BY_HAND)
    away = store.away_between(tx, place.community, duty.starts_at, duty.ends_at)
    allow(rules.not_on_leave(duty, away), as_=Conflict)
    store.add_duty(tx, duty)
    tx.about(duty.id)
    return duty


def remove(tx: Transaction, actor: Actor, duty: str, in_view: str = "") -> Duty:
    """Take somebody off a duty; the rota gives the seat to another, or to nobody if `in_view`.

    Raises:
        Forbidden: another community's.
        Conflict: it has begun; or the post would be empty, unless that is taken in view.
    """
    known = store.get_duty(tx, duty)
    allow(own_community(actor, known.community), as_=Forbidden)
    allow(rules.not_begun(known, tx.now), as_=Conflict)
    store.hold(tx, known.community)
    ahead = days_of(tx, known.community, known.day, known.day)
    keep_cover(ahead, [one for one in ahead.duties if one.id != duty], ahead.away, in_view)
    gone = known.cancelled(tx.now, LEFT_EMPTY if in_view else TAKEN_OFF)
    store.save_duty(tx, gone)
    tx.record("roster.manage", known.id, in_view)
    return gone


def set_member(
    tx: Transaction,
    actor: Actor,
    username: str,
    posts: Sequence[str],
    partner: str,
    *,
    seen: int | None = None,
) -> None:
    """Say at which posts somebody takes turns, and with whom they make a pair (0-27).

    `seen` is which version the manager saw, if they say so.

    Raises:
        Forbidden: nobody of one's own community.
        Invalid: no such post or partner.
        Conflict: somebody else said something of them since.
    """
    store.hold(tx, actor.community or "")
    pack = pack_for(tx.district)
    here = {one.username: one for one in members_of(tx, pack, actor.community or "")}
    allow(rules.own("", actor, manages=username in here), as_=Forbidden)
    allow(rules.as_seen(here[username].version, seen), as_=Conflict)
    allow(*(rules.post_known(pack, post) for post in posts))
    allow(rules.partner_known(username, partner, here))
    tx.about(username)
    community = actor.community or ""
    save_member(tx, community, username, list(posts), partner)
    for other in here.values():
        wanted = _partner(other.username, other.partner, (username, partner))
        if other.username != username and wanted != other.partner:
            save_member(tx, community, other.username, list(other.posts), wanted)


def _partner(who: str, before: str, pair: tuple[str, str]) -> str:
    """Whom somebody is paired with, once these two are a pair."""
    if who == pair[1]:
        return pair[0]
    return "" if before in pair else before


# ---- Cover ----


def days_of(tx: Transaction, community: str, first: date, last: date) -> Days:
    """The days from one to another, with what stands on them."""
    return load_days(tx, pack_for(tx.district), tx.district.calendar, community, (first, last))


def keep_cover(ahead: Days, duties: Sequence[Duty], away: Sequence[Away], in_view: str) -> None:
    """Go on where no gap opens, or the manager takes it in view.

    Raises:
        Conflict: where and when nobody would be there.
    """
    if not in_view:
        allow(leaves_gap(ahead.gaps(), ahead.gaps(duties, away)), as_=Conflict)


def local_day(moment: datetime) -> date:
    """The local day of a moment."""
    return local(moment).date()
