"""The JSON API of routing, ``/api/routing``."""

from collections.abc import Callable
from typing import Any

import flask
from flask.typing import ResponseReturnValue

from services.routing import access, actions, lists, present, replies, schemas
from services.routing.lists import Wanted
from services.routing.rules import Reason
from services.routing.suggesting.suggest import suggester_for
from shared.clock import now
from shared.contracts.departments import VERBS
from shared.runtime import Runtime
from shared.web.auth import (
    requires,
    shows,
    signed_in,
)
from shared.web.blueprint import ApiBlueprint
from shared.web.context import web_of
from shared.web.i18n import gettext
from shared.web.person import PersonIn, PersonView
from shared.web.problem import FieldError, Problem
from shared.web.reveal import RevealIn

api = ApiBlueprint(
    "routing", __name__, url_prefix="/api/routing", description="Work orders and departments"
)


def runtime() -> Runtime:
    """The service's ground."""
    found: Runtime = web_of().service_context
    return found


def problem_of(reason: Reason | str | None) -> Problem:
    """Why a reply or a decision was refused, as an answer: 422 for a field, 409 for a state."""
    if not isinstance(reason, Reason):
        return Problem(409, "refused", str(reason or ""))
    values = {name: gettext(v) if isinstance(v, str) else v for name, v in reason.values.items()}
    error = FieldError(reason.field, reason.text, reason.remedy, values)
    status = 409 if reason.is_of_state else 422
    return Problem(status, "refused", reason.text, [error], detail=reason.remedy, values=values)


@api.route("/suggest", methods=["POST"])
@requires("department.suggest")
@api.arguments(schemas.SuggestBody)
@api.response(200, schemas.Suggestions)
def suggest(asked: dict[str, Any]) -> dict[str, Any]:
    """Which department a matter belongs to, ranked, with reasons a person can check."""
    return suggester_for(runtime().district).answer(
        asked["text"], asked["item"], asked["community"]
    )


@api.route("/orders", methods=["GET"])
@requires("order.list")
@api.arguments(schemas.OrderQuery, location="query")
@api.response(200, schemas.Orders)
def list_orders(asked: dict[str, Any]) -> dict[str, Any]:
    """Orders, the most urgent first; a department sees its own, a desk those of one case."""
    page, size = asked.pop("page"), asked.pop("page_size")
    wanted = access.limited(signed_in(), Wanted(**asked))
    with runtime().database.read() as connection:
        found = lists.search(connection, wanted, now(), page, size)
    items = [present.summary(order, runtime().district, now()) for order in found.items]
    return {"items": items, "page": page, "page_size": size, "total": found.total}


@api.route("/orders/<number>", methods=["GET"])
@requires("order.read")
@api.response(200, schemas.OrderDetail)
def show_order(number: str) -> dict[str, Any]:
    """One order with its history and its clocks in words."""
    return actions.shown(runtime(), number, signed_in())


@api.route("/orders/<number>/reveal", methods=["POST"])
@requires("person.reveal")
@api.arguments(RevealIn)
@api.response(200, schemas.OrderDetail)
def reveal_order(asked: dict[str, Any], number: str) -> dict[str, Any]:
    """The order with its applicant unmasked; who asked, when and why is kept in the audit."""
    return actions.reveal(runtime(), number, signed_in(), asked["reason"])


@api.route("/person", methods=["POST"])
@requires("person.export")
@api.arguments(PersonIn)
@api.response(200, PersonView)
def export_person(asked: dict[str, Any]) -> dict[str, Any]:
    """All that routing holds of a person, for the copy they may ask for; kept in the audit."""
    return actions.export(runtime(), signed_in(), asked)


def _reply_route(verb: str) -> None:
    """POST /orders/<number>/<verb>: one of the department protocol's six verbs."""

    def answer(_body: dict[str, Any], number: str) -> ResponseReturnValue | dict[str, Any]:
        given = dict(flask.request.get_json(silent=True) or {})
        reply_id = given.pop("reply_id", "")
        user = signed_in()
        outcome = actions.answer(
            runtime(), number, verb, given, user=user, reply_id=reply_id, via=replies.API
        )
        if not outcome.applied:
            raise problem_of(outcome.reason)
        return actions.shown(runtime(), number, user, acted=True)

    answer.__doc__ = VERBS[verb].schema.__doc__
    path, body = f"/orders/<number>/{verb}", schemas.REPLY_BODIES[verb]
    _register(path, f"reply_{verb}", answer, body, "order.reply")


def _decision_route(verb: str, decision: actions.Decision) -> None:
    """POST /orders/<number>/<verb>: what a supervisor decides."""

    def decide(body: dict[str, Any], number: str) -> dict[str, Any]:
        user = signed_in()
        actions.decide(runtime(), number, verb, body, user)
        return actions.shown(runtime(), number, user, acted=True)

    decide.__doc__ = decision.act.__doc__
    path = f"/orders/<number>/{verb}"
    _register(path, f"decide_{verb}", decide, decision.body, decision.action)


def _register(path: str, name: str, view: Callable[..., Any], body: Any, action: str) -> None:
    view.__name__ = name
    answering = api.response(200, schemas.OrderDetail)(view)
    guarded = requires(action)(shows("order.read")(api.arguments(body)(answering)))
    api.route(path, methods=["POST"], endpoint=name)(guarded)


for _verb in VERBS:
    _reply_route(_verb)
for _verb, _decision in actions.DECISIONS.items():
    _decision_route(_verb, _decision)


@api.route("/departments", methods=["GET"])
@requires("department.read")
@api.response(200, schemas.DepartmentView(many=True))
def list_departments() -> list[dict[str, Any]]:
    """Whom a work order can go to."""
    return [
        {
            "code": one.code,
            "name": one.name,
            "short": one.short,
            "name_en": one.name_en,
            "kind": one.kind,
            "duties": list(one.duties),
        }
        for one in runtime().district.departments.values()
    ]


@api.route("/replies", methods=["GET"])
@requires("reply.read")
@api.arguments(schemas.ReplyQuery, location="query")
@api.response(200, schemas.Replies)
def list_replies(asked: dict[str, Any]) -> dict[str, Any]:
    """The delivery log: every reply of a department, applied or rejected, and why."""
    wanted = access.limited(signed_in(), Wanted(department=asked["department"]))
    with runtime().database.read() as connection:
        return lists.replies(connection, wanted.department, asked["page"], asked["page_size"])
