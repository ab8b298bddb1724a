"""The pages of intake, for residents and for the desk; each part is in its own module."""

import flask

from services.intake import pages_common
from services.intake.archive import pages as archive_pages
from services.intake.deliberation import pages as deliberation_pages
from services.intake.desk import pages as desk_pages
from services.intake.desk import pages_accept, pages_steps
from services.intake.drafts import pages as drafts_pages
from services.intake.figures import pages as figures_pages
from services.intake.files import pages as files_pages
from services.intake.grids import pages as grids_pages
from services.intake.hotline import pages as hotline_pages
from services.intake.ledger import pages as ledger_pages
from services.intake.open311 import pages as open311_pages
from services.intake.papers import pages as papers_pages
from services.intake.papers import pages_ways as papers_pages_ways
from services.intake.residents import pages_home, pages_track
from services.intake.rights import pages as rights_pages
from services.intake.rights import pages_mine, pages_retention
from services.intake.rosters import pages as rosters_pages
from services.intake.slots import pages as slots_pages
from services.intake.staff import pages_account, pages_accounts, pages_oidc, pages_sign_in, tries
from services.intake.ways import pages as ways_pages
from shared.runtime import Runtime
from shared.web.context import web_of

PARTS = (
    pages_home,
    pages_sign_in,
    pages_oidc,
    pages_account,
    pages_accounts,
    pages_track,
    pages_mine,
    rights_pages,
    pages_retention,
    desk_pages,
    files_pages,
    pages_accept,
    papers_pages,
    papers_pages_ways,
    pages_steps,
    ways_pages,
    archive_pages,
    deliberation_pages,
    drafts_pages,
    figures_pages,
    grids_pages,
    hotline_pages,
    ledger_pages,
    open311_pages,
    rosters_pages,
    slots_pages,
)


def register(app: flask.Flask, runtime: Runtime) -> None:
    """Serve intake's pages from `app`; views find the runtime as its service context."""
    web_of(app).service_context = runtime
    database, secret = runtime.database, runtime.settings.secret_key
    tries.install(app, database, secret)
    pages_common.install_words(app)
    for part in PARTS:
        app.register_blueprint(part.blueprint)
