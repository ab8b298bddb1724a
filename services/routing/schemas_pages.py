"""What the forms of pages take that the API does not."""

from marshmallow import fields, validate

from services.routing.schemas import Body
from shared.contracts.fields import text

MOST_AT_ONCE = 100


class SignBody(Body):
    """The orders to sign at once."""

    orders = fields.List(
        text(50, required=True), required=True, validate=validate.Length(min=1, max=MOST_AT_ONCE)
    )
