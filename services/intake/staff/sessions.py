"""Ending sessions before their time, here and, by an event, in every other service."""

from datetime import datetime

from services.intake.models import bus, ended_sessions
from shared import sessions
from shared.bus.outbox import emit
from shared.clock import local, now
from shared.contracts import intake
from shared.db import Transaction


def end(tx: Transaction, username: str, session: str = "") -> datetime:
    """No token of this session is taken any more; without its id, none of this person's.

    Gives the moment: not the command's beginning, since then somebody may have signed in.
    """
    at = now()
    sessions.end(tx, ended_sessions, username, session, at)
    said = {"username": username, "session": session, "ended_at": local(at).isoformat()}
    # What is over stays over: no version is newer than another.
    emit(tx, bus, intake.sessions_ended, said, subject=username, version=1)
    return at
