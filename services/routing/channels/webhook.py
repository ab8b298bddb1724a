"""A fact goes out as a webhook: a signed POST of the event, as docs/departments.md says.

Redirects are not followed: the address that was onboarded is the one that was agreed on. Reasons
never hold it, since it may contain a key; nor what the other side said, which may quote the order.
"""

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import requests

from services.routing.channels.channel import Channel, Delivery, Outcome, Refused, Sent, Unreached
from services.routing.channels.connecting import CheckedAdapter, ForbiddenAddress, Resolve, resolve
from services.routing.channels.destinations import VARIABLE, networks_of
from services.routing.channels.signatures import headers
from shared.bus.event import CONTENT_TYPE
from shared.clock import now
from shared.config import BadSetting, Settings

CONNECT, READ = 5.0, 10.0
"""Seconds; the sender ends what drips."""
MOST_SAID = 300
"""Bytes of an answer that are read, so that the connection can be used again."""
_NOT_THE_MESSAGE = frozenset({401, 403, 404, 405, 407, 408, 410, 421, 423, 425, 426, 429})
"""Refusals that would meet any message: our credentials, their address, our speed."""
_PHRASES = {one.value: one.phrase for one in HTTPStatus}
"""The standard's words: theirs may quote what they were sent."""
AUTHORITY = "WEBHOOK_AUTHORITIES"


class WebhookWay:
    """Posts to departments' systems.

    Raises:
        BadSetting: WEBHOOK_AUTHORITIES names no file; WEBHOOK_NETWORKS.
    """

    def __init__(self, settings: Settings, look_up: Resolve = resolve) -> None:
        self._inside, self._look_up = networks_of(settings), look_up
        self._authority = settings.channels.get(AUTHORITY, "")
        if self._authority and not Path(self._authority).is_file():
            raise BadSetting(
                f"{AUTHORITY}: {self._authority} is no file. Name a file with the certificates"
                " of the authorities that departments' systems use, in PEM."
            )

    def session(self) -> requests.Session:
        """Connections that are kept while one channel is served."""
        made = requests.Session()
        made.trust_env = False  # departments are inside; a proxy for the outside is not
        made.verify = self._authority or True
        for scheme in ("https://", "http://"):
            made.mount(scheme, CheckedAdapter(self._inside, self._look_up))
        return made

    def send(self, session: requests.Session, channel: Channel, delivery: Delivery) -> Outcome:
        """Post one fact."""
        return self.post(session, channel, delivery.event_id, delivery.body)

    def post(
        self, session: requests.Session, channel: Channel, event_id: str, body: str
    ) -> Outcome:
        """Post this body under this id, which stays the same however often it is posted."""
        at = now()
        signed = headers(channel.secrets(at), event_id, at, body)
        host = urlsplit(channel.address).hostname or "?"
        try:
            with session.post(
                channel.address,
                data=body.encode(),
                headers={**signed, "Content-Type": CONTENT_TYPE, "User-Agent": "Baitong"},
                timeout=(CONNECT, READ),
                allow_redirects=False,
                stream=True,
            ) as answer:
                return _outcome(host, answer)
        except ForbiddenAddress:
            return Unreached(f"{host}: its address is in no network of {VARIABLE}")
        except requests.Timeout:
            return Unreached(f"{host}: no answer within {READ:g} s")
        except requests.RequestException as error:
            return Unreached(f"{host}: {type(error).__name__}")


def _outcome(host: str, answer: requests.Response) -> Outcome:
    status = answer.status_code
    answer.raw.read(MOST_SAID)
    if 200 <= status < 300:  # noqa: PLR2004 - the class of what went well
        return Sent()
    why = f"{host} answered {status} {_PHRASES.get(status, '')}".rstrip()
    if 400 <= status < 500 and status not in _NOT_THE_MESSAGE:  # noqa: PLR2004 - their refusals
        return Refused(why)
    return Unreached(why, _retry_after(answer.headers))


def _retry_after(given: Mapping[str, str]) -> float:
    told = given.get("Retry-After", "")
    return float(told) if told.isascii() and told.isdecimal() and len(told) < len("1000000") else 0
