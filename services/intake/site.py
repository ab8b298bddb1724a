"""Intake's web application: the JSON API and the pages."""

from pathlib import Path

import flask

from services.intake import api, api_catalogue, pages, problems
from shared.runtime import Runtime
from shared.web.blueprint import register_api
from shared.web.service import service_app

HERE = Path(__file__).parent


def create_app(runtime: Runtime) -> flask.Flask:
    """The application of one runtime, which views find as `web_of().service_context`."""
    app = service_app(runtime, HERE, __name__)
    problems.install(app)
    register_api(app, api.api)
    register_api(app, api_catalogue.api)
    pages.register(app, runtime)
    return app
