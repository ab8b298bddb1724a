"""The JSON API of rosters, below ``/api/intake``."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from services.intake.pages_common import actor, lang, runtime
from services.intake.problems import field_error
from services.intake.rosters import actions, cover, leave, schemas, swap
from services.intake.rosters.feed import Link
from services.intake.rosters.leave import Leave
from services.intake.rosters.pack import pack_for
from services.intake.rosters.shift import Duty
from services.intake.rosters.swap import Swap
from shared.permissions import may
from shared.web.auth import requires, signed_in
from shared.web.blueprint import ApiBlueprint

api = ApiBlueprint("rosters", __name__, url_prefix="/api/intake", description="Rosters")


@api.route("/rosters")
@requires("roster.read")
@api.arguments(schemas.RosterQuery, location="query")
@api.response(200, schemas.RosterView)
def show(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Who is on duty on some days, who is there now, and where cover is missing."""
    community = actions.community_of(runtime(), actor(), asked["community"])
    first = asked["day"] or actions.monday(actions.today())
    found = actions.roster(runtime(), community, first, asked["days"])
    gaps = [asdict(gap) | {"why_label": cover.WHYS[gap.why][_english()]} for gap in found["gaps"]]
    return found | {"duties": [_duty(one) for one in found["duties"]], "gaps": gaps}


@api.route("/rosters/plan", methods=["POST"])
@requires("roster.manage")
@api.arguments(schemas.RosterPlanBody)
@api.response(200, schemas.DutiesAdded)
def plan(given: Mapping[str, Any]) -> dict[str, int]:
    """Fill the empty seats of the coming weeks in turn; what stands already stays."""
    return {"added": actions.plan(runtime(), actor(), given["day"], given["weeks"])}


@api.route("/rosters/duties", methods=["POST"])
@requires("roster.manage")
@api.arguments(schemas.DutyBody)
@api.response(201, schemas.DutyView)
def assign(given: dict[str, Any]) -> dict[str, Any]:
    """Give a seat to somebody by hand."""
    return _duty(actions.assign(runtime(), actor(), given))


@api.route("/rosters/duties/<duty>/cancel", methods=["POST"])
@requires("roster.manage")
@api.arguments(schemas.InViewBody)
@api.response(200, schemas.DutyView)
def cancel(given: Mapping[str, str], duty: str) -> dict[str, Any]:
    """Take somebody off a duty; 409 where nobody would be left, unless that is taken in view."""
    return _duty(actions.remove(runtime(), actor(), duty, given["in_view"]))


@api.route("/rosters/members")
@requires("roster.read")
@api.arguments(schemas.RosterOfCommunity, location="query")
@api.response(200, schemas.RosterMembers)
def list_members(asked: Mapping[str, str]) -> dict[str, Any]:
    """The officers of a community and the posts they take turns at."""
    community = actions.community_of(runtime(), actor(), asked["community"])
    return {"items": actions.members(runtime(), community)}


@api.route("/rosters/members/<username>", methods=["PUT"])
@requires("roster.manage")
@api.arguments(schemas.RosterMemberBody)
@api.response(204)
def set_member(given: dict[str, Any], username: str) -> None:
    """Say at which posts somebody takes turns, and with whom they make an AB pair."""
    actions.set_member(runtime(), actor(), username, given)


@api.route("/rosters/leaves")
@requires("roster.read")
@api.arguments(schemas.RosterOfCommunity, location="query")
@api.response(200, schemas.Leaves)
def list_leaves(asked: Mapping[str, str]) -> dict[str, Any]:
    """Leave that is asked for or granted and not over."""
    community = actions.community_of(runtime(), actor(), asked["community"])
    return {"items": [_leave(one) for one in actions.leaves(runtime(), community)]}


@api.route("/rosters/leaves", methods=["POST"])
@requires("roster.swap")
@api.arguments(schemas.LeaveBody)
@api.response(201, schemas.LeaveView)
def ask_leave(given: dict[str, Any]) -> dict[str, Any]:
    """Ask for leave of one's own; `gap` says where it would leave nobody."""
    return _leave(actions.ask_leave(runtime(), actor(), given))


@api.route("/rosters/leaves/<number>/withdraw", methods=["POST"])
@requires("roster.swap")
@api.arguments(schemas.RosterEmptyBody)
@api.response(200, schemas.LeaveView)
def withdraw_leave(_given: Mapping[str, Any], number: str) -> dict[str, Any]:
    """Take leave back, one's own, or as the manager."""
    return _leave(actions.withdraw_leave(runtime(), actor(), number, manages=_manages()))


@api.route("/rosters/leaves/<number>/grant", methods=["POST"])
@requires("roster.manage")
@api.arguments(schemas.RosterGrantBody)
@api.response(200, schemas.LeaveView)
def grant_leave(given: dict[str, Any], number: str) -> dict[str, Any]:
    """Grant it; 409 where nobody would be left, unless that is taken in view."""
    return _leave(actions.decide_leave(runtime(), actor(), number, "grant", given))


