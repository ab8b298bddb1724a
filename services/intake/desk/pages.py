"""The desk 受理台: the work list with the chosen matter beside it, and what one answers for."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import flask
import sqlalchemy as sa
from werkzeug.wrappers import Response

from services.intake import queries
from services.intake.case import (
    AWAITING,
    BACK_OFFICE,
    OPEN_STATES,
    RESOLVED,
    STATES,
    TRANSFERRED,
    WORKING_STATES,
    Case,
)
from services.intake.desk.pages_steps import steps_for
from services.intake.files.present import for_staff
from services.intake.masked import masked
from services.intake.pages_common import (
    actor,
    case_here,
    kept_query,
    may_reveal,
    runtime,
    state_word,
    stops,
    to_call,
)
from services.intake.queries import Filter, Page
from services.intake.rights import queries as rights_queries
from services.intake.rights.views import PAGES, THINGS
from shared.clock import now
from shared.permissions import Place
from shared.web import auth, reveal
from shared.web.auth import permit, requires, shows, signed_in
from shared.web.forms import Form, page_asked
from shared.web.i18n import gettext

blueprint = flask.Blueprint("desk", __name__)

ON_A_PAGE = 30
SOON = timedelta(hours=24)
OPEN = "open"
ALL = "all"
LATE = "late"
WITHIN_A_DAY = "soon"


@blueprint.get("/desk")
@requires("case.read")
def desk() -> str:
    """The work list of the officer's community."""
    return page(None)


@blueprint.get("/desk/<number>")
@requires("case.read")
def case_page(number: str) -> str:
    """One matter, beside the list it was chosen from."""
    return page(case_here(number))


@blueprint.get("/desk/<number>/reveal")
@requires("case.read")
def case_again(number: str) -> Response:
    """The address of what was revealed leads back to the matter, masked again."""
    return flask.redirect(f"/desk/{case_here(number).number}{kept_query()}", code=303)


@blueprint.post("/desk/<number>/reveal")
@requires("person.reveal")
@shows("case.read")
def reveal_case(number: str) -> str | tuple[str, int]:
    """One matter with who brought it, for who says why; the audit keeps who saw it and why."""
    case, form = case_here(number), reveal.read_reveal()
    permit("person.reveal", Place(community=case.community))
    if not form.ok:
        return page(case, reveal_form=form), 422
    reveal.record(runtime().database, case.number, reveal.reason_of(form))
    return page(case, whole=True)


@blueprint.get("/desk/rows")
@requires("case.read")
def rows() -> str:
    """The list alone, asked for again while the page stands open."""
    with runtime().database.read() as connection:
        return flask.render_template("intake/_rows.html", **_list(connection))


def page(
    case: Case | None,
    file_form: Form | None = None,
    *,
    whole: bool = False,
    reveal_form: Form | None = None,
) -> str:
    """Show the list, with one matter beside it, and what was wrong with a form of it.

    Who brought the matter is masked, unless the reader said why they have to see the `whole`.
    """
    with runtime().database.read() as connection:
        listing = _list(connection)
        entries = queries.timeline(connection, case.number) if case else []
        beside = rights_queries.beside(connection, case.number) if case else []
        counts = _counts(connection)
    query = kept_query()
    community = runtime().district.communities.get(signed_in().community or "")
    return flask.render_template(
        "intake/desk.html",
        **{**listing, "chosen": case.number if case else None},
        case=masked(case) if case and not whole else case,
        whole=whole,
        may_reveal=bool(case and not case.erased_at and may_reveal(case.community)),
        reveal_form=reveal_form or Form(),
        to_call=case is not None and to_call(case, entries),
        entries=stops(case, entries, whole=whole) if case else [],
        beside=[(gettext(THINGS[one.kind]), one.number, PAGES.get(one.kind)) for one in beside],
        steps=steps_for(case) if case else [],
        files=for_staff(case, signed_in(), file_form) if case else None,
        counts=counts,
        community=community,
        filters=_filters(),
        state_options=_state_options(),
        due_options=[(LATE, gettext("已超期")), (WITHIN_A_DAY, gettext("24 小时内到期"))],
        mine_options=[("1", gettext("我首问的"))],
        list_url=f"/desk{query}",
        live_url=_live_url(case, query),
    )


def _live_url(case: Case | None, query: str) -> str:
    if case is None:
        return f"/desk/rows{query}"
    return f"/desk/rows{query}{'&' if query else '?'}chosen={case.number}"


def _list(connection: sa.Connection) -> dict[str, Any]:
    """What the list shows, for this request's filters."""
    wanted = _wanted(now())
    page: Page = queries.list_cases(connection, wanted, page_asked(), ON_A_PAGE)
    return {
        "page": page,
        "chosen": flask.request.args.get("chosen"),
        "query": kept_query(),
        "filtered": any(flask.request.args.get(name) for name in ("q", "state", "due", "mine")),
    }


def _wanted(at: datetime) -> Filter:
    asked = flask.request.args
    text = asked.get("q", "").strip()
    wanted = Filter(
        states=_states(asked.get("state") or _usual_state(), text),
        community=actor().community,
        owner=signed_in().username if asked.get("mine") else "",
        text=text,
    )
    if asked.get("due") not in (LATE, WITHIN_A_DAY):
        return wanted
    before = at if asked["due"] == LATE else at + SOON
    return replace(wanted, states=WORKING_STATES, due_before=before)


def _usual_state() -> str:
    """What one sees without choosing: the back office sees what came to it."""
    return BACK_OFFICE if actor().role == auth.BACK_OFFICE else OPEN


def _states(asked: str, text: str) -> tuple[str, ...]:
    if asked in STATES:
        return (asked,)
    # Whoever searches means a matter, not a state: a number finds it even when it is archived.
    return () if asked == ALL or text else OPEN_STATES


def _filters() -> Form:
    return Form({"state": _usual_state(), **flask.request.args.to_dict()})


def _state_options() -> list[tuple[str, str]]:
    named = [(state, state_word(state)) for state in STATES]
    return [(OPEN, gettext("在办的")), *named, (ALL, gettext("全部"))]


def _counts(connection: sa.Connection) -> dict[str, int]:
    """The numbers above the list; each leads to the matters behind it."""
    here = Filter(community=actor().community)
    at = now()
    by_state = queries.count_by_state(connection, here)
    late = replace(here, states=WORKING_STATES, due_before=at)
    soon = replace(late, due_before=at + SOON)
    lates = _count(connection, late)
    own = replace(Filter(states=OPEN_STATES), owner=signed_in().username)
    return {
        "late": lates,
        "soon": _count(connection, soon) - lates,
        "awaiting": by_state.get(AWAITING, 0),
        "transferred": by_state.get(TRANSFERRED, 0),
        "resolved": by_state.get(RESOLVED, 0),
        "mine": _count(connection, own),
    }


def _count(connection: sa.Connection, wanted: Filter) -> int:
    return sum(queries.count_by_state(connection, wanted).values())
