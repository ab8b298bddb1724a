"""What the API and the pages do alike: signing in, with a limit on wrong guesses."""

from math import ceil
from typing import cast

from services.intake.reason import Rejected, msgid
from services.intake.staff import accounts
from services.intake.staff.accounts import Account
from services.intake.staff.tries import SIGN_INS, SIGN_INS_FROM, Guess, counted
from shared.runtime import Runtime
from shared.web.acting import client_address
from shared.web.context import web_of
from shared.web.problem import FieldError, Problem

LONGEST_USERNAME = 60
RESTING = FieldError(
    "username", msgid("试的次数太多了"), msgid("请过一刻钟再试；忘了密码请找系统管理员")
)


RUN_OUT = FieldError("password", msgid("这个一次性密码已经过期"), msgid("请找系统管理员重新发一个"))
PASSWORD, PROVIDER = "password", "identity-provider"
"""How somebody signed in, as the audit says it."""


def sign_in(username: str, password: str) -> Account | None:
    """The account, if the password is its own; None if not, or if it may not come in by one.

    Raises:
        Problem: 429 after ten wrong passwords within a quarter of an hour for this username from
            this address, or a hundred from this address for whatever usernames. Elsewhere its
            owner still gets in. 403 for a password that an administrator gave too long ago.

    """
    runtime = cast("Runtime", web_of().service_context)
    from_here, at_this = counted(SIGN_INS_FROM), counted(SIGN_INS)
    here, key = client_address(), f"{client_address()} {username}"
    one = from_here.begin(here)
    _refuse_resting(one)
    _refuse_resting(at_this.begin(key))
    account = accounts.verify(runtime.database, username, password)
    if account is None or not _by_password(runtime, account):
        runtime.database.run(lambda tx: accounts.kept_out(tx, username, PASSWORD))
        return None
    from_here.right(one)
    at_this.forget(key)
    if account.run_out:
        raise Problem(403, "password-run-out", RUN_OUT.reason, [RUN_OUT], detail=RUN_OUT.remedy)
    return account


def entered(account: Account, how: str, password: str = "") -> None:
    """Record that somebody is in; keep their password by today's parameters, if it was typed.

    Raises:
        Rejected: the account was changed or disabled while they signed in: they are not in.

    """
    database, username = cast("Runtime", web_of().service_context).database, account.user.username
    stronger = accounts.stronger_hash(database, username, password) if password else ""
    try:
        database.run(lambda tx: accounts.entered(tx, account, how, stronger))
    except Rejected:
        database.run(lambda tx: accounts.kept_out(tx, username, how))
        raise


def _by_password(runtime: Runtime, account: Account) -> bool:
    """Whether they may sign in with a password: where the provider is the only way, one may."""
    provider = runtime.settings.identity_provider
    return provider is None or not provider.only or account.user.username == provider.emergency


def _refuse_resting(guess: Guess) -> None:
    if guess.rest:
        headers = {"Retry-After": str(ceil(guess.rest.total_seconds()))}
        raise Problem(
            429, "too-many", RESTING.reason, [RESTING], detail=RESTING.remedy, headers=headers
        )
