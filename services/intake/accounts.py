"""Accounts of staff: who may sign in, and with what password. Residents have none.

Passwords are hashed with Argon2id at OWASP's least setting (19 MiB, two passes): a check takes some
20 ms and holds up the service's other requests that long, as much as sign-in should.
"""

import argparse
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.intake.models import accounts
from services.intake.reason import Conflict, Reason, Rejected, Unknown, allow, msgid
from shared.db import Database, Transaction
from shared.district import District
from shared.runtime import Runtime
from shared.web.auth import ROLES, User

SHORTEST_PASSWORD = 8
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
RuntimeOf = Callable[[str], Runtime]
_NOBODY = _hasher.hash("nobody has this password")
"""What a wrong username is checked against, so that it takes as long as a wrong password."""


@dataclass(frozen=True)
class Account:
    """Someone who may sign in. `active` False: no more, but the history keeps the name."""

    user: User
    active: bool


def hash_password(password: str) -> str:
    """An Argon2id hash with its own salt.

    Raises:
        Invalid: shorter than eight characters.

    """
    allow(_long_enough(password))
    return _hasher.hash(password)


def hash_demo_password(password: str) -> str:
    """As `hash_password`, whatever its length: for demo accounts, whose password is public."""
    return _hasher.hash(password)


def verify(database: Database, username: str, password: str) -> User | None:
    """The person, if the password is theirs and the account is active; takes as long if not."""
    asked = sa.select(accounts).where(accounts.c.username == username)
    with database.read() as connection:
        row = connection.execute(asked).first()
    known = row.password_hash if row is not None else _NOBODY
    try:
        _hasher.verify(known, password)
    except (VerificationError, InvalidHashError):
        return None
    return _user(row) if row is not None and row.active else None


def add(tx: Transaction, user: User, password_hash: str) -> None:
    """Add an account; the hash comes from `hash_password`, outside, since it takes time.

    Raises:
        Conflict: the username is taken.
        Invalid: the community or department is not in the pack, or one is missing for the role.

    """
    allow(*_fits(user, tx.district))
    taken = sa.select(accounts.c.username).where(accounts.c.username == user.username)
    if tx.execute(taken).first() is not None:
        values = {"username": user.username}
        raise Conflict(
            Reason("username", msgid("用户名 %(username)s 已有人用"), msgid("请换一个"), values)
        )
    tx.insert(accounts, **_row(user, password_hash))


def disable(tx: Transaction, username: str) -> None:
    """Let nobody sign in with this account any more. Tokens given out run out within 12 hours.

    Raises:
        Unknown: there is no such account.

    """
    own = accounts.c.username == username
    if tx.execute(sa.select(accounts.c.username).where(own)).first() is None:
        values = {"username": username}
        raise Unknown(Reason("username", msgid("没有账号 %(username)s"), "", values))
    tx.update(accounts.update().where(own).values(active=False))


def every(database: Database) -> list[Account]:
    """All accounts by username."""
    with database.read() as connection:
        rows = connection.execute(sa.select(accounts).order_by(accounts.c.username)).all()
    return [Account(_user(row), row.active) for row in rows]


def missing(database: Database, usernames: Iterable[str]) -> set[str]:
    """Which of these have no account yet."""
    return set(usernames) - {account.user.username for account in every(database)}


def add_commands(commands: Any, runtime_of: RuntimeOf) -> None:
    """Add `account` and what it can do to the operator's commands."""
    account = commands.add_parser("account", help="accounts of staff: add, list, disable")
    what = account.add_subparsers(title="what", required=True)
    _add_parser(what).set_defaults(run=_told(_add, runtime_of))
    what.add_parser("list", help="all accounts").set_defaults(run=_told(_list, runtime_of))
    disable = what.add_parser("disable", help="let nobody sign in with it any more")
    disable.add_argument("username")
    disable.set_defaults(run=_told(_disable, runtime_of))


def _user(row: sa.Row[tuple[object, ...]]) -> User:
    return User(
        username=row.username,
        name=row.name,
        role=row.role,
        community=row.community,
        department=row.department,
        partner=row.partner,
        grids=tuple(row.grids),
    )


def _row(user: User, password_hash: str) -> dict[str, object]:
    return {
        "username": user.username,
        "name": user.name,
        "role": user.role,
        "community": user.community,
        "department": user.department,
        "partner": user.partner,
        "grids": list(user.grids),
        "password_hash": password_hash,
        "active": True,
    }


def _long_enough(password: str) -> Reason | None:
    if len(password) >= SHORTEST_PASSWORD:
        return None
    return Reason(
        "password",
        msgid("密码太短，至少 %(least)s 个字符"),
        msgid("请换一个长一些的密码"),
        {"least": SHORTEST_PASSWORD},
    )


def _fits(user: User, district: District) -> list[Reason | None]:
    at_a_desk = user.role in ("desk", "back_office", "grid")
    return [
        _known("community", user.community, set(district.communities), needed=at_a_desk),
        _known(
            "department",
            user.department,
            set(district.departments),
            needed=user.role == "department",
        ),
        _known("role", user.role, set(ROLES), needed=True),
    ]


def _known(field: str, code: str | None, codes: set[str], *, needed: bool) -> Reason | None:
    if code in codes or (code is None and not needed):
        return None
    return Reason(
        field,
        msgid("“%(code)s”不在本区的数据包里"),
        msgid("请填写数据包里的代码"),
        {"code": code or ""},
    )


def _add_parser(what: Any) -> Any:
    parser = what.add_parser("add", help="a new account; the password is read from standard input")
    parser.add_argument("username")
    parser.add_argument("--name", required=True, help="the name people see")
    parser.add_argument("--role", required=True, choices=sorted(ROLES))
    parser.add_argument("--community", help="12 digits; for desk, back_office and grid")
    parser.add_argument("--department", help="a code of the pack; for department")
    parser.add_argument("--partner", help="the partner's number; for partner")
    # A password on the command line would be in the shell's history and in every process list.
    parser.add_argument("--password-stdin", action="store_true", required=True)
    return parser


def _told(
    run: Callable[[argparse.Namespace, Runtime], None], runtime_of: RuntimeOf
) -> Callable[[argparse.Namespace], int]:
    """Run against intake's database; say what is wrong in words and with exit status 2."""

    def command(options: argparse.Namespace) -> int:
        try:
            run(options, runtime_of("intake"))
        except Rejected as error:
            sys.stderr.write(f"{error}\n")
            return 2
        return 0

    return command


def _add(options: argparse.Namespace, runtime: Runtime) -> None:
    user = User(
        username=options.username,
        name=options.name,
        role=options.role,
        community=options.community,
        department=options.department,
        partner=options.partner,
    )
    password_hash = hash_password(sys.stdin.readline().rstrip("\r\n"))
    runtime.database.run(lambda tx: add(tx, user, password_hash))
    sys.stdout.write(f"{options.username}: added\n")


def _list(_options: argparse.Namespace, runtime: Runtime) -> None:
    for account in every(runtime.database):
        user = account.user
        place = user.community or user.department or user.partner or ""
        state = "" if account.active else "disabled"
        sys.stdout.write(f"{user.username}\t{user.role}\t{user.name}\t{place}\t{state}\n")


def _disable(options: argparse.Namespace, runtime: Runtime) -> None:
    runtime.database.run(lambda tx: disable(tx, options.username))
    sys.stdout.write(f"{options.username}: disabled\n")
