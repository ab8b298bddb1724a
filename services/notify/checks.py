"""What a schema cannot see in messages.yml: each check yields problems with line and field."""

from collections.abc import Iterator
from typing import Any

from services.notify.message import AUDIENCES, DEPARTMENT, SMS
from services.notify.values import OF_EVENT, offered
from services.notify.wording import placeholders, why_not_reviewable
from shared.district import Document, Problem
from shared.district.document import Place

LANGUAGES = ("zh", "en")


def every_event_is_settled(document: Document) -> Iterator[Problem]:
    """Each event notify hears has its lines, be they none: silence is decided, not forgotten."""
    told = [step.get("event") for _, step in document.entries("steps")]
    for event in OF_EVENT:
        if event not in told:
            yield document.problem(("steps",), f"{event} is missing", "whom it tells, or tell: []")
    for path, step in document.entries("steps"):
        if told.count(step.get("event")) > 1:
            yield document.problem((*path, "event"), "is there more than once", "one of each event")


def templates_are_known(document: Document) -> Iterator[Problem]:
    """A step names texts that exist, and every text is named by some step, once."""
    names = [entry.get("name") for _, entry in document.entries("templates")]
    for path, _event, line in _lines(document):
        if line.get("template") not in names:
            wanted = f"one of {', '.join(sorted(str(name) for name in names))}"
            yield document.problem((*path, "template"), repr(line.get("template")), wanted)
    used = {line.get("template") for _path, _event, line in _lines(document)}
    for path, entry in document.entries("templates"):
        if entry.get("name") not in used:
            yield document.problem((*path, "name"), "is used by no step", "a step that sends it")
        if names.count(entry.get("name")) > 1:
            yield document.problem((*path, "name"), "is there more than once", "one of each name")


def placeholders_are_offered(document: Document) -> Iterator[Problem]:
    """A text names only what every event it is sent for offers."""
    for path, _part, text, template in _texts(document):
        for event in _events_of(document, template):
            for name in sorted(set(placeholders(text)) - set(offered(event))):
                wanted = f"one of {', '.join(offered(event))}"
                yield document.problem(path, f"{{{name}}} is not offered by {event}", wanted)


def braces_are_placeholders(document: Document) -> Iterator[Problem]:
    """A brace that belongs to no placeholder would be read out to the resident."""
    for path, _part, text, _template in _texts(document):
        rest = text
        for name in placeholders(text):
            rest = rest.replace(f"{{{name}}}", "")
        if "{" in rest or "}" in rest:
            yield document.problem(path, "has a stray brace", "{name} in small letters")


def sms_can_be_reviewed(document: Document) -> Iterator[Problem]:
    """A text that may go by SMS passes the vendor's review."""
    by_sms = {
        line.get("template")
        for _path, _event, line in _lines(document)
        if SMS in (line.get("by") or [])
    }
    for path, part, text, template in _texts(document):
        why = why_not_reviewable(text) if part == "text" and template in by_sms else None
        if why:
            wanted = "fixed words around placeholders, each used once, as SMS reviews demand"
            yield document.problem(path, why, wanted)


def departments_are_named(document: Document) -> Iterator[Problem]:
    """A step can tell a department only where its event says which."""
    for path, event, line in _lines(document):
        if line.get("to") == DEPARTMENT and "department" not in OF_EVENT.get(event, {}):
            wanted = f"one of {', '.join(sorted(set(AUDIENCES) - {DEPARTMENT}))}"
            yield document.problem((*path, "to"), f"{event} names no department", wanted)


CHECKS = (
    departments_are_named,
    every_event_is_settled,
    templates_are_known,
    placeholders_are_offered,
    braces_are_placeholders,
    sms_can_be_reviewed,
)


def _lines(document: Document) -> Iterator[tuple[Place, str, dict[str, Any]]]:
    """Every line of every step: its place, its event, and what it says."""
    for path, step in document.entries("steps"):
        lines = step.get("tell")
        for index, line in enumerate(lines if isinstance(lines, list) else []):
            if isinstance(line, dict):
                yield (*path, "tell", index), str(step.get("event")), line


def _events_of(document: Document, template: Any) -> list[str]:
    named = [event for _, event, line in _lines(document) if line.get("template") == template]
    return [event for event in dict.fromkeys(named) if event in OF_EVENT]


def _texts(document: Document) -> Iterator[tuple[Place, str, str, Any]]:
    for path, entry in document.entries("templates"):
        for language in LANGUAGES:
            wording = entry.get(language)
            for part in ("subject", "text") if isinstance(wording, dict) else ():
                text = wording.get(part) if isinstance(wording, dict) else None
                if isinstance(text, str):
                    yield (*path, language, part), part, text, entry.get("name")
