"""What the API and the pages of rosters do alike."""

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from services.intake.case import Actor
from services.intake.models import accounts, rosters
from services.intake.reason import Forbidden, Invalid, Reason, allow, msgid
from services.intake.rosters import (
    cover_store,
    feed_store,
    handlers,
    leave_handlers,
    store,
    swap_handlers,
)
from services.intake.rosters.cover import Gap
from services.intake.rosters.duty import on_duty
from services.intake.rosters.feed import Link
from services.intake.rosters.leave import ASKED, GRANTED, Leave
from services.intake.rosters.pack import pack_for
from services.intake.rosters.people import Member, members_of
from services.intake.rosters.posts import Post
from services.intake.rosters.said import Said
from services.intake.rosters.shift import Duty
from services.intake.rosters.swap import Swap
from services.intake.rosters.swap_handlers import Wanted
from services.intake.rules import own_community
from services.intake.timers_each import each
from shared import clock
from shared.clock import local
from shared.permissions import COMMUNITY_OFFICERS
from shared.runtime import Runtime

_LATELY = timedelta(days=31)
MOST = 100
WEEK = 7
OF_LEAVE: dict[str, Callable[..., Leave]] = {
    "grant": leave_handlers.grant_leave,
    "refuse": leave_handlers.refuse_leave,
}
"""What a manager decides about leave."""


# ---- Reading ----


def community_of(runtime: Runtime, actor: Actor, asked: str) -> str:
    """The community that is asked for, one's own, or the district's first for a supervisor.

    Raises:
        Forbidden: another community's.
        Invalid: the district has no such community.
    """
    known = runtime.district.communities
    community = asked or actor.community or next(iter(known))
    allow(own_community(actor, community), as_=Forbidden)
    if community not in known:
        text, remedy = msgid("本区没有这个社区"), msgid("请从社区名单里选")
        raise Invalid(Reason("community", text, remedy))
    return community


def roster(runtime: Runtime, community: str, first: date, days: int) -> dict[str, Any]:
    """What stands from a day on, who is there now, and the gaps of these days."""
    last = first + timedelta(days=days - 1)
    with runtime.database.read() as connection:
        duties = store.duties_between(connection, community, first, last)
    return {
        "community": community,
        "first": first,
        "last": last,
        "duties": duties,
        "on_duty": there_now(runtime, community),
        "gaps": gaps(runtime, community, max(first, today()), last),
    }


def there_now(runtime: Runtime, community: str) -> list[Any]:
    """Who is at the post at this moment."""
    return runtime.database.run(lambda tx: on_duty(tx, community, tx.now))


def gaps(runtime: Runtime, community: str, first: date, last: date) -> list[Gap]:
    """Where cover will be missing, of what is not over yet."""
    pack = pack_for(runtime.district)
    with runtime.database.read() as connection:
        span = (first, last)
        ahead = cover_store.load_days(connection, pack, runtime.district.calendar, community, span)
    return [gap for gap in ahead.gaps() if gap.ends_at > clock.now()]


def members(runtime: Runtime, community: str) -> list[Member]:
    """The officers of a community and the posts they take turns at."""
    with runtime.database.read() as connection:
        return members_of(connection, pack_for(runtime.district), community)


def leaves(runtime: Runtime, community: str) -> list[Leave]:
    """Leave that is asked for or granted and not over."""
    at = clock.now()
    with runtime.database.read() as connection:
        return store.leaves_between(
            connection, community, at, at + timedelta(days=800), (ASKED, GRANTED)
        )


def gap_of(runtime: Runtime, leave: Leave) -> Reason | None:
    """What granting it would leave uncovered."""
    return runtime.database.run(lambda tx: leave_handlers.gap_of(tx, leave))


def swaps(runtime: Runtime, community: str) -> list[Swap]:
    """Swaps of the last weeks, the latest first."""
    t = rosters.swaps
    query = sa.select(t).where(t.c.community == community, t.c.asked_at > clock.now() - _LATELY)
    with runtime.database.read() as connection:
        rows = connection.execute(query.order_by(t.c.asked_at.desc()).limit(MOST)).mappings()
        return [store.swap_of(row) for row in rows]


def duties_of(runtime: Runtime, ids: set[str]) -> dict[str, Duty]:
    """Duties by their ids."""
    t = rosters.duties
    with runtime.database.read() as connection:
        rows = connection.execute(sa.select(t).where(t.c.id.in_(ids))).mappings()
        return {row["id"]: store.duty_of(row) for row in rows}


def coming(runtime: Runtime, community: str) -> list[Duty]:
    """Duties that may still be swapped."""
    day, at = today(), clock.now()
    with runtime.database.read() as connection:
        found = store.duties_between(connection, community, day, day + timedelta(days=28))
    return [one for one in found if one.starts_at > at]


def links(runtime: Runtime, actor: Actor) -> list[Link]:
    """One's own calendar links that work."""
    with runtime.database.read() as connection:
        return feed_store.links_of(connection, actor.username)


def url_of(runtime: Runtime, link: Link) -> str:
    """Where a phone's calendar asks."""
    settings = runtime.settings
    token = feed_store.token_of(link, settings.secret_key)
    return f"{settings.public_address}/calendars/{token}.ics"


def today() -> date:
    """The local day."""
    return local(clock.now()).date()


