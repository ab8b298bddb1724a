"""Accounts of the broker: ``python -m services broker prepare|list|add|rotate|remove``.

``prepare`` declares the topology and gives each of our services its own account, before any of them
starts; compose runs it at every start. The others keep the accounts of departments' own systems.
"""

import argparse
import os
import re
import secrets
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from services import broker_rights
from services.broker_api import BrokerRefused, Management
from shared import config
from shared.bus import topology
from shared.contracts import SERVICES
from shared.district import DISTRICTS, District, load

PASSWORD_BYTES = 24
ONCE = "It is shown this once and kept nowhere."
_LABEL = re.compile(r"[a-z0-9]{0,20}")


class NoSuchAccount(LookupError):
    """There is no such department or account, or there is one already. The text says what is."""


def add_commands(commands: Any) -> None:
    """Add ``broker …`` to the operator's commands."""
    parser = commands.add_parser("broker", help="accounts of RabbitMQ: ours and departments'")
    actions = parser.add_subparsers(title="actions", required=True)
    for name, run, text in (
        ("prepare", prepare, "declare everything; give each service its account and its rights"),
        ("list", show, "departments' accounts and how many connections each has open"),
    ):
        actions.add_parser(name, help=text, description=text).set_defaults(run=run)
    for name, act, text in (
        ("add", add, "make an account for a department's own system; prints its password once"),
        ("rotate", rotate, "give an account another password; the old one ends at once"),
        ("remove", remove, "delete an account and close its connections"),
    ):
        action = actions.add_parser(name, help=text, description=text)
        action.add_argument("departments", nargs="+", metavar="CODE", help="departments, e.g. ga")
        action.add_argument("--label", default="", type=_label, help="for dept-<code>-<label>")
        action.set_defaults(run=act)


def prepare(_options: argparse.Namespace) -> None:
    """Topology, our services' accounts, and again the rights of every department's account.

    Raises:
        BadSetting: a service's password is missing (``INTAKE_AMQP_PASSWORD`` and so on).
        BrokerRefused: the management API does not do it.
        BusUnavailable: RabbitMQ cannot be reached.
    """
    from shared.bus.amqp import AmqpTransport  # noqa: PLC0415 - not needed in the embedded run

    passwords = {name: config.secret(f"{name.upper()}_AMQP_PASSWORD") for name in SERVICES}
    management, district = _management(), _district()
    everything = topology.build(tuple(district.departments))
    AmqpTransport(config.amqp_url()).declare(everything)
    for name, password in passwords.items():
        management.set_user(name, password, broker_rights.of_service(name))
    for user, code in _accounts(management):
        management.set_rights(user, broker_rights.of_department(code))
    _say(f"{len(everything.queues)} queues are declared; accounts: {', '.join(SERVICES)}")


def show(_options: argparse.Namespace) -> None:
    """Departments' accounts, one a line."""
    management, district = _management(), _district()
    for user, code in _accounts(management):
        known = district.departments.get(code)
        name = known.short if known else "(this district has no such department: remove it)"
        _say(f"{user}  {name}  {management.connections(user)} connection(s)")


def add(options: argparse.Namespace) -> None:
    """Make accounts and print each one's password, which is kept nowhere.

    Raises:
        NoSuchAccount: no such department, or an account is there already; none is made.
    """
    management, users = _management(), _users(options)
    there = set(users) & set(management.users())
    if there:
        raise NoSuchAccount(
            f"{', '.join(sorted(there))}: there already. Give another password with `rotate`, "
            "or make one more account with --label."
        )
    for user, code in users.items():
        password = _give_password(management, user, code)
        _say(
            f"Account {user} is made. It reads department.{code}, answers as {code}, and can do "
            f"nothing else.\nPassword of {user}: {password}\n{ONCE}"
        )


def add_one(code: str) -> None:
    """As ``add``, for the onboarding of one department (services/routing/channels/commands.py)."""
    add(argparse.Namespace(departments=[code], label=""))


def rotate(options: argparse.Namespace) -> None:
    """Give accounts another password; connections are closed, and queues stay as they are.

    Raises:
        NoSuchAccount: no such department or account; nothing is changed.
    """
    management, users = _management(), _users(options)
    _must_be_there(management, users)
    for user, code in users.items():
        password = _give_password(management, user, code)
        closed = management.connections(user)
        management.disconnect(user)
        _say(
            f"Account {user} has another password. The old one has ended; {closed} connection(s) "
            f"were closed; what waits in department.{code} still waits there.\n"
            f"Password of {user}: {password}\n{ONCE}"
        )


def remove(options: argparse.Namespace) -> None:
    """Delete accounts. The departments' queues and what is in them stay.

    Raises:
        NoSuchAccount: no such account; none is deleted.
    """
    management = _management()
    users = [broker_rights.account(code, options.label) for code in options.departments]
    _must_be_there(management, users)
    for user in users:
        management.disconnect(user)
        management.remove(user)
        _say(f"Account {user} is removed.")


def _give_password(management: Management, user: str, code: str) -> str:
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    management.set_user(user, password, broker_rights.of_department(code))
    return password


def _accounts(management: Management) -> list[tuple[str, str]]:
    """Departments' accounts, each with its department's code."""
    named = [(user, broker_rights.department_of(user)) for user in management.users()]
    return [(user, code) for user, code in named if code]


def _users(options: argparse.Namespace) -> dict[str, str]:
    """The accounts that the options mean, each with its department of this district."""
    known = _district().departments
    unknown = [code for code in options.departments if code not in known]
    if unknown:
        raise NoSuchAccount(
            f"department: this district has no {', '.join(unknown)}. It has: {', '.join(known)}"
        )
    return {broker_rights.account(code, options.label): code for code in options.departments}


def _must_be_there(management: Management, users: Iterable[str]) -> None:
    missing = [user for user in users if user not in management.users()]
    if missing:
        there = ", ".join(name for name, _ in _accounts(management)) or "none yet"
        raise NoSuchAccount(
            f"{', '.join(missing)}: there is no such account. Departments' accounts: {there}"
        )


def _management() -> Management:
    return Management(config.amqp_url(), os.environ.get("MANAGEMENT_URL", ""))


def _district() -> District:
    folder = os.environ.get("DISTRICTS_DIR", "")
    return load(os.environ.get("DISTRICT", "xiangshan"), Path(folder) if folder else DISTRICTS)


def _label(text: str) -> str:
    if not _LABEL.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r}: a label is up to 20 of a-z and 0-9")
    return text


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


__all__ = ["BrokerRefused", "NoSuchAccount", "add_commands"]
