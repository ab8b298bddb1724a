"""Accepting a matter 受理: find what it is, fill one form, get the receipt."""

from datetime import datetime
from typing import Any

import flask
from werkzeug.wrappers import Response

from services.intake import acceptance, handlers
from services.intake.acceptance import Acceptance, Promised
from services.intake.case import Actor, Case
from services.intake.desk import show_accept
from services.intake.desk.forms_accept import LABELS, AcceptForm
from services.intake.drafts import store as drafts
from services.intake.drafts.draft import complete
from services.intake.drafts.opened import read_stamp
from services.intake.drafts.pages import draft_here
from services.intake.handlers import Outcome
from services.intake.ledger import store_catalogue
from services.intake.pages_common import actor, refuse, runtime
from services.intake.reason import Conflict, Invalid, Reason, Rejected, allow
from services.intake.slots import store_references
from shared.db import Transaction
from shared.district import Item, NotIssued
from shared.web.auth import admit, requires, signed_in
from shared.web.forms import Form, read_form
from shared.web.i18n import gettext, msgid
from shared.web.problem import FieldError

blueprint = flask.Blueprint("accept", __name__)

REFUSE, ACCEPT, PROMISE, DONE = "refuse", "accept", "promise", "done"
"""What the officer decides with the button that sends the form."""
NO_NAME = FieldError("name", msgid("没有填写办事人姓名"), msgid("请填写和身份证上一样的姓名"))
NO_REASON = FieldError("not_a_certificate", msgid("没有写原因"), msgid("请写一句为什么不是开证明"))
NO_RESULT = FieldError("result", msgid("没有写办理结果"), msgid("请写一句办成了什么，居民会看到"))
HAS_RESULT = Reason(
    "result",
    msgid("这件事已经有办理结果，这次写的没有记下"),
    msgid("请到受理台打开这件事，看看现在到哪一步"),
)
NO_PROMISE = FieldError(
    "promise_reason", msgid("没有写原因"), msgid("请写一句为什么今天缺，居民承诺什么时候补")
)


@blueprint.get("/desk/new")
@requires("case.accept")
def new() -> str:
    """Find what it is; once that is known, the form. A draft is gone on with."""
    asked = flask.request.args
    draft = draft_here(asked.get("draft", ""))
    if draft is not None:
        return show_accept.form_page(show_accept.form_of_draft(draft), draft=draft)
    if asked.get("item") or asked.get("kind"):
        return show_accept.form_page(show_accept.first_form())
    page = show_accept.finding_page(asked.get("q", "").strip(), asked.get("from", ""))
    return flask.render_template("intake/desk_new.html", **page)


@blueprint.get("/desk/new/find")
@requires("case.accept")
def find() -> str:
    """What fits so far, while one types."""
    asked = flask.request.args
    found = show_accept.found(asked.get("q", "").strip(), asked.get("from", ""))
    return flask.render_template("intake/_found.html", **found)


@blueprint.post("/desk/new")
@requires("case.accept")
def accept() -> Response | tuple[str, int]:
    """Give the receipt; ask first when it sounds like a certificate communities must not issue."""
    form, certificate = read_form(AcceptForm()), None
    if form.ok:
        asked = _acceptance(form.data)
        try:
            certificate = _undecided(asked, form)
            if form.ok and certificate is None:
                return _receipt(_take(asked, form.data), form.data)
        except Rejected as rejected:
            refuse(form, _in_page_words(rejected, form), LABELS)
    return show_accept.form_page(form, certificate), 422


def _take(asked: Acceptance, data: dict[str, Any]) -> Outcome:
    """Take it in, with its result if it is done already: both, or neither.

    Raises:
        Rejected: one of them is refused.

    """
    done, reference, by = _done(data), data["reference"], asked.actor.username
    if done:
        admit("case.resolve")

    def work(tx: Transaction) -> Outcome:
        outcome = handlers.accept_case(tx, asked)
        if outcome.case is not None and done:
            _resolve(tx, outcome.case, asked.actor, done, repeated=outcome.repeated)
        if outcome.case is not None and reference and not outcome.repeated:
            store_references.accepted(tx, reference, by, outcome.case.number)
        if asked.item and not outcome.repeated:
            drafts.used(tx, by, asked.item)
        drafts.forget(tx, by, asked.key)
        return outcome

    return runtime().database.run(work)


def _done(data: dict[str, Any]) -> str:
    """Its result if the officer said that it is done; text in the box alone does not say so."""
    return str(data["result"]) if _said_done(data) else ""


