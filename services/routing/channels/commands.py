"""``python -m services department onboard|list|test|rotate|resend|offboard``: who gets orders how.

One command does it all and prints what the department needs; the page ``/orders/channels/<code>``
does the same. Accounts at RabbitMQ are made by ``services broker``, which needs an administrator
of the broker: where the service itself must not know one (compose), deploy/department.sh runs both.
"""

import argparse
import os
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from services.routing.channels import handlers, status, store
from services.routing.channels.channel import AMQP, KINDS, MAIL, PAGE, WEBHOOK, Sent
from services.routing.channels.trial import send_test
from services.routing.rules import Reason, Refused
from shared.bus.topology import department_queue
from shared.clock import local, now
from shared.config import BadSetting
from shared.runtime import Runtime

GUIDE = "docs/departments.md"


class OnboardingRefused(BadSetting):
    """It cannot be done so. The text says the field, the reason and what to do."""


Account = Callable[[str], None]
"""Makes a department's account at RabbitMQ and prints its password; raises if it is there."""


def add_commands(
    commands: Any, runtime_of: Callable[[str], Runtime], make_account: Account
) -> None:
    """Add ``department …`` to the operator's commands."""
    parser = commands.add_parser("department", help="how departments get their orders")
    actions = parser.add_subparsers(title="actions", required=True)
    for name, act, text in (
        ("onboard", _onboard, "let a department get its orders by queue, webhook, mail or page"),
        ("list", _list, "each department's channel and what waits for it"),
        ("test", _test, "bring a test by the department's channel, now"),
        ("rotate", _rotate, "give a webhook another secret; the old one is good for a day more"),
        ("resend", _resend, "try again what was given up"),
        ("offboard", _offboard, "let a department work on the page alone"),
    ):
        action = actions.add_parser(name, help=text, description=text)
        if name != "list":
            action.add_argument("code", metavar="CODE", help="the department, e.g. ga")
        if name == "onboard":
            _onboard_options(action)
        action.set_defaults(run=_runner(act, runtime_of, make_account))


def _onboard_options(action: argparse.ArgumentParser) -> None:
    action.add_argument("--channel", required=True, choices=KINDS)
    action.add_argument("--url", default="", help="of a webhook: https://…")
    action.add_argument("--email", default="", help="of a mailbox")
    action.add_argument("--no-account", action="store_true", help="of amqp: it is made elsewhere")
    action.add_argument("--broker", default="", help="of amqp: HOST:PORT as departments reach it")


def _runner(
    act: Callable[..., None], runtime_of: Callable[[str], Runtime], make_account: Account
) -> Callable[[argparse.Namespace], None]:
    def run(options: argparse.Namespace) -> None:
        runtime = runtime_of("routing")
        options.make_account = make_account
        try:
            act(runtime, options)
        except Refused as refused:
            raise OnboardingRefused(_told(refused.reason)) from refused

    return run


def _onboard(runtime: Runtime, options: argparse.Namespace) -> None:
    code, kind = options.code, options.channel
    address = {WEBHOOK: options.url, MAIL: options.email}.get(kind, "")
    made = runtime.database.run(
        lambda tx: handlers.onboard(tx, code, kind, address, os.environ.get("USER", "console"))
    )
    _say(f"{code} gets its orders by {kind} from now on.")
    if kind == AMQP:
        _say_queue(runtime, options)
    elif kind == WEBHOOK:
        _say_webhook(runtime, code, made.secret)
    elif kind == MAIL:
        _say(f"Mails with a signed link go to {address}. Try it: department test {code}")
    else:
        _say(f"Its officers work at {runtime.settings.public_address}/orders")
    _say(f"For its programmers: {GUIDE}")


def _say_queue(runtime: Runtime, options: argparse.Namespace) -> None:
    code = options.code
    host = options.broker or f"{urlsplit(runtime.settings.public_address).hostname}:5671"
    _say(f"Queue: {department_queue(code)}\nReplies: department.replies, reply.<verb>.{code}")
    _say(f"Address: amqps://dept-{code}:<password>@{host}/")
    if not options.no_account:
        options.make_account(code)


def _say_webhook(runtime: Runtime, code: str, secret: str) -> None:
    answers = f"{runtime.settings.public_address}/api/routing/departments/{code}/webhook"
    _say(f"Secret of both ways: {secret}\nIt is shown this once. Replies go to {answers}")
    _say(f"Try it: department test {code}")


def _list(runtime: Runtime, _options: argparse.Namespace) -> None:
    codes = list(runtime.district.departments)
    with runtime.database.read() as connection:
        found = status.statuses(connection, runtime.district, codes, now())
    for one in found:
        parts = [one.department, one.name, one.kind]
        if one.kind != PAGE:
            since = local(one.oldest).isoformat(timespec="minutes") if one.oldest else "-"
            counted = f"waiting {one.waiting} failed {one.failed} dead {one.dead}"
            parts += [status.shown_address(one.channel), counted, f"oldest {since}", one.level]
        _say("  ".join(filter(None, parts)))


def _test(runtime: Runtime, options: argparse.Namespace) -> None:
    outcome = send_test(runtime, options.code)
    if not isinstance(outcome, Sent):
        raise OnboardingRefused(f"{options.code}: the test did not arrive: {outcome.why}")
    _say(f"The test reached {options.code}.")


def _rotate(runtime: Runtime, options: argparse.Namespace) -> None:
    secret = runtime.database.run(lambda tx: handlers.rotate(tx, options.code))
    with runtime.database.read() as connection:
        channel = store.channel_in(connection, options.code)
    until = channel.old_until if channel is not None else None
    _say(f"New secret: {secret}\nIt is shown this once.")
    if until is not None:
        _say(f"The old one is good until {local(until).isoformat(timespec='minutes')}.")


def _resend(runtime: Runtime, options: argparse.Namespace) -> None:
    many = runtime.database.run(lambda tx: handlers.resend(tx, options.code))
    _say(f"{many} will be tried again now.")


def _offboard(runtime: Runtime, options: argparse.Namespace) -> None:
    runtime.database.run(lambda tx: handlers.offboard(tx, options.code))
    _say(
        f"{options.code} works on the page now. An account at RabbitMQ stays until"
        f" `python -m services broker remove {options.code}` takes it away."
    )


def _told(reason: Reason) -> str:
    return f"{reason.field}: {reason}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
