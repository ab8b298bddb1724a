"""A message to one recipient and its delivery. Its state says nothing about the case's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

QUEUED = "queued"
SENDING = "sending"
DELIVERED = "delivered"
FAILED = "failed"
CANCELLED = "cancelled"
ERASED = "erased"
"""No state of its own: the text is gone since its resident was forgotten."""
STATES = (QUEUED, SENDING, DELIVERED, FAILED, CANCELLED)

TRANSITIONS: Mapping[str, Mapping[str, str]] = {
    # step: {state before: state after}
    "claim": {QUEUED: SENDING},  # a process takes it
    "deliver": {SENDING: DELIVERED},  # the channel took it
    "retry": {SENDING: QUEUED},  # later, or by the next channel
    "give_up": {SENDING: FAILED},  # no channel is left
    "release": {SENDING: QUEUED},  # the process that took it is gone
    "cancel": {QUEUED: CANCELLED},  # nobody needs it any more
    "drop": {SENDING: CANCELLED},  # not taken, and its resident was forgotten meanwhile
    "resend": {DELIVERED: QUEUED, FAILED: QUEUED, CANCELLED: QUEUED},  # a person wants it again
}

RESIDENT = "resident"
OWNER = "owner"
DEPARTMENT = "department"
SUPERVISOR = "supervisor"
DUTY = "duty"
"""Whoever is on duty at the level of pressing that was reached."""
AUDIENCES = (RESIDENT, OWNER, DEPARTMENT, SUPERVISOR, DUTY)

TEMPORARY = "temporary"
PERMANENT = "permanent"
INTERRUPTED = "interrupted"
"""How an attempt ended when not DELIVERED. Interrupted: the sender ended before it could say."""

SMS = "sms"
SMTP = "smtp"
WECOM = "wecom"
INBOX = "inbox"
CHANNELS = (SMS, WECOM, SMTP, INBOX)

RETRY_AFTER = (30, 120, 600, 1800, 7200)
"""Seconds before each further attempt by one channel; then the channel has failed (2 h 50 min)."""

LEASE = timedelta(seconds=180)
"""How long a process may take over a message; after it the message is anybody's again."""


class IllegalStep(ValueError):
    """A step that the message's state does not allow. The text names both."""

    def __init__(self, step: str, state: str) -> None:
        self.step = step
        self.state = state
        allowed = ", ".join(TRANSITIONS[step])
        super().__init__(f"state: {step} is possible from {allowed}, not from {state}")


@dataclass(frozen=True)
class Recipient:
    """Who is told.

    Attributes:
        kind: one of AUDIENCES.
        key: username or department code; empty for a resident and for supervisors as a group.
        name: as people call them.
        phone: for SMS, and for the robot's mention.
        email: for SMTP.

    """

    kind: str
    name: str
    key: str = ""
    phone: str = ""
    email: str = ""

    def address(self, channel: str) -> str:
        """Where a channel finds them; empty where it cannot."""
        if channel == SMS:
            return self.phone
        if channel == SMTP:
            return self.email
        return self.key or self.name or self.kind


@dataclass(frozen=True)
class Attempt:
    """One try by one channel.

    Attributes:
        outcome: DELIVERED, TEMPORARY, PERMANENT or INTERRUPTED.
        detail: the channel's receipt, or the reason in words.
        wait: seconds the channel asked us to wait at least before trying again.

    """

    channel: str
    started_at: datetime
    ended_at: datetime
    outcome: str
    detail: str
    wait: float = 0


@dataclass(frozen=True)
class Message:
    """One text to one recipient.

    Attributes:
        route: the channels in order; ``channel`` is the one in turn.
        params: the values in the text, for gateways that fill reviewed templates themselves.
        keeps_hours: a reminder to staff, sent only in service hours.
        tries: attempts by the channel in turn since it was its turn.
        taken_at: when a process took it; None while nobody has it.

    """

    id: str
    case_number: str
    event_id: str
    template: str
    recipient: Recipient
    community: str
    route: tuple[str, ...]
    channel: str
    language: str
    subject: str
    body: str
    created_at: datetime
    next_attempt_at: datetime
    state: str = QUEUED
    params: Mapping[str, str] = field(default_factory=dict)
    keeps_hours: bool = False
    tries: int = 0
    taken_at: datetime | None = None
    delivered_at: datetime | None = None
    version: int = 1
    attempts: tuple[Attempt, ...] = ()

    @property
    def erased(self) -> bool:
        """Whether its resident was forgotten: no text is left to send."""
        return not self.body

    def claimed(self, now: datetime) -> "Message":
        """Taken by a process that will send it."""
        return replace(self, state=self._after("claim"), taken_at=now)

    def released(self, now: datetime) -> "Message":
        """Back in the queue: the process that took it ended without a word.

        It may have been sent: better twice than never.
        """
        return replace(self, state=self._after("release"), taken_at=None, next_attempt_at=now)

    def delivered(self, now: datetime) -> "Message":
        """The channel took it."""
        state = self._after("deliver")
        return replace(self, state=state, taken_at=None, tries=self.tries + 1, delivered_at=now)

    def refused(self, now: datetime, *, permanent: bool, wait: float = 0) -> "Message":
        """The channel did not take it: later again, by the next channel, or given up.

        Args:
            now: the moment it was refused.
            permanent: trying this channel again is useless.
            wait: seconds the channel asked us to wait at least.

        """
        tried = replace(self, tries=self.tries + 1, taken_at=None)
        pause = None if permanent else pause_after(tried.tries)
        if pause is not None:
            later = now + timedelta(seconds=max(pause, wait))
            return replace(tried, state=self._after("retry"), next_attempt_at=later)
        following = next_channel(self.route, self.channel)
        if following is None:
            return replace(tried, state=self._after("give_up"))
        state = self._after("retry")
        return replace(tried, state=state, channel=following, tries=0, next_attempt_at=now)

    def cancelled(self) -> "Message":
        """Nobody needs it any more."""
        return replace(self, state=self._after("cancel"))

    def dropped(self) -> "Message":
        """It did not get through, and there is nothing left to send again."""
        return replace(self, state=self._after("drop"), tries=self.tries + 1, taken_at=None)

    def resent(self, now: datetime) -> "Message":
        """A person wants it sent again, from the first channel on."""
        if self.erased:
            raise IllegalStep("resend", ERASED)
        state = self._after("resend")
        return replace(self, state=state, channel=self.route[0], tries=0, next_attempt_at=now)

    def _after(self, step: str) -> str:
        if self.state not in TRANSITIONS[step]:
            raise IllegalStep(step, self.state)
        return TRANSITIONS[step][self.state]


def pause_after(tries: int) -> float | None:
    """Seconds to wait after so many tries by a channel, or None when it has had enough."""
    return RETRY_AFTER[tries - 1] if tries <= len(RETRY_AFTER) else None


def next_channel(route: Sequence[str], channel: str) -> str | None:
    """The channel whose turn it is after ``channel``, if any is left."""
    position = route.index(channel) + 1
    return route[position] if position < len(route) else None


def route_for(
    wished: Sequence[str], set_up: Sequence[str], recipient: Recipient
) -> tuple[str, ...]:
    """The channels to try in order: wished for, set up here, and able to find the recipient.

    Never empty: where no other channel can be used, the in-app outbox keeps the text, and whoever
    serves the resident can read it out.
    """
    usable = [name for name in wished if name in set_up and recipient.address(name)]
    return tuple(usable) or (INBOX,)
