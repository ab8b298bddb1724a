"""Pages: what was sent to whom and what became of it; all texts."""

from urllib.parse import urlencode

import flask
from flask.typing import ResponseReturnValue

from services.notify import handlers, lists, words
from services.notify.api import (
    book,
    found,
    held_of,
    masked,
    masked_all,
    preview_of,
    runtime,
    template_view,
    whole,
)
from services.notify.channels.setup import names_set_up
from services.notify.checks import LANGUAGES
from services.notify.message import INBOX, TRANSITIONS, Message
from shared.permissions import may
from shared.web import reveal
from shared.web.auth import requires, shows, signed_in
from shared.web.forms import Form, page_asked
from shared.web.i18n import gettext
from shared.web.person import as_file, asked_on_page

pages = flask.Blueprint(
    "pages", __name__, static_folder="static", static_url_path="/messages/static"
)

PAGE_SIZE = 20
_FILTERS = ("case", "state", "channel")


@pages.route("/messages")
@requires("message.read")
def messages() -> ResponseReturnValue:
    """The list, without a chosen message."""
    return _list(None)


@pages.route("/messages/<message_id>")
@requires("message.read")
def message(message_id: str) -> ResponseReturnValue:
    """The list with one message beside it, as its recipient reads it."""
    return _list(found(message_id))


@pages.route("/messages/<message_id>/reveal", methods=["POST"])
@requires("person.reveal")
@shows("message.read")
def reveal_message(message_id: str) -> ResponseReturnValue:
    """One message unmasked in this one answer; who saw it and why is kept in the audit."""
    chosen, form = found(message_id), reveal.read_reveal()
    if not form.ok:
        return flask.make_response(_list(chosen, form=form), 422)
    reveal.record(runtime().database, chosen.case_number, reveal.reason_of(form))
    return _list(chosen, unmasked=True)


@pages.route("/messages/<message_id>/resend", methods=["POST"])
@requires("message.resend")
def resend(message_id: str) -> ResponseReturnValue:
    """Send again, then show it."""
    found(message_id)
    runtime().database.run(lambda tx: handlers.resend(tx, message_id))
    flask.flash(gettext("已重新排队，马上发送。"))
    query = urlencode(_wanted())
    return flask.redirect(f"{flask.url_for('.message', message_id=message_id)}?{query}", 303)


@pages.route("/messages/person", methods=["POST"])
@requires("person.export")
def person() -> ResponseReturnValue:
    """All that notify holds of a person as a file, asked for on intake's page of that person."""
    return as_file(held_of(asked_on_page()))


@pages.route("/messages/templates")
@requires("template.read")
def templates() -> ResponseReturnValue:
    """All texts in both languages, each with an example."""
    known = book()
    texts = [
        {
            **template_view(known, name),
            "previews": {language: preview_of(name, language, {}) for language in LANGUAGES},
        }
        for name in known.templates
    ]
    return flask.render_template(
        "notify/templates.html", texts=texts, words=words, languages=LANGUAGES
    )


def _list(
    chosen: Message | None, *, unmasked: bool = False, form: Form | None = None
) -> ResponseReturnValue:
    shown = whole if unmasked else masked
    reader = signed_in()
    wanted = _wanted()
    with runtime().database.read() as connection:
        part = lists.find(connection, reader, wanted, page=page_asked(), page_size=PAGE_SIZE)
        counts = lists.count_by_state(connection, reader)
    return flask.render_template(
        "notify/messages.html",
        part=part,
        items=masked_all(part.items),
        counts=counts,
        form=Form(wanted),
        wanted=wanted,
        chosen=shown(chosen) if chosen else None,
        may_reveal=chosen is not None and not unmasked and may(signed_in(), "person.reveal"),
        reveal_form=form or Form(),
        may_resend=chosen is not None and _may_resend(chosen),
        only_in_app=names_set_up(runtime().settings) == (INBOX,),
        titles={name: template.title for name, template in book().templates.items()},
        words=words,
    )


def _may_resend(chosen: Message) -> bool:
    return (
        bool(chosen.body)
        and may(signed_in(), "message.resend")
        and chosen.state in TRANSITIONS["resend"]
    )


def _wanted() -> dict[str, str]:
    given = {name: flask.request.args.get(name, "").strip() for name in _FILTERS}
    return {name: value for name, value in given.items() if value}
