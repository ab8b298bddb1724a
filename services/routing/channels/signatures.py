"""Standard Webhooks (standardwebhooks.com): who sent a message, when, and that nobody changed it.

The headers ``webhook-id``, ``webhook-timestamp`` (seconds) and ``webhook-signature``: ``v1,`` and
the HMAC-SHA256, in base64, of ``id.timestamp.body`` under the bytes of the secret ``whsec_…``;
several signatures stand side by side while two secrets are good. The specification's own library
signs. Its ``verify`` reads the machine's clock and does not survive every header, so that looking
at what comes in is ours; the comparing is hmac's.
"""

import base64
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from standardwebhooks.webhooks import Webhook

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE = timedelta(minutes=5)
"""How far another clock may be from ours; what is older may be a replay."""
MOST_SIGNATURES = 10
LONGEST_ID = 200
SECRET_BYTES = 32
_SECONDS = re.compile(r"\d{1,12}")


class BadSignature(ValueError):
    """It is not from who it says, or not from now."""


def new_secret() -> str:
    """A secret for both ways."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"


def headers(keys: Sequence[str], message_id: str, at: datetime, body: str) -> dict[str, str]:
    """The three headers, signed with each of these secrets."""
    signed = [Webhook(key).sign(message_id, at.astimezone(UTC), body) for key in keys]
    return {
        ID: message_id,
        TIMESTAMP: str(int(at.timestamp())),
        SIGNATURE: " ".join(signed),
    }


def verify(keys: Sequence[str], given: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Check what came; returns its ``webhook-id``.

    Raises:
        BadSignature: saying which header is missing or wrong, and never what would be right.
    """
    message_id, at = given.get(ID, ""), _moment(given.get(TIMESTAMP, ""))
    if not 0 < len(message_id) <= LONGEST_ID or not message_id.isascii():
        raise BadSignature(ID)
    if abs(now - at) > TOLERANCE:
        raise BadSignature(TIMESTAMP)
    claimed = given.get(SIGNATURE, "").split(" ")[:MOST_SIGNATURES]
    right = [Webhook(key).sign(message_id, at, _text(body)) for key in keys]
    # Every pair is compared, so that the time taken says nothing.
    same = [hmac.compare_digest(a.encode(), b.encode()) for a in claimed for b in right]
    if not any(same):
        raise BadSignature(SIGNATURE)
    return message_id


def _moment(text: str) -> datetime:
    if not _SECONDS.fullmatch(text) or not text.isascii():
        raise BadSignature(TIMESTAMP)
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadSignature(TIMESTAMP) from error


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:  # what is signed is text; other bytes were never signed
        raise BadSignature("body") from error
