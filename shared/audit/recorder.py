"""What the commands of one transaction want recorded, each command's own until it succeeds."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.actor import SYSTEM, Actor
from shared.audit.chain import Act
from shared.audit.tables import (
    LONGEST_ACTION,
    LONGEST_ADDRESS,
    LONGEST_ROLE,
    LONGEST_SUBJECT,
    LONGEST_USERNAME,
)

_NOBODY = Actor("", SYSTEM)


@dataclass(frozen=True)
class _Why:
    """What an act says beside its facts."""

    reason: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


_NOTHING_MORE = _Why()


@dataclass
class Recorder:
    """The acts of a transaction.

    Attributes:
        now: when they happen.
        kept: of the commands that succeeded.
    """

    now: datetime
    kept: list[Act] = field(default_factory=list)
    _own: list[Act] = field(default_factory=list)
    _actor: Actor | None = None
    _subject: str = ""

    def begin(self, actor: Actor | None) -> None:
        """The next command, and who gave it."""
        self._own, self._actor, self._subject = [], actor, ""

    def record(
        self, action: str, subject: str, reason: str, by: Actor | None, detail: Mapping[str, Any]
    ) -> None:
        """An act of this command.

        Raises:
            ValueError: the action is empty or too long.
            TypeError: the detail is nothing that JSON can hold.
        """
        if not 0 < len(action) <= LONGEST_ACTION:
            raise ValueError(f"action: {action!r} has not 1 to {LONGEST_ACTION} characters")
        actor = by or self._actor or _NOBODY
        self._own.append(_act(self.now, actor, action, subject, _Why(reason, detail)))

    def about(self, subject: str) -> None:
        """What this command is about, which nobody knew before it ran."""
        self._subject = subject

    def keep(self, *, wrote: bool) -> bool:
        """The command succeeded: what it recorded, or what it did, if it came from a person.

        Returns whether there is anything.
        """
        actor = self._actor
        if wrote and actor is not None and not self._own:
            subject = self._subject or actor.subject
            self._own.append(_act(self.now, actor, actor.act or "unnamed", subject))
        recorded = bool(self._own)
        self.kept.extend(self._own)
        self.begin(None)
        return recorded

    def drop(self) -> None:
        """The command was refused."""
        self.begin(None)


def _act(now: datetime, actor: Actor, action: str, subject: str, why: _Why = _NOTHING_MORE) -> Act:
    return Act(
        at=now,
        username=actor.username[:LONGEST_USERNAME],
        role=actor.role[:LONGEST_ROLE],
        address=actor.address[:LONGEST_ADDRESS],
        action=action[:LONGEST_ACTION],
        subject=subject[:LONGEST_SUBJECT],
        reason=why.reason,
        # Through JSON, so that what is hashed now is what will be read: tuples become lists.
        detail=json.loads(json.dumps(why.detail, allow_nan=False)) if why.detail else None,
    )
