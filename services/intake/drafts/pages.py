"""Keeping and forgetting what is being typed at the desk; the form itself is in pages_accept."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import flask
from werkzeug.wrappers import Response

from services.intake.desk.forms_accept import KEPT, AcceptForm
from services.intake.desk.pack import minutes_left
from services.intake.drafts import handlers, store
from services.intake.drafts.draft import Draft
from services.intake.drafts.opened import read_stamp
from services.intake.pages_common import runtime
from shared import actor as who
from shared.clock import local, now
from shared.db import Transaction
from shared.web.auth import requires, signed_in
from shared.web.forms import read_form
from shared.web.i18n import msgid
from shared.web.problem import Problem

blueprint = flask.Blueprint("drafts_pages", __name__)

ID = re.compile(r"[\w-]{8,40}", re.ASCII)
_T = TypeVar("_T")


@blueprint.post("/desk/drafts/<draft_id>")
@requires("draft.own")
def keep(draft_id: str) -> dict[str, Any]:
    """Keep what stands in the form, as one types; tells when, and what is left of the minutes."""
    form = read_form(AcceptForm())
    if not form.ok:
        return {"saved": "", "left": None}
    content = {name: value for name, value in form.values.items() if name in KEPT}
    opened_at = read_stamp(str(form.value("opened")), runtime().settings.secret_key) or now()
    username = signed_in().username
    kept = _quietly(lambda tx: handlers.keep(tx, username, _known(draft_id), content, opened_at))
    return {
        "saved": f"{local(kept.saved_at):%H:%M:%S}" if kept else "",
        "left": left_of(kept.complete_at) if kept else None,
    }


@blueprint.post("/desk/drafts/<draft_id>/forget")
@requires("draft.own")
def forget(draft_id: str) -> Response:
    """Nobody wants it any more."""
    username = signed_in().username
    _quietly(lambda tx: store.forget(tx, username, _known(draft_id)))
    return flask.redirect("/desk/new", code=303)


def draft_here(draft_id: str) -> Draft | None:
    """The signed-in officer's draft."""
    with runtime().database.read() as connection:
        return store.load(connection, signed_in().username, draft_id)


def left_of(complete_at: datetime | None) -> int | None:
    """Seconds left of the promised minutes, negative when over; None where none are promised."""
    if complete_at is None:
        return None
    left = minutes_left(runtime().district, complete_at, now())
    return int(left / timedelta(seconds=1)) if left is not None else None


def _known(draft_id: str) -> str:
    if ID.fullmatch(draft_id) is None:
        raise Problem(404, "no-such-draft", msgid("没有这份草稿"))
    return draft_id


def _quietly(work: Callable[[Transaction], _T]) -> _T:
    """Typing is no act yet: what is accepted in the end is recorded, not each few seconds of it."""
    asking = who.current()
    who.act_as(None)
    try:
        return runtime().database.run(work)
    finally:
        who.act_as(asking)
