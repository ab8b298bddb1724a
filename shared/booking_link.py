"""The address of a resident's own appointment, which only its signed token opens.

Intake checks what it and notify hand out. The token is the same every time.
"""

from shared.signed_number import SignedNumber

_APPOINTMENT = SignedNumber("appointment")


def booking_token(number: str, secret: str) -> str:
    """The signed token of an appointment."""
    return _APPOINTMENT.token(number, secret)


def booking_of(token: str, secret: str) -> str | None:
    """The number a token was made for, or None for a token that is not ours."""
    return _APPOINTMENT.number_of(token, secret)


def booking_url(public_address: str, number: str, secret: str) -> str:
    """The whole address, for a message or a page."""
    return f"{public_address}/book/of/{booking_token(number, secret)}"
