"""The JSON API of problems, clusters and look-backs, below ``/api/routing``."""

from collections.abc import Callable
from typing import Any

from services.routing.api import runtime
from services.routing.problems import actions, schemas
from services.routing.schemas import Body, Paging
from shared.web.auth import requires, shows, signed_in
from shared.web.blueprint import ApiBlueprint

api = ApiBlueprint(
    "problems", __name__, url_prefix="/api/routing", description="Problems and what keeps coming"
)


@api.route("/problems", methods=["GET"])
@requires("problem.read")
@api.arguments(schemas.ProblemQuery, location="query")
@api.response(200, schemas.Problems)
def list_problems(asked: dict[str, Any]) -> dict[str, Any]:
    """Problems, the nearest date first; a department sees those it leads or assists."""
    return actions.problems(runtime(), signed_in(), asked)


@api.route("/problems", methods=["POST"])
@requires("problem.manage")
@api.arguments(schemas.ProblemBody)
@api.response(201, schemas.ProblemDetail)
def open_problem(body: dict[str, Any]) -> dict[str, Any]:
    """Put a problem on the list by hand."""
    number = actions.open_problem(runtime(), body, signed_in())
    return actions.problem(runtime(), number, signed_in())


@api.route("/problems/candidates", methods=["GET"])
@requires("problem.manage")
@api.arguments(Paging, location="query")
@api.response(200, schemas.Candidates)
def list_candidates(asked: dict[str, Any]) -> dict[str, Any]:
    """Orders that the district's rules propose for the list."""
    return actions.candidates(runtime(), asked)


@api.route("/problems/candidates/<order>/take", methods=["POST"])
@requires("problem.manage")
@api.arguments(schemas.MakeBody)
@api.response(201, schemas.ProblemDetail)
def take_candidate(body: dict[str, Any], order: str) -> dict[str, Any]:
    """Put what is proposed on the list; an empty body takes it as proposed."""
    number = actions.decide_candidate(runtime(), order, "take", body, signed_in())
    return actions.problem(runtime(), number, signed_in())


@api.route("/problems/candidates/<order>/dismiss", methods=["POST"])
@requires("problem.manage")
@api.arguments(schemas.ReasonBody)
@api.response(204)
def dismiss_candidate(body: dict[str, Any], order: str) -> None:
    """It is no problem; it is not proposed again."""
    actions.decide_candidate(runtime(), order, "dismiss", body, signed_in())


@api.route("/problems/<number>", methods=["GET"])
@requires("problem.read")
@api.response(200, schemas.ProblemDetail)
def show_problem(number: str) -> dict[str, Any]:
    """One problem with its steps, orders and history."""
    return actions.problem(runtime(), number, signed_in())


def _problem_route(verb: str, act: actions.Act) -> None:
    def do(body: dict[str, Any], number: str) -> dict[str, Any]:
        actions.act(runtime(), number, verb, body, signed_in())
        return actions.problem(runtime(), number, signed_in())

    do.__doc__ = f"{verb.capitalize().replace('-', ' ')}."
    _register(
        f"/problems/<number>/{verb}", f"problem_{_named(verb)}", do, act.body, shown="problem.read"
    )


def _look_back_route(verb: str, act: actions.Act) -> None:
    def do(body: dict[str, Any], number: str) -> dict[str, Any]:
        actions.settle_look_back(runtime(), number, verb, body, signed_in())
        return actions.look_back(runtime(), number)

    do.__doc__ = "It held." if verb == "held" else "It came back: open again, a level higher."
    name = f"look_back_{_named(verb)}"
    _register(f"/look-backs/<number>/{verb}", name, do, act.body, given=schemas.LookBackView)


def _cluster_route(verb: str, body: type[Body]) -> None:
    def do(given: dict[str, Any], number: str) -> dict[str, Any]:
        actions.decide_cluster(runtime(), number, verb, given, signed_in())
        return actions.cluster(runtime(), number)

    do.__doc__ = f"{verb.capitalize().replace('-', ' ')}."
    name = f"cluster_{_named(verb)}"
    _register(f"/clusters/<number>/{verb}", name, do, body, given=schemas.ClusterDetail)


def _register(
    path: str,
    name: str,
    view: Callable[..., Any],
    body: Any,
    *,
    shown: str = "",
    given: Any = schemas.ProblemDetail,
) -> None:
    view.__name__ = name
    answering = api.arguments(body)(api.response(200, given)(view))
    guarded = requires("problem.manage")(shows(shown)(answering) if shown else answering)
    api.route(path, methods=["POST"], endpoint=name)(guarded)


def _named(verb: str) -> str:
    return verb.replace("-", "_")


for _verb, _act in actions.PROBLEM_ACTS.items():
    _problem_route(_verb, _act)
for _verb, _act in actions.LOOK_BACK_ACTS.items():
    _look_back_route(_verb, _act)
for _verb, _body in actions.CLUSTER_BODIES.items():
    _cluster_route(_verb, _body)


@api.route("/clusters", methods=["GET"])
@requires("cluster.read")
@api.arguments(schemas.ClusterQuery, location="query")
@api.response(200, schemas.Clusters)
def list_clusters(asked: dict[str, Any]) -> dict[str, Any]:
    """What keeps coming back, the fastest growing first."""
    return actions.clusters(runtime(), asked)


@api.route("/clusters/<number>", methods=["GET"])
@requires("cluster.read")
@api.response(200, schemas.ClusterDetail)
def show_cluster(number: str) -> dict[str, Any]:
    """One cluster: why its orders belong together, and which they are."""
    return actions.cluster(runtime(), number)


@api.route("/look-backs", methods=["GET"])
@requires("problem.manage")
@api.arguments(schemas.LookBackQuery, location="query")
@api.response(200, schemas.LookBacks)
def list_look_backs(asked: dict[str, Any]) -> dict[str, Any]:
    """What is to be looked at again, what is due first on top."""
    return actions.look_backs(runtime(), asked)


@api.route("/look-backs", methods=["POST"])
@requires("problem.manage")
@api.arguments(schemas.ArrangeBody)
@api.response(201, schemas.LookBackView)
def arrange_look_back(body: dict[str, Any]) -> dict[str, Any]:
    """Somebody is to look whether what was done for an order held."""
    number = actions.arrange_look_back(runtime(), body["order"], signed_in())
    return actions.look_back(runtime(), number)
