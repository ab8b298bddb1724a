"""The signed link of a mailed form: one order, one department, as long as it is theirs.

It ends by itself after a while, when the department's mailbox is changed or given up (``since``),
and when the order is no longer with the department, which the page looks at each time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from itsdangerous import BadSignature, TimestampSigner, URLSafeTimedSerializer

from services.routing.channels.channel import MAIL, Channel
from shared import clock
from shared.config import Settings

LASTS = timedelta(days=30)
"""An order that is still open then is mailed again when it is late or pressed for."""
_SALT = "order-form"


class NotALink(LookupError):
    """Forged, too old, or of another mailbox."""


@dataclass(frozen=True)
class Opened:
    """What a link opens."""

    number: str
    department: str
    since: int


class _Signer(TimestampSigner):
    """The clock is ours, so that a test can stop it."""

    def get_timestamp(self) -> int:
        """Now, in seconds."""
        return int(clock.now().timestamp())


@lru_cache(maxsize=4)
def _serializer(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt=_SALT, signer=_Signer)


def form_token(secret: str, channel: Channel, number: str) -> str:
    """A token made now."""
    made: Any = _serializer(secret).dumps([number, channel.department, _seconds(channel.since)])
    return made if isinstance(made, str) else made.decode()


def form_url(settings: Settings, channel: Channel, number: str) -> str:
    """The whole address, for a mail."""
    token = form_token(settings.secret_key, channel, number)
    return f"{settings.public_address}/orders/form/{token}"


def opened(token: str, secret: str) -> Opened:
    """What a token opens, if it is ours and not too old.

    Raises:
        NotALink: it is not.
    """
    try:
        number, department, since = _serializer(secret).loads(
            token, max_age=int(LASTS.total_seconds())
        )
        return Opened(str(number), str(department), int(since))
    except (BadSignature, ValueError, TypeError) as error:
        raise NotALink(token) from error


def still_theirs(link: Opened, channel: Channel | None) -> bool:
    """Whether the mailbox it was sent to is still the department's."""
    if channel is None or not channel.active or channel.kind != MAIL:
        return False
    return _seconds(channel.since) == link.since


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
