"""What the forms and the API of slots take and give; the rules say what is right."""

from typing import Any

from marshmallow import Schema, fields, validate

from services.intake.slots.booking import STATES, VIA
from services.intake.slots.ticket import STATES as TICKET_STATES
from shared.years import LocalDay

NAME, PHONE, MATTER, ADDRESS, CODE, SLOT, REASON = 60, 40, 200, 200, 20, 80, 200
MOST_CAPACITY = 500
_CLOCK = validate.Regexp(r"\A([01]\d|2[0-3]):[0-5]\d\Z")


def _text(longest: int, **kwargs: Any) -> fields.String:
    if not kwargs.get("required"):
        kwargs.setdefault("load_default", "")
    return fields.String(validate=validate.Length(max=longest), **kwargs)


class BookForm(Schema):
    """Who comes; what for and when stands in the address."""

    name = _text(NAME)
    phone = _text(PHONE)
    matter = _text(MATTER)
    address = _text(ADDRESS)
    group = _text(CODE)
    may_wait = fields.Boolean(load_default=False)


class WishIn(BookForm):
    """A booking as a program or an officer asks for it."""

    slot = _text(SLOT, required=True)
    item = _text(CODE)
    language = fields.String(load_default="zh", validate=validate.OneOf(["zh", "en"]))


class OfficerWishIn(WishIn):
    """By an officer for a resident: how it came."""

    via = fields.String(load_default="desk", validate=validate.OneOf(VIA))


class MineForm(Schema):
    """The number of the booking, and what only its owner knows."""

    number = _text(60, required=True)
    phone = _text(PHONE, required=True)


class MoveForm(Schema):
    """To which time."""

    slot = _text(SLOT, required=True)


class ReasonForm(Schema):
    """Why, in words that the resident is told."""

    reason = _text(REASON)


class NothingIn(Schema):
    """Nothing more is needed."""


class SlotForm(Schema):
    """A slot by hand."""

    kind = _text(CODE, required=True)
    place = _text(100)
    day = LocalDay(required=True)
    opens = fields.String(required=True, validate=_CLOCK)
    closes = fields.String(required=True, validate=_CLOCK)
    capacity = fields.Integer(required=True, validate=validate.Range(min=1, max=MOST_CAPACITY))
    departments = fields.List(
        _text(CODE, required=True), load_default=list, validate=validate.Length(max=40)
    )
    remarks = _text(200)
    officer = _text(NAME)


class SlotIn(SlotForm):
    """A slot by hand, of which community."""

    community = _text(12, required=True)


class TakeForm(Schema):
    """Which kind of ticket."""

    kind = _text(CODE, required=True)


class WindowForm(Schema):
    """To which counter a number is called."""

    window = fields.Integer(load_default=1, validate=validate.Range(min=1, max=30))


class SlotsQuery(Schema):
    """Which slots or bookings: of a community, from a day on, so many days."""

    community = _text(12)
    day = LocalDay(load_default=None)
    days = fields.Integer(load_default=1, validate=validate.Range(min=1, max=31))
    kind = _text(CODE)


class OpenSlotsQuery(SlotsQuery):
    """Which times are free."""

    community = _text(12, required=True)


class SlotOut(Schema):
    """A slot."""

    id = fields.String()
    state = fields.String()
    community = fields.String()
    kind = fields.String()
    place = fields.String()
    starts_at = fields.String()
    ends_at = fields.String()
    capacity = fields.Integer()
    left = fields.Integer()
    waiting = fields.Integer()
    officer = fields.String()
    departments = fields.List(fields.String())
    remarks = fields.String()


class SlotsOut(Schema):
    """Slots."""

    items = fields.List(fields.Nested(SlotOut))


class BookingOut(Schema):
    """A booking; who it is, masked."""

    number = fields.String()
    state = fields.String(validate=validate.OneOf(list(STATES)))
    community = fields.String()
    slot = fields.String()
    kind = fields.String()
    place = fields.String()
    starts_at = fields.String()
    ends_at = fields.String()
    item = fields.String()
    title = fields.String()
    name = fields.String()
    phone = fields.String()
    group = fields.String()
    via = fields.String()
    unreached = fields.Boolean()


class MadeOut(BookingOut):
    """A booking that was just made, and the link that opens it."""

    link = fields.String()
    materials = fields.List(fields.String())


class BookingsOut(Schema):
    """Bookings."""

    items = fields.List(fields.Nested(BookingOut))


class TicketOut(Schema):
    """A ticket."""

    id = fields.String()
    number = fields.String()
    kind = fields.String()
    state = fields.String(validate=validate.OneOf(list(TICKET_STATES)))
    window = fields.Integer()
    calls = fields.Integer()
    taken_at = fields.String()


class QueueOut(Schema):
    """Today's queue."""

    called = fields.List(fields.Nested(TicketOut))
    waiting = fields.List(fields.Nested(TicketOut))
    skipped = fields.List(fields.Nested(TicketOut))


class ClosedOut(Schema):
    """How many people were told that a slot is closed."""

    told = fields.Integer()
