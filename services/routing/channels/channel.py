"""A department's channel and what goes by it: plain values, states and rules.

The queue ``department.<code>`` is there for every department, onboarded or not. A channel says who
brings the facts further: the department's own system by AMQP, a webhook, mail; or nobody, and the
department works on the page.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import SplitResult, urlsplit

from services.routing.channels.destinations import ip_of, nobodys
from services.routing.rules import Reason, msgid
from shared.contracts import routing as facts

AMQP, WEBHOOK, MAIL, PAGE = "amqp", "webhook", "mail", "page"
KINDS = (AMQP, WEBHOOK, MAIL, PAGE)
PUSHED = (WEBHOOK, MAIL)
"""Kinds whose facts this service itself brings."""
WAITING, FAILED, SENT, DEAD = "waiting", "failed", "sent", "dead"
DROPPED = "dropped"
"""The channel it waited for is gone and the new one does not bring it; it is on the page."""
STATES = (WAITING, FAILED, SENT, DEAD, DROPPED)
OPEN = (WAITING, FAILED)

TRANSITIONS: Mapping[str, Mapping[str, str]] = {
    "delivered": {WAITING: SENT, FAILED: SENT},
    "failed": {WAITING: FAILED, FAILED: FAILED},
    "given_up": {WAITING: DEAD, FAILED: DEAD},
    "resend": {DEAD: WAITING},
    "dropped": {WAITING: DROPPED, FAILED: DROPPED, DEAD: DROPPED},
}
"""What may happen to a delivery -> the state it is in -> the state it comes to."""

MAILED = frozenset(
    one.type
    for one in (
        facts.dispatched,
        facts.reopened,
        facts.pressed,
        facts.late,
        facts.return_refused,
        facts.on_site_called,
        facts.person_corrected,
    )
)
"""What a department has to do something about; a mailbox is spared the rest."""

PAUSES = (5, 30, 120, 600, 1800, 3600)
"""Seconds between attempts on a channel that does not answer; the last one again and again."""
GIVE_UP_AFTER = timedelta(days=3)
"""What could not be brought for so long is dead: listed, and sent again when somebody asks."""
MOST_REFUSALS = 3
"""A message that the other side refuses for itself is not offered more often than this."""
KEEP_SENT = timedelta(days=30)
KEEP_DEAD = timedelta(days=30)
"""So long what was given up can be sent again; then it goes, and what it said about people."""
OLD_SECRET_LASTS = timedelta(days=1)
"""After a rotation both secrets are good for so long."""
SOON, LATE = timedelta(minutes=10), timedelta(hours=1)
"""Ages of the oldest undelivered fact: contact is due within the hour, so that an hour is late."""
LONGEST_ADDRESS = 500
_MAILBOX = re.compile(r"[^@\s<>,;\"]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z0-9-]{2,63}")


@dataclass(frozen=True)
class Channel:
    """How a department gets its orders.

    Attributes:
        address: of a webhook or a mailbox; empty for the others.
        secret: ``whsec_…`` of a webhook, both ways.
        old_secret: the one before, good until ``old_until``.
        next_at: nothing is sent before; while somebody is sending, when their time is over.
        failures: attempts in a row that did not reach the other side.
        error: why the last one did not.
        depth: messages that wait in the queue, as it was ``looked_at``; None: not known.
    """

    department: str
    kind: str
    address: str
    secret: str = field(repr=False)
    old_secret: str = field(repr=False)
    old_until: datetime | None
    since: datetime
    active: bool
    by: str
    next_at: datetime
    failures: int
    error: str
    last_sent_at: datetime | None
    depth: int | None
    looked_at: datetime | None
    version: int

    def secrets(self, now: datetime) -> tuple[str, ...]:
        """The secrets that are good now, the newest first."""
        old = self.old_until is not None and now < self.old_until
        return tuple(filter(None, (self.secret, self.old_secret if old else "")))

    def takes(self, type_: str) -> bool:
        """Whether facts of this type go by it."""
        if not self.active or self.kind == PAGE:
            return False
        return self.kind != MAIL or type_ in MAILED


@dataclass(frozen=True)
class Delivery:
    """One fact for one department."""

    id: int
    event_id: str
    department: str
    kind: str
    order_number: str
    type: str
    body: str = field(repr=False)
    state: str
    attempts: int
    error: str
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True)
class Sent:
    """The other side has it."""


@dataclass(frozen=True)
class Refused:
    """The other side was there and does not want this one."""

    why: str


@dataclass(frozen=True)
class Unreached:
    """The other side is not there, is not well, or does not know us: nothing gets through.

    Attributes:
        wait: seconds it asked for.
    """

    why: str
    wait: float = 0


Outcome = Sent | Refused | Unreached


def pause(failures: int, wait: float = 0) -> timedelta:
    """How long a channel rests after so many failures in a row."""
    own = PAUSES[min(failures, len(PAUSES)) - 1]
    return timedelta(seconds=min(max(own, wait), PAUSES[-1]))


def wrong_address(kind: str, address: str, *, embedded: bool) -> Reason | None:
    """Why this cannot be a channel's address; None: it can."""
    if kind in (AMQP, PAGE):
        return _needs_none(address)
    if len(address) > LONGEST_ADDRESS:
        return Reason("address", msgid("地址太长"), msgid("最多 500 个字符"))
    if kind == MAIL:
        return _wrong_mailbox(address)
    return _wrong_url(address, embedded=embedded)


def _needs_none(address: str) -> Reason | None:
    if address:
        return Reason("address", msgid("这种方式不用填地址"), msgid("请把地址留空"))
    return None


def _wrong_mailbox(address: str) -> Reason | None:
    if not _MAILBOX.fullmatch(address):
        remedy = msgid("请写成 name@example.gov.cn 的样子")
        return Reason("address", msgid("不是电子邮箱地址"), remedy)
    return None


def _wrong_url(address: str, *, embedded: bool) -> Reason | None:
    """``https://`` only, but to this machine or from a trial: orders name residents."""
    remedy = msgid("请写成 https://oa.example.gov.cn/baitong 的样子")
    parts = _web_address(address)
    if parts is None:
        return Reason("address", msgid("不是网址"), remedy)
    host = parts.hostname or ""
    if parts.username is not None or parts.fragment:
        return Reason("address", msgid("网址里不能有账号密码或 # 部分"), remedy)
    if parts.scheme == "http" and not (embedded or _is_here(host)):
        return Reason("address", msgid("工单里有居民信息，只能用 https"), remedy)
    if _is_nobodys(host):
        return Reason("address", msgid("这个网址不是部门系统的地址"), remedy)
    return None


def _web_address(address: str) -> SplitResult | None:
    if not address.isascii() or any(char.isspace() for char in address):
        return None
    try:
        parts = urlsplit(address)
        _port = parts.port
    except ValueError:
        return None
    return parts if parts.scheme in ("https", "http") and parts.hostname else None


def _is_here(host: str) -> bool:
    ip = ip_of(host)
    return host == "localhost" or (ip is not None and ip.is_loopback)


def _is_nobodys(host: str) -> bool:
    """Where clouds keep the keys of the machine itself; a name is looked up when it is used."""
    ip = ip_of(host)
    return ip is not None and nobodys(ip)
