"""What a command is refused for: field, reason, remedy. HTTP makes a problem of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.msgid import msgid as msgid  # noqa: PLC0414 - handed on


@dataclass(frozen=True)
class Reason:
    """A reason people read: Chinese message id and the values it names with ``%(name)s``."""

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % dict(self.values)


class Refused(Exception):
    """A command the rules do not allow; it wrote nothing.

    Attributes:
        field: what is at fault, as the API calls it.
        reason: why, and ``remedy`` what to do; Chinese message ids.
    """

    def __init__(self, field_name: str, reason: Reason, remedy: str) -> None:
        self.field = field_name
        self.reason = reason
        self.remedy = remedy
        super().__init__(f"{field_name}: {reason}。{remedy}")


class Unknown(LookupError):
    """There is no such need, partner, reward or voucher."""


def allow(field_name: str, remedy: str, *reasons: str | None) -> None:
    """Go on only if no rule gave a reason.

    Raises:
        Refused: for the first reason given.
    """
    for reason in reasons:
        if reason is not None:
            raise Refused(field_name, Reason(reason), remedy)
