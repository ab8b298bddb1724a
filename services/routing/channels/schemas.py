"""What the addresses of the channels take and give."""

import marshmallow as ma
from marshmallow import fields, validate

from services.routing.channels.channel import KINDS, LONGEST_ADDRESS, STATES
from services.routing.schemas import Body, LampView, Paging, _moment
from shared.contracts.fields import text

MOST_RESENT = 1000


class OnboardBody(Body):
    """How the department gets its orders."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    address = text(LONGEST_ADDRESS, load_default="")


class ResendBody(Body):
    """Which dead deliveries; without, all of the department's."""

    ids = fields.List(
        fields.Integer(validate=validate.Range(min=1, max=2**53)),
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=MOST_RESENT),
    )


class NoBody(Body):
    """Nothing more is asked."""


class DeliveryQuery(Paging):
    """Which deliveries of a department."""

    state = fields.String(load_default="", validate=validate.OneOf(("", *STATES)))


class StatusView(ma.Schema):
    """A department's channel and what waits for it."""

    department = fields.String()
    name = fields.String()
    kind = fields.String(metadata={"enum": list(KINDS)})
    address = fields.String(metadata={"description": "Without what may be secret in it"})
    since = _moment()
    waiting = fields.Integer()
    failed = fields.Integer(metadata={"description": "Not delivered yet, will be tried again"})
    dead = fields.Integer(metadata={"description": "Given up; can be sent again"})
    depth = fields.Integer(allow_none=True, metadata={"description": "Messages in the queue"})
    oldest_since = _moment()
    last_sent_at = _moment()
    next_at = _moment()
    error = fields.String()
    old_secret_until = _moment()
    lamp = fields.Nested(LampView)


class StatusList(ma.Schema):
    """Every department this person may see."""

    items = fields.List(fields.Nested(StatusView))


class DeliveryView(ma.Schema):
    """One delivery, without what it says."""

    id = fields.Integer()
    event_id = fields.String()
    order_number = fields.String()
    type = fields.String()
    kind = fields.String()
    state = fields.String(metadata={"enum": list(STATES)})
    attempts = fields.Integer()
    error = fields.String()
    created_at = _moment()
    sent_at = _moment()


class Deliveries(ma.Schema):
    """A page of deliveries."""

    items = fields.List(fields.Nested(DeliveryView))
    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()


class Secret(ma.Schema):
    """A webhook's secret: shown this once."""

    department = fields.String()
    kind = fields.String()
    secret = fields.String(metadata={"description": "`whsec_…`; empty where there is none"})


class Offboarded(ma.Schema):
    """How the department gets its orders now."""

    department = fields.String()
    kind = fields.String()


class Resent(ma.Schema):
    """How many are tried again."""

    resent = fields.Integer()


class Tested(ma.Schema):
    """How a test delivery went."""

    sent = fields.Boolean()
    error = fields.String()


class Received(ma.Schema):
    """A reply that was applied, now or when its id was first seen."""

    applied = fields.Boolean()
    repeated = fields.Boolean()
