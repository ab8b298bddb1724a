"""Duties as an iCalendar feed (RFC 5545) that phones subscribe to, and what its link says.

A duty's UID stays the same for ever and SEQUENCE grows with each change; one that was given up is
sent as cancelled, so that it goes from the phone too. The same duties give the same bytes.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import icalendar

from services.intake.rosters.shift import Duty
from shared.clock import LOCAL_ZONE

PRODUCT = "-//Baitong//Rosters//ZH"
DOMAIN = "duties.baitong"
REFRESH = timedelta(hours=1)
OFFICER, COMMUNITY = "officer", "community"


@dataclass(frozen=True)
class Link:
    """A calendar link: whose duties it shows, until it is revoked.

    Attributes:
        of: ``officer``: their own duties; ``community``: everybody's there.
        language: ``zh`` or ``en``: in which the calendar speaks.
    """

    id: str
    community: str
    username: str
    of: str
    language: str
    made_at: datetime
    revoked_at: datetime | None = None
    revoked_by: str = ""
    version: int = 1


@dataclass(frozen=True)
class Words:
    """What a calendar says, in one language."""

    name: str
    summary: Callable[[Duty], str]
    description: Callable[[Duty], str]
    place: str


def calendar_of(duties: Iterable[Duty], words: Words) -> bytes:
    """The feed, lines folded at 75 octets and ended by CRLF."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", words.name)
    calendar.add("x-wr-calname", words.name)
    calendar.add("x-wr-timezone", str(LOCAL_ZONE))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", REFRESH)
    calendar.add_component(_zone())
    for duty in sorted(duties, key=lambda one: (one.starts_at, one.id)):
        calendar.add_component(_event(duty, words))
    feed: bytes = calendar.to_ical()
    return feed


def etag_of(feed: bytes) -> str:
    """What a phone says it has already."""
    return hashlib.sha256(feed).hexdigest()[:32]


def _event(duty: Duty, words: Words) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", f"{duty.id}@{DOMAIN}")
    event.add("dtstamp", duty.changed_at.astimezone(UTC))
    event.add("created", duty.made_at.astimezone(UTC))
    event.add("last-modified", duty.changed_at.astimezone(UTC))
    event.add("sequence", duty.version - 1)
    event.add("dtstart", duty.starts_at.astimezone(LOCAL_ZONE))
    event.add("dtend", duty.ends_at.astimezone(LOCAL_ZONE))
    event.add("summary", words.summary(duty))
    event.add("description", words.description(duty))
    event.add("location", words.place)
    event.add("status", "CONFIRMED" if duty.planned else "CANCELLED")
    event.add("transp", "OPAQUE" if duty.planned else "TRANSPARENT")
    return event


@cache
def _zone() -> icalendar.Timezone:
    """China has had one offset and no summer time since 1991."""
    zone = icalendar.Timezone()
    zone.add("tzid", str(LOCAL_ZONE))
    standard = icalendar.TimezoneStandard()
    standard.add("dtstart", datetime(1991, 9, 15, 0, 0, 0))  # noqa: DTZ001 - local by RFC 5545
    standard.add("tzoffsetfrom", timedelta(hours=9))
    standard.add("tzoffsetto", timedelta(hours=8))
    standard.add("tzname", "CST")
    zone.add_component(standard)
    return zone
