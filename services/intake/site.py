"""Intake's web application: the JSON API and the pages."""

from pathlib import Path

import flask

from services.intake import api, api_catalogue, pages, problems
from shared.runtime import Runtime
from shared.web.app import base_app
from shared.web.blueprint import register_api
from shared.web.context import web_of

HERE = Path(__file__).parent
ENGLISH = HERE / "translations" / "en.po"


def create_app(runtime: Runtime) -> flask.Flask:
    """The application of one runtime, which views find as `web_of().service_context`."""
    app = base_app(
        "intake",
        secret=runtime.settings.secret_key,
        import_name=__name__,
        template_folder=str(HERE / "templates"),
        translations=ENGLISH,
        district_name=runtime.district.name,
        secure_cookies=runtime.settings.public_address.startswith("https://"),
    )
    web_of(app).service_context = runtime
    problems.install(app)
    register_api(app, api.api)
    register_api(app, api_catalogue.api)
    pages.register(app, runtime)
    return app
