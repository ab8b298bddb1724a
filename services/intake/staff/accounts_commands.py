"""The operator's commands for accounts, `python -m services account …`."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from services.intake.reason import Rejected
from services.intake.staff import accounts
from services.intake.staff.passwords import hash_password
from shared.permissions import ROLE_NAMES, User
from shared.runtime import Runtime

RuntimeOf = Callable[[str], Runtime]
Command = Callable[[argparse.Namespace, Runtime], None]


def add_commands(commands: Any, runtime_of: RuntimeOf) -> None:
    """Add `account` and what it can do to the operator's commands."""
    account = commands.add_parser("account", help="accounts of staff: add, list, disable, …")
    what = account.add_subparsers(title="what", required=True)
    _with_password(_with_scope(_named(what, "add", "a new account", _add, runtime_of)))
    what.add_parser("list", help="all accounts").set_defaults(run=_told(_list, runtime_of))
    disable = _named(what, "disable", "let nobody sign in with it any more", _disable, runtime_of)
    disable.add_argument("--at-once", action="store_true", help="before its matters change hands")
    _named(what, "enable", "let it be signed in with again", _enable, runtime_of)
    _with_scope(_named(what, "role", "give it another role and scope", _role, runtime_of))
    _with_password(_named(what, "password", "give it another password", _password, runtime_of))
    _named(what, "end-sessions", "sign its holder out everywhere", _end_sessions, runtime_of)


def _named(what: Any, name: str, text: str, run: Command, runtime_of: RuntimeOf) -> Any:
    parser = what.add_parser(name, help=text)
    parser.add_argument("username")
    parser.set_defaults(run=_told(run, runtime_of))
    return parser


def _with_scope(parser: Any) -> Any:
    parser.add_argument("--name", required=parser.prog.endswith("add"), help="the name people see")
    parser.add_argument("--role", required=True, choices=sorted(ROLE_NAMES))
    parser.add_argument("--community", help="12 digits; for desk, back_office and grid")
    parser.add_argument("--grid", action="append", default=[], help="for grid; may come repeatedly")
    parser.add_argument("--department", help="a code of the pack; for department")
    parser.add_argument("--partner", help="the partner's number; for partner")
    parser.add_argument("--identity", help="who they are at the identity provider")
    return parser


def _with_password(parser: Any) -> None:
    # A password on the command line would be in the shell's history and in every process list.
    parser.add_argument("--password-stdin", action="store_true", required=True)
    parser.add_argument(
        "--keep-password",
        action="store_true",
        help="its holder chose it: it need not be changed at the first signing in",
    )


def _told(run: Command, runtime_of: RuntimeOf) -> Callable[[argparse.Namespace], int]:
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
        options.username,
        options.name,
        options.role,
        community=options.community,
        department=options.department,
        partner=options.partner,
        grids=tuple(options.grid),
    )
    kept, one_time = _hash(options), not options.keep_password
    identity = options.identity or ""
    runtime.database.run(
        lambda tx: accounts.add(tx, user, kept, identity=identity, one_time=one_time)
    )
    sys.stdout.write(f"{options.username}: added\n")


def _role(options: argparse.Namespace, runtime: Runtime) -> None:
    before = accounts.find(runtime.database, options.username)
    user = replace(
        before.user,
        name=options.name or before.user.name,
        role=options.role,
        community=options.community,
        department=options.department,
        partner=options.partner,
        grids=tuple(options.grid),
    )
    identity = before.identity if options.identity is None else options.identity
    runtime.database.run(lambda tx: accounts.change(tx, user, identity=identity))
    sys.stdout.write(f"{options.username}: {options.role}\n")


def _password(options: argparse.Namespace, runtime: Runtime) -> None:
    kept, one_time = _hash(options), not options.keep_password
    runtime.database.run(
        lambda tx: accounts.give_password(tx, options.username, kept, one_time=one_time)
    )
    sys.stdout.write(f"{options.username}: has another password\n")


def _hash(options: argparse.Namespace) -> str:
    return hash_password(sys.stdin.readline().rstrip("\r\n"), options.username)


def _list(_options: argparse.Namespace, runtime: Runtime) -> None:
    for account in accounts.every(runtime.database):
        user = account.user
        place = user.community or user.department or user.partner or ""
        state = "" if account.active else "disabled"
        sys.stdout.write(f"{user.username}\t{user.role}\t{user.name}\t{place}\t{state}\n")


def _disable(options: argparse.Namespace, runtime: Runtime) -> None:
    runtime.database.run(lambda tx: accounts.disable(tx, options.username, at_once=options.at_once))
    sys.stdout.write(f"{options.username}: disabled\n")


def _enable(options: argparse.Namespace, runtime: Runtime) -> None:
    runtime.database.run(lambda tx: accounts.enable(tx, options.username))
    sys.stdout.write(f"{options.username}: enabled\n")


def _end_sessions(options: argparse.Namespace, runtime: Runtime) -> None:
    runtime.database.run(lambda tx: accounts.end_sessions(tx, options.username))
    sys.stdout.write(f"{options.username}: signed out everywhere\n")
