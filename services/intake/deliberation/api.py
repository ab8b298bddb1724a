"""The JSON API of deliberation, below ``/api/intake``."""

from collections.abc import Mapping
from typing import Any

from services.intake.deliberation import actions, schemas
from services.intake.pages_common import actor, runtime
from shared.web.auth import public, requires, shows
from shared.web.blueprint import ApiBlueprint

api = ApiBlueprint("deliberation", __name__, url_prefix="/api/intake", description="Deliberation")
TALK_SIZE = 20


@api.route("/deliberations")
@requires("deliberation.read")
@api.arguments(schemas.MatterQuery, location="query")
@api.response(200, schemas.MatterPage)
def list_matters(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Shared matters, the latest first; an officer sees those of their own community."""
    found, total = actions.search(runtime(), actor(), asked)
    return {
        "items": [actions.row_json(runtime(), one) for one in found],
        "page": asked["page"],
        "page_size": asked["page_size"],
        "total": total,
    }


@api.route("/deliberations", methods=["POST"])
@requires("deliberation.manage")
@api.arguments(schemas.MatterBody)
@api.response(201, schemas.MatterView)
def raise_matter(given: Mapping[str, Any]) -> dict[str, Any]:
    """Raise a matter with its parties; it may come from a case or a demand."""
    return _view(actions.raise_matter(runtime(), actor(), given).number)


@api.route("/deliberations/disputes")
@requires("deliberation.read")
@api.arguments(schemas.DisputeQuery, location="query")
@api.response(200, schemas.Disputes)
def count_disputes(asked: Mapping[str, Any]) -> dict[str, Any]:
    """How many disputes were settled, by kind, between two days."""
    span = (asked["first"], asked["last"])
    return actions.disputes(runtime(), actor(), asked["community"], span)


@api.route("/deliberations/decided")
@public("deliberation.open")
@api.arguments(schemas.TalkQuery, location="query")
@api.response(200, schemas.TalkPage)
def list_decided(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What was decided together, for everybody; it names nobody."""
    found, total = actions.talk(runtime(), asked["community"], asked["page"], TALK_SIZE)
    return {
        "items": [actions.talk_json(runtime(), one) for one in found],
        "page": asked["page"],
        "page_size": TALK_SIZE,
        "total": total,
    }


@api.route("/deliberations/<number>")
@requires("deliberation.read")
@api.response(200, schemas.MatterView)
def show_matter(number: str) -> dict[str, Any]:
    """One matter with its minutes, votes, tasks and history."""
    return _view(number)


def _serve(verb: str, act: actions.Act) -> None:
    def do(given: Mapping[str, Any], number: str) -> dict[str, Any]:
        actions.act(runtime(), actor(), number, verb, given)
        return _view(number)

    do.__name__ = f"matter_{verb.replace('-', '_')}"
    do.__doc__ = (act.body.__doc__ or "").split("\n", maxsplit=1)[0]
    view = api.arguments(act.body)(api.response(200, schemas.MatterView)(do))
    guarded = requires("deliberation.manage")(shows("deliberation.read")(view))
    api.route(f"/deliberations/<number>/{verb}", methods=["POST"])(guarded)


for _verb, _act in actions.ACTS.items():
    _serve(_verb, _act)


def _view(number: str) -> dict[str, Any]:
    matter, history = actions.get(runtime(), actor(), number)
    return actions.matter_json(runtime(), matter, history)
