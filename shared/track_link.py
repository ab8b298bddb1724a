"""The address where a resident reads how their matter stands, without signing in.

Whoever holds the link may read the case's progress, so the number in it is signed: a number that
somebody guesses or counts up to opens nothing. Intake checks what notify sends.
"""

from functools import lru_cache

from itsdangerous import BadSignature, URLSafeSerializer

_SALT = "track"


@lru_cache(maxsize=4)
def _signer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=_SALT)


def track_token(number: str, secret: str) -> str:
    """The signed token of a case, the same every time."""
    token = _signer(secret).dumps(number)
    return token if isinstance(token, str) else token.decode()


def number_of(token: str, secret: str) -> str | None:
    """The case number a token was made for, or None for a token that is not ours."""
    try:
        number = _signer(secret).loads(token)
    except BadSignature:
        return None
    return number if isinstance(number, str) else None


def track_url(public_address: str, number: str, secret: str) -> str:
    """The whole address, for a message or a receipt."""
    return f"{public_address}/track/{track_token(number, secret)}"
