"""The web application of routing: its API and its pages."""

from pathlib import Path

import flask

from services.routing.api import api, problem_of
from services.routing.channels.api import api as channel_api
from services.routing.channels.form_pages import pages as form_pages
from services.routing.channels.pages import pages as channel_pages
from services.routing.follow_ups.api import api as follow_up_api
from services.routing.follow_ups.pages import pages as follow_up_pages
from services.routing.models import ended_sessions
from services.routing.pages import pages
from services.routing.pressing.api import api as pressing_api
from services.routing.problems.api import api as problems_api
from services.routing.problems.pages import pages as problem_pages
from services.routing.rules import Refused
from services.routing.suggesting import suggest
from services.routing.supervision import supervision_for
from shared import clock
from shared.district import District
from shared.runtime import Runtime
from shared.web.blueprint import register_api
from shared.web.context import web_of
from shared.web.problem import map_error
from shared.web.service import service_app

HERE = Path(__file__).parent


def read_pack(district: District) -> None:
    """Read what routing reads of the pack, and make its suggestions ready, once.

    Raises:
        PackError: ``supervision.yml`` or a file of the suggestions is missing or wrong.
    """
    supervision_for(district)
    suggest.suggester_for(district)


def create_app(runtime: Runtime) -> flask.Flask:
    """Make the application.

    Raises:
        PackError: as `read_pack`; the service does not start.
    """
    read_pack(runtime.district)
    app = service_app(runtime, HERE, __name__, ended_sessions=ended_sessions)
    web_of(app).now = clock.now
    map_error(app, Refused, lambda refused: problem_of(refused.reason))
    register_api(app, api)
    register_api(app, channel_api)
    register_api(app, follow_up_api)
    register_api(app, pressing_api)
    app.register_blueprint(pages)
    register_api(app, problems_api)
    app.register_blueprint(problem_pages)
    app.register_blueprint(channel_pages)
    app.register_blueprint(follow_up_pages)
    app.register_blueprint(form_pages)
    return app
