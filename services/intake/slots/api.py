"""The JSON API of slots, below ``/api/intake``."""

from datetime import timedelta
from typing import Any

from services.intake.pages_common import offered
from services.intake.slots import actions, handlers, lists, present, schemas, ticket_handlers
from services.intake.slots.actions import officer, runtime
from shared.clock import local, now
from shared.permissions import Place
from shared.web.auth import permit, public, requires
from shared.web.blueprint import ApiBlueprint
from shared.web.problem import plain

api = ApiBlueprint(
    "slots", __name__, url_prefix="/api/intake", description="Slots, bookings, tickets"
)


# -- for everybody ---------------------------------------------------------------------------------


@api.route("/open-slots")
@public("slot.book")
@api.arguments(schemas.OpenSlotsQuery, location="query")
@api.response(200, schemas.SlotsOut)
def open_slots(asked: dict[str, Any]) -> dict[str, Any]:
    """Times a resident may book: of one community, from a day on."""
    if asked["community"] not in runtime().district.communities:
        raise plain(404)
    first, last = _span(asked)
    with runtime().database.read() as connection:
        found = lists.slots_between(
            connection, asked["community"], max(first, actions.soonest()), last, asked["kind"]
        )
    return {"items": [present.slot_json(slot) for slot in found]}


@api.route("/appointments", methods=["POST"])
@public("slot.book")
@api.arguments(schemas.WishIn)
@api.response(201, schemas.MadeOut)
def make_appointment(asked: dict[str, Any]) -> dict[str, Any]:
    """Book a time: 409 when it is full; with `may_wait`, a place in the line."""
    return actions.made_json(actions.book_online(asked))


@api.route("/queue/<community>")
@public("queue.take")
@api.response(200, schemas.QueueOut)
def show_queue(community: str) -> dict[str, Any]:
    """Today's numbers; nobody's name."""
    if community not in runtime().district.communities:
        raise plain(404)
    with runtime().database.read() as connection:
        found = lists.queue(connection, community, now())
    named = {"called": found.called, "waiting": found.waiting, "skipped": found.skipped}
    return {name: [present.ticket_json(t) for t in some] for name, some in named.items()}


@api.route("/queue/<community>/tickets", methods=["POST"])
@public("queue.take")
@api.arguments(schemas.TakeForm)
@api.response(201, schemas.TicketOut)
def take_ticket(asked: dict[str, Any], community: str) -> dict[str, Any]:
    """Take a number."""
    return present.ticket_json(actions.take_ticket(community, asked["kind"]))


# -- slots -----------------------------------------------------------------------------------------


@api.route("/slots")
@requires("slot.read")
@api.arguments(schemas.SlotsQuery, location="query")
@api.response(200, schemas.SlotsOut)
def list_slots(asked: dict[str, Any]) -> dict[str, Any]:
    """Open slots of a community, from a day on."""
    community, (first, last) = actions.community_asked(asked["community"]), _span(asked)
    with runtime().database.read() as connection:
        found = lists.slots_between(connection, community, first, last, asked["kind"])
    return {"items": [present.slot_json(slot) for slot in found]}


@api.route("/slots", methods=["POST"])
@requires("slot.manage")
@api.arguments(schemas.SlotIn)
@api.response(201, schemas.SlotOut)
def add_slot(asked: dict[str, Any]) -> dict[str, Any]:
    """Add a slot by hand: a mobile desk, a reception day."""
    permit("slot.manage", Place(community=asked["community"]))
    return present.slot_json(actions.add_slot(asked, asked["community"]))


@api.route("/slots/<slot>/close", methods=["POST"])
@requires("slot.manage")
@api.arguments(schemas.ReasonForm)
@api.response(200, schemas.ClosedOut)
def close_slot(asked: dict[str, Any], slot: str) -> dict[str, int]:
    """Take a slot back; everybody who counted on it is told why."""
    by, why = officer(), asked["reason"]
    told = runtime().database.run(lambda tx: handlers.close_slot(tx, slot, by, why))
    return {"told": told}


