"""Accounts of the broker: ``python -m services broker prepare|list|add|rotate|remove``.

``prepare`` declares the topology and gives each of our services its own account, before any of them
starts; compose runs it at every start. The others keep the accounts of departments' own systems.
"""

import argparse
import os
import re
import secrets
import sys
from pathlib import Path
from typing import Any

from services import broker_rights
from services.broker_api import BrokerRefused, Management
from shared import config
from shared.bus import topology
from shared.contracts import SERVICES
from shared.district import DISTRICTS, District, load

PASSWORD_BYTES = 24
_LABEL = re.compile(r"[a-z0-9]{1,20}")


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
        action.add_argument("department", help="the department's code, e.g. ga")
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
    """Make an account and print its password, which is kept nowhere.

    Raises:
        NoSuchAccount: no such department, or the account is there already.
    """
    management, user = _management(), _name(options)
    if user in management.users():
        raise NoSuchAccount(
            f"{user}: this account is there already. Give it another password with `rotate`, "
            "or make one more with --label."
        )
    password = _give_password(management, user, options.department)
    _say(
        f"Account {user} is made. It reads department.{options.department}, answers as "
        f"{options.department}, and can do nothing else.\nPassword: {password}\n"
        "It is shown this once and kept nowhere."
    )


def rotate(options: argparse.Namespace) -> None:
    """Give an account another password; its connections are closed and its queue stays as it is.

    Raises:
        NoSuchAccount: no such department or account.
    """
    management, user = _management(), _existing(options)
    password = _give_password(management, user, options.department)
    closed = management.connections(user)
    management.disconnect(user)
    _say(
        f"Account {user} has another password. The old one has ended; {closed} connection(s) were "
        f"closed; what waits in department.{options.department} still waits there.\n"
        f"Password: {password}\nIt is shown this once and kept nowhere."
    )


def remove(options: argparse.Namespace) -> None:
    """Delete an account. The department's queue and what is in it stay.

    Raises:
        NoSuchAccount: no such account.
    """
    management, user = _management(), broker_rights.account(options.department, options.label)
    _must_be_there(management, user)
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


def _name(options: argparse.Namespace) -> str:
    """The account that the options mean, of a department of this district."""
    departments = _district().departments
    if options.department not in departments:
        raise NoSuchAccount(
            f"department: this district has no {options.department!r}. "
            f"It has: {', '.join(departments)}"
        )
    return broker_rights.account(options.department, options.label)


def _existing(options: argparse.Namespace) -> str:
    user = _name(options)
    _must_be_there(_management(), user)
    return user


def _must_be_there(management: Management, user: str) -> None:
    if user not in management.users():
        there = ", ".join(name for name, _ in _accounts(management)) or "none yet"
        raise NoSuchAccount(f"{user}: there is no such account. Departments' accounts: {there}")


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
