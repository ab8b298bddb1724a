"""Papers 文书, ready to print: receipt and once-only notice (A36), refusal (A38).

They go home with the resident, who knows their own name: who finds one learns it masked.
"""

import flask
import segno
from werkzeug.wrappers import Response

from services.intake import queries, rules
from services.intake.case import Case
from services.intake.desk import pages_steps
from services.intake.masked import masked, masked_refusal
from services.intake.pages_common import actor, case_here, kept_query, may_reveal, runtime
from services.intake.papers import papers, pdf
from services.intake.papers.papers import Paper
from services.intake.refusal import Refusal
from shared.permissions import Place
from shared.web import reveal
from shared.web.auth import permit, requires, shows
from shared.web.download import disposition
from shared.web.forms import Form
from shared.web.i18n import gettext, msgid
from shared.web.problem import Problem

blueprint = flask.Blueprint("papers", __name__)

MOST_STEPS = 4
"""Of the next steps, the likeliest first: the rest are on the matter's own page."""


@blueprint.get("/desk/<number>/receipt")
@requires("case.read")
def receipt(number: str) -> str:
    """The receipt 受理回执, with the number in large type and where to follow it."""
    case = case_here(number)
    return case_paper(case, papers.receipt(masked(case)), "receipt")


@blueprint.get("/desk/<number>/receipt.pdf")
@requires("case.read")
def receipt_pdf(number: str) -> Response:
    """The receipt as a file."""
    return file_of(papers.receipt(masked(case_here(number))))


@blueprint.get("/desk/<number>/notice")
@requires("case.read")
def notice(number: str) -> str | Response:
    """The notice 一次性告知书: if it was given, the paper; before that, the form of the step."""
    case = case_here(number)
    if case.notice is None:
        return pages_steps.show(pages_steps.BY_ACTION["notice"], number)
    return case_paper(case, papers.notice(masked(case)), "notice")


@blueprint.get("/desk/<number>/notice.pdf")
@requires("case.read")
def notice_pdf(number: str) -> Response:
    """The notice as a file; before it was given there is none."""
    case = case_here(number)
    if case.notice is None:
        raise Problem(404, "no-notice", msgid("这件事还没有出具一次性告知书"))
    return file_of(papers.notice(masked(case)))


@blueprint.get("/desk/refusals/<number>/paper.pdf")
@requires("refusal.read")
def refusal_pdf(number: str) -> Response:
    """The refusal as a file."""
    return file_of(papers.refusal(masked_refusal(_refusal_here(number))))


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
    shown = found if whole else masked_refusal(found)
    return flask.render_template(
        "intake/refusal.html",
        paper=papers.refusal(shown),
        code="",
        back_url="/desk",
        back_words=gettext("受理台"),
        pdf_url=f"/desk/refusals/{found.number}/paper.pdf",
        refusal=shown,
        whole=whole,
        may_reveal=found.erased_at is None and may_reveal(found.community),
        reveal_form=form or Form(),
    )


def case_paper(case: Case, paper: Paper, name: str) -> str:
    """A paper of a case, and beside it the next thing to do."""
    query = kept_query()
    return flask.render_template(
        "intake/paper.html",
        paper=paper,
        code=_code(paper.link) if paper.link else "",
        back_url=f"/desk{query}",
        back_words=gettext("受理台"),
        next_url=f"/desk/{case.number}{query}",
        next_words=gettext("看这件事，做下一步"),
        pdf_url=f"/desk/{case.number}/{name}.pdf",
        steps=pages_steps.steps_for(case)[:MOST_STEPS],
        number=case.number,
        query=query,
    )


def _code(link: str) -> str:
    """The QR code as an image that is part of the page."""
    return segno.make(link, error="m", micro=False).svg_data_uri(scale=4, border=1)


def file_of(paper: Paper) -> Response:
    """The paper as a PDF of its own name, to be saved or printed."""
    given = flask.Response(pdf.pdf(paper), mimetype="application/pdf")
    name = f"{paper.title}-{paper.number}.pdf"
    given.headers["Content-Disposition"] = disposition("attachment", name)
    return given
