"""An event as it travels: CloudEvents 1.0, structured JSON."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.characters import shown, storable
from shared.contracts import BY_TYPE, Contract

CONTENT_TYPE = "application/cloudevents+json"
SPEC_VERSION = "1.0"
GREATEST_VERSION = 2**31 - 1
"""What every service's tables can hold."""


class MalformedEvent(ValueError):
    """Bytes that are no event of ours.

    Attributes:
        field: the attribute at fault.
        reason: what is wrong with it.
    """

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        self.reason = reason
        super().__init__(f"{field}: {reason}")

    @property
    def told(self) -> str:
        """What a log may say of it: the reason may quote what came."""
        return self.field


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Attributes:
        id: unique for ever; the inbox knows it by this.
        type: the contract's type, e.g. ``cn.baitong.case.transferred.v1``.
        source: who says so, e.g. ``/intake``.
        subject: the case or order number it is about.
        time: when it happened, aware.
        version: the aggregate's version after it happened; 0 where there is none (promise 5).
        data: as the contract's schema says.
    """

    id: str
    type: str
    source: str
    subject: str
    time: datetime
    version: int
    data: Mapping[str, Any]

    @property
    def contract(self) -> Contract:
        """The contract it keeps."""
        return BY_TYPE[self.type]


def new_id() -> str:
    """A fresh event id."""
    return uuid.uuid4().hex


def encode(event: Event) -> str:
    """The event as structured-mode JSON text."""
    return json.dumps(
        {
            "specversion": SPEC_VERSION,
            "id": event.id,
            "type": event.type,
            "source": event.source,
            "subject": event.subject,
            "time": event.time.isoformat(),
            "datacontenttype": "application/json",
            "aggregateversion": event.version,
            "data": event.data,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def decode(body: bytes | str) -> Event:
    """Read an event; check it against its contract.

    Raises:
        MalformedEvent: not JSON, an attribute missing or of the wrong kind, or an unknown type.
        ContractViolation: ``data`` does not fit the contract.
    """
    envelope = _envelope(body)
    event = Event(
        id=_text(envelope, "id"),
        type=_text(envelope, "type"),
        source=_text(envelope, "source"),
        subject=_subject(envelope),
        time=_time(envelope),
        version=_version(envelope),
        data=_data(envelope),
    )
    if event.type not in BY_TYPE:
        raise MalformedEvent("type", f"{event.type!r} is not a type this platform knows")
    event.contract.check(event.data)
    return event


def _envelope(body: bytes | str) -> dict[str, Any]:
    try:
        envelope = json.loads(body)
    except RecursionError as error:
        raise MalformedEvent("body", "nested too deeply") from error
    except ValueError as error:  # covers bad UTF-8 too
        raise MalformedEvent("body", f"not JSON: {error}") from error
    if not isinstance(envelope, dict):
        raise MalformedEvent("body", "not a JSON object")
    if envelope.get("specversion") != SPEC_VERSION:
        raise MalformedEvent("specversion", f"must be {SPEC_VERSION!r}")
    return envelope


def _text(envelope: Mapping[str, Any], name: str, limit: int = 200) -> str:
    value = envelope.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= limit or not storable(value):
        raise MalformedEvent(name, f"must be text of 1 to {limit} characters, each of which keeps")
    return value


def _subject(envelope: Mapping[str, Any]) -> str:
    """For people only: what it is about stands in ``data`` too."""
    subject = envelope.get("subject")
    return shown(subject) if isinstance(subject, str) else ""


def _time(envelope: Mapping[str, Any]) -> datetime:
    try:
        time = datetime.fromisoformat(str(envelope.get("time")))
    except ValueError as error:
        raise MalformedEvent("time", "must be ISO 8601") from error
    if time.tzinfo is None:
        raise MalformedEvent("time", "must carry its offset from UTC")
    return time


def _version(envelope: Mapping[str, Any]) -> int:
    version = envelope.get("aggregateversion", 0)
    if type(version) is not int or not 0 <= version <= GREATEST_VERSION:
        raise MalformedEvent("aggregateversion", f"must be a whole number, 0 to {GREATEST_VERSION}")
    return version


def _data(envelope: Mapping[str, Any]) -> dict[str, Any]:
    data = envelope.get("data")
    if not isinstance(data, dict):
        raise MalformedEvent("data", "must be a JSON object")
    return data
