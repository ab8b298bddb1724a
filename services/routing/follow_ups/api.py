"""The JSON API of follow-ups and rates, ``/api/routing/follow-ups`` and ``/api/routing/rates``."""

from typing import Any

from services.routing.api import runtime
from services.routing.follow_ups import actions, lists, present, schemas
from services.routing.follow_ups.lists import Wanted
from shared.clock import now
from shared.web.auth import requires, shows, signed_in
from shared.web.blueprint import ApiBlueprint

api = ApiBlueprint(
    "follow-ups",
    __name__,
    url_prefix="/api/routing",
    description="Follow-ups of replies, and the rates that come of them",
)


@api.route("/follow-ups", methods=["GET"])
@requires("follow-up.read")
@api.arguments(schemas.FollowUpQuery, location="query")
@api.response(200, schemas.FollowUps)
def list_follow_ups(asked: dict[str, Any]) -> dict[str, Any]:
    """Follow-ups, what waits first and is due first on top."""
    page, size = asked.pop("page"), asked.pop("page_size")
    moment = now()
    with runtime().database.read() as connection:
        found = lists.search(connection, Wanted(**asked), moment, page, size)
    items = [present.summary(one, runtime().district, moment, whole=False) for one in found.items]
    return {"items": items, "page": page, "page_size": size, "total": found.total}


@api.route("/follow-ups/<number>", methods=["GET"])
@requires("follow-up.read")
@api.response(200, schemas.FollowUpView)
def show_follow_up(number: str) -> dict[str, Any]:
    """One follow-up, masked; the whole of its order is shown for a reason by the order's reveal."""
    return actions.shown(runtime(), number)


@api.route("/follow-ups/<number>/record", methods=["POST"])
@requires("follow-up.record")
@shows("follow-up.read")
@api.arguments(schemas.RecordBody)
@api.response(200, schemas.FollowUpView)
def record_follow_up(body: dict[str, Any], number: str) -> dict[str, Any]:
    """What the resident said. A dissatisfied one raises the order a level and reopens it."""
    actions.record(runtime(), number, body, signed_in())
    return actions.shown(runtime(), number)


@api.route("/follow-ups/<number>/exclude", methods=["POST"])
@requires("follow-up.record")
@shows("follow-up.read")
@api.arguments(schemas.ExcludeBody)
@api.response(200, schemas.FollowUpView)
def exclude_follow_up(body: dict[str, Any], number: str) -> dict[str, Any]:
    """Ask that it does not count, for a reason of the district; another person decides."""
    actions.exclude(runtime(), number, body, signed_in())
    return actions.shown(runtime(), number)


@api.route("/follow-ups/<number>/review", methods=["POST"])
@requires("follow-up.review")
@shows("follow-up.read")
@api.arguments(schemas.FollowUpReviewBody)
@api.response(200, schemas.FollowUpView)
def review_follow_up(body: dict[str, Any], number: str) -> dict[str, Any]:
    """Decide whether it counts: not by whoever asked."""
    actions.review(runtime(), number, body, signed_in())
    return actions.shown(runtime(), number)


@api.route("/rates", methods=["GET"])
@requires("rates.read")
@api.arguments(schemas.RatesQuery, location="query")
@api.response(200, schemas.RatesView)
def show_rates(asked: dict[str, Any]) -> dict[str, Any]:
    """响应率, 解决率, 满意率 with their formulas and numbers; a department sees its own."""
    return actions.show_rates(runtime(), asked, signed_in())
