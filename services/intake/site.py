"""Intake's web application: the JSON API and the pages."""

from pathlib import Path

import flask

from services.intake import api, api_catalogue, pages, problems
from services.intake.archive.api import api as archive_api
from services.intake.deliberation.api import api as deliberation_api
from services.intake.drafts.api import api as drafts_api
from services.intake.figures.api import api as figures_api
from services.intake.files import api as files_api
from services.intake.grids.api import api as grids_api
from services.intake.hotline.api import api as hotline_api
from services.intake.ledger.api import api as ledger_api
from services.intake.models import ended_sessions
from services.intake.open311 import pages as open311_pages
from services.intake.pack import read_pack
from services.intake.rights import api as rights_api
from services.intake.rosters.api import api as rosters_api
from services.intake.slots.api import api as slots_api
from shared.runtime import Runtime
from shared.uploads.request import InMemory
from shared.web.blueprint import register_api
from shared.web.service import service_app

HERE = Path(__file__).parent


def create_app(runtime: Runtime) -> flask.Flask:
    """The application of one runtime, which views find as `web_of().service_context`.

    Raises:
        PackError: a file of the district's pack is missing or wrong.
    """
    read_pack(runtime.district)
    app = service_app(runtime, HERE, __name__, ended_sessions=ended_sessions)
    app.request_class = InMemory  # uploads touch no disk before they are sealed
    problems.install(app)
    register_api(app, api.api)
    register_api(app, api_catalogue.api)
    register_api(app, files_api.api)
    register_api(app, rights_api.api)
    for part in (
        archive_api,
        deliberation_api,
        drafts_api,
        figures_api,
        grids_api,
        hotline_api,
        ledger_api,
        rosters_api,
        slots_api,
    ):
        register_api(app, part)
    pages.register(app, runtime)
    app.extensions["csrf"].exempt(open311_pages.blueprint)  # programs send forms there, unsigned
    return app
