"""Ending sessions before their time, here and, by an event, in every other service."""

from services.intake.models import bus, ended_sessions
from shared import sessions
from shared.bus.outbox import emit
from shared.clock import local
from shared.contracts import intake
from shared.db import Transaction


def end(tx: Transaction, username: str, session: str = "") -> None:
    """No token of this session is taken any more; without its id, none of this person's."""
    sessions.end(tx, ended_sessions, username, session, tx.now)
    said = {"username": username, "session": session, "ended_at": local(tx.now).isoformat()}
    # What is over stays over: no version is newer than another.
    emit(tx, bus, intake.sessions_ended, said, subject=username, version=1)
