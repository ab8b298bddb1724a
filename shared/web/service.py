"""A service's web application as its runtime says: the same sign-in, cookies and headers in all."""

from pathlib import Path

import flask
import sqlalchemy as sa

from shared.runtime import Runtime
from shared.sessions import Ended
from shared.web import audit, i18n
from shared.web.app import base_app
from shared.web.context import web_of

DESK_CHANNEL = "desk"
"""The pack's channel whose name is that of the all-in-one desk."""


def service_app(
    runtime: Runtime, folder: Path, import_name: str, *, ended_sessions: sa.Table | None = None
) -> flask.Flask:
    """Make the application of ``runtime``'s service, whose code is in ``folder``.

    Views find the runtime as ``web_of().service_context``. Served over HTTPS (``PUBLIC_URL``), its
    cookies are secure and browsers are told to stay with HTTPS. Sessions in the service's table
    ``ended_sessions`` are taken no more.
    """
    app = base_app(
        runtime.service,
        secret=runtime.settings.secret_key,
        import_name=import_name,
        template_folder=str(folder / "templates"),
        translations=folder / "translations" / "en.po",
        district_name=runtime.district.name,
        secure_cookies=runtime.settings.public_address.startswith("https://"),
    )
    web_of(app).service_context = runtime
    web_of(app).district_name_en = runtime.district.name_en
    channels = runtime.district.rules.channels
    desk = next((one.name for one in channels if one.code == DESK_CHANNEL), "")
    web_of(app).local_words = i18n.local_words(desk)
    web_of(app).behind_gateway = not runtime.settings.embedded
    if ended_sessions is not None:
        web_of(app).session_over = Ended(runtime.database, ended_sessions)
    audit.install(app)
    return app
