"""The web application of routing: its API and its pages."""

from pathlib import Path

import flask

from services.routing import suggest
from services.routing.api import api, problem_of
from services.routing.models import ended_sessions
from services.routing.pages import pages
from services.routing.rules import Refused
from shared import clock
from shared.runtime import Runtime
from shared.web.blueprint import register_api
from shared.web.context import web_of
from shared.web.problem import map_error
from shared.web.service import service_app

HERE = Path(__file__).parent


def create_app(runtime: Runtime) -> flask.Flask:
    """Make the application.

    Raises:
        PackError: the district's ``routing.yml`` is missing or wrong; the service does not start.
    """
    suggest.suggester_for(runtime.district)
    app = service_app(runtime, HERE, __name__, ended_sessions=ended_sessions)
    web_of(app).now = clock.now
    map_error(app, Refused, lambda refused: problem_of(refused.reason))
    register_api(app, api)
    app.register_blueprint(pages)
    return app
