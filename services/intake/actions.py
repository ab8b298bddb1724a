"""What the API and the pages do alike: signing in, with a limit on wrong guesses."""

from math import ceil
from typing import cast

import flask

from services.intake import accounts
from services.intake.reason import msgid
from services.intake.tries import Tries
from shared.clock import now
from shared.runtime import Runtime
from shared.web.auth import User
from shared.web.context import web_of
from shared.web.problem import FieldError, Problem

SIGN_INS = "intake_sign_ins"
"""Where the application keeps its count of wrong passwords."""
LONGEST_USERNAME = 60
LONGEST_PASSWORD = 200
RESTING = FieldError(
    "username", msgid("试的次数太多了"), msgid("请过一刻钟再试；忘了密码请找系统管理员")
)


def sign_in(username: str, password: str) -> User | None:
    """The person, if the password is theirs; None if not.

    Raises:
        Problem: 429 after ten wrong passwords within a quarter of an hour for this username from
            this address. Elsewhere its owner still gets in.

    """
    runtime = cast("Runtime", web_of().service_context)
    tries: Tries = flask.current_app.extensions[SIGN_INS]
    key = f"{_address(runtime)} {username}"
    _refuse_resting(tries, key)
    user = accounts.verify(runtime.database, username, password)
    # Again: others may have guessed while the database was asked.
    _refuse_resting(tries, key)
    if user is None:
        tries.wrong(key, now())
    else:
        tries.right(key)
    return user


def _refuse_resting(tries: Tries, key: str) -> None:
    rest = tries.rest(key, now())
    if rest:
        headers = {"Retry-After": str(ceil(rest.total_seconds()))}
        raise Problem(
            429, "too-many", RESTING.reason, [RESTING], detail=RESTING.remedy, headers=headers
        )


def _address(runtime: Runtime) -> str:
    """Where the request comes from: deployed, as the gateway says, which overwrites the header."""
    direct = flask.request.remote_addr or ""
    if runtime.settings.embedded:
        return direct
    return flask.request.headers.get("X-Forwarded-For", direct)[-64:]
