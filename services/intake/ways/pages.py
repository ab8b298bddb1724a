"""The back office's list by its deadlines, and what each officer still answers for."""

import flask

from services.intake import queries
from services.intake.pages_common import actor, runtime
from services.intake.ways.queries import answering, in_back_office
from shared.permissions import Place, may
from shared.web.auth import requires, signed_in
from shared.web.forms import Form, page_asked
from shared.web.i18n import msgid
from shared.web.problem import Problem

blueprint = flask.Blueprint("ways", __name__)

ON_A_PAGE = 30


@blueprint.get("/desk/back-office")
@requires("case.read")
def back_office() -> str:
    """What the community's back office has in hand, the nearest deadline first (1-14, 1-23)."""
    with runtime().database.read() as connection:
        page = in_back_office(connection, actor().community, page_asked(), ON_A_PAGE)
    return flask.render_template("intake/back_office.html", page=page)


@blueprint.get("/my")
@requires("case.accept")
def mine() -> str:
    """What a first responder 首问责任人 still answers for, the nearest deadline first.

    Who may hand matters over may look at a colleague's: `?officer=`.
    """
    user = signed_in()
    community = user.community or ""
    manages = bool(community) and may(user, "case.hand-over", Place(community=community))
    officer = flask.request.args.get("officer", "") or user.username
    own = officer == user.username
    if not (own or manages):
        raise Problem(403, "other-officer", msgid("只能看自己的，或本社区同事的"))
    with runtime().database.read() as connection:
        here = None if own else community
        page = queries.answerable_for(connection, officer, page_asked(), ON_A_PAGE, here)
        officers = answering(connection, community) if manages else {}
    return flask.render_template(
        "intake/my.html",
        page=page,
        own=own,
        officers=list(officers.items()),
        filters=Form({"officer": officer}),
        shown_name=officers.get(officer, officer),
    )
