"""The JSON API of ledger, below ``/api/intake``."""

from typing import Any, cast

from services.intake.api import actor_of
from services.intake.case import Actor
from services.intake.ledger import (
    actions,
    present,
    proposal_handlers,
    queries,
    schemas,
    store_catalogue,
)
from shared.permissions import Place
from shared.runtime import Runtime
from shared.web import reveal
from shared.web.auth import permit, requires, signed_in
from shared.web.blueprint import ApiBlueprint
from shared.web.context import web_of
from shared.web.problem import ProblemSchema

api = ApiBlueprint("ledger", __name__, url_prefix="/api/intake", description="The people's ledger")


# -- demands ---------------------------------------------------------------------------------------


@api.route("/demands")
@requires("demand.read")
@api.arguments(schemas.LedgerPageQuery(), location="query")
@api.response(200, schemas.DemandsOut)
def list_demands(asked: dict[str, Any]) -> dict[str, Any]:
    """A page of the ledger, the newest first; who spoke is masked."""
    wanted = actions.wanted(_actor(), asked)
    found = actions.search(_runtime(), wanted, asked["page_size"])
    items = [present.demand(entry) for entry in found.entries]
    return {"items": items, "more": queries.place_text(found.more)}


@api.route("/demands/counts")
@requires("demand.read")
@api.arguments(schemas.CountsQuery(), location="query")
@api.response(200, schemas.CountsOut)
def count_demands(asked: dict[str, Any]) -> dict[str, Any]:
    """How many there are by theme, community, channel, month or state."""
    wanted = actions.wanted(_actor(), asked)
    with _runtime().database.read() as connection:
        found = queries.counts(connection, wanted, asked["by"])
    return {"items": [{"code": code, "count": count} for code, count in found]}


@api.route("/demands", methods=["POST"])
@requires("demand.record")
@api.arguments(schemas.HeardIn())
@api.response(201, schemas.DemandOut)
def record_demand(said: dict[str, Any]) -> Any:
    """Write down what was heard: 200 with the same entry where the `id` was sent before."""
    made = actions.record(_runtime(), _actor(), said)
    shown = present.demand(queries.Entry(made.demand)) | {"repeated": made.repeated}
    return shown, 200 if made.repeated else 201


@api.route("/demands/<number>")
@requires("demand.read")
@api.response(200, schemas.DemandOut)
def one_demand(number: str) -> dict[str, Any]:
    """One entry; who spoke is masked."""
    return present.demand(actions.entry(_runtime(), number, _actor()))


@api.route("/demands/<number>/reveal", methods=["POST"])
@requires("person.reveal")
@api.arguments(reveal.RevealIn())
@api.response(200, schemas.DemandOut)
def reveal_demand(given: dict[str, str], number: str) -> dict[str, Any]:
    """One entry unmasked; who saw it and why is kept in the audit."""
    found = actions.entry(_runtime(), number, _actor())
    permit("person.reveal", Place(community=found.demand.community))
    reveal.record(_runtime().database, number, given["reason"])
    return present.demand(found, whole=True)


@api.route("/demands/<number>/to-case", methods=["POST"])
@requires("demand.record")
@api.arguments(schemas.DemandCaseIn())
@api.alt_response(409, schema=ProblemSchema, description="The state does not allow it")
@api.response(200, schemas.DemandOut)
def demand_to_case(said: dict[str, Any], number: str) -> dict[str, Any]:
    """Make a case of it, once; `case` names it."""
    return _after(number, "to-case", said)


@api.route("/demands/<number>/link", methods=["POST"])
@requires("demand.record")
@api.arguments(schemas.DemandLinkIn())
@api.alt_response(409, schema=ProblemSchema, description="The state does not allow it")
@api.response(200, schemas.DemandOut)
def link_demand(said: dict[str, Any], number: str) -> dict[str, Any]:
    """Link the grid report that came of it."""
    return _after(number, "link", said)


