"""Writing a message: whom a step tells, in which words, by which channels, and when."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.notify.contact import Contact
from services.notify.hours import next_service_time
from services.notify.message import DEPARTMENT, DUTY, OWNER, RESIDENT, Message, Recipient
from services.notify.pack import Address, Book, Telling
from services.notify.values import values_for
from services.notify.wording import fill
from shared.district import District

STAFF_LANGUAGE = "zh"
SUPERVISORS = "区级督办"
ASSIST = "assist"
"""The role of an order whose department assists another."""


@dataclass(frozen=True)
class Step:
    """Something that happened, as far as a text can speak of it.

    Attributes:
        event: the contract's name, e.g. ``case.accepted``.
        link: where the resident follows the case.

    """

    event: str
    event_id: str
    data: Mapping[str, Any]
    contact: Contact
    link: str
    at: datetime


def worth_telling(line: Telling, step: Step, book: Book) -> bool:
    """Whether a line is of use: nobody is reminded of a case that is over.

    Once a resident is forgotten nothing more is told of the case, to anybody: a fact of before may
    come after, and its words are about them. Of the departments that assist, the resident and the
    owner hear nothing: the one that leads speaks for all. A duty officer is told where their level
    has an address.
    """
    if step.contact.erased_at is not None:
        return False
    if line.keeps_hours and step.contact.over:
        return False
    if line.to in (RESIDENT, OWNER) and step.data.get("role") == ASSIST:
        return False
    return line.to != DUTY or _duty(step, book) is not None


def compose(
    step: Step, line: Telling, book: Book, district: District, route: Sequence[str]
) -> Message:
    """The message of one line of a step, ready for the queue."""
    contact = step.contact
    language = contact.language if line.to == RESIDENT else STAFF_LANGUAGE
    wording = book.templates[line.template].wordings[language]
    values = values_for(step.event, step.data, contact, step.link, language)
    urgent = contact.urgency in book.at_once
    waits = line.keeps_hours and book.reminders_keep_hours and not urgent
    return Message(
        id=message_id(step.event_id, line),
        case_number=contact.number,
        event_id=step.event_id,
        template=line.template,
        recipient=recipient_of(line, step, book),
        community=contact.community,
        route=tuple(route),
        channel=route[0],
        language=language,
        subject=fill(wording.subject, values),
        body=fill(wording.text, values),
        created_at=step.at,
        next_attempt_at=(
            next_service_time(step.at, district.service_hours, district.calendar)
            if waits
            else step.at
        ),
        params=values,
        keeps_hours=waits,
    )


def message_id(event_id: str, line: Telling) -> str:
    """The same event, text and audience give the same id: a gateway can see what it has had."""
    told = f"{event_id}\0{line.template}\0{line.to}".encode()
    return f"m-{hashlib.blake2s(told, digest_size=10).hexdigest()}"


def recipient_of(line: Telling, step: Step, book: Book) -> Recipient:
    """Who is told, and where they are found."""
    contact = step.contact
    if line.to == RESIDENT:
        return Recipient(RESIDENT, contact.applicant, phone=contact.phone)
    if line.to == OWNER:
        found = book.staff.get(contact.owner, Address())
        return Recipient(OWNER, contact.owner_name, contact.owner, found.phone, found.email)
    if line.to == DEPARTMENT:
        code = step.data["department"]
        found = book.departments.get(code, Address())
        name = step.data["department_name"]
        return Recipient(DEPARTMENT, name, code, found.phone, found.email)
    if line.to == DUTY:
        found = _duty(step, book) or Address()
        name = step.data["on_duty"] or step.data["to"]
        return Recipient(DUTY, name, f"level-{step.data['level']}", found.phone, found.email)
    found = book.supervisors
    return Recipient(line.to, SUPERVISORS, phone=found.phone, email=found.email)


def _duty(step: Step, book: Book) -> Address | None:
    """Where the level of pressing is reached, if the deployment says where."""
    return book.duty.get(step.data.get("level") or 0)
