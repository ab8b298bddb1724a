"""How a message leaves: one small interface, one module for each way.

A channel sends one message and returns the receipt it was given. What went wrong is one of two
things: TemporaryFailure, so try later, or PermanentFailure, so this channel is no use here.
Every call over the network ends within ``TIMEOUT`` seconds without an answer.
"""

from typing import Protocol

from services.notify.channels.pace import Pace
from services.notify.message import Message

TIMEOUT = 10
"""Seconds without an answer after which a call over the network is given up."""


class TemporaryFailure(Exception):
    """It may work later. ``wait``: seconds the other side asked for, 0 where it did not."""

    def __init__(self, reason: str, wait: float = 0) -> None:
        super().__init__(reason)
        self.wait = wait


class PermanentFailure(Exception):
    """It will never work: a number that does not exist, a text that is not allowed."""


class Channel(Protocol):
    """One way out.

    Attributes:
        name: as messages.yml calls it.
        at_once: how many messages may be under way at the same time.
        pace: how many the other side takes in a time, or None.

    """

    name: str
    at_once: int
    pace: Pace | None

    def send(self, message: Message) -> str:
        """Send and return the receipt.

        Raises:
            TemporaryFailure: try again later.
            PermanentFailure: trying again is useless.

        """


__all__ = ["TIMEOUT", "Channel", "PermanentFailure", "TemporaryFailure"]