def _said_done(data: dict[str, Any]) -> bool:
    return DONE in (data["decision"], data["was_done"]) and data["decision"] != REFUSE


def _resolve(tx: Transaction, case: Case, actor: Actor, result: str, *, repeated: bool) -> None:
    """Give it its result; sent again, only what has none yet gets one.

    Raises:
        Conflict: it has had another result, or has moved on meanwhile.

    """
    if repeated and case.resolutions:
        allow(None if case.result == result else HAS_RESULT, as_=Conflict)
        return
    handlers.resolve_case(tx, case.number, actor, result)
    if repeated:
        tx.record("case.resolve", case.number)  # beside that it was asked for again


def _receipt(outcome: Outcome, data: dict[str, Any]) -> Response:
    if outcome.refusal is not None:
        flask.flash(gettext("告知单已出具。请打印，当面交给居民。"), "done")
        return flask.redirect(f"/desk/refusals/{outcome.refusal.number}", code=303)
    if outcome.case is None:
        raise LookupError("accept_case gave neither a case nor a refusal")
    told = gettext("已受理。请把回执交给居民。")
    if _done(data):
        told = gettext("已受理并办结，结果会告诉居民，并请居民评价。")
    elif data["result"] and not outcome.case.result:
        told = gettext("已受理，还没有办结：办理结果没有记下，办完了再填。请把回执交给居民。")
    flask.flash(told, "done")
    return flask.redirect(f"/desk/{outcome.case.number}/receipt", code=303)


def _undecided(asked: Acceptance, form: Form) -> NotIssued | None:
    """The certificate an officer has not decided about yet; what is missing is said on the form.

    Raises:
        Rejected: fields are wrong.

    """
    decision = form.data["decision"]
    if not asked.applicant_name:
        form.refuse(NO_NAME)
    if _said_done(form.data) and not form.data["result"]:
        form.refuse(NO_RESULT)
    if decision == PROMISE and not form.data["promise_reason"]:
        form.refuse(NO_PROMISE)
    district = store_catalogue.district_now(runtime())
    checked = acceptance.check(asked, district)
    if decision == REFUSE:
        return None
    found = acceptance.certificate_asked_for(checked, district)
    if found is not None and decision == ACCEPT:
        form.refuse(NO_REASON)
    return found


def _acceptance(data: dict[str, Any]) -> Acceptance:
    item = store_catalogue.items_now(runtime()).get(data["item"])
    here = set(data["materials"])
    return Acceptance(
        actor=actor(),
        community=signed_in().community or "",
        applicant_name=data["name"],
        phone=data["phone"],
        item=data["item"],
        title=data["title"],
        description=data["description"],
        kind=data["kind"],
        id_no=data["id_no"],
        channel=data["channel"],
        urgency=data["urgency"],
        location=data["location"],
        language=data["language"],
        materials={m.name: m.name in here for m in item.materials} if item else None,
        not_a_certificate="" if data["decision"] == REFUSE else data["not_a_certificate"],
        way=data["way"],
        groups=tuple(data["groups"]),
        promise=_promise(data, item, here),
        started_at=_started(data, item),
        key=data["once"],
    )


def _promise(data: dict[str, Any], item: Item | None, here: set[str]) -> Promised | None:
    """What the resident promises to bring later 容缺 (A24): all that is missing today."""
    if data["decision"] != PROMISE or item is None:
        return None
    missing = (m.name for m in item.materials if m.required and m.name not in here)
    return Promised(tuple(missing), data["promise_reason"])


def _started(data: dict[str, Any], item: Item | None) -> datetime | None:
    """Since when nothing was missing: by the draft, or else since the form was opened."""
    if not complete(item, data["materials"]):
        return None
    draft = draft_here(data["once"])
    if draft is not None and draft.complete_at is not None:
        return draft.complete_at
    return read_stamp(data["opened"], runtime().settings.secret_key)


def _in_page_words(rejected: Rejected, form: Form) -> Rejected:
    """A form sent again after a change has no key to speak of: say what happened."""
    if all(reason.field != "Idempotency-Key" for reason in rejected.reasons):
        return rejected
    form.values = {**form.values, "once": ""}  # sent again it is another matter, with its own key
    return Invalid(
        Reason(
            "",
            msgid("这张表已经提交过，又改了内容"),
            msgid("请先到受理台看看是否已受理；确实是另一件事，再点一次“受理”"),
        )
    )
