"""Signed links to files. Each is for one file and one person, and ends.

Whoever comes by a link, from a log, a history or a screenshot, opens nothing with it: the page
that serves it also asks who is there, and compares with whom the link was made for.
"""

from datetime import timedelta
from functools import lru_cache
from hmac import compare_digest
from typing import Any

from itsdangerous import BadSignature, SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from shared import clock

FOR_STAFF = timedelta(minutes=10)
FOR_RESIDENTS = timedelta(hours=1)
_SALT = "file"


class NotALink(LookupError):
    """Forged, cut off, or made for somebody else."""


class Ended(NotALink):
    """It was good, and its time is over: open the page again."""


class _Signer(TimestampSigner):
    """The clock is ours, so that a test can stop it."""

    def get_timestamp(self) -> int:
        """Now, in seconds."""
        return int(clock.now().timestamp())


@lru_cache(maxsize=4)
def _serializer(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt=_SALT, signer=_Signer)


def link_to(file_id: str, who: str, secret: str) -> str:
    """The link's token, made now. `who` it is for: a username, or the matter of a resident."""
    token: str | bytes = _serializer(secret).dumps([file_id, who])
    return token if isinstance(token, str) else token.decode()


def file_behind(token: str, who: str, secret: str, lasts: timedelta) -> str:
    """The id of the file a link of `who` is for. Signature and person compare in constant time.

    Raises:
        Ended: it is older than `lasts`.
        NotALink: it is forged, or was made for somebody else.

    """
    try:
        read: Any = _serializer(secret).loads(token, max_age=int(lasts.total_seconds()))
    except SignatureExpired as error:
        raise Ended(token) from error
    except BadSignature as error:
        raise NotALink(token) from error
    file_id, made_for = read
    if not compare_digest(str(made_for).encode(), who.encode()):
        raise NotALink(token)
    return str(file_id)
