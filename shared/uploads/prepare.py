"""From the bytes somebody sent to what is kept. The bytes are read in a process of their own."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import structlog

from shared.green import Semaphore
from shared.uploads.inspect import PDF, Kind, kind_of
from shared.uploads.reading import read_apart
from shared.uploads.refused import Busy

log = structlog.get_logger(__name__)

MOST_AT_ONCE = 2
"""Files read at the same time for one service's process: each may take a processor and, at the
worst, `reading.MOST_MEMORY`."""
MOST_WAITING = 16
"""Requests that wait for their turn; each holds its file in memory."""
LONGEST_WAIT = 20
"""Seconds one waits for its turn."""


@dataclass(frozen=True)
class Prepared:
    """A file fit to be kept: what it is, its bytes, and of an image a small one for lists."""

    kind: Kind
    data: bytes
    preview: bytes = b""


class Queue:
    """Turns: some are inside, some wait, and more are sent away at once."""

    def __init__(self, inside: int, waiting: int) -> None:
        self._room = Semaphore(inside)
        self._most_waiting = waiting
        self._waiting = 0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and have it.

        Raises:
            Busy: too many wait already, or it took longer than LONGEST_WAIT.

        """
        if not self._came_in():
            log.warning("uploads_busy", waiting=self._waiting)
            raise Busy
        try:
            yield
        finally:
            self._room.release()

    def _came_in(self) -> bool:
        if self._waiting >= self._most_waiting:
            return bool(self._room.acquire(blocking=False))
        self._waiting += 1
        try:
            return bool(self._room.acquire(timeout=LONGEST_WAIT))
        finally:
            self._waiting -= 1


_queue = Queue(MOST_AT_ONCE, MOST_WAITING)


def reader_turn() -> AbstractContextManager[None]:
    """A turn among all whose files are read, for who reads another kind of file apart.

    Raises:
        Busy: (on entering) it had no turn.

    """
    return _queue.turn()


def prepare(data: bytes, name: str) -> Prepared:
    """Find out what it is and write it anew; the others are answered meanwhile.

    Raises:
        RefusedFile: it is not taken; says why and what to do.
        Busy: it had no turn.
        Failed: the process that should read it is broken.

    """
    kind = kind_of(data, name)  # looks at its first bytes only
    with _queue.turn():
        kept = read_apart(data, kind)
    if kind is PDF:
        return Prepared(kind, data)
    image, preview = kept
    return Prepared(kind, image, preview)
