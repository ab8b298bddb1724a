"""The web application of notify."""

from pathlib import Path

import flask

from services.notify.api import api
from services.notify.message import IllegalStep
from services.notify.models import ended_sessions
from services.notify.pack import book_of
from services.notify.pages import pages
from services.notify.store import NoSuchMessage
from services.notify.words import STATES
from shared.district import District
from shared.runtime import Runtime
from shared.web.blueprint import register_api
from shared.web.i18n import gettext, msgid
from shared.web.problem import FieldError, Problem, map_error, plain
from shared.web.service import service_app

HERE = Path(__file__).parent


def read_pack(district: District) -> None:
    """Read what notify reads of the pack, once.

    Raises:
        PackError: messages.yml of the district is wrong; each problem with line and field.
    """
    book_of(district)


def create_app(runtime: Runtime) -> flask.Flask:
    """Join API and pages.

    Raises:
        PackError: as `read_pack`.
    """
    read_pack(runtime.district)
    app = service_app(runtime, HERE, __name__, ended_sessions=ended_sessions)
    register_api(app, api)
    app.register_blueprint(pages)
    map_error(app, NoSuchMessage, lambda _error: plain(404))
    map_error(app, IllegalStep, on_its_way)
    return app


def on_its_way(error: IllegalStep) -> Problem:
    """A message that is queued or being sent needs no second sending."""
    reason = FieldError(
        "state",
        msgid("这条消息%(state)s，不用再发"),
        msgid("请过一会儿再看"),
        {"state": gettext(STATES[error.state])},
    )
    return Problem(409, "on-its-way", msgid("消息正在路上"), [reason])
