"""The JSON API of people's own data: asked for, given out, put right, erased, kept how long."""

from collections.abc import Mapping
from typing import Any, cast

import flask

from services.intake import queries
from services.intake.api import actor_of
from services.intake.case import Actor, Applicant
from services.intake.rights import actions, actions_retention, handlers, schemas
from services.intake.rights import queries as rights_queries
from services.intake.rights.handlers import Asked
from services.intake.rights.queries import Due, Wanted
from services.intake.rights.rights import PersonRequest
from shared.clock import local
from shared.mask import mask_name, mask_phone
from shared.runtime import Runtime
from shared.web.auth import requires, signed_in
from shared.web.blueprint import ApiBlueprint
from shared.web.context import web_of
from shared.web.person import PersonView

api = ApiBlueprint(
    "intake_people", __name__, url_prefix="/api/intake", description="People's own data"
)
_WHY = {
    404: "No such case, refusal or request",
    409: "It goes on, the law keeps it, or it was answered or erased before; says which",
    422: "A field is wrong; says which and why",
}


@api.route("/person", methods=["POST"])
@requires("person.export")
@api.arguments(schemas.PersonIn())
@api.response(200, PersonView)
@api.refuses(_WHY, 422)
def person(asked: Mapping[str, str]) -> flask.Response:
    """Everything intake holds of a person, for who may ask on their behalf (PIPL 45)."""
    number = queries.read_number(asked["case"]) if asked["case"] else ""
    wanted = Wanted(asked["phone"], asked["id"], number, _actor().community)
    return flask.jsonify(actions.export(_runtime(), wanted, asked["reason"], _actor()))


@api.route("/person/requests")
@requires("person.export")
@api.arguments(schemas.RequestQuery(), location="query")
@api.response(200, schemas.RequestList)
def list_requests(asked: Mapping[str, Any]) -> flask.Response:
    """The register of requests, of the officer's community."""
    with _runtime().database.read() as connection:
        found = rights_queries.list_requests(
            connection, _actor().community, waiting=asked["waiting"]
        )
    items = [request_json(one) for one in found]
    return flask.jsonify(items=items, page=1, page_size=len(items), total=len(items))


@api.route("/person/requests", methods=["POST"])
@requires("person.export")
@api.arguments(schemas.RequestIn())
@api.response(201, schemas.RequestOut)
@api.refuses(_WHY, 404, 409, 422)
def take_request(given: Mapping[str, str]) -> flask.Response:
    """Take a resident's request into the register; it is due within the pack's working days."""
    about = queries.read_number(given["about"])
    asked, actor = Asked(**{**given, "about": about}), _actor()
    taken = _runtime().database.run(lambda tx: handlers.take_request(tx, asked, actor))
    response = flask.jsonify(request_json(taken))
    response.status_code = 201
    return response


@api.route("/person/requests/<number>/refuse", methods=["POST"])
@requires("person.export")
@api.arguments(schemas.RefuseIn())
@api.response(200, schemas.RequestOut)
@api.refuses(_WHY, 404, 409, 422)
def refuse_request(given: Mapping[str, str], number: str) -> flask.Response:
    """Refuse a request, with the reason (PIPL 50); who may do it may refuse it."""
    refused = actions.refuse(_runtime(), number, signed_in(), _actor(), given["reason"])
    return flask.jsonify(request_json(refused))


@api.route("/person/correct", methods=["POST"])
@requires("person.correct")
@api.arguments(schemas.CorrectIn())
@api.response(200, schemas.Numbers)
@api.refuses(_WHY, 404, 409, 422)
def correct(given: Mapping[str, Any]) -> flask.Response:
    """Put name, telephone and identity number right in these cases, here and everywhere."""
    numbers = [queries.read_number(one) for one in given["cases"]]
    right = Applicant(given["name"], given["phone"], given["id_no"])
    actions.correct(_runtime(), numbers, _actor(), right, given["reason"])
    return flask.jsonify(cases=numbers)


@api.route("/person/erase", methods=["POST"])
@requires("person.erase")
@api.arguments(schemas.EraseIn())
@api.response(200, schemas.Numbers)
@api.refuses(_WHY, 404, 409, 422)
def erase(given: Mapping[str, Any]) -> flask.Response:
    """Forget the person in these cases and refusals, here and everywhere (PIPL 47)."""
    numbers = [queries.read_number(one) for one in given["cases"]]
    actions.erase(_runtime(), numbers, _actor(), given["reason"])
    return flask.jsonify(cases=numbers)


@api.route("/retention")
@requires("retention.run")
@api.response(200, schemas.RetentionOut)
def dry_run() -> flask.Response:
    """What is kept, since when, and what would go now; counts only."""
    return flask.jsonify(
        items=[_due_json(one) for one in actions_retention.what_is_due(_runtime())]
    )


@api.route("/retention", methods=["POST"])
@requires("retention.run")
@api.response(200, schemas.RetentionDone)
def run_now() -> flask.Response:
    """Forget what is due now; the timer does so every hour."""
    return flask.jsonify(erased=actions_retention.run(_runtime()))


def request_json(request: PersonRequest) -> dict[str, Any]:
    """A request, masked."""
    return {
        "number": request.number,
        "kind": request.kind,
        "state": request.state,
        "about": request.about,
        "name": mask_name(request.name),
        "phone": mask_phone(request.phone),
        "channel": request.channel,
        "checked": request.checked,
        "taken_by": request.taken_by,
        "taken_at": local(request.taken_at).isoformat(),
        "due_at": local(request.due_at).isoformat(),
        "decided_by": request.decided_by,
        "decided_at": request.decided_at and local(request.decided_at).isoformat(),
    }


def _due_json(one: Due) -> dict[str, Any]:
    period = one.period
    return {
        "kind": period.kind,
        "months": period.months,
        "archive": period.archive,
        "confirmed": period.confirmed,
        "kept": one.kept,
        "oldest": one.oldest and local(one.oldest).isoformat(),
        "due": one.due,
    }


def _actor() -> Actor:
    return actor_of(signed_in())


def _runtime() -> Runtime:
    return cast("Runtime", web_of().service_context)
