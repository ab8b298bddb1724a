"""The JSON API of figures, below ``/api/intake``."""

from collections.abc import Mapping
from typing import Any

from services.intake.api import actor_of
from services.intake.figures import actions, schemas
from services.intake.pages_common import runtime
from shared.web.auth import requires, signed_in
from shared.web.blueprint import ApiBlueprint

api = ApiBlueprint("figures", __name__, url_prefix="/api/intake", description="Figures")


@api.route("/figures")
@requires("figures.read")
@api.arguments(schemas.FiguresIn(), location="query")
@api.response(200, schemas.FiguresOut)
def figures(given: Mapping[str, Any]) -> dict[str, Any]:
    """Accepted, done, times, first visits, deadlines and ratings of a period."""
    told = actions.figures(runtime(), given, actor_of(signed_in()))
    return {
        "first": told.asked.first,
        "last": told.asked.last,
        "by": told.asked.by,
        "community": told.asked.community,
        "baseline_confirmed": told.rules.baseline(told.asked.item).confirmed,
        "promised_share": told.rules.share,
        "total": told.total.document(),
        "rows": [line.document() for line in told.lines],
    }