# -- bookings --------------------------------------------------------------------------------------


@api.route("/bookings")
@requires("slot.read")
@api.arguments(schemas.SlotsQuery, location="query")
@api.response(200, schemas.BookingsOut)
def list_bookings(asked: dict[str, Any]) -> dict[str, Any]:
    """Bookings of a community, from a day on; people are masked."""
    community, (first, last) = actions.community_asked(asked["community"]), _span(asked)
    with runtime().database.read() as connection:
        found = lists.bookings_between(connection, community, first, last)
    district = offered()
    return {"items": [present.booking_json(district, one, slot) for one, slot in found]}


@api.route("/bookings", methods=["POST"])
@requires("booking.manage")
@api.arguments(schemas.OfficerWishIn)
@api.response(201, schemas.MadeOut)
def book_for(asked: dict[str, Any]) -> dict[str, Any]:
    """Book for a resident."""
    return actions.made_json(actions.book_for(asked))


@api.route("/bookings/<number>/move", methods=["POST"])
@requires("booking.manage")
@api.arguments(schemas.MoveForm)
@api.response(200, schemas.MadeOut)
def move_booking(asked: dict[str, Any], number: str) -> dict[str, Any]:
    """Move it to another time."""
    by, to = officer(), asked["slot"]
    return actions.made_json(runtime().database.run(lambda tx: handlers.move(tx, number, to, by)))


@api.route("/bookings/<number>/cancel", methods=["POST"])
@requires("booking.manage")
@api.arguments(schemas.ReasonForm)
@api.response(200, schemas.MadeOut)
def cancel_booking(asked: dict[str, Any], number: str) -> dict[str, Any]:
    """Cancel it; whoever waits moves up."""
    by, why = officer(), asked["reason"]
    done = runtime().database.run(lambda tx: handlers.cancel(tx, number, by, why))
    return actions.made_json(done)


@api.route("/bookings/<number>/<verb>", methods=["POST"])
@requires("booking.manage")
@api.arguments(schemas.NothingIn)
@api.response(200, schemas.MadeOut)
def act_on_booking(_asked: dict[str, Any], number: str, verb: str) -> dict[str, Any]:
    """Mark that they came (`come`) or did not (`no-show`)."""
    return actions.made_json(actions.act_on_booking(number, verb))


# -- the queue -------------------------------------------------------------------------------------


@api.route("/queue/next", methods=["POST"])
@requires("queue.call")
@api.arguments(schemas.WindowForm)
@api.response(200, schemas.TicketOut)
def call_next(asked: dict[str, Any]) -> dict[str, Any]:
    """Call whose turn it is in one's own community."""
    by, window = officer(), asked["window"]
    community = by.community or ""
    called = runtime().database.run(lambda tx: ticket_handlers.call_next(tx, by, community, window))
    return present.ticket_json(called)


@api.route("/queue/tickets/<ticket>/call", methods=["POST"])
@requires("queue.call")
@api.arguments(schemas.WindowForm)
@api.response(200, schemas.TicketOut)
def call_ticket(asked: dict[str, Any], ticket: str) -> dict[str, Any]:
    """Call this one out of turn."""
    by, window = officer(), asked["window"]
    called = runtime().database.run(lambda tx: ticket_handlers.call(tx, ticket, by, window))
    return present.ticket_json(called)


@api.route("/queue/tickets/<ticket>/<verb>", methods=["POST"])
@requires("queue.call")
@api.arguments(schemas.NothingIn)
@api.response(200, schemas.TicketOut)
def act_on_ticket(_asked: dict[str, Any], ticket: str, verb: str) -> dict[str, Any]:
    """Call again (`again`), `skip`, or `done`."""
    return present.ticket_json(actions.act_on_ticket(ticket, verb))


def _span(asked: dict[str, Any]) -> tuple[Any, Any]:
    first = asked["day"] or local(now()).date()
    return lists.midnight(first), lists.midnight(first + timedelta(days=asked["days"]))
