"""What happens: steps of a case are told, messages are taken, sent, recorded, sent again."""

from dataclasses import replace

import structlog

from services.notify import events, store
from services.notify.channels.pace import Pace
from services.notify.channels.setup import names_set_up
from services.notify.compose import ASSIST, Step, compose, recipient_of, worth_telling
from services.notify.contact import Contact, contact_of, knows_person, with_department
from services.notify.hours import next_service_time
from services.notify.message import (
    DELIVERED,
    FAILED,
    INTERRUPTED,
    LEASE,
    PERMANENT,
    RESIDENT,
    SENDING,
    Attempt,
    Message,
    route_for,
)
from services.notify.pack import Telling, book_of
from shared.booking_link import booking_url
from shared.bus.event import Event
from shared.bus.inbox import NotYet
from shared.db import Transaction
from shared.track_link import track_url

log = structlog.get_logger(__name__)

APPOINTMENT = "appointment."
"""How the names of facts about appointments begin: their link opens the appointment."""


def case_went_on(tx: Transaction, event: Event) -> None:
    """Intake says what happened to a case: remember whom it concerns, and tell them."""
    tell(tx, event, _remember(tx, event))


def case_ended(tx: Transaction, event: Event) -> None:
    """Closed or withdrawn: as above; reminders that still wait for service hours are dropped."""
    contact = _remember(tx, event)
    if contact.over:
        for message in store.waiting_reminders(tx, contact.number):
            store.save(tx, message, message.cancelled())
    tell(tx, event, contact)


def work_went_on(tx: Transaction, event: Event) -> None:
    """Routing or partners say what happened; whom it concerns is known from intake.

    Raises:
        NotYet: intake's event of this case is not here yet.

    """
    tell(tx, event, _known(tx, event))


def work_taken_up(tx: Transaction, event: Event) -> None:
    """The reply did not solve it: officers are reminded again, also where the case was closed.

    No text: the department has it from routing. An order that assists changes no case.

    Raises:
        NotYet: intake's event of this case is not here yet.

    """
    known = _known(tx, event)
    if event.data.get("role") != ASSIST:
        store.keep_contact(tx, known, with_department(known))


def case_rated(tx: Transaction, event: Event) -> None:
    """The owner hears of a bad grade, also after the close, while there is somebody to ask (A52).

    Our copy stays: a rating changes no state, and the order may be taken up again already.

    Raises:
        NotYet: intake's first event of this case is not here yet.

    """
    if not event.data["satisfied"]:
        tell(tx, event, _known(tx, event))


def tell(tx: Transaction, event: Event, contact: Contact) -> None:
    """Queue a message for each line that messages.yml has for this step."""
    book = book_of(tx.district)
    step = _step(tx, event, contact)
    lines = [line for line in book.steps[step.event] if worth_telling(line, step, book)]
    store.add(tx, [_message(tx, step, line) for line in lines])


def claim_due(tx: Transaction, channel: str, most: int, pace: Pace | None) -> list[Message]:
    """Take what is due on a channel, no more than ``most`` and no more than its pace allows.

    What the pace does not allow yet stays in the queue.
    """
    if pace is None:
        return store.claim(tx, channel, most)
    recent, version = store.recent_claims(tx, channel)
    recent = pace.still_counting(recent, tx.now)
    taken = store.claim(tx, channel, min(most, pace.free(recent, tx.now)))
    if taken:
        store.keep_claims(tx, channel, [*recent, *(tx.now for _ in taken)], version)
    return taken


def record(tx: Transaction, taken: Message, attempt: Attempt) -> None:
    """Write down how an attempt ended, and what comes of it.

    Who was forgotten meanwhile stays so: receipts and reasons may name them (PIPL 47).
    """
    message = store.load(tx, taken.id)
    if message.erased:
        attempt = replace(attempt, detail="")
    store.add_attempt(tx, message, attempt)
    if message.state != SENDING or message.version != taken.version:
        # The lease ran out meanwhile and the message is somebody else's; the attempt is kept.
        log.warning("message_was_taken_again", message=taken.id, outcome=attempt.outcome)
        return
    after = _after(tx, message, attempt)
    store.save(tx, message, after)
    if after.state == DELIVERED and not message.erased:
        store.say_whom_it_reached(tx, taken)
    if after.state == FAILED and message.recipient.kind == RESIDENT:
        events.message_failed(tx, message, attempt)


def return_abandoned(tx: Transaction) -> int:
    """Put back what a process took and died over; returns how many.

    It may have been sent before that: twice is better than never.
    """
    left = store.abandoned(tx, tx.now - LEASE)
    for message in left:
        started = message.taken_at or tx.now
        detail = "the process that sent it ended before it could record how it went"
        attempt = Attempt(message.channel, started, tx.now, INTERRUPTED, detail)
        store.add_attempt(tx, message, attempt)
        back = message.dropped() if message.erased else message.released(tx.now)
        store.save(tx, message, back)
    return len(left)


def resend(tx: Transaction, message_id: str) -> None:
    """Send a message again from its first channel on, as a person asked.

    The resident is told at the number that is known now, by the ways the message had.

    Raises:
        NoSuchMessage: there is none of this id.
        IllegalStep: it is on its way already.

    """
    # The case before its message, in the order of all who need both.
    known = store.contact(tx, store.case_of_message(tx, message_id))
    message = store.load(tx, message_id)
    store.save(tx, message, message.resent(tx.now))
    if known is not None:
        store.readdress(tx, known)


def _known(tx: Transaction, event: Event) -> Contact:
    number = store.case_number_of(event)
    contact = store.contact(tx, number)
    if contact is None:
        raise NotYet(f"case_number: {number} is not known here yet; intake's event must come first")
    return contact


def _remember(tx: Transaction, event: Event) -> Contact:
    number = store.case_number_of(event)
    known = store.contact(tx, number)
    if not knows_person(event.data, known):
        raise NotYet(f"number: who {number} is about is not known yet; its first event must come")
    newest = contact_of(event.data, event.version, known)
    store.keep_contact(tx, known, newest)
    if known is not None and (known.applicant, known.phone) != (newest.applicant, newest.phone):
        store.readdress(tx, newest)
    return newest


def _step(tx: Transaction, event: Event, contact: Contact) -> Step:
    settings = tx.settings
    opens = booking_url if event.contract.name.startswith(APPOINTMENT) else track_url
    link = opens(settings.public_address, contact.number, settings.secret_key)
    told = replace(contact, community_name=_short_name(tx, contact))
    return Step(event.contract.name, event.id, event.data, told, link, tx.now)


def _short_name(tx: Transaction, contact: Contact) -> str:
    """What people call the community: 供电社区, not 供电社区居民委员会."""
    community = tx.district.communities.get(contact.community)
    return community.short_name if community else contact.community_name


def _message(tx: Transaction, step: Step, line: Telling) -> Message:
    book = book_of(tx.district)
    route = route_for(line.by, names_set_up(tx.settings), recipient_of(line, step, book))
    return compose(step, line, book, tx.district, route)


def _after(tx: Transaction, message: Message, attempt: Attempt) -> Message:
    if attempt.outcome == DELIVERED:
        return message.delivered(tx.now)
    if message.erased:
        return message.dropped()
    after = message.refused(tx.now, permanent=attempt.outcome == PERMANENT, wait=attempt.wait)
    if not after.keeps_hours:
        return after
    hours, calendar = tx.district.service_hours, tx.district.calendar
    return replace(after, next_attempt_at=next_service_time(after.next_attempt_at, hours, calendar))