@api.route("/demands/<number>/<action>", methods=["POST"])
@requires("demand.record")
@api.arguments(schemas.DemandNoteIn())
@api.alt_response(404, schema=ProblemSchema, description="No such demand or act")
@api.alt_response(409, schema=ProblemSchema, description="The state does not allow it")
@api.response(200, schemas.DemandOut)
def act_on_demand(said: dict[str, Any], number: str, action: str) -> dict[str, Any]:
    """Answer it, watch it, or say that it is done."""
    return _after(number, action, said)


def _after(number: str, action: str, said: dict[str, Any]) -> dict[str, Any]:
    actions.act(_runtime(), number, action, _actor(), said)
    return present.demand(actions.entry(_runtime(), number, _actor()))


# -- the catalogue ---------------------------------------------------------------------------------


@api.route("/catalogue/reviews", methods=["POST"])
@requires("catalogue.propose")
@api.arguments(schemas.DemandNoteIn())
@api.alt_response(409, schema=ProblemSchema, description="It was gone through before")
@api.response(201, schemas.ReviewedOut)
def review_done(said: dict[str, Any]) -> dict[str, str]:
    """The community went through the last period's demands (1-02)."""
    actor, note = _actor(), said["note"]
    period = _runtime().database.run(lambda tx: proposal_handlers.reviewed(tx, actor, note))
    return {"period": period}


@api.route("/catalogue/proposals")
@requires("catalogue.propose")
@api.arguments(schemas.ProposalsQuery(), location="query")
@api.response(200, schemas.ProposalsOut)
def list_proposals(asked: dict[str, Any]) -> dict[str, Any]:
    """Proposals, the newest first; the evidence stands with each one's own address."""
    found = actions.proposals(_runtime(), asked["state"])
    return {"items": [present.proposal(one, []) for one, _count in found]}


@api.route("/catalogue/proposals", methods=["POST"])
@requires("catalogue.propose")
@api.arguments(schemas.ProposeIn())
@api.alt_response(409, schema=ProblemSchema, description="The item changed since `base`")
@api.response(201, schemas.ProposalOut)
def make_proposal(said: dict[str, Any]) -> dict[str, Any]:
    """Propose to add, change or withdraw an item, with the demands that speak for it."""
    return _proposal(actions.propose(_runtime(), _actor(), said).number)


@api.route("/catalogue/proposals/<number>")
@requires("catalogue.propose")
@api.response(200, schemas.ProposalOut)
def one_proposal(number: str) -> dict[str, Any]:
    """One proposal."""
    return _proposal(number)


@api.route("/catalogue/proposals/<number>/decide", methods=["POST"])
@requires("catalogue.decide")
@api.arguments(schemas.DecideIn())
@api.alt_response(409, schema=ProblemSchema, description="It was decided before")
@api.response(200, schemas.ProposalOut)
def decide_proposal(said: dict[str, Any], number: str) -> dict[str, Any]:
    """Accept it, which makes a new version, or refuse it; with a reason."""
    actions.decide(_runtime(), number, _actor(), said)
    return _proposal(number)


@api.route("/catalogue/versions")
@requires("catalogue.propose")
@api.arguments(schemas.VersionsQuery(), location="query")
@api.response(200, schemas.VersionsOut)
def list_versions(asked: dict[str, Any]) -> dict[str, Any]:
    """The versions of the catalogue: who, when, why, and the item before and after."""
    found = actions.versions(_runtime(), asked["code"])
    items = [present.version(one) for one in found]
    return {"items": items, "current": store_catalogue.catalogue_now(_runtime()).version}


def _proposal(number: str) -> dict[str, Any]:
    return present.proposal(*actions.proposal(_runtime(), number))


def _actor() -> Actor:
    return actor_of(signed_in())


def _runtime() -> Runtime:
    return cast("Runtime", web_of().service_context)
