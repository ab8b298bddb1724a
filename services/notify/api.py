"""JSON: messages with their attempts, sending again, texts and previews."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.notify import handlers, lists, people
from services.notify.checks import LANGUAGES
from services.notify.message import CHANNELS, RESIDENT, STATES, Message
from services.notify.pack import Book, book_of
from services.notify.previews import NotOffered, Preview, example_link, preview
from services.notify.values import offered
from shared.mask import mask_name, mask_phone, mask_text
from shared.runtime import Runtime
from shared.web import reveal
from shared.web.auth import requires, signed_in
from shared.web.blueprint import ApiBlueprint
from shared.web.context import web_of
from shared.web.i18n import msgid
from shared.web.person import PersonIn, PersonView, record_export
from shared.web.problem import FieldError, Problem, plain

api = ApiBlueprint("messages", __name__, url_prefix="/api/notify")

MOST_A_PAGE = 100
_TRACK_LINK = re.compile(r"(/track/)[\w.~-]+")


class Query(ma.Schema):
    """Which messages."""

    case = fields.String(
        load_default="",
        validate=validate.Length(max=60),
        metadata={"description": "Case number"},
    )
    state = fields.String(load_default="", validate=validate.OneOf(["", *STATES]))
    channel = fields.String(load_default="", validate=validate.OneOf(["", *CHANNELS]))
    page = fields.Integer(load_default=1, validate=validate.Range(min=1, max=100_000))
    page_size = fields.Integer(load_default=20, validate=validate.Range(min=1, max=MOST_A_PAGE))


class RecipientView(ma.Schema):
    """Who is told; a resident's name and telephone are masked."""

    kind = fields.String()
    name = fields.String()
    key = fields.String(metadata={"description": "Username or department code"})
    phone = fields.String()


class MessageView(ma.Schema):
    """A message in a list."""

    id = fields.String()
    case_number = fields.String()
    template = fields.String()
    recipient = fields.Nested(RecipientView)
    route = fields.List(fields.String())
    channel = fields.String()
    language = fields.String()
    subject = fields.String()
    body = fields.String()
    state = fields.String()
    tries = fields.Integer()
    created_at = fields.AwareDateTime(format="iso")
    next_attempt_at = fields.AwareDateTime(format="iso")
    delivered_at = fields.AwareDateTime(format="iso", allow_none=True)


class AttemptView(ma.Schema):
    """One attempt."""

    channel = fields.String()
    started_at = fields.AwareDateTime(format="iso")
    ended_at = fields.AwareDateTime(format="iso")
    outcome = fields.String()
    detail = fields.String()


class MessageDetail(MessageView):
    """A message with its attempts."""

    attempts = fields.List(fields.Nested(AttemptView))


class MessageList(ma.Schema):
    """A page of messages."""

    items = fields.List(fields.Nested(MessageView))
    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()


class WordingView(ma.Schema):
    """A text in one language."""

    subject = fields.String()
    text = fields.String()


class TemplateView(ma.Schema):
    """A text, what it is for, and what it may name."""

    name = fields.String()
    title = fields.Dict()
    events = fields.List(fields.String())
    audiences = fields.List(fields.String())
    placeholders = fields.List(fields.String())
    wordings = fields.Dict(values=fields.Nested(WordingView))


class TemplateList(ma.Schema):
    """All texts."""

    items = fields.List(fields.Nested(TemplateView))
    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()


class PreviewQuery(ma.Schema):
    """Values to fill in; what is not given comes from an example."""

    data = fields.Dict(
        keys=fields.String(validate=validate.Length(max=40)),
        values=fields.String(validate=validate.Length(max=1000)),
        load_default=dict,
        validate=validate.Length(max=40),
        metadata={"maxProperties": 40},
    )
    language = fields.String(load_default="zh", validate=validate.OneOf(LANGUAGES))


class PreviewView(ma.Schema):
    """The text as its recipient would read it."""

    subject = fields.String()
    body = fields.String()
    language = fields.String()
    characters = fields.Integer()
    sms_parts = fields.Integer()


def runtime() -> Runtime:
    """This application's."""
    found: Runtime = web_of().service_context
    return found


def book() -> Book:
    """This district's texts."""
    return book_of(runtime().district)


def masked(message: Message) -> dict[str, Any]:
    """A message as readers see it: residents are not named in full (P51)."""
    return masked_all([message])[0]


