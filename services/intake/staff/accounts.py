"""Accounts of staff: who may sign in, as whom, and with what password. Residents have none.

Each change is a command and stands in the audit. Whoever signed in before a change that matters
signs in again: the role and what it answers for stand in the token.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from services.intake.models import accounts
from services.intake.reason import Conflict, Forbidden, Reason, Unknown, allow, msgid
from services.intake.staff import leaving_handlers as leaving
from services.intake.staff import passwords, rules, sessions
from shared.clock import now
from shared.db import Database, Transaction
from shared.permissions import User

OPERATOR = ""
"""Who changes an account on the command line: nobody who could lock themselves out."""


@dataclass(frozen=True)
class Account:
    """Someone who may sign in.

    Attributes:
        user: who they are and what they answer for.
        active: False: no more, but the history keeps the name.
        identity: who they are at the district's identity provider; empty: they do not use it.
        must_change: the password was given by an administrator: good once, and for a week.
        password_at: when the password was set.
        version: counts the changes.
        seen_at: before this was read: a session begun then ends with any change made since.
    """

    user: User
    active: bool
    identity: str = ""
    must_change: bool = False
    password_at: datetime | None = None
    version: int = 1
    seen_at: datetime = field(default_factory=now, compare=False)

    @property
    def run_out(self) -> bool:
        """Whether the password was given so long ago that it opens nothing any more."""
        return self.must_change and (
            self.password_at is None or now() - self.password_at > passwords.ONE_TIME_FOR
        )


@dataclass(frozen=True)
class Wanted:
    """Which accounts a list shows; what is empty does not matter."""

    q: str = ""
    role: str = ""
    community: str = ""
    department: str = ""
    active: bool | None = None


@dataclass(frozen=True)
class Found:
    """One page of a list of accounts."""

    items: list[Account] = field(default_factory=list)
    total: int = 0


# ---- Reading ----


def verify(database: Database, username: str, password: str) -> Account | None:
    """The account, if this is its password and it is active; takes as long if not."""
    began = now()
    row = _read(database, accounts.c.username == username)
    right = passwords.is_right(password, row.password_hash if row else None)
    return _account(row, began) if row is not None and right and row.active else None


def stronger_hash(database: Database, username: str, password: str) -> str:
    """The hash to keep from now on, where the kept one was made by older parameters; or empty."""
    row = _read(database, accounts.c.username == username)
    return passwords.made_stronger(password, row.password_hash) if row else ""


def find(database: Database, username: str) -> Account:
    """One account.

    Raises:
        Unknown: there is none with this username.
    """
    row = _read(database, accounts.c.username == username)
    if row is None:
        raise _unknown(username)
    return _account(row)


def linked_to(database: Database, identity: str) -> Account | None:
    """The account of this person of the identity provider, active or not."""
    began = now()
    row = _read(database, accounts.c.identity == identity)
    return _account(row, began) if row is not None else None


def search(database: Database, wanted: Wanted, page: int, size: int) -> Found:
    """A page of accounts, by username."""
    where = _where(wanted)
    rows = sa.select(accounts).where(*where).order_by(accounts.c.username)
    with database.read() as connection:
        found = connection.execute(rows.limit(size).offset((page - 1) * size)).all()
        count = sa.select(sa.func.count()).select_from(accounts).where(*where)
        total = connection.execute(count).scalar_one()
    return Found([_account(row) for row in found], total)


def every(database: Database) -> list[Account]:
    """All accounts by username."""
    with database.read() as connection:
        rows = connection.execute(sa.select(accounts).order_by(accounts.c.username)).all()
    return [_account(row) for row in rows]


def missing(database: Database, usernames: Iterable[str]) -> set[str]:
    """Which of these have no account yet."""
    return set(usernames) - {account.user.username for account in every(database)}


# ---- Commands ----


def add(
    tx: Transaction, user: User, password_hash: str, *, identity: str = "", one_time: bool = False
) -> None:
    """Add an account; the hash comes from `passwords`, outside, since it takes time.

    Args:
        tx: the transaction.
        user: who.
        password_hash: of their password.
        identity: who they are at the identity provider.
        one_time: whether they have to choose another password at their first signing in.

    Raises:
        Conflict: the username or the identity is taken.
        Invalid: the username is not written as it must be, or the community or department is
            not in the pack, or one is missing for the role.
    """
    user = rules.scoped(user)
    allow(rules.username_written(user.username), *rules.fits(user, tx.district))
    taken = _load(tx, user.username) is not None
    allow(rules.username_taken(user.username, taken=taken), as_=Conflict)
    _identity_free(tx, identity, user.username)
    tx.insert(
        accounts,
        username=user.username,
        **rules.columns(user, identity),
        password_hash=password_hash,
        active=True,
        must_change=one_time,
        password_at=tx.now,
        version=1,
    )
    tx.record("account.added", user.username, role=user.role, place=rules.place(user))


def change(tx: Transaction, user: User, *, identity: str = "", by: str = OPERATOR) -> None:
    """Give an account another name, role or scope; its sessions end where that matters.

    Who leaves a community leaves its rota.

    Raises:
        Unknown: there is no such account.
        Invalid: as `add` does.
        Conflict: the identity is another's, or they would leave matters they answer for behind.
        Forbidden: one's own role, or the last administrator's.
    """
    before = _known(tx, user.username)
    user = rules.scoped(user)
    allow(*rules.fits(user, tx.district))
    if user.role != before.user.role:
        allow(rules.not_oneself(by, user.username), as_=Forbidden)
    if before.active:
        leaving.keep_an_admin(tx, before.user, user)
    leaving.keep_who_answers(tx, before.user, user)
    _identity_free(tx, identity, user.username)
    leaving.give_back(tx, before.user, user)
    _update(tx, before, **rules.columns(user, identity))
    if (user, identity) != (before.user, before.identity):
        sessions.end(tx, user.username)
    tx.record(
        "account.changed",
        user.username,
        role=user.role,
        was=before.user.role,
        place=rules.place(user),
    )


def disable(tx: Transaction, username: str, *, by: str = OPERATOR, at_once: bool = False) -> None:
    """Let nobody sign in with this account any more; `at_once`, whoever it still answers for.

    Their duties to come are given back to the rota, and their open swaps end.

    Raises:
        Unknown: there is no such account.
        Forbidden: one's own, or the last administrator's.
        Conflict: they still answer for matters, which are handed over first (N, B14).
    """
    account = _known(tx, username)
    allow(rules.not_oneself(by, username), as_=Forbidden)
    if account.active:
        leaving.keep_an_admin(tx, account.user, None)
    if not at_once:  # what it answers for is handed over afterwards
        leaving.keep_who_answers(tx, account.user, None)
    leaving.give_back(tx, account.user, None)
    _update(tx, account, active=False)
    sessions.end(tx, username)
    tx.record("account.disabled", username, at_once=at_once)


def enable(tx: Transaction, username: str) -> None:
    """Let an account be signed in with again.

    Raises:
        Unknown: there is no such account.
    """
    account = _known(tx, username)
    allow(*rules.fits(account.user, tx.district))
    _update(tx, account, active=True)
    tx.record("account.enabled", username)


def give_password(
    tx: Transaction, username: str, password_hash: str, *, one_time: bool = True
) -> None:
    """Give an account a password, by default one that has to be changed; its sessions end.

    Raises:
        Unknown: there is no such account.
    """
    account = _known(tx, username)
    _update(tx, account, password_hash=password_hash, must_change=one_time, password_at=tx.now)
    sessions.end(tx, username)
    tx.record("account.password_given", username, one_time=one_time)


def choose_password(tx: Transaction, before: Account, password_hash: str) -> Account:
    """Keep the password somebody chose; their sessions elsewhere end. The account as it is then.

    Raises:
        Forbidden: the account was changed or disabled since they were asked.
    """
    username = before.user.username
    account = _known(tx, username)
    allow(_as_before(before, account), as_=Forbidden)
    _update(tx, account, password_hash=password_hash, must_change=False, password_at=tx.now)
    ended_at = sessions.end(tx, username)
    tx.record("account.password_chosen", username)
    # They go on in this browser: theirs is the first session after those that ended.
    return replace(
        account,
        must_change=False,
        password_at=tx.now,
        version=account.version + 1,
        seen_at=ended_at + timedelta(microseconds=1),
    )


def end_sessions(tx: Transaction, username: str) -> None:
    """Sign somebody out everywhere.

    Raises:
        Unknown: there is no such account.
    """
    _known(tx, username)
    sessions.end(tx, username)
    tx.record("account.sessions_ended", username)


def entered(tx: Transaction, account: Account, how: str, password_hash: str = "") -> None:
    """Record that somebody signed in, and keep a stronger hash of the same password, if given.

    Args:
        tx: the transaction.
        account: as it was when they showed who they are.
        how: by password, or by the identity provider.
        password_hash: the stronger one.

    Raises:
        Unknown: the account is gone.
        Forbidden: it was changed or disabled since.
    """
    known = _known(tx, account.user.username)
    allow(_as_before(account, known), as_=Forbidden)
    if password_hash:
        _update(tx, known, password_hash=password_hash)
    tx.record("session.began", account.user.username, how=how)


def kept_out(tx: Transaction, username: str, how: str) -> None:
    """Record that somebody did not get in; under names that are accounts only.

    What is typed into the wrong field may be a password.
    """
    if _load(tx, username) is not None:
        tx.record("session.refused", username, how=how)


# ---- Parts ----


def _load(tx: Transaction, username: str) -> Account | None:
    # Locked: a change and a signing in at the same moment happen one after the other.
    own = sa.select(accounts).where(accounts.c.username == username)
    row = tx.execute(own.with_for_update()).first()
    return _account(row) if row is not None else None


def _known(tx: Transaction, username: str) -> Account:
    account = _load(tx, username)
    if account is None:
        raise _unknown(username)
    return account


def _unknown(username: str) -> Unknown:
    values = {"username": username}
    return Unknown(Reason("username", msgid("没有账号 %(username)s"), "", values))


def _as_before(before: Account, account: Account) -> Reason | None:
    if account.active and account.version == before.version:
        return None
    return Reason("", msgid("这个账号刚刚被改动过"), msgid("请重新登录"))


def _update(tx: Transaction, account: Account, **values: object) -> None:
    own = accounts.c.username == account.user.username, accounts.c.version == account.version
    tx.update(accounts.update().where(*own).values(version=account.version + 1, **values))


def _identity_free(tx: Transaction, identity: str, username: str) -> None:
    if not identity:
        return
    asked = sa.select(accounts.c.username).where(accounts.c.identity == identity)
    allow(rules.identity_free(tx.execute(asked).scalar(), username), as_=Conflict)


def _read(
    database: Database, condition: sa.ColumnElement[bool]
) -> sa.Row[tuple[object, ...]] | None:
    with database.read() as connection:
        return connection.execute(sa.select(accounts).where(condition)).first()


def _where(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    same = {"role": wanted.role, "community": wanted.community, "department": wanted.department}
    where = [accounts.c[name] == value for name, value in same.items() if value]
    if wanted.active is not None:
        where.append(accounts.c.active == wanted.active)
    if wanted.q:
        columns = (accounts.c.username, accounts.c.name)
        where.append(sa.or_(*(c.icontains(wanted.q, autoescape=True) for c in columns)))
    return where


def _account(row: sa.Row[tuple[object, ...]], seen_at: datetime | None = None) -> Account:
    user = User(
        username=row.username,
        name=row.name,
        role=row.role,
        community=row.community,
        department=row.department,
        partner=row.partner,
        grids=tuple(row.grids),
    )
    return Account(
        user,
        row.active,
        row.identity or "",
        row.must_change,
        row.password_at,
        row.version,
        seen_at or now(),
    )
