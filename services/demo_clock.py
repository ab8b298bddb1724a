"""The clock of a demonstration: `make demo` fills the embedded run with a month that passed.

Only the embedded run has this address, only an admin may use it, only moments that are past are
taken, and it ends by itself: whoever moves the clock must say so again within a minute.
"""

from datetime import UTC, datetime
from typing import Any

import flask
from marshmallow import Schema, ValidationError, fields, validate

from shared import clock
from shared.web.auth import requires
from shared.web.blueprint import ApiBlueprint, register_api

LONGEST_HOLD = 120

api = ApiBlueprint(
    "demo", __name__, url_prefix="/api/intake/demo", description="The embedded run's demonstration"
)


def _not_to_come(moment: datetime | None) -> None:
    if moment is not None and moment > datetime.now(UTC):
        raise ValidationError("尚未到来的时刻不能演示")


class ClockIn(Schema):
    """What time it is to be, until `hold` seconds have passed; null: the present."""

    at = fields.AwareDateTime(format="iso", required=True, allow_none=True, validate=_not_to_come)
    hold = fields.Integer(load_default=60, validate=validate.Range(1, LONGEST_HOLD))


class ClockOut(Schema):
    """What time it is now."""

    now = fields.AwareDateTime(format="iso")


@api.route("/clock", methods=["POST"])
@requires("clock.set")
@api.arguments(ClockIn)
@api.response(200, ClockOut)
def set_clock(asked: dict[str, Any]) -> dict[str, datetime]:
    """Go on from a past moment as if it were now."""
    return {"now": clock.shift_for_demo(asked["at"], asked["hold"])}


def install(app: flask.Flask) -> None:
    """Serve it beside intake's API."""
    register_api(app, api)
