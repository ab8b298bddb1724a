"""The grid worker's phone 掌上网格: what is to be done today, and a report in a few taps."""

import secrets
import uuid
from datetime import timedelta
from typing import Any

import flask
from flask.typing import ResponseReturnValue

from services.intake.grids import (
    actions,
    actions_photos,
    care_store,
    notice_store,
    report_store,
    schemas,
    show,
)
from services.intake.grids.pages_blueprint import blueprint
from services.intake.grids.report import DISPATCHED, TAKEN
from services.intake.grids.report_new_handlers import Made
from services.intake.pages_common import actor, named, refuse, runtime
from services.intake.problems import problem_of
from services.intake.reason import Rejected
from shared.clock import now
from shared.web.auth import current_user, requires, signed_in
from shared.web.forms import Form, read_form
from shared.web.i18n import gettext
from shared.web.problem import FieldError, Problem, plain

MOST_SHOWN = 30
SOON = timedelta(days=1)
"""A visit of tomorrow is shown today."""


@blueprint.get("/field")
@requires("report.make")
def field() -> str:
    """Today: visits and checks that are due, what was dispatched to me, what I reported."""
    community, me = show.own_community(), actor().username
    until = now() + SOON
    database = runtime().database
    with database.read() as connection:
        visits, _ = care_store.search(
            connection,
            database.keys,
            care_store.Wanted(community, worker=me, due_before=until),
            1,
            MOST_SHOWN,
        )
        checks, _ = notice_store.search(
            connection, notice_store.Wanted(community, checker=me, due_before=until), 1, MOST_SHOWN
        )
        mine = report_store.Wanted(community, (TAKEN, DISPATCHED), handler=me)
        given, _ = report_store.search(connection, mine, 1, MOST_SHOWN)
        sent, _ = report_store.search(connection, report_store.Wanted(community, reporter=me), 1, 5)
    return flask.render_template(
        "grids/field.html", visits=visits, checks=checks, given=given, sent=sent, now=now()
    )


@blueprint.get("/field/new")
@requires("report.make")
def new_report() -> str:
    """Report: one page for all kinds, which opens offline too."""
    given = flask.request.args
    form = Form(
        {
            "kind": given.get("kind", ""),
            "care": given.get("care", "")[:40],
            "id": str(uuid.uuid4()),
        }
    )
    return _new_page(form)


@blueprint.post("/field/reports/files")
@requires("report.make")
def send_report() -> ResponseReturnValue:
    """Take a report in, with its photos where the form brings them; by script or without."""
    form = read_form(schemas.ReportIn())
    by_script = _by_script()
    if form.ok:
        try:
            made = _made(form.data)
        except Rejected as rejected:
            if by_script:
                raise _refusal(rejected) from rejected
            refuse(form, rejected, show.LABELS)
        else:
            if by_script:
                return flask.jsonify(number=made.report.number, repeated=made.repeated)
            flask.flash(gettext("已上报：%(number)s", number=made.report.number), "done")
            return flask.redirect("/field", 303)
    if by_script:
        raise _problem_of(form)
    return _new_page(form), 422


@blueprint.post("/field/reports/<number>/files")
@requires("report.make")
def send_photo(number: str) -> ResponseReturnValue:
    """Add a photo to a report; the phone names it, so that twice is once."""
    try:
        actions_photos.check(runtime(), number, actor())
    except Rejected as rejected:
        raise problem_of(rejected) from rejected
    given = flask.request.form.get("id", "").replace("-", "")[:32]
    found = actions_photos.of_request(secrets.token_hex(16), [given if _is_id(given) else ""])
    if not found:
        raise plain(422)
    try:
        file = actions_photos.add(runtime(), number, actor(), found[0])
    except Rejected as rejected:
        raise problem_of(rejected) from rejected
    return flask.jsonify(id=file.id)


@blueprint.get("/field/outbox")
@requires("report.make")
def outbox() -> ResponseReturnValue:
    """Who is signed in, and a fresh form token: what the phone asks before it sends."""
    from flask_wtf.csrf import generate_csrf  # noqa: PLC0415 - beside the kit's own use of it

    return flask.jsonify(username=signed_in().username, csrf_token=generate_csrf())


def _made(said: Any) -> Made:
    """The report with the photos the form brought; these are read before it is made."""
    ready = [actions_photos.ready(one) for one in actions_photos.of_request(said["id"])]
    count = max(said["photos"], len(ready))
    draft = actions.draft_of(said | {"photos": count}, actor(), show.own_community())
    made = actions.make(runtime(), draft)
    for one in ready:
        actions_photos.keep(runtime(), made.report.number, actor(), one)
    return made


def _new_page(form: Form) -> str:
    community, me = show.own_community(), actor().username
    database = runtime().database
    with database.read() as connection:
        mine = care_store.Wanted(community, worker=me)
        cared, _ = care_store.search(connection, database.keys, mine, 1, care_store.MOST_ON_A_PAGE)
    work = show.work()
    own = current_user()
    grids = [(grid.code, grid.name) for grid in show.grids_of(community)]
    first = own.grids if own else ()
    grids.sort(key=lambda one: one[0] not in first)
    return flask.render_template(
        "grids/field_new.html",
        form=form,
        labels=_labels(),
        kinds=[kind for kind in work.kinds if not kind.open],
        categories=work.categories,
        checklists=work.checklists,
        questions=[question for kind in work.kinds for question in kind.questions],
        cared=[(one.number, show.care_name(one)) for one in cared],
        grids=grids,
        named=named,
        username=me,
    )


class SentBefore(Problem):
    """The phone's report is known and goes on as it is; by its number the photos still find it."""

    def __init__(self, refusal: Problem, number: str) -> None:
        super().__init__(refusal.status, refusal.code, refusal.title, refusal.errors)
        self.number = number

    def body(self) -> dict[str, Any]:
        """The problem with the number in it."""
        return super().body() | {"number": self.number}


def _refusal(rejected: Rejected) -> Problem:
    """Why the phone's report is not taken, with its number where it is known."""
    problem = problem_of(rejected)
    numbers = [str(one.values["number"]) for one in rejected.reasons if "number" in one.values]
    return SentBefore(problem, numbers[0]) if numbers else problem


def _problem_of(form: Form) -> Problem:
    """What is wrong with a form, for the script; said in the reader's language already."""
    problem = plain(422)
    problem.errors = tuple(FieldError(name, text) for name, text in form.errors.items())
    return problem


def _labels() -> dict[str, Any]:
    return {name: gettext(label) for name, label in show.LABELS.items()}


def _by_script() -> bool:
    return "application/json" in flask.request.headers.get("Accept", "")


def _is_id(text: str) -> bool:
    return len(text) == 32 and all(char in "0123456789abcdef" for char in text)  # noqa: PLR2004
