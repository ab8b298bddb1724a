"""The pages of intake, for residents and for the desk; each part is in its own module."""

import flask

from services.intake import (
    pages_accept,
    pages_account,
    pages_accounts,
    pages_common,
    pages_desk,
    pages_files,
    pages_home,
    pages_oidc,
    pages_papers,
    pages_people,
    pages_retention,
    pages_rights,
    pages_sign_in,
    pages_steps,
    pages_track,
    tries,
)
from shared.runtime import Runtime
from shared.web.context import web_of

PARTS = (
    pages_home,
    pages_sign_in,
    pages_oidc,
    pages_account,
    pages_accounts,
    pages_track,
    pages_rights,
    pages_people,
    pages_retention,
    pages_desk,
    pages_files,
    pages_accept,
    pages_papers,
    pages_steps,
)


def register(app: flask.Flask, runtime: Runtime) -> None:
    """Serve intake's pages from `app`; views find the runtime as its service context."""
    web_of(app).service_context = runtime
    database, secret = runtime.database, runtime.settings.secret_key
    tries.install(app, database, secret)
    pages_common.install_words(app)
    for part in PARTS:
        app.register_blueprint(part.blueprint)
