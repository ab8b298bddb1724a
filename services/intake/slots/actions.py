"""What the pages and the API of slots do alike, as commands of the person who asks."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from functools import partial
from math import ceil
from typing import Any, cast

from services.intake.acceptance import read_phone
from services.intake.api import actor_of
from services.intake.case import Actor
from services.intake.pages_common import offered
from services.intake.reason import Conflict
from services.intake.slots import handlers, lists, present, rules, ticket_handlers
from services.intake.slots.booking import Booking
from services.intake.slots.events import where
from services.intake.slots.handlers import NewSlot, Wish
from services.intake.slots.materials import names
from services.intake.slots.pack import slots_for
from services.intake.slots.slot import Slot
from services.intake.slots.ticket import Ticket
from services.intake.staff.tries import BOOKED_FROM, BOOKED_PHONE, TICKETS_FROM, counted
from shared.booking_link import booking_url
from shared.clock import LOCAL_ZONE, local, now
from shared.permissions import Scope, scope_of
from shared.runtime import Runtime
from shared.web.acting import client_address
from shared.web.auth import signed_in
from shared.web.context import web_of
from shared.web.i18n import ENGLISH, language
from shared.web.problem import plain
from shared.years import within_years

BOOKING_ACTS: Mapping[str, Callable[..., Booking]] = {
    "come": handlers.come,
    "no-show": handlers.miss,
}
"""The last part of a booking's address -> what it does."""
TICKET_ACTS: Mapping[str, Callable[..., Ticket]] = {
    "again": ticket_handlers.call_again,
    "skip": ticket_handlers.skip,
    "done": ticket_handlers.done,
}


def runtime() -> Runtime:
    """The runtime of the application that serves this request."""
    return cast("Runtime", web_of().service_context)


def officer() -> Actor:
    """The signed-in officer as the domain knows them."""
    return actor_of(signed_in())


def community_asked(asked: str) -> str:
    """The community whose slots are shown: an officer's own, a supervisor's as they ask.

    Raises:
        Problem: 403 for another community, 404 for none of the district's.

    """
    user = signed_in()
    if scope_of(user, "slot.read") is Scope.DISTRICT:
        known = runtime().district.communities
        if asked and asked not in known:
            raise plain(404)
        return asked or next(iter(known))
    if not user.community or asked not in ("", user.community):
        raise plain(403)
    return user.community


def count_from_here(name: str) -> None:
    """Count one more from this address.

    Raises:
        Problem: 429, too many within the hour.

    """
    rest = counted(name).begin(client_address()).rest
    if rest:
        raise plain(429, headers={"Retry-After": str(max(1, ceil(rest.total_seconds())))})


def book_online(asked: Mapping[str, Any]) -> Booking:
    """Somebody books online: whoever types a telephone's number learns nothing of what it holds.

    Raises:
        Problem: 429; Rejected: what is wrong.

    """
    count_from_here(BOOKED_FROM)
    wish = Wish(**dict(asked), via="online")
    phone = read_phone(wish.phone)
    if isinstance(phone, str) and counted(BOOKED_PHONE).begin(phone).rest:
        raise Conflict(rules.not_now())
    try:
        return runtime().database.run(lambda tx: handlers.book(tx, wish))
    except Conflict as conflict:
        if any(rules.tells_what_is_held(reason) for reason in conflict.reasons):
            raise Conflict(rules.not_now()) from None
        raise


def book_for(asked: Mapping[str, Any]) -> Booking:
    """An officer books for a resident who called, wrote in the group, or stands there."""
    wish, by = Wish(**dict(asked)), officer()
    return runtime().database.run(lambda tx: handlers.book(tx, wish, by))


def act_on_booking(number: str, verb: str) -> Booking:
    """Came, or did not.

    Raises:
        Problem: 404 for a verb nobody knows.

    """
    step = BOOKING_ACTS.get(verb)
    if step is None:
        raise plain(404)
    return runtime().database.run(partial(step, number=number, officer=officer()))


def act_on_ticket(ticket: str, verb: str) -> Ticket:
    """Call again, skip, done.

    Raises:
        Problem: 404 for a verb nobody knows.

    """
    step = TICKET_ACTS.get(verb)
    if step is None:
        raise plain(404)
    return runtime().database.run(partial(step, id_=ticket, officer=officer()))


def take_ticket(community: str, kind: str) -> Ticket:
    """Whoever stands there takes a number.

    Raises:
        Problem: 404 for no community, 429 for too many from one address.

    """
    if community not in runtime().district.communities:
        raise plain(404)
    count_from_here(TICKETS_FROM)
    return runtime().database.run(lambda tx: ticket_handlers.take(tx, community, kind))


def add_slot(asked: Mapping[str, Any], community: str) -> Slot:
    """A slot by hand."""
    day = asked["day"]
    new = NewSlot(
        community=community,
        kind=asked["kind"],
        place=asked["place"],
        starts=_at(day, asked["opens"]),
        ends=_at(day, asked["closes"]),
        capacity=asked["capacity"],
        officer=asked["officer"],
        departments=asked["departments"],
        remarks=asked["remarks"],
    )
    by = officer()
    return runtime().database.run(lambda tx: handlers.add_slot(tx, new, by))


def soonest() -> datetime:
    """From when on a time can still be booked."""
    return now() + timedelta(minutes=slots_for(runtime().district).book_until_minutes)


def day_asked(text: str) -> date:
    """The day the address asks for; today where it asks for none there can be."""
    today = local(now()).date()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if within_years(day) else today


def to_bring(booking: Booking) -> list[str]:
    """What to bring, in the reader's language as far as the catalogue goes."""
    return names(offered(), booking.item, english=language() == ENGLISH)


def link_of(booking: Booking) -> str:
    """The whole address of a resident's own booking."""
    settings = runtime().settings
    return booking_url(settings.public_address, booking.number, settings.secret_key)


def made_json(booking: Booking) -> dict[str, Any]:
    """A booking that was just made, with its link and what to bring."""
    with runtime().database.read() as connection:
        slot = lists.slot_by(connection, booking.slot_id)
    shown = present.booking_json(offered(), booking, slot)
    return shown | {"link": link_of(booking), "materials": to_bring(booking)}


def place_of(slot: Slot) -> str:
    """Where, in Chinese: a calendar keeps it."""
    district = runtime().district
    kind = slots_for(district).kinds.get(slot.kind)
    short = district.communities[slot.community].short_name
    return where(slot, short, at_home=kind is not None and kind.at_home, english=False)


def _at(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), LOCAL_ZONE)