@api.route("/rosters/leaves/<number>/refuse", methods=["POST"])
@requires("roster.manage")
@api.arguments(schemas.RosterRefuseBody)
@api.response(200, schemas.LeaveView)
def refuse_leave(given: dict[str, Any], number: str) -> dict[str, Any]:
    """Refuse it, and why."""
    return _leave(actions.decide_leave(runtime(), actor(), number, "refuse", given))


@api.route("/rosters/swaps")
@requires("roster.read")
@api.arguments(schemas.RosterOfCommunity, location="query")
@api.response(200, schemas.Swaps)
def list_swaps(asked: Mapping[str, str]) -> dict[str, Any]:
    """Swaps of the last weeks, the latest first."""
    community = actions.community_of(runtime(), actor(), asked["community"])
    return {"items": [_swap(one) for one in actions.swaps(runtime(), community)]}


@api.route("/rosters/swaps", methods=["POST"])
@requires("roster.swap")
@api.arguments(schemas.SwapBody)
@api.response(201, schemas.SwapView)
def ask_swap(given: dict[str, Any]) -> dict[str, Any]:
    """Ask somebody to swap, or to take a duty over."""
    return _swap(actions.ask_swap(runtime(), actor(), given))


def _answer(verb: str, doc: str) -> None:
    def do(given: Mapping[str, str], number: str) -> dict[str, Any]:
        return _swap(actions.answer_swap(runtime(), actor(), number, verb, given["words"]))

    _serve_swap(verb, doc, do, "roster.swap", schemas.SwapAnswerBody)


def _decide(verb: str, doc: str, body: Any) -> None:
    def do(given: dict[str, Any], number: str) -> dict[str, Any]:
        return _swap(actions.decide_swap(runtime(), actor(), number, verb, given))

    _serve_swap(verb, doc, do, "roster.manage", body)


def _serve_swap(verb: str, doc: str, do: Any, action: str, body: Any) -> None:
    do.__name__, do.__doc__ = f"{verb}_swap", doc
    view = requires(action)(api.arguments(body)(api.response(200, schemas.SwapView)(do)))
    api.route(f"/rosters/swaps/<number>/{verb}", methods=["POST"])(view)


_answer("agree", "The other agrees.")
_answer("decline", "The other does not want to.")
_answer("withdraw", "Who asked takes it back.")
_decide("confirm", "The manager has seen it: the duties change hands.", schemas.RosterGrantBody)
_decide("refuse", "The manager does not agree, and why.", schemas.RosterRefuseBody)


@api.route("/rosters/calendars")
@requires("roster.swap")
@api.response(200, schemas.CalendarLinks)
def list_calendars() -> dict[str, Any]:
    """One's own calendar links that work."""
    return {"items": [_link(one) for one in actions.links(runtime(), actor())]}


@api.route("/rosters/calendars", methods=["POST"])
@requires("roster.swap")
@api.arguments(schemas.CalendarLinkBody)
@api.response(201, schemas.CalendarLinkView)
def make_calendar(given: dict[str, Any]) -> dict[str, Any]:
    """A link a phone's calendar can subscribe to. Whoever has it reads the duties: keep it."""
    return _link(actions.make_link(runtime(), actor(), given))


@api.route("/rosters/calendars/<link>/revoke", methods=["POST"])
@requires("roster.swap")
@api.arguments(schemas.RosterEmptyBody)
@api.response(200, schemas.CalendarLinkView)
def revoke_calendar(_given: Mapping[str, Any], link: str) -> dict[str, Any]:
    """The link opens nothing any more."""
    return _link(actions.revoke_link(runtime(), actor(), link, manages=_manages()))


def _manages() -> bool:
    return may(signed_in(), "roster.manage")


def _english() -> bool:
    return lang() == "en"


def _duty(duty: Duty) -> dict[str, Any]:
    posts = dict(pack_for(runtime().district).posts)
    return actions.duty_json(duty, posts, english=_english())


def _leave(one: Leave) -> dict[str, Any]:
    """A leave; why somebody is away is told to them and to the manager."""
    told = asdict(one) | {"state_label": leave.STATES[one.state][_english()], "gap": None}
    if not (_manages() or one.username == actor().username):
        return told | dict.fromkeys(("kind", "reason", "answer", "in_view"))
    reason = actions.gap_of(runtime(), one) if one.state == leave.ASKED else None
    if reason is not None:
        told["gap"] = field_error(reason).told()["reason"]
    return told


def _swap(one: Swap) -> dict[str, Any]:
    return asdict(one) | {"state_label": swap.STATES[one.state][_english()]}


def _link(link: Link) -> dict[str, Any]:
    return asdict(link) | {"url": actions.url_of(runtime(), link)}
