"""How often one address may ask for what is open to everybody: moving windows, by our own clock.

Whoever is signed in is known and is counted only where they look for people. Limits are per process
and generous: behind one address may be a whole community (docs/operations.md has the figures).
"""

import bisect
from collections import OrderedDict
from math import ceil

import flask
import limits
from limits.storage import MovingWindowSupport, Storage
from limits.strategies import MovingWindowRateLimiter

from shared import clock
from shared.web.acting import client_address
from shared.web.auth import current_user, signed_in
from shared.web.problem import plain

LIMITS = {
    "session.begin": "120/minute",
    "case.track": "600/minute",
    "person.ask": "60/minute",
    "catalogue.read": "1200/minute",
    "front.read": "1200/minute",
    "partner.list": "600/minute",
    "webhook.receive": "1200/minute",
    "form.open": "120/minute",
}
"""Public action (shared/permissions.py) -> how often one address may do it."""
OTHERS = "1200/minute"
"""Every other public action."""
UNCOUNTED = frozenset({"platform.read", "session.end"})
"""Health and signing out: neither may ever be refused."""
SEARCHES = "60/10 minutes"
"""How often a signed-in person may look for somebody by a number: it tells who is known here."""
KEY = "baitong_limits"
MOST_KEYS = 20_000
"""Addresses remembered; beyond that the one seen longest ago is forgotten."""


class ClockStorage(Storage, MovingWindowSupport):
    """Hits in this process's memory by `shared.clock`, bounded, without a thread.

    The library's own reads the machine's clock and starts a thread to forget.
    """

    def __init__(self) -> None:
        super().__init__()
        self._hits: OrderedDict[str, list[float]] = OrderedDict()

    @property
    def base_exceptions(self) -> type[Exception]:
        """What it may raise of its own."""
        return ValueError

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count `amount` hits unless they would be more than `limit` within `expiry` seconds."""
        now = clock.now().timestamp()
        hits = self._hits.setdefault(key, [])
        self._hits.move_to_end(key)
        if len(self._hits) > MOST_KEYS:
            self._hits.popitem(last=False)
        del hits[: bisect.bisect_right(hits, now - expiry)]
        if len(hits) + amount > limit:
            return False
        hits.extend([now] * amount)
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:  # noqa: ARG002
        """The first hit that still counts, and how many do."""
        now = clock.now().timestamp()
        hits = self._hits.get(key, [])
        counting = hits[bisect.bisect_right(hits, now - expiry) :]
        return (counting[0] if counting else now), len(counting)

    def check(self) -> bool:
        """Memory is always there."""
        return True

    def reset(self) -> int:
        """Forget everything."""
        count = len(self._hits)
        self._hits.clear()
        return count

    def clear(self, key: str) -> None:
        """Forget one key."""
        self._hits.pop(key, None)

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Not for moving windows."""
        raise NotImplementedError

    def get(self, key: str) -> int:
        """How many hits are kept."""
        return len(self._hits.get(key, ()))

    def get_expiry(self, key: str) -> float:
        """When the newest hit was made."""
        hits = self._hits.get(key)
        return hits[-1] if hits else clock.now().timestamp()


def install(app: flask.Flask) -> None:
    """Count what strangers ask of `app`'s public addresses."""
    app.extensions[KEY] = MovingWindowRateLimiter(ClockStorage())
    app.before_request(_count)


def _count() -> None:
    action = _public_action()
    if action is None or action in UNCOUNTED or current_user() is not None:
        return
    _hit(LIMITS.get(action, OTHERS), action, client_address())


def count_search() -> None:
    """Count that the signed-in person looks for somebody by a number.

    Raises:
        Problem: 429, they have looked for too many.
    """
    _hit(SEARCHES, "person.searched", signed_in().username)


def _hit(often: str, *asking: str) -> None:
    limiter: MovingWindowRateLimiter = flask.current_app.extensions[KEY]
    allowed = limits.parse(often)
    if limiter.hit(allowed, *asking):
        return
    rest = limiter.get_window_stats(allowed, *asking).reset_time - clock.now().timestamp()
    raise plain(429, headers={"Retry-After": str(max(1, ceil(rest)))})


def _public_action() -> str | None:
    view = flask.current_app.view_functions.get(flask.request.endpoint or "")
    action: str | None = getattr(view, "baitong_public", None)
    return action
