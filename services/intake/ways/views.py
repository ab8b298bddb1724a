"""Promises, public notices and refusals as JSON."""

from datetime import datetime
from typing import Any

from services.intake.case import Case
from shared.clock import local


def promise(case: Case) -> dict[str, Any] | None:
    """What was promised in writing, and until when (A24)."""
    given = case.promise
    if given is None:
        return None
    return {
        "at": _told(given.at),
        "by": given.by,
        "materials": list(given.materials),
        "waiting": list(case.promised),
        "reason": given.reason,
        "due": _told(given.due),
        "kept_at": _told(given.kept_at),
    }


def publication(case: Case) -> dict[str, Any] | None:
    """The public notice, and what was objected."""
    notice = case.publication
    if notice is None:
        return None
    return {
        "at": _told(notice.at),
        "by": notice.by,
        "until": _told(notice.until),
        "place": notice.place,
        "ended_at": _told(notice.ended_at),
        "objections": list(notice.objections),
    }


def refused(case: Case) -> dict[str, Any] | None:
    """The written refusal (A38)."""
    given = case.refused
    if given is None:
        return None
    return {
        "at": _told(given.at),
        "by": given.by,
        "reason": given.reason,
        "ground": given.ground,
    }


def _told(moment: datetime | None) -> str | None:
    return None if moment is None else local(moment).isoformat(timespec="seconds")
