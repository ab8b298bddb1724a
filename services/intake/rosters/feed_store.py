"""Calendar links: made, revoked, and the duties one shows."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from itsdangerous import BadSignature, URLSafeSerializer

from services.intake.case import Actor
from services.intake.models import accounts, rosters
from services.intake.reason import Forbidden, Reason, Unknown, allow, msgid
from services.intake.rosters import rules
from services.intake.rosters.feed import OFFICER, Link
from services.intake.rosters.shift import Duty
from services.intake.rosters.store import duty_of
from services.intake.rules import own_community
from shared.clock import local
from shared.db import Transaction

_SALT = "calendar"
_PAST, _AHEAD = timedelta(days=31), timedelta(days=120)
MOST_LINKS = 20
"""Of one officer that work at once: a phone, a computer, and some that were forgotten."""
_l = rosters.links
_d = rosters.duties


@lru_cache(maxsize=4)
def _signer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=_SALT)


def token_of(link: Link, secret: str) -> str:
    """What stands in the address of a link: signed, the same every time."""
    token = _signer(secret).dumps(link.id)
    return token if isinstance(token, str) else token.decode()


def link_of_token(connection: Any, token: str, secret: str) -> Link | None:
    """The link of an address; None for one that is not ours."""
    try:
        found = _signer(secret).loads(token)
    except BadSignature:
        return None
    return _load(connection, found) if isinstance(found, str) else None


def links_of(connection: Any, username: str) -> list[Link]:
    """The links of an officer that work, the latest first."""
    query = sa.select(_l).where(_l.c.username == username, _l.c.revoked_at.is_(None))
    rows = connection.execute(query.order_by(_l.c.made_at.desc()).limit(MOST_LINKS))
    return [_link_of(row) for row in rows.mappings()]


def make_link(tx: Transaction, actor: Actor, of: str, language: str) -> Link:
    """A new link for a calendar: one's own duties, or everybody's of the community.

    Raises:
        Forbidden: they belong to no community.
    """
    allow(own_community(actor, actor.community or ""), as_=Forbidden)
    for old in links_of(tx, actor.username)[MOST_LINKS - 1 :]:
        _save(tx, _revoked(old, actor, tx.now))
    link = Link(secrets.token_hex(16), actor.community or "", actor.username, of, language, tx.now)
    tx.insert(_l, **asdict(link))
    tx.about(link.id)
    return link


def revoke_link(tx: Transaction, link: str, actor: Actor, *, manages: bool = False) -> Link:
    """The link opens nothing any more; a manager may do so for others of the community.

    Raises:
        Unknown: there is none.
        Forbidden: somebody else's.
    """
    known = _load(tx, link)
    mine = known is not None and known.username == actor.username
    if known is None or not (mine or known.community == (actor.community or "")):
        text, remedy = msgid("没有这个日历链接"), msgid("请刷新看看最新情况")
        raise Unknown(Reason("link", text, remedy))
    allow(rules.own(known.username, actor, manages=manages), as_=Forbidden)
    if known.revoked_at is not None:
        return known
    gone = _revoked(known, actor, tx.now)
    _save(tx, gone)
    return gone


def opens(connection: Any, link: Link) -> bool:
    """Whether the link still shows duties: not revoked, and whose it is still serves there."""
    serves = sa.select(accounts.c.username).where(
        accounts.c.username == link.username,
        accounts.c.community == link.community,
        accounts.c.active,
    )
    return link.revoked_at is None and connection.execute(serves).first() is not None


def duties_for(connection: Any, link: Link, now: datetime) -> list[Duty]:
    """What the link shows: a month back, some months ahead, what was cancelled too."""
    whose = _d.c.username == link.username if link.of == OFFICER else sa.true()
    today = local(now).date()
    query = sa.select(_d).where(
        _d.c.community == link.community, _d.c.day.between(today - _PAST, today + _AHEAD), whose
    )
    return [duty_of(row) for row in connection.execute(query.order_by(_d.c.day)).mappings()]


def _load(connection: Any, link: str) -> Link | None:
    row = connection.execute(sa.select(_l).where(_l.c.id == link)).mappings().one_or_none()
    return None if row is None else _link_of(row)


def _link_of(row: Mapping[Any, Any]) -> Link:
    return Link(**{one.name: row[one.name] for one in fields(Link)})


def _revoked(link: Link, by: Actor, at: datetime) -> Link:
    return replace(link, revoked_at=at, revoked_by=by.name, version=link.version + 1)


def _save(tx: Transaction, link: Link) -> None:
    tx.change(_l, link.id, link.version - 1, asdict(link))
