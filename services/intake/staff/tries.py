"""Wrong guesses, counted: nobody tries all four digits of a phone, or a list of passwords.

Kept in intake's database, so that every replica counts the same; under an HMAC, so that what was
typed, which may be a telephone number or a password in the wrong field, stands nowhere.
"""

import hashlib
import hmac
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import flask
import sqlalchemy as sa

from services.intake.models import tries
from shared import actor
from shared.db import Database, Transaction

MOST_TRIES = 10
TRIES_WITHIN = timedelta(minutes=15)
TRACK = "intake_tries"
"""Phones guessed at one case's number."""
TRACK_FROM = "intake_tries_from"
"""Phones guessed from one address, at whatever number: a whole community may share one."""
SIGN_INS = "intake_sign_ins"
"""Passwords guessed at one username from one address."""
SIGN_INS_FROM = "intake_sign_ins_from"
"""Passwords guessed from one address, at whatever username."""
OPEN311 = "intake_open311"
"""Requests filed by Open311 from one address; none is taken back."""
BOOKED_FROM = "intake_booked_from"
"""Appointments made from one address; none is taken back."""
BOOKED_PHONE = "intake_booked_phone"
"""Appointments asked for online for one phone: whoever types a number learns nothing of it."""
TICKETS_FROM = "intake_tickets_from"
"""Tickets taken from one address: a waiting room has one for everybody."""
SNAPSHOTS = "intake_snapshots"
"""Snapshots sent from one address: many phones share one."""
LIMITS = {
    TRACK: (MOST_TRIES, TRIES_WITHIN),
    TRACK_FROM: (60, timedelta(hours=1)),
    SIGN_INS: (MOST_TRIES, TRIES_WITHIN),
    SIGN_INS_FROM: (100, timedelta(minutes=15)),
    OPEN311: (30, timedelta(hours=1)),
    BOOKED_FROM: (30, timedelta(hours=1)),
    BOOKED_PHONE: (MOST_TRIES, timedelta(hours=1)),
    TICKETS_FROM: (120, timedelta(hours=1)),
    SNAPSHOTS: (60, timedelta(hours=1)),
}
"""What is counted, under the name by which the application keeps it -> how many, within what."""
LONGEST = max(within for _most, within in LIMITS.values())
_NONE = timedelta(0)
_T = TypeVar("_T")


@dataclass(frozen=True)
class Guess:
    """A guess that is counted before it is looked at; `rest` is how long it has to wait yet."""

    id: str
    rest: timedelta = _NONE


class Tries:
    """Guesses at each key: a case's number, or a username from one address.

    Args:
        database: intake's.
        secret: the deployment's secret key.
        what: what is guessed at, so that one kind's keys are not another's.
        most: how many guesses within `within`; those taken back do not count.
        within: how long one counts.
    """

    def __init__(
        self,
        database: Database,
        secret: str,
        what: str,
        most: int = MOST_TRIES,
        within: timedelta = TRIES_WITHIN,
    ) -> None:
        self._database = database
        self._secret = secret.encode()
        self._what = what
        self._most, self._within = most, within

    def begin(self, key: str) -> Guess:
        """Count a guess, before anybody knows whether it is right; or say how long to rest."""
        return self._run(lambda tx: self._begin(tx, self._hidden(key)))

    def right(self, guess: Guess) -> None:
        """It was right: take this guess back."""
        self._run(lambda tx: tx.execute(tries.delete().where(tries.c.id == guess.id)))

    def forget(self, key: str) -> None:
        """Forget every guess at this key: it was the right person after all."""
        hidden = self._hidden(key)
        self._run(lambda tx: tx.execute(tries.delete().where(tries.c.key == hidden)))

    def _begin(self, tx: Transaction, hidden: str) -> Guess:
        lately = tries.c.key == hidden, tries.c.at > tx.now - self._within
        newest_first = sa.select(tries.c.at).where(*lately).order_by(tries.c.at.desc())
        earlier = list(tx.execute(newest_first.limit(self._most)).scalars())
        if len(earlier) == self._most:
            return Guess("", earlier[-1] + self._within - tx.now)
        guess = Guess(uuid.uuid4().hex)
        tx.execute(tries.insert().values(id=guess.id, key=hidden, at=tx.now))
        return guess

    def _hidden(self, key: str) -> str:
        told = f"{self._what}\0{key}".encode("utf-8", "surrogatepass")
        return hmac.new(self._secret, told, hashlib.sha256).hexdigest()

    def _run(self, work: Callable[[Transaction], _T]) -> _T:
        """Counting is nobody's act: what came of the guess is recorded, not its being counted."""
        asking = actor.current()
        actor.act_as(None)
        try:
            return self._database.run(work)
        finally:
            actor.act_as(asking)


def install(app: flask.Flask, database: Database, secret: str) -> None:
    """Let the application count every kind of guess."""
    for name, (most, within) in LIMITS.items():
        app.extensions[name] = Tries(database, secret, name, most, within)


def counted(name: str) -> Tries:
    """This application's count of one kind of guess: a key of `LIMITS`."""
    found: Tries = flask.current_app.extensions[name]
    return found


def forget_old(tx: Transaction) -> None:
    """Drop guesses that count no more."""
    tx.execute(tries.delete().where(tries.c.at <= tx.now - LONGEST))
