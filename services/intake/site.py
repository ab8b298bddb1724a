"""Intake's web application: the JSON API and the pages."""

from pathlib import Path

import flask

from services.intake import api, api_catalogue, api_files, api_people, pages, problems
from services.intake.models import ended_sessions
from shared.runtime import Runtime
from shared.uploads.request import InMemory
from shared.web.blueprint import register_api
from shared.web.service import service_app

HERE = Path(__file__).parent


def create_app(runtime: Runtime) -> flask.Flask:
    """The application of one runtime, which views find as `web_of().service_context`."""
    app = service_app(runtime, HERE, __name__, ended_sessions=ended_sessions)
    app.request_class = InMemory  # uploads touch no disk before they are sealed
    problems.install(app)
    register_api(app, api.api)
    register_api(app, api_catalogue.api)
    register_api(app, api_files.api)
    register_api(app, api_people.api)
    pages.register(app, runtime)
    return app
