"""What notify says to the other services."""

from services.notify.message import Attempt, Message
from services.notify.models import bus
from services.notify.wording import clip
from shared.bus.outbox import emit
from shared.contracts import notify
from shared.db import Transaction
from shared.mask import mask_text

_REASON = 1000
_SUBJECT = 200


def message_failed(tx: Transaction, message: Message, last: Attempt) -> None:
    """A resident could not be told; the owner should telephone."""
    name = message.recipient.name
    data = {
        "case_number": message.case_number,
        "message": message.id,
        "channel": last.channel,
        "reason": clip(mask_text(last.detail, name), _REASON) or last.outcome,
        "subject": clip(mask_text(message.subject, name), _SUBJECT),
    }
    emit(tx, bus, notify.failed, data, subject=message.case_number)
