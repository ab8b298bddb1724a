"""The addresses of the papers of `papers_ways`: before there is one, the form of its step."""

from collections.abc import Callable

import flask
from werkzeug.wrappers import Response

from services.intake.case import Case
from services.intake.desk import pages_steps
from services.intake.desk.pack import desk_of
from services.intake.masked import masked
from services.intake.pages_common import case_here, runtime
from services.intake.papers import papers_ways
from services.intake.papers.pages import case_paper, file_of
from services.intake.papers.papers import Paper
from shared.web.auth import requires
from shared.web.i18n import msgid
from shared.web.problem import Problem

blueprint = flask.Blueprint("papers_ways", __name__)


def _promise(case: Case) -> Paper | None:
    return papers_ways.promise(case) if case.promise else None


def _refused(case: Case) -> Paper | None:
    remedies = desk_of(runtime().district).remedies
    return papers_ways.refused(case, remedies) if case.refused else None


def _publication(case: Case) -> Paper | None:
    return papers_ways.publication(case) if case.publication else None


@blueprint.get("/desk/<number>/promise")
@requires("case.read")
def promise(number: str) -> str | Response:
    """The written promise (A24)."""
    return _shown(number, "promise", _promise)


@blueprint.get("/desk/<number>/promise.pdf")
@requires("case.read")
def promise_pdf(number: str) -> Response:
    """The written promise as a file."""
    return _pdf(number, _promise, "no-promise", msgid("这件事还没有容缺受理承诺书"))


@blueprint.get("/desk/<number>/refuse")
@requires("case.read")
def refuse(number: str) -> str | Response:
    """The written refusal of an application (A38)."""
    return _shown(number, "refuse", _refused)


@blueprint.get("/desk/<number>/refuse.pdf")
@requires("case.read")
def refuse_pdf(number: str) -> Response:
    """The written refusal as a file."""
    return _pdf(number, _refused, "no-refusal", msgid("这件事没有不予办理决定书"))


@blueprint.get("/desk/<number>/publish")
@requires("case.read")
def publish(number: str) -> str | Response:
    """The public notice, to be put up; who applied is masked."""
    return _shown(number, "publish", _publication)


@blueprint.get("/desk/<number>/publish.pdf")
@requires("case.read")
def publish_pdf(number: str) -> Response:
    """The public notice as a file."""
    return _pdf(number, _publication, "no-public-notice", msgid("这件事还没有公示"))


def _shown(number: str, action: str, make: Callable[[Case], Paper | None]) -> str | Response:
    case = case_here(number)
    paper = make(masked(case))
    if paper is None:
        return pages_steps.show(pages_steps.BY_ACTION[action], number)
    return case_paper(case, paper, action)


def _pdf(number: str, make: Callable[[Case], Paper | None], slug: str, none: str) -> Response:
    paper = make(masked(case_here(number)))
    if paper is None:
        raise Problem(404, slug, none)
    return file_of(paper)
