"""Papers 文书, ready to print: receipt and once-only notice (A36), refusal (A38).

They go home with the resident, who knows their own name: who finds one learns it masked.
"""

import flask
from werkzeug.wrappers import Response

from services.intake import pages_steps, queries, rules
from services.intake.masked import masked, masked_refusal
from services.intake.pages_common import (
    actor,
    case_here,
    department_names,
    kept_query,
    lang,
    may_reveal,
    runtime,
)
from services.intake.refusal import REMEDIES, Refusal
from shared.permissions import Place
from shared.web import reveal
from shared.web.auth import permit, requires, shows
from shared.web.forms import Form
from shared.web.i18n import msgid
from shared.web.problem import Problem

blueprint = flask.Blueprint("papers", __name__)


@blueprint.get("/desk/<number>/receipt")
@requires("case.read")
def receipt(number: str) -> str:
    """The receipt 受理回执, with the number in large type and where to follow it."""
    case = case_here(number)
    return flask.render_template(
        "intake/receipt.html", case=masked(case), query=kept_query(), **_letterhead()
    )


@blueprint.get("/desk/<number>/notice")
@requires("case.read")
def notice(number: str) -> str | Response:
    """The notice 一次性告知书: if it was given, the paper; before that, the form of the step."""
    case = case_here(number)
    if case.notice is None:
        return pages_steps.show(pages_steps.BY_ACTION["notice"], number)
    return flask.render_template(
        "intake/notice.html", case=masked(case), query=kept_query(), **_letterhead()
    )


@blueprint.get("/desk/refusals/<number>")
@requires("refusal.read")
def refusal(number: str) -> str:
    """The written refusal of a certificate, with where to go and the remedies."""
    return _refusal_page(_refusal_here(number))


@blueprint.get("/desk/refusals/<number>/reveal")
@requires("refusal.read")
def refusal_again(number: str) -> Response:
    """The address of what was revealed leads back to the paper, masked again."""
    return flask.redirect(f"/desk/refusals/{_refusal_here(number).number}", code=303)


@blueprint.post("/desk/refusals/<number>/reveal")
@requires("person.reveal")
@shows("refusal.read")
def reveal_refusal(number: str) -> str | tuple[str, int]:
    """The refusal with who asked for the certificate, for who says why; the audit keeps it."""
    found, form = _refusal_here(number), reveal.read_reveal()
    permit("person.reveal", Place(community=found.community))
    if not form.ok:
        return _refusal_page(found, form=form), 422
    reveal.record(runtime().database, found.number, reveal.reason_of(form))
    return _refusal_page(found, whole=True)


def _refusal_here(number: str) -> Refusal:
    with runtime().database.read() as connection:
        found = queries.get_refusal(connection, number)
    if rules.own_community(actor(), found.community) is not None:
        raise Problem(403, "other-community", msgid("这件事属于别的社区"))
    return found


def _refusal_page(found: Refusal, *, whole: bool = False, form: Form | None = None) -> str:
    return flask.render_template(
        "intake/refusal.html",
        refusal=found if whole else masked_refusal(found),
        whole=whole,
        may_reveal=found.erased_at is None and may_reveal(found.community),
        reveal_form=form or Form(),
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