def masked_all(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """The same of several: to whomever they go, none names the applicant of its case."""
    with runtime().database.read() as connection:
        applicants = lists.applicants(connection, messages)
    return [_masked(one, applicants.get(one.case_number, "")) for one in messages]


def _masked(message: Message, applicant: str) -> dict[str, Any]:
    """The tracking link opens the resident's own page, so it is theirs alone."""
    recipient, names = message.recipient, (name_in(message), applicant)
    resident = recipient.kind == RESIDENT
    name = mask_name(recipient.name) if resident else recipient.name
    told = {"name": name, "phone": mask_phone(recipient.phone), "email": ""}
    tried = [replace(one, detail=mask_text(one.detail, *names)) for one in message.attempts]
    return {
        **vars(message),
        "recipient": {**vars(recipient), **told},
        "subject": mask_text(message.subject, *names),
        "body": _TRACK_LINK.sub(r"\1••••", mask_text(message.body, *names)),
        "attempts": tried,
    }


def name_in(message: Message) -> str:
    """The resident's name, where the message is to them; others' names are staff's."""
    return message.recipient.name if message.recipient.kind == RESIDENT else ""


def whole(message: Message) -> dict[str, Any]:
    """A message as its recipient reads it, for who said why they have to see it."""
    return {**vars(message), "recipient": vars(message.recipient)}


def found(message_id: str) -> Message:
    """The message, if there is one the reader may see.

    Raises:
        Problem: 404.

    """
    with runtime().database.read() as connection:
        message = lists.get(connection, signed_in(), message_id)
    if message is None:
        raise plain(404)
    return message


@api.route("/messages")
@requires("message.read")
@api.arguments(Query, location="query")
@api.response(200, MessageList)
def messages(query: dict[str, Any]) -> dict[str, Any]:
    """Messages, newest first: of the reader's community, department, or all."""
    page, page_size = query.pop("page"), query.pop("page_size")
    with runtime().database.read() as connection:
        part = lists.find(connection, signed_in(), query, page=page, page_size=page_size)
    return {**vars(part), "items": masked_all(part.items)}


@api.route("/messages/<message_id>")
@requires("message.read")
@api.response(200, MessageDetail)
def message(message_id: str) -> dict[str, Any]:
    """One message with every attempt."""
    return masked(found(message_id))


@api.route("/messages/<message_id>/reveal", methods=["POST"])
@requires("person.reveal")
@api.arguments(reveal.RevealIn)
@api.response(200, MessageDetail)
def reveal_message(given: dict[str, str], message_id: str) -> dict[str, Any]:
    """One message unmasked; who saw it and why is kept in the audit."""
    chosen = found(message_id)
    reveal.record(runtime().database, chosen.case_number, given["reason"])
    return whole(chosen)


@api.route("/person", methods=["POST"])
@requires("person.export")
@api.arguments(PersonIn)
@api.response(200, PersonView)
def person(asked: dict[str, str]) -> dict[str, Any]:
    """Everything held of a person here, for who may ask on their behalf (PIPL 45)."""
    return held_of(asked)


def held_of(asked: Mapping[str, str]) -> dict[str, Any]:
    """What is held, as far as the reader reaches; recorded before it is read."""
    database = runtime().database
    record_export(database, asked)
    with database.read() as connection:
        items = list(
            people.held(
                connection, database.keys, signed_in(), phone=asked["phone"], case=asked["case"]
            )
        )
    return {"service": "notify", "items": items}


@api.route("/messages/<message_id>/resend", methods=["POST"])
@requires("message.resend")
@api.response(202, MessageDetail)
def resend(message_id: str) -> dict[str, Any]:
    """Send a message again, from its first channel on."""
    found(message_id)
    runtime().database.run(lambda tx: handlers.resend(tx, message_id))
    return masked(found(message_id))


@api.route("/templates")
@requires("template.read")
@api.response(200, TemplateList)
def templates() -> dict[str, Any]:
    """All texts in both languages."""
    known = book()
    items = [template_view(known, name) for name in known.templates]
    return {"items": items, "page": 1, "page_size": len(items), "total": len(items)}


def template_view(known: Book, name: str) -> dict[str, Any]:
    """A text with what it is for."""
    template = known.templates[name]
    events = known.events_of(name)
    shared = set.intersection(*(set(offered(event)) for event in events))
    return {
        "name": name,
        "title": template.title,
        "events": events,
        "audiences": known.audiences_of(name),
        "placeholders": sorted(shared),
        "wordings": {language: vars(told) for language, told in template.wordings.items()},
    }


@api.route("/templates/<name>/preview", methods=["POST"])
@requires("template.read")
@api.arguments(PreviewQuery)
@api.response(200, PreviewView)
def preview_template(query: dict[str, Any], name: str) -> dict[str, Any]:
    """A text with values in it; nothing is sent."""
    return asdict(preview_of(name, query["language"], query["data"]))


def preview_of(name: str, language: str, given: dict[str, str]) -> Preview:
    """A text with values in it.

    Raises:
        Problem: 404 for an unknown text, 422 for a value it cannot hold.

    """
    settings = runtime().settings
    link = example_link(settings.public_address, settings.secret_key)
    if name not in book().templates:
        raise plain(404)
    try:
        return preview(book(), name, language, link, given)
    except NotOffered as error:
        raise not_offered(error) from error


def not_offered(error: NotOffered) -> Problem:
    """A value that the text's event does not offer."""
    reason = FieldError(
        f"data.{error.name}",
        msgid("这段文字没有这一项"),
        msgid("可用的有：%(known)s"),
        {"known": ", ".join(error.offered)},
    )
    return Problem(422, "not-offered", msgid("有几处需要改正"), [reason])
