"""Tracking links: a case number, signed, so that a resident's link opens that case and no other."""

from itsdangerous import BadSignature, URLSafeSerializer

_SALT = "intake-track"


def track_token(secret: str, number: str) -> str:
    """The token of a case's tracking link `/track/<token>`; it does not expire."""
    return str(URLSafeSerializer(secret, salt=_SALT).dumps(number))


def read_track_token(secret: str, token: str) -> str | None:
    """The case number a token stands for, or None when we did not sign it."""
    try:
        return str(URLSafeSerializer(secret, salt=_SALT).loads(token))
    except BadSignature:
        return None
