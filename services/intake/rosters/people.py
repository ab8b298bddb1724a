"""Who takes turns at which post: as the manager said, else as the pack has it by role."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from services.intake.models import accounts, rosters
from services.intake.rosters.pack import pack_for
from services.intake.rosters.posts import Pack, Post
from services.intake.rosters.shift import PLANNED
from services.intake.rosters.turns import Turn, newcomers
from shared.db import Transaction
from shared.permissions import COMMUNITY_OFFICERS

_m = rosters.members
_d = rosters.duties


@dataclass(frozen=True)
class Member:
    """An officer of a community and the posts they take turns at. ``version`` 0: by the pack."""

    username: str
    name: str
    role: str
    posts: tuple[str, ...]
    partner: str = ""
    version: int = 0


def members_of(connection: Any, pack: Pack, community: str) -> list[Member]:
    """The officers of a community who may sign in, by name."""
    query = (
        sa.select(
            accounts.c.username,
            accounts.c.name,
            accounts.c.role,
            _m.c.posts,
            _m.c.partner,
            _m.c.version,
        )
        .outerjoin(_m, sa.and_(_m.c.username == accounts.c.username, _m.c.community == community))
        .where(
            accounts.c.community == community,
            accounts.c.active.is_(True),
            accounts.c.role.in_(list(COMMUNITY_OFFICERS)),
        )
        .order_by(accounts.c.username)
    )
    return [_member(row, pack) for row in connection.execute(query)]


def _member(row: Any, pack: Pack) -> Member:
    by_role = tuple(post.code for post in pack.posts.values() if row.role in post.roles)
    posts = by_role if row.version is None else tuple(p for p in row.posts if p in pack.posts)
    return Member(row.username, row.name, row.role, posts, row.partner or "", row.version or 0)


def pairs_of(members: list[Member]) -> list[tuple[Member, Member]]:
    """The fixed AB pairs, each once."""
    known = {one.username: one for one in members}
    return [
        (one, known[one.partner])
        for one in members
        if one.partner in known and one.username < one.partner
    ]


def ring_of(tx: Transaction, community: str, post: Post, today: date) -> list[Turn]:
    """Who takes turns, with how often each served lately and is planned already."""
    pack = pack_for(tx.district)
    members = [one for one in members_of(tx, pack, community) if post.code in one.posts]
    names = {one.username for one in members}
    turns = {
        one.username: Turn(one.username, one.name, one.partner if one.partner in names else "")
        for one in members
    }
    _count(tx, turns, community, post.code, today - timedelta(days=pack.fair_days))
    ring = list(turns.values())
    newcomers(ring)
    return ring


def _count(tx: Transaction, turns: dict[str, Turn], community: str, post: str, since: date) -> None:
    mine = (_d.c.community == community, _d.c.post == post, _d.c.day >= since)
    query = sa.select(_d.c.username, _d.c.seat, _d.c.day).where(*mine, _d.c.state == PLANNED)
    days: Counter[date] = Counter()
    for row in tx.execute(query):
        username, seat, day = row.username, row.seat, row.day
        days[day] += 1
        turn = turns.get(username)
        if turn is not None:
            turn.done += 1
            turn.seats[seat] += 1
            turn.last = max(turn.last, day)
    for turn in turns.values():
        turn.could = len(days)


def save_member(
    tx: Transaction, community: str, username: str, posts: list[str], partner: str
) -> None:
    """Say at which posts somebody takes turns, and who makes a pair with them."""
    before = tx.execute(sa.select(_m).where(_m.c.username == username)).mappings().one_or_none()
    values = {"community": community, "posts": posts, "partner": partner}
    if before is None:
        tx.insert(_m, username=username, version=1, **values)
        return
    version = before["version"]
    tx.change(_m, username, version, values | {"version": version + 1})
