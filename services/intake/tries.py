"""Wrong guesses, counted: nobody tries all four digits of a phone, or a list of passwords."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta

MOST_TRIES = 10
TRIES_WITHIN = timedelta(minutes=15)
MOST_KEYS = 10_000


class Tries:
    """Wrong guesses at each key: a case's number, or a username from one address.

    Counted in this process, for the keys guessed at last.
    """

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, deque[datetime]] = OrderedDict()

    def wrong(self, key: str, at: datetime) -> None:
        """Remember a wrong guess."""
        self._wrong.setdefault(key, deque(maxlen=MOST_TRIES)).append(at)
        self._wrong.move_to_end(key)
        if len(self._wrong) > MOST_KEYS:
            self._wrong.popitem(last=False)

    def right(self, key: str) -> None:
        """Forget the wrong guesses: it was the right person after all."""
        self._wrong.pop(key, None)

    def rest(self, key: str, at: datetime) -> timedelta:
        """How long this key has to rest yet; nothing when it may be tried."""
        guesses = self._wrong.get(key)
        if guesses is None or len(guesses) < MOST_TRIES:
            return timedelta(0)
        return max(guesses[0] + TRIES_WITHIN - at, timedelta(0))

    def too_many(self, key: str, at: datetime) -> bool:
        """Tell whether this key has to rest."""
        return self.rest(key, at) > timedelta(0)
