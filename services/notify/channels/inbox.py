"""In-app: the text stands on the messages page, and that is where it is read."""

from services.notify.channels.pace import Pace
from services.notify.message import INBOX, Message


class InboxChannel:
    """Delivers by keeping: the message is in our own table already."""

    name = INBOX
    at_once = 1000
    pace: Pace | None = None

    def send(self, message: Message) -> str:
        """Nothing leaves the house."""
        return f"in-app: {message.recipient.address(self.name)}"