def monday(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


# ---- Doing ----


def plan(runtime: Runtime, actor: Actor, first: date | None, weeks: int) -> int:
    """Fill the coming weeks."""
    begin, community = first or today(), actor.community or ""
    return runtime.database.run(lambda tx: handlers.plan(tx, community, begin, weeks, actor))


def plan_everywhere(runtime: Runtime) -> int:
    """For a timer: every community with staff has its rota for the weeks the pack says."""
    asked = sa.select(accounts.c.community).where(
        accounts.c.active.is_(True), accounts.c.role.in_(list(COMMUNITY_OFFICERS))
    )
    with runtime.database.read() as connection:
        known = set(connection.execute(asked.distinct()).scalars())
    staffed = sorted(one for one in known if one)
    return sum(each(runtime, "plan_ahead", staffed, handlers.plan_ahead))


def assign(runtime: Runtime, actor: Actor, given: dict[str, Any]) -> Duty:
    """Give a seat to somebody."""
    place = handlers.Place(actor.community or "", given["day"], given["post"], given["seat"])
    return runtime.database.run(lambda tx: handlers.assign(tx, actor, place, given["username"]))


def remove(runtime: Runtime, actor: Actor, duty: str, in_view: str) -> Duty:
    """Take somebody off a duty."""
    return runtime.database.run(lambda tx: handlers.remove(tx, actor, duty, in_view))


def set_member(runtime: Runtime, actor: Actor, username: str, given: dict[str, Any]) -> None:
    """Say at which posts somebody takes turns, and who makes a pair with them."""
    asked, seen = (given["posts"], given["partner"]), given["version"]
    runtime.database.run(lambda tx: handlers.set_member(tx, actor, username, *asked, seen=seen))


def ask_leave(runtime: Runtime, actor: Actor, given: dict[str, Any]) -> Leave:
    """Ask for leave of one's own."""
    kinds = [one.code for one in pack_for(runtime.district).leave_kinds]
    if given["kind"] not in kinds:
        values = {"choices": "、".join(kinds)}
        text, remedy = msgid("没有这种假"), msgid("请从这些里选：%(choices)s")
        raise Invalid(Reason("kind", text, remedy, values))
    span = (given["starts_at"], given["ends_at"])
    return runtime.database.run(
        lambda tx: leave_handlers.ask_leave(tx, actor, given["kind"], span, given["reason"])
    )


def decide_leave(
    runtime: Runtime, actor: Actor, number: str, verb: str, given: dict[str, Any]
) -> Leave:
    """Grant or refuse leave."""
    return runtime.database.run(lambda tx: OF_LEAVE[verb](tx, number, actor, **given))


def withdraw_leave(runtime: Runtime, actor: Actor, number: str, *, manages: bool) -> Leave:
    """Take leave back."""
    return runtime.database.run(
        lambda tx: leave_handlers.withdraw_leave(tx, number, actor, manages=manages)
    )


def ask_swap(runtime: Runtime, actor: Actor, given: dict[str, Any]) -> Swap:
    """Ask somebody to swap."""
    wanted = Wanted(**given)
    return runtime.database.run(lambda tx: swap_handlers.ask_swap(tx, actor, wanted))


def answer_swap(runtime: Runtime, actor: Actor, number: str, verb: str, said: str) -> Swap:
    """Agree, decline, or take back."""
    return runtime.database.run(lambda tx: swap_handlers.answer_swap(tx, number, verb, actor, said))


def decide_swap(
    runtime: Runtime, actor: Actor, number: str, verb: str, given: dict[str, Any]
) -> Swap:
    """The manager confirms or refuses it."""
    said = Said(actor, clock.now(), **given)
    return runtime.database.run(
        lambda tx: swap_handlers.decide_swap(tx, number, verb, actor, replace(said, at=tx.now))
    )


def make_link(runtime: Runtime, actor: Actor, given: dict[str, Any]) -> Link:
    """A link for a calendar."""
    return runtime.database.run(lambda tx: feed_store.make_link(tx, actor, **given))


def revoke_link(runtime: Runtime, actor: Actor, link: str, *, manages: bool) -> Link:
    """The link opens nothing any more."""
    return runtime.database.run(lambda tx: feed_store.revoke_link(tx, link, actor, manages=manages))


def feed_of(runtime: Runtime, token: str, at: datetime) -> tuple[Link, list[Duty] | None] | None:
    """A link and its duties, None where it shows them no more; None for what is not ours."""
    with runtime.database.read() as connection:
        link = feed_store.link_of_token(connection, token, runtime.settings.secret_key)
        if link is None:
            return None
        if not feed_store.opens(connection, link):
            return link, None
        return link, feed_store.duties_for(connection, link, at)


# ---- As JSON ----


def duty_json(duty: Duty, posts: dict[str, Post], *, english: bool) -> dict[str, Any]:
    """A duty, with the names of its post and seat."""
    post = posts.get(duty.post)
    seat = post.seat(duty.seat) if post else None
    return asdict(duty) | {
        "post_name": named(post, english=english) or duty.post,
        "seat_name": named(seat, english=english) or duty.seat,
    }


def named(one: Any, *, english: bool) -> str:
    """A thing of the pack in the reader's language."""
    if one is None:
        return ""
    return str(one.name_en if english else one.name)
