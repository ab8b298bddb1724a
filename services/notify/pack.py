"""messages.yml of the district pack: which step tells whom, by which text and which channels.

A text that names something its event does not offer stops the start, with file, line and field.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from services.notify.checks import CHECKS, LANGUAGES
from services.notify.message import AUDIENCES, CHANNELS
from services.notify.values import OF_EVENT
from services.notify.wording import Template, Wording
from shared.district import District, Document, Problem, once_a_district, read_part
from shared.district.document import Place

FILE = "messages.yml"
SUPERVISION = "supervision.yml"


@dataclass(frozen=True)
class Telling:
    """One line of a step: tell ``to`` by text ``template``, through the first channel that works.

    ``keeps_hours``: a reminder that waits for service hours unless the case is urgent.
    """

    to: str
    template: str
    by: tuple[str, ...]
    keeps_hours: bool


@dataclass(frozen=True)
class Address:
    """Where a department, a member of staff or the supervisors are reached."""

    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class Book:
    """messages.yml, loaded and checked.

    Attributes:
        at_once: urgencies whose reminders do not wait for service hours.
        steps: event -> whom it tells, and how.
        templates: by name.
        departments: addresses by department code; ``staff`` by username; ``duty`` by level.
        reminders_keep_hours: whether reminders wait at all (supervision.yml; 3-19: they do not).

    """

    at_once: frozenset[str]
    steps: Mapping[str, tuple[Telling, ...]]
    templates: Mapping[str, Template]
    departments: Mapping[str, Address]
    staff: Mapping[str, Address]
    supervisors: Address
    duty: Mapping[int, Address]
    reminders_keep_hours: bool

    def events_of(self, template: str) -> list[str]:
        """The events a text is written for."""
        return [
            e for e, lines in self.steps.items() if template in {line.template for line in lines}
        ]

    def audiences_of(self, template: str) -> list[str]:
        """Those a text is written for."""
        lines = [line for told in self.steps.values() for line in told if line.template == template]
        return list(dict.fromkeys(line.to for line in lines))


def _text(**kwargs: Any) -> fields.String:
    return fields.String(validate=validate.Length(min=1), **kwargs)


class _WordingSchema(Schema):
    subject = _text(required=True)
    text = _text(required=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Wording:
        return Wording(**data)


class _TitleSchema(Schema):
    zh = _text(required=True)
    en = _text(required=True)


class _TemplateSchema(Schema):
    name = fields.String(required=True, validate=validate.Regexp(r"^[a-z][a-z0-9_]{1,39}$"))
    title = fields.Nested(_TitleSchema, required=True)
    sms_code = fields.String(load_default="")
    zh = fields.Nested(_WordingSchema, required=True)
    en = fields.Nested(_WordingSchema, required=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Template:
        wordings = {language: data[language] for language in LANGUAGES}
        return Template(data["name"], data["title"], wordings, data["sms_code"])


class _TellingSchema(Schema):
    to = fields.String(required=True, validate=validate.OneOf(AUDIENCES))
    template = _text(required=True)
    by = fields.List(
        fields.String(validate=validate.OneOf(CHANNELS)),
        required=True,
        validate=validate.Length(min=1),
    )
    keeps_hours = fields.Boolean(load_default=False)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Telling:
        return Telling(data["to"], data["template"], tuple(data["by"]), data["keeps_hours"])


class _AddressSchema(Schema):
    phone = fields.String(load_default="")
    email = fields.Email(load_default="", allow_none=False)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Address:
        return Address(phone=data["phone"], email=data["email"])


class _DepartmentSchema(_AddressSchema):
    department = _text(required=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Any:
        return data["department"], super().build(data)


class _StaffSchema(_AddressSchema):
    username = _text(required=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Any:
        return data["username"], super().build(data)


class _DutySchema(_AddressSchema):
    level = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=9))

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Any:
        return data["level"], super().build(data)


class _RemindersSchema(Schema):
    """What notify reads of supervision.yml; routing reads and checks the rest."""

    class Meta:
        unknown = EXCLUDE

    reminders_in_service_hours = fields.Boolean(load_default=True)


class _StepSchema(Schema):
    event = fields.String(required=True, validate=validate.OneOf(list(OF_EVENT)))
    tell = fields.List(fields.Nested(_TellingSchema), required=True)


class MessagesSchema(Schema):
    """messages.yml as a whole."""

    at_once = fields.List(fields.String(), required=True)
    steps = fields.List(fields.Nested(_StepSchema), required=True)
    templates = fields.List(fields.Nested(_TemplateSchema), required=True)
    departments = fields.List(fields.Nested(_DepartmentSchema), required=True)
    staff = fields.List(fields.Nested(_StaffSchema), required=True)
    supervisors = fields.Nested(_AddressSchema, required=True)
    duty = fields.List(fields.Nested(_DutySchema), load_default=list)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Book:
        """Make the book."""
        return Book(
            at_once=frozenset(data["at_once"]),
            steps={step["event"]: tuple(step["tell"]) for step in data["steps"]},
            templates={template.name: template for template in data["templates"]},
            departments=dict(data["departments"]),
            staff=dict(data["staff"]),
            supervisors=data["supervisors"],
            duty=dict(data["duty"]),
            reminders_keep_hours=True,
        )


@once_a_district
def book_of(district: District) -> Book:
    """The district's messages.yml, read once.

    Raises PackError with every problem of the file, each with line and field.
    """
    urgencies = frozenset(choice.code for choice in district.rules.urgencies)

    def codes_are_known(document: Document) -> Iterator[Problem]:
        named = [
            ((*path, "department"), e.get("department"))
            for path, e in document.entries("departments")
        ]
        yield from _unknown(document, named, frozenset(district.departments))
        listed = document.data.get("at_once") if isinstance(document.data, dict) else None
        ways = listed if isinstance(listed, list) else []
        yield from _unknown(
            document, [(("at_once", i), code) for i, code in enumerate(ways)], urgencies
        )

    book: Book = read_part(district.path, FILE, MessagesSchema, [*CHECKS, codes_are_known])
    hours = read_part(district.path, SUPERVISION, _RemindersSchema)
    return replace(book, reminders_keep_hours=hours["reminders_in_service_hours"])


def _unknown(
    document: Document, named: Iterable[tuple[Place, Any]], known: frozenset[str]
) -> Iterator[Problem]:
    for path, code in named:
        if code not in known:
            wanted = f"one of {', '.join(sorted(known))}"
            yield document.problem(path, f"{code!r} is not in this district", wanted)
