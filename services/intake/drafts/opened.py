"""When a form was opened, signed: the clock of the eight minutes needs no script to be true."""

from datetime import datetime

from itsdangerous import BadSignature, URLSafeSerializer

_SALT = "desk form opened"


def stamp(at: datetime, secret: str) -> str:
    """The moment as the form carries it."""
    told = URLSafeSerializer(secret, salt=_SALT).dumps(at.isoformat())
    return told if isinstance(told, str) else told.decode()


def read_stamp(text: str, secret: str) -> datetime | None:
    """The moment of a stamp of ours, or None."""
    try:
        return datetime.fromisoformat(URLSafeSerializer(secret, salt=_SALT).loads(text))
    except (BadSignature, ValueError, TypeError):
        return None
