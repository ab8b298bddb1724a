"""The web application of routing: its API and its pages."""

from pathlib import Path

import flask

from services.routing import suggest
from services.routing.api import api, problem_of
from services.routing.pages import pages
from services.routing.rules import Refused
from shared import clock
from shared.runtime import Runtime
from shared.web.app import base_app
from shared.web.blueprint import register_api
from shared.web.context import web_of
from shared.web.problem import map_error

HERE = Path(__file__).parent


def create_app(runtime: Runtime) -> flask.Flask:
    """Make the application.

    Raises:
        PackError: the district's ``routing.yml`` is missing or wrong; the service does not start.
    """
    suggest.suggester_for(runtime.district)
    app = base_app(
        "routing",
        secret=runtime.settings.secret_key,
        import_name=__name__,
        template_folder="templates",
        translations=HERE / "translations" / "en.po",
        district_name=runtime.district.name,
    )
    web_of(app).service_context = runtime
    web_of(app).now = clock.now
    map_error(app, Refused, lambda refused: problem_of(refused.reason))
    register_api(app, api)
    app.register_blueprint(pages)
    return app
