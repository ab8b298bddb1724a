"""The JSON API of pressing: ``/api/routing/pressings``, ``/on-site-visits`` and ``/bounces``."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from services.routing.api import runtime
from services.routing.pressing import bounces, lists, present, schemas
from services.routing.pressing.lists import Wanted
from shared.clock import LOCAL_ZONE, local, now
from shared.permissions import Scope, scope_of
from shared.web.auth import requires, signed_in
from shared.web.blueprint import ApiBlueprint
from shared.web.problem import plain

USUAL = timedelta(days=30)
"""How far back the report of bounces looks, unless asked otherwise."""
api = ApiBlueprint(
    "pressing", __name__, url_prefix="/api/routing", description="Pressing, visits and bounces"
)


@api.route("/pressings", methods=["GET"])
@requires("order.read")
@api.arguments(schemas.PressingQuery, location="query")
@api.response(200, schemas.Pressings)
def list_pressings(asked: dict[str, Any]) -> dict[str, Any]:
    """What was pressed, the newest first; a department sees what concerns its own orders."""
    page, size, wanted = _wanted(asked)
    with runtime().database.read() as connection:
        found = lists.pressings(connection, wanted, page, size)
    items = [present.pressing(one, runtime().district) for one in found.items]
    return {"items": items, "page": page, "page_size": size, "total": found.total}


@api.route("/on-site-visits", methods=["GET"])
@requires("order.read")
@api.arguments(schemas.VisitQuery, location="query")
@api.response(200, schemas.Visits)
def list_visits(asked: dict[str, Any]) -> dict[str, Any]:
    """Where leaders were called to the spot, the newest first; a department sees its own."""
    page, size, wanted = _wanted(asked)
    with runtime().database.read() as connection:
        found = lists.visits(connection, wanted, page, size)
    items = [present.visit(one, runtime().district) for one in found.items]
    return {"items": items, "page": page, "page_size": size, "total": found.total}


@api.route("/bounces", methods=["GET"])
@requires("order.supervise")
@api.arguments(schemas.BouncesQuery, location="query")
@api.response(200, schemas.BouncesView)
def show_bounces(asked: dict[str, Any]) -> dict[str, Any]:
    """What bounced: each order's way, and who refuses, on what grounds, how often it held."""
    since = asked["since"] or local(now() - USUAL).date()
    with runtime().database.read() as connection:
        found = bounces.bounces(connection, datetime.combine(since, time(), LOCAL_ZONE))
    return {"since": since, **present.bounces(found, runtime().district)}


def _wanted(asked: dict[str, Any]) -> tuple[int, int, Wanted]:
    """The page, its size, and what of it this user may see.

    Raises:
        Problem: 403 for another department's.
    """
    page, size = asked.pop("page"), asked.pop("page_size")
    return page, size, _limited(asked)


def _limited(asked: Mapping[str, Any]) -> Wanted:
    user = signed_in()
    wanted = Wanted(**asked)
    if scope_of(user, "order.read") is Scope.DISTRICT:
        return wanted
    if not user.department or wanted.department not in ("", user.department):
        raise plain(403)
    return Wanted(**{**asked, "department": user.department})
