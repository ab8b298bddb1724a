"""Waiting for what happens elsewhere: the one place in the tests that pauses or reads a clock."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_PAUSE = 0.05


def wait_until(
    condition: Callable[[], T],
    deadline: float = 90.0,
    what: str = "the condition holds",
    ignoring: tuple[type[Exception], ...] = (),
) -> T:
    """Call `condition` until it returns something true, and return that.

    After `deadline` seconds fail, naming `what` and what was seen last. An exception of a type
    in `ignoring` counts as "not yet"; any other ends the wait at once.
    """
    return _poll(condition, bool, deadline, what, ignoring)


def wait_for_value(
    read: Callable[[], T],
    expected: T,
    deadline: float = 90.0,
    what: str = "the value",
    ignoring: tuple[type[Exception], ...] = (),
) -> T:
    """Call `read` until it returns `expected`; fail with what it returned last."""
    wanted = f"{what} (expected {expected!r})"
    return _poll(read, lambda seen: seen == expected, deadline, wanted, ignoring)


def _poll(
    read: Callable[[], T],
    is_right: Callable[[T], bool],
    deadline: float,
    what: str,
    ignoring: tuple[type[Exception], ...],
) -> T:
    end = time.monotonic() + deadline
    while True:
        late = time.monotonic() >= end
        try:
            seen = read()
        except ignoring as error:
            last = f"it raised {error!r}"
        else:
            if is_right(seen):
                return seen
            last = f"last seen: {seen!r}"
        if late:
            raise AssertionError(f"Waited {deadline:g} s for: {what}; {last}")
        time.sleep(_PAUSE)
