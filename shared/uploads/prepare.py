"""From the bytes somebody sent to what is kept."""

import functools
from dataclasses import dataclass
from typing import Any

import eventlet.tpool
from eventlet.semaphore import Semaphore

from shared.uploads import images, pdf
from shared.uploads.inspect import PDF, Kind, kind_of

MOST_AT_ONCE = 2
"""Images read at the same time in one process: a big one needs 200 MB and a processor."""
_room = Semaphore(MOST_AT_ONCE)


@dataclass(frozen=True)
class Prepared:
    """A file fit to be kept: what it is, its bytes, and of an image a small one for lists."""

    kind: Kind
    data: bytes
    preview: bytes = b""


def prepare(data: bytes, name: str) -> Prepared:
    """Find out what it is and write it anew.

    Raises:
        RefusedFile: it is not taken; says why and what to do.

    """
    kind = kind_of(data, name)
    if kind is PDF:
        pdf.check(data)
        return Prepared(kind, data)
    photo = images.rewrite(data, kind)
    return Prepared(kind, photo.data, photo.preview)


def prepare_aside(data: bytes, name: str) -> Prepared:
    """As `prepare`, in a thread of its own: the others are answered meanwhile.

    Raises:
        RefusedFile: as `prepare`.

    """
    with _room:
        prepared: Prepared = aside(prepare, data, name)
    return prepared


def aside(work: Any, *args: Any) -> Any:
    """Run what blocks in a thread, away from the hub; raises what it raises."""
    return eventlet.tpool.execute(functools.partial(work, *args))
