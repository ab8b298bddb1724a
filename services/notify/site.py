"""The web application of notify."""

from pathlib import Path

import flask

from services.notify.api import api
from services.notify.message import IllegalStep
from services.notify.pack import book_of
from services.notify.pages import pages
from services.notify.store import NoSuchMessage
from services.notify.words import STATES
from shared.runtime import Runtime
from shared.web.app import base_app
from shared.web.blueprint import register_api
from shared.web.context import web_of
from shared.web.i18n import gettext, msgid
from shared.web.problem import FieldError, Problem, map_error, plain

HERE = Path(__file__).parent


def create_app(runtime: Runtime) -> flask.Flask:
    """Join API and pages.

    Raises:
        PackError: messages.yml of the district is wrong; each problem with line and field.

    """
    book_of(runtime.district)
    app = base_app(
        "notify",
        secret=runtime.settings.secret_key,
        import_name=__name__,
        template_folder=str(HERE / "templates"),
        translations=HERE / "translations" / "en.po",
        district_name=runtime.district.name,
    )
    web_of(app).service_context = runtime
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
