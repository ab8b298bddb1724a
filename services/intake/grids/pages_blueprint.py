"""The one blueprint of the pages of grids; its modules hang their views on it."""

from typing import cast

import flask

from services.intake.grids import show

blueprint = flask.Blueprint("grids_pages", __name__)
blueprint.record_once(lambda state: show.install(cast("flask.Flask", state.app)))
