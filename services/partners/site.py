"""The web application: API and pages together."""

from pathlib import Path

import flask

from services.partners import api, api_points, pack, pages, pages_needs, pages_points
from services.partners.models import ended_sessions
from services.partners.refusal import Refused, Unknown
from services.partners.words import field_error
from shared.district import District
from shared.runtime import Runtime
from shared.web.blueprint import register_api
from shared.web.problem import Problem, map_error, plain
from shared.web.service import service_app

HERE = Path(__file__).parent


def read_pack(district: District) -> None:
    """Read what partners reads of the pack, once.

    Raises:
        PackError: naming what is wrong with `partners.yml`.
    """
    pack.of(district)


def create_app(runtime: Runtime) -> flask.Flask:
    """The application of one service; a wrong ``partners.yml`` stops the start.

    Raises:
        PackError: as `read_pack`.
    """
    read_pack(runtime.district)
    app = service_app(runtime, HERE, __name__, ended_sessions=ended_sessions)
    map_error(app, Refused, refused)
    map_error(app, Unknown, lambda _error: plain(404))
    register_api(app, api.blueprint)
    register_api(app, api_points.blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(pages_needs.blueprint)
    app.register_blueprint(pages_points.blueprint)
    return app


def refused(error: Refused) -> Problem:
    """A rule's refusal as an answer: 409 with field, reason and remedy."""
    found = field_error(error)
    return Problem(409, "refused", found.reason, [found], values=found.values)
