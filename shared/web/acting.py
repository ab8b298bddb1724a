"""Who asks: said before each request for the audit and the log, forgotten after it.

Opening something of one person, a page or an answer, is recorded too: who saw what, when. It is
what has an action that ends in ``.read``; what a view says it ``shows`` whatever it is for, such as
the page that comes back with a form's faults; and what a view says while it runs (``opened``).
Lists are not: they show people masked.
"""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import flask
import structlog
from structlog.contextvars import bind_contextvars, unbind_contextvars

from shared import actor
from shared.actor import RESIDENT, Actor
from shared.case_number import BadCaseNumber, parse
from shared.logs import fault
from shared.mask import mask_text
from shared.web import auth
from shared.web.context import is_api, web_of

SECRET = frozenset({"token", "signature"})
"""Parts of addresses that open something: never written down."""
READING = ".read"
VERBS = ("verb", "action")
"""Parts of addresses that say what is done, not to what."""
SEEN = "baitong_seen"
ONCE_IN = timedelta(minutes=5)
"""Who opens the same thing again within this time is not recorded again."""
MOST_SEEN = 10_000
UNNAMEABLE = "…"
"""Stands for what somebody put into an address that is no name of ours."""
_LONGEST_ADDRESS = 64
_BOUND = ("request_id", "username")


def install(app: flask.Flask) -> None:
    """Let every request of the application say who asks."""
    app.extensions[SEEN] = {}
    app.before_request(_begin)
    app.after_request(_record_reading)
    app.teardown_request(_end)


def client_address() -> str:
    """Where the request comes from: deployed, as the gateway says, which overwrites the header."""
    direct = flask.request.remote_addr or ""
    if not web_of().behind_gateway:
        return direct[-_LONGEST_ADDRESS:]
    return flask.request.headers.get("X-Forwarded-For", direct)[-_LONGEST_ADDRESS:]


def request_id() -> str:
    """The request's number in the logs: the gateway's, or one of our own."""
    given = flask.request.headers.get("X-Request-ID", "") if web_of().behind_gateway else ""
    return given[:64] or secrets.token_hex(16)


def _begin() -> None:
    # Static files and health have nobody, and must answer while a database does not.
    if flask.request.endpoint is None or flask.request.endpoint.endswith(("static", "healthz")):
        return
    asking = _actor()
    actor.act_as(asking)
    bind_contextvars(request_id=request_id())
    if asking.username:
        bind_contextvars(username=asking.username)


def _end(_error: BaseException | None = None) -> None:
    # One greenlet serves one connection, and many requests of different people come by it.
    actor.act_as(None)
    unbind_contextvars(*_BOUND)


def _actor() -> Actor:
    user = auth.current_user()
    return Actor(
        username=user.username if user else "",
        role=user.role if user else RESIDENT,
        name=user.name if user else "",
        address=client_address(),
        act=_act(),
        subject=_subject(),
    )


def _act() -> str:
    """What is done: the action of shared/permissions.py, with the verb of the address."""
    endpoint = flask.request.endpoint or ""
    view: Any = flask.current_app.view_functions.get(endpoint)
    action = getattr(view, "baitong_action", "") or getattr(view, "baitong_public", "") or endpoint
    given = flask.request.view_args or {}
    return ".".join([action, *(str(given[name]) for name in VERBS if name in given)])


def _subject() -> str:
    """What the address names, e.g. a case number."""
    given = flask.request.view_args or {}
    return "/".join(_as_kept(str(v)) for n, v in given.items() if n not in {*SECRET, *VERBS})


def _as_kept(text: str) -> str:
    """A number as it is kept, however it was typed: else nobody would find its entries.

    People type names and telephones into addresses too; those are no subject of ours.
    """
    try:
        return str(parse(text))
    except BadCaseNumber:
        return mask_text(text) if text.isascii() else UNNAMEABLE


def _record_reading(response: flask.Response) -> flask.Response:
    """Record that a signed-in person opened something of one person; or do not show it."""
    asking = actor.current()
    if asking is None or not asking.username or actor.is_recorded() or not _shown(response):
        return response
    action, subject = _what_opens(asking)
    database: Any = getattr(web_of().service_context, "database", None)
    if not (action and subject) or getattr(database, "audit", None) is None:
        return response
    seen = replace(asking, act=action, subject=subject)
    if _seen(seen, web_of().now()):
        return response
    try:
        database.run(lambda tx: tx.record(action, subject))
    except Exception as error:  # noqa: BLE001 - answered as if the view had raised it
        structlog.get_logger(__name__).warning("reading_not_recorded", error=fault(error))
        _forget(seen)
        handled: Any = flask.current_app.handle_user_exception(error)
        return flask.current_app.make_response(handled)
    return response


def opened(action: str, subject: str) -> None:
    """This request shows this one thing; for views whose address does not name it."""
    flask.g.baitong_opened = action, subject


def _what_opens(asking: Actor) -> tuple[str, str]:
    """What this request shows if it shows anything, as the audit calls it, and of whom."""
    said: tuple[str, str] | None = flask.g.get("baitong_opened")
    if said is not None:
        return said
    view = flask.current_app.view_functions.get(flask.request.endpoint or "")
    declared = getattr(view, "baitong_shows", "") or getattr(view, "baitong_action", "")
    return (declared if declared.endswith(READING) else ""), asking.subject


def _shown(response: flask.Response) -> bool:
    """Whether the answer shows what was asked for: a program's 422 says only what is wrong."""
    if flask.request.method in {"HEAD", "OPTIONS"}:
        return False
    page_with_faults = response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY and not is_api()
    return response.status_code == HTTPStatus.OK or page_with_faults


def _seen(asking: Actor, now: datetime) -> bool:
    """Whether it was recorded a moment ago; remembers it otherwise."""
    seen: dict[tuple[str, ...], datetime] = flask.current_app.extensions[SEEN]
    key = (asking.username, asking.act, asking.subject, asking.address)
    if key in seen and now - seen[key] < ONCE_IN:
        return True
    if len(seen) >= MOST_SEEN:
        seen.clear()
    seen[key] = now
    return False


def _forget(asking: Actor) -> None:
    key = (asking.username, asking.act, asking.subject, asking.address)
    flask.current_app.extensions[SEEN].pop(key, None)
