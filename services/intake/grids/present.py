"""Reports, notices and the care list as they are shown: masked, and in the reader's language."""

from typing import Any

from services.intake.case import Officer
from services.intake.grids import report_words
from services.intake.grids.care_person import CarePerson
from services.intake.grids.notice import Notice
from services.intake.grids.report import Report
from services.intake.grids.report_store import Line
from services.intake.grids.work import GridWork, find
from shared.mask import mask_name, mask_phone, mask_text


def report(one: Report, work: GridWork, *, english: bool = False) -> dict[str, Any]:
    """A report for the API; whoever sent it from the street is masked."""
    names = [name for name in Report.__dataclass_fields__ if name not in ("checked", "version")]
    shown = {name: getattr(one, name) for name in names}
    return shown | {
        "title": report_words.title_of(work, one.kind, one.checked, english=english),
        "phone": mask_phone(one.phone) if one.phone else "",
        "words": mask_text(one.words),
        "place": mask_text(one.place),
        "result": mask_text(one.result),
        "found": report_words.found(work, one, english=english),
    }


def lines(timeline: list[Line]) -> list[dict[str, Any]]:
    """A timeline for the API."""
    return [
        {"at": line.at, "who": line.who, "action": line.action, "note": mask_text(line.note)}
        for line in timeline
    ]


def notice(one: Notice) -> dict[str, Any]:
    """A notice for the API."""
    shown = {name: getattr(one, name) for name in Notice.__dataclass_fields__ if name != "version"}
    masked = {name: mask_text(getattr(one, name)) for name in ("addressee", "place", "found")}
    return shown | masked


def care(one: CarePerson, work: GridWork, *, english: bool = False) -> dict[str, Any]:
    """Somebody of the care list, masked."""
    groups = [find(work.groups, code) for code in one.groups]
    return {
        "number": one.number,
        "community": one.community,
        "grid": one.grid,
        "name": mask_name(one.name),
        "phone": mask_phone(one.phone) if one.phone else "",
        "groups": [(g.name_en if english else g.name) for g in groups if g is not None],
        "worker": Officer(one.worker_username, one.worker_name),
        "every_days": one.every_days,
        "visited_at": one.visited_at,
        "due_at": one.due_at,
        "consent": one.consent is not None,
        "version": one.version,
    }
