"""The pages of archive: the day's end, finding dossiers, one of them, the day's report."""

from datetime import date
from typing import Any

import flask
from werkzeug.wrappers import Response

from services.intake.archive import actions, papers, schemas, views
from services.intake.archive.dossier import NOT_ISSUED
from services.intake.archive.forms_search import read_query
from services.intake.archive.queries_search import ON_A_PAGE
from services.intake.archive.queries_today import Today, today_of
from services.intake.archive.views import Opened
from services.intake.figures.present_labels import (
    community_label,
    community_options,
    item_label,
    item_options,
)
from services.intake.pages_common import actor, may_reveal, runtime, state_word
from services.intake.papers import pdf as papers_pdf
from services.intake.papers.papers import Paper
from shared.clock import local, now
from shared.permissions import Place, may
from shared.web import reveal
from shared.web.auth import permit, requires, shows, signed_in
from shared.web.download import disposition
from shared.web.forms import Form
from shared.web.i18n import gettext, msgid, ngettext
from shared.web.problem import plain

blueprint = flask.Blueprint("archive_pages", __name__)
LABELS = {
    "q": msgid("查找"),
    "item": msgid("事项"),
    "community": msgid("社区"),
    "first": msgid("从哪天"),
    "last": msgid("到哪天"),
    "before": msgid("翻页"),
}


@blueprint.get("/desk/archive")
@requires("archive.read")
def door() -> str | tuple[str, int]:
    """The day's end, and what is in the archive: the newest, or what is looked for."""
    form = read_query(schemas.ArchiveSearch())
    found = views.find(runtime(), form.data, actor(), ON_A_PAGE)
    community = actor().community
    page = flask.render_template(
        "archive/archive.html",
        found=found,
        form=form,
        labels={name: gettext(label) for name, label in LABELS.items()},
        searched=any(flask.request.args.get(name) for name in ("q", "item", "first", "last")),
        today=_today(community),
        day=local(now()).date(),
        days=views.reports(runtime(), community) if community else [],
        may_end=bool(community) and may(signed_in(), "archive.run"),
        items=item_options(),
        communities=community_options() if community is None else [],
        item_label=item_label,
        community_label=community_label,
        state_label=state_label,
    )
    return page if form.ok else (page, 422)


def _today(community: str | None) -> Today | None:
    """What the key would do now, for who serves one community."""
    if not community:
        return None
    with runtime().database.read() as connection:
        return today_of(connection, runtime().district, community, now())


def state_label(state: str) -> str:
    """How it ended, in the reader's language."""
    return gettext("不予出具") if state == NOT_ISSUED else state_word(state)


@blueprint.post("/desk/archive/end")
@requires("archive.run")
def end_day() -> Response:
    """One key: close what may be closed, seal what is finished, tell the day."""
    community = actor().community
    if not community:
        raise plain(403)
    done = actions.end_day(runtime(), community, actor())
    flask.flash(_said(done), "done")
    return flask.redirect(f"/desk/archive/days/{done.report.day.isoformat()}", code=303)


def _said(done: actions.DayEnd) -> str:
    said = ngettext("封存了 %(num)s 件。", "封存了 %(num)s 件。", len(done.sealed))
    if done.unsealed:
        said += gettext("%(num)s 件没能封存，原因在报告里。", num=len(done.unsealed))
    if not done.kept:
        return str(said)
    left = ngettext(
        "%(num)s 件已办结、今天不能归档，原因在报告里。",
        "%(num)s 件已办结、今天不能归档，原因在报告里。",
        len(done.kept),
    )
    return f"{said}{left}"


@blueprint.get("/desk/archive/days/<day>")
@requires("archive.read")
def day_report(day: str) -> str:
    """The report of a day's end, to print."""
    return _paper(_report(day), pdf_url=f"/desk/archive/days/{day}/paper.pdf{_where()}")


@blueprint.get("/desk/archive/days/<day>/paper.pdf")
@requires("archive.read")
def day_pdf(day: str) -> Response:
    """The same as a PDF."""
    return _file(_report(day))


def _report(text: str) -> Paper:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise plain(404) from error
    asked = flask.request.args.get("community", "")[:12]
    community = views.place_of(actor(), asked)
    if not community:
        raise plain(404)
    told = views.report(runtime(), community, day)
    return papers.report_paper(told.report, told.made_at, told.made_by)


def _where() -> str:
    community = flask.request.args.get("community", "")[:12]
    return f"?community={community}" if community.isdigit() else ""


@blueprint.get("/desk/archive/<number>")
@requires("archive.read")
def dossier(number: str) -> str:
    """One dossier; who brought it is masked."""
    return _dossier(views.open_dossier(runtime(), number, actor()), Form())


@blueprint.get("/desk/archive/<number>/paper.pdf")
@requires("archive.read")
def dossier_pdf(number: str) -> Response:
    """The same as a PDF, masked."""
    found = views.open_dossier(runtime(), number, actor())
    return _file(papers.dossier_paper(found.document, found.seal))


@blueprint.get("/desk/archive/<number>/reveal")
@requires("archive.read")
def dossier_again(number: str) -> Response:
    """The address of what was revealed leads back to the dossier, masked again."""
    found = views.open_dossier(runtime(), number, actor())
    return flask.redirect(f"/desk/archive/{found.seal['number']}", code=303)


@blueprint.post("/desk/archive/<number>/reveal")
@requires("person.reveal")
@shows("archive.read")
def reveal_dossier(number: str) -> str | tuple[str, int]:
    """One dossier whole, for who says why; the audit keeps who saw it and why."""
    masked, form = views.open_dossier(runtime(), number, actor()), reveal.read_reveal()
    permit("person.reveal", Place(community=masked.community))
    if not form.ok:
        return _dossier(masked, form), 422
    why = reveal.reason_of(form)
    return _dossier(views.open_dossier(runtime(), number, actor(), reason=why), Form(), whole=True)


def _dossier(found: Opened, form: Form, *, whole: bool = False) -> str:
    number = found.seal["number"]
    return _paper(
        papers.dossier_paper(found.document, found.seal),
        template="archive/dossier.html",
        pdf_url=f"/desk/archive/{number}/paper.pdf",
        number=number,
        whole=whole,
        reveal_form=form,
        may_reveal=not found.erased and not whole and may_reveal(found.community),
    )


def _paper(paper: Paper, *, template: str = "intake/paper.html", **more: Any) -> str:
    return flask.render_template(
        template,
        paper=paper,
        code="",
        back_url="/desk/archive",
        back_words=gettext("办件归档"),
        **more,
    )


def _file(paper: Paper) -> Response:
    given = flask.Response(papers_pdf.pdf(paper), mimetype="application/pdf")
    name = f"{paper.title}-{paper.number}.pdf"
    given.headers["Content-Disposition"] = disposition("attachment", name)
    return given
