"""Why something cannot be done: what the domain's rules return and its commands raise.

Texts are Chinese message ids with `%(name)s`; the web kit translates them when it answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime
from typing import Any

from shared.clock import local
from shared.msgid import msgid as msgid  # noqa: PLC0414 - handed on


@dataclass(frozen=True)
class Reason:
    """A rule's no: the field it is about, why, and what to do instead.

    `en` is the reason in English where `text` is no message id but already says everything.
    """

    field: str
    text: str
    remedy: str = ""
    values: Mapping[str, Any] = dataclass_field(default_factory=dict)
    en: str = ""

    def __str__(self) -> str:
        said = f"{self.text}（{self.remedy}）" if self.remedy else self.text
        return said % self.values if self.values else said


class Rejected(Exception):
    """A command that was refused and wrote nothing."""

    def __init__(self, *reasons: Reason) -> None:
        self.reasons = reasons
        super().__init__("; ".join(f"{reason.field}: {reason}" for reason in reasons))


class Invalid(Rejected):
    """What was given is wrong (422)."""


class Conflict(Rejected):
    """It does not fit what happened before (409)."""


class Forbidden(Rejected):
    """Not for this person to do (403)."""


class Unknown(Rejected):
    """There is no such case, item or refusal (404)."""


def allow(*reasons: Reason | None, as_: type[Rejected] = Invalid) -> None:
    """Go on when no rule gave a reason.

    Raises:
        Rejected: of the kind `as_`, with every reason given.

    """
    given = [reason for reason in reasons if reason is not None]
    if given:
        raise as_(*given)


def spoken(moment: datetime) -> str:
    """A moment inside a reason, in the district's zone."""
    return f"{local(moment):%Y-%m-%d %H:%M}"
