"""The address where a resident reads how their matter stands, without signing in.

Whoever holds the link may read the case's progress, so the number in it is signed: a number that
somebody guesses or counts up to opens nothing. Intake checks what notify sends.
"""

from shared.signed_number import SignedNumber

_CASE = SignedNumber("track")


def track_token(number: str, secret: str) -> str:
    """The signed token of a case, the same every time."""
    return _CASE.token(number, secret)


def number_of(token: str, secret: str) -> str | None:
    """The case number a token was made for, or None for a token that is not ours."""
    return _CASE.number_of(token, secret)


def track_url(public_address: str, number: str, secret: str) -> str:
    """The whole address, for a message or a receipt."""
    return f"{public_address}/track/{track_token(number, secret)}"
