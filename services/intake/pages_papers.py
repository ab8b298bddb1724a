"""Papers 文书, ready to print: receipt and once-only notice (A36), refusal (A38)."""

import flask
from werkzeug.wrappers import Response

from services.intake import pages_steps, queries, rules
from services.intake.pages_common import (
    actor,
    case_here,
    department_names,
    kept_query,
    lang,
    runtime,
)
from services.intake.refusal import REMEDIES
from shared.web.auth import requires
from shared.web.i18n import msgid
from shared.web.problem import Problem

blueprint = flask.Blueprint("papers", __name__)


@blueprint.get("/desk/<number>/receipt")
@requires("case.read")
def receipt(number: str) -> str:
    """The receipt 受理回执, with the number in large type and where to follow it."""
    case = case_here(number)
    return flask.render_template(
        "intake/receipt.html", case=case, query=kept_query(), **_letterhead()
    )


@blueprint.get("/desk/<number>/notice")
@requires("case.read")
def notice(number: str) -> str | Response:
    """The notice 一次性告知书: if it was given, the paper; before that, the form of the step."""
    case = case_here(number)
    if case.notice is None:
        return pages_steps.show(number, "notice")
    return flask.render_template(
        "intake/notice.html", case=case, query=kept_query(), **_letterhead()
    )


@blueprint.get("/desk/refusals/<number>")
@requires("refusal.read")
def refusal(number: str) -> str:
    """The written refusal of a certificate, with where to go and the remedies."""
    with runtime().database.read() as connection:
        found = queries.get_refusal(connection, number)
    if rules.own_community(actor(), found.community) is not None:
        raise Problem(403, "other-community", msgid("这件事属于别的社区"))
    return flask.render_template(
        "intake/refusal.html",
        refusal=found,
        departments=department_names(found.departments),
        remedies=REMEDIES[lang()],
        **_letterhead(),
    )


def _letterhead() -> dict[str, str]:
    district = runtime().district
    return {
        "full_name": district.name_en if lang() == "en" else district.full_name,
        "hotline": district.phone,
        "track_address": f"{runtime().settings.public_address}/track",
    }
