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

import sqlalchemy as sa

from services.intake.models import tries
from shared import actor
from shared.db import Database, Transaction

MOST_TRIES = 10
TRIES_WITHIN = timedelta(minutes=15)
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
    """

    def __init__(self, database: Database, secret: str, what: str) -> None:
        self._database = database
        self._secret = secret.encode()
        self._what = what

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
        lately = tries.c.key == hidden, tries.c.at > tx.now - TRIES_WITHIN
        newest_first = sa.select(tries.c.at).where(*lately).order_by(tries.c.at.desc())
        earlier = list(tx.execute(newest_first.limit(MOST_TRIES)).scalars())
        if len(earlier) == MOST_TRIES:
            return Guess("", earlier[-1] + TRIES_WITHIN - tx.now)
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


def forget_old(tx: Transaction) -> None:
    """Drop guesses that count no more."""
    tx.execute(tries.delete().where(tries.c.at <= tx.now - TRIES_WITHIN))
