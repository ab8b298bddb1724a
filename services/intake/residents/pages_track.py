"""Where my matter stands 查进度: for the resident, by number and phone or by a signed link."""

import flask
import marshmallow as ma
from marshmallow import fields, validate
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from services.intake import handlers, queries, rules
from services.intake.acceptance import read_phone
from services.intake.case import RESIDENT, WORKING_STATES, Case
from services.intake.desk.pack import desk_of
from services.intake.files.present import for_resident
from services.intake.masked import masked, masked_entries
from services.intake.pages_common import lang, refuse, runtime
from services.intake.papers.remedies import remedy_words
from services.intake.reason import Rejected
from services.intake.residents import words
from services.intake.staff.tries import TRACK, TRACK_FROM, counted
from shared.case_number import CaseNumber
from shared.clock import local, now
from shared.db import Transaction
from shared.track_link import number_of, track_token
from shared.web.acting import client_address, opened
from shared.web.auth import public
from shared.web.forms import Form, read_form
from shared.web.i18n import gettext, msgid
from shared.web.problem import FieldError

blueprint = flask.Blueprint("track", __name__)

LABELS = {"number": msgid("办件编号"), "phone": msgid("手机号后四位")}
RESTING = FieldError("phone", msgid("试的次数太多了"), msgid("请过一刻钟再试，或到社区窗口查"))


class TrackForm(ma.Schema):
    """What stands on the receipt, and what only the applicant knows."""

    number = fields.String(required=True, validate=validate.Length(max=60))
    phone = fields.String(required=True, validate=validate.Length(max=40))


class RateForm(ma.Schema):
    """One tap, and a word if one likes."""

    grade = fields.String(required=True, validate=validate.Length(max=10))
    comment = fields.String(load_default="", validate=validate.Length(max=1000))


class ReopenForm(ma.Schema):
    """One tap, and a word if one likes."""

    reason = fields.String(load_default="", validate=validate.Length(max=1000))


@blueprint.get("/track")
@public("case.track")
def door() -> str:
    """The form."""
    return _door(Form({"number": flask.request.args.get("number", "")}))


@blueprint.post("/track")
@public("case.track")
def find() -> Response | tuple[str, int]:
    """Go to the matter's own page, whose address says nothing about the person."""
    form = read_form(TrackForm())
    if form.ok:
        try:
            case = _find(form.data["number"], form.data["phone"])
        except Rejected as rejected:
            refuse(form, rejected, LABELS)
        else:
            if case is not None:
                return flask.redirect(f"/track/{_token(case)}", code=303)
            form.refuse(RESTING)
    return _door(form), 422


@blueprint.get("/track/<token>")
@public("case.track")
def matter(token: str) -> str:
    """Who holds my matter, when it is due, what is missing, and every step so far."""
    return page(case_of(token), token, Form())


@blueprint.post("/track/<token>/rate")
@public("case.track")
def rate(token: str) -> Response | tuple[str, int]:
    """Five grades in one tap (好差评)."""
    case, form = case_of(token), read_form(RateForm())
    if form.ok:
        told = form.data
        try:
            runtime().database.run(
                lambda tx: _rate(tx, case.number, told["grade"], told["comment"])
            )
        except Rejected as rejected:
            refuse(form, rejected, {"grade": ""})
        else:
            flask.flash(gettext("谢谢您的评价。"), "done")
            return flask.redirect(f"/track/{token}", code=303)
    return page(case_of(token), token, form), 422


@blueprint.post("/track/<token>/reopen")
@public("case.track")
def reopen(token: str) -> Response | tuple[str, int]:
    """Not solved: the matter goes on (B14)."""
    case, form = case_of(token), read_form(ReopenForm())
    if form.ok:
        reason = form.data["reason"] or "居民反映没有解决"
        try:
            runtime().database.run(lambda tx: _reopen(tx, case.number, reason))
        except Rejected as rejected:
            refuse(form, rejected, {"reason": ""})
        else:
            flask.flash(gettext("已经重新办理，还是原来的首问责任人跟着。"), "done")
            return flask.redirect(f"/track/{token}", code=303)
    return page(case_of(token), token, form), 422


def _rate(tx: Transaction, number: str, grade: str, comment: str) -> None:
    """As the resident; the audit calls it by what was done, not by the address."""
    tx.record("case.rate", number)
    handlers.rate_case(tx, number, RESIDENT, grade, comment)


def _reopen(tx: Transaction, number: str, reason: str) -> None:
    tx.record("case.reopen", number)
    handlers.reopen_case(tx, number, RESIDENT, reason)


def _find(text: str, phone: str) -> Case | None:
    """The case; None when this number, or from this address, was guessed at too often.

    A number rests for who gives four digits, or a wrong phone: nobody can shut it for its owner,
    who knows the whole.

    Raises:
        Rejected: no such number, or not with this phone.

    """
    number = queries.read_number(text)
    from_here, at_this = counted(TRACK_FROM), counted(TRACK)
    one = from_here.begin(client_address())
    if one.rest:
        return None
    guess = at_this.begin(number)
    if guess.rest and not whole_phone(phone):
        return None
    try:
        with runtime().database.read() as connection:
            case = queries.case_for_resident(connection, number, phone)
    except Rejected:
        if guess.rest:
            return None
        raise
    from_here.right(one)
    at_this.right(guess)
    return case


def whole_phone(text: str) -> str:
    """The whole telephone number that was typed; empty where it is none, or four digits."""
    read = read_phone(text.strip())
    return read if isinstance(read, str) else ""


def case_of(token: str) -> Case:
    """Give the case a resident's link is for.

    An officer who opens it sees a resident's matter like any other: that is recorded.
    Raises NotFound for a link that is not ours, and what `queries.get_case` raises.
    """
    number = number_of(token, runtime().settings.secret_key)
    if number is None:
        raise NotFound
    opened("case.read", number)
    with runtime().database.read() as connection:
        return queries.get_case(connection, number)


def _token(case: Case) -> str:
    return track_token(case.number, runtime().settings.secret_key)


def _door(form: Form) -> str:
    example = CaseNumber(runtime().district.case_prefix, local(now()).date(), 42)
    labels = {name: gettext(label) for name, label in LABELS.items()}
    return flask.render_template("intake/track.html", form=form, example=example, labels=labels)


def page(case: Case, token: str, form: Form, file_form: Form | None = None) -> str:
    """Show the matter, with what was wrong in one of its forms."""
    with runtime().database.read() as connection:
        entries = queries.timeline(connection, case.number)
    return flask.render_template(
        "intake/track_case.html",
        case=masked(case),
        token=token,
        form=form,
        entries=words.steps(case, masked_entries(case, entries), lang()),
        answered_by=words.answered_by(case),
        files=for_resident(case, token, file_form),
        late=case.due_at is not None and now() > case.due_at,
        ratable=rules.ratable(case),
        reopenable=rules.reopened_after_result(case) is None,
        grades=runtime().district.rules.grades,
        hotline=runtime().district.phone,
        working=WORKING_STATES,
        remedies=remedy_words(desk_of(runtime().district).remedies) if case.refused else "",
    )
