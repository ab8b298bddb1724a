"""Accepting a matter 受理: find what it is, fill one form, get the receipt."""

import secrets
from collections.abc import Iterable
from typing import Any

import flask
import marshmallow as ma
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from services.intake import acceptance, handlers
from services.intake.acceptance import Acceptance
from services.intake.api import LONGEST_KEY
from services.intake.case import APPLY
from services.intake.handlers import Outcome
from services.intake.pages_common import (
    actor,
    department_short,
    matters_for,
    named,
    refuse,
    runtime,
)
from services.intake.pages_home import FOR_RESIDENTS, certificate_named
from services.intake.reason import Invalid, Reason, Rejected
from shared.district import Choice, Item, NotIssued
from shared.web import auth
from shared.web.auth import requires, signed_in
from shared.web.forms import Form, read_form
from shared.web.i18n import CHINESE, gettext, language, msgid
from shared.web.problem import FieldError

blueprint = flask.Blueprint("accept", __name__)

MOST_FOUND = 8
MOST_MATTERS = 5
ONLINE = ("online", "open311")
"""Channels nobody at a desk takes a matter from."""
USUAL_CHANNEL = {auth.GRID: "grid"}
REFUSE = "refuse"
ACCEPT = "accept"
NO_NAME = FieldError("name", msgid("没有填写办事人姓名"), msgid("请填写和身份证上一样的姓名"))
NO_REASON = FieldError("not_a_certificate", msgid("没有写原因"), msgid("请写一句为什么不是开证明"))
LABELS = {
    "name": msgid("办事人姓名"),
    "applicant.phone": msgid("电话"),
    "applicant.id_no": msgid("身份证号"),
    "title": msgid("事由"),
    "description": msgid("补充说明"),
    "location": msgid("地点"),
    "urgency": msgid("缓急"),
    "channel": msgid("从哪里来"),
    "not_a_certificate": msgid("为什么不是开证明"),
}

LONGEST_CODE = 60
"""Of what is chosen from a list, and of numbers; whether it is right the domain says."""


class AcceptForm(ma.Schema):
    """What is filled in at the desk; the domain checks the rest."""

    item = fields.String(load_default="", validate=validate.Length(max=LONGEST_CODE))
    matter = fields.String(load_default="", validate=validate.Length(max=LONGEST_CODE))
    kind = fields.String(load_default=APPLY, validate=validate.Length(max=LONGEST_CODE))
    name = fields.String(load_default="", validate=validate.Length(max=60))
    phone = fields.String(
        load_default="", data_key="applicant.phone", validate=validate.Length(max=LONGEST_CODE)
    )
    id_no = fields.String(
        load_default="", data_key="applicant.id_no", validate=validate.Length(max=LONGEST_CODE)
    )
    title = fields.String(load_default="", validate=validate.Length(max=200))
    description = fields.String(load_default="", validate=validate.Length(max=4000))
    location = fields.String(load_default="", validate=validate.Length(max=300))
    urgency = fields.String(load_default="normal", validate=validate.Length(max=LONGEST_CODE))
    channel = fields.String(load_default="desk", validate=validate.Length(max=LONGEST_CODE))
    language = fields.String(load_default="zh", validate=validate.OneOf(["zh", "en"]))
    materials = fields.List(
        fields.String(validate=validate.Length(max=220)),
        load_default=list,
        validate=validate.Length(max=100),
    )
    not_a_certificate = fields.String(load_default="", validate=validate.Length(max=300))
    decision = fields.String(load_default="", validate=validate.Length(max=LONGEST_CODE))
    once = fields.String(load_default="", validate=validate.Length(max=LONGEST_KEY))


@blueprint.get("/desk/new")
@requires("case.accept")
def new() -> str:
    """Find what it is; once that is known, the form."""
    asked = flask.request.args
    if asked.get("item") or asked.get("kind"):
        return _form_page(_first_form())
    return flask.render_template("intake/desk_new.html", **_found(asked.get("q", "").strip()))


@blueprint.get("/desk/new/find")
@requires("case.accept")
def find() -> str:
    """What fits so far, while one types."""
    found = _found(flask.request.args.get("q", "").strip())
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
                return _receipt(runtime().database.run(lambda tx: handlers.accept_case(tx, asked)))
        except Rejected as rejected:
            refuse(form, _in_page_words(rejected), LABELS)
    return _form_page(form, certificate), 422


def _receipt(outcome: Outcome) -> Response:
    if outcome.refusal is not None:
        flask.flash(gettext("告知单已出具。请打印，当面交给居民。"), "done")
        return flask.redirect(f"/desk/refusals/{outcome.refusal.number}", code=303)
    if outcome.case is None:
        raise LookupError("accept_case gave neither a case nor a refusal")
    flask.flash(gettext("已受理。请把回执交给居民。"), "done")
    return flask.redirect(f"/desk/{outcome.case.number}/receipt", code=303)


def _undecided(asked: Acceptance, form: Form) -> NotIssued | None:
    """The certificate an officer has not decided about yet; what is missing is said on the form.

    Raises:
        Rejected: fields are wrong.

    """
    if not asked.applicant_name:
        form.refuse(NO_NAME)
    district = runtime().district
    checked = acceptance.check(asked, district)
    if form.data["decision"] == REFUSE:
        return None
    found = acceptance.certificate_asked_for(checked, district)
    if found is not None and form.data["decision"] == ACCEPT:
        form.refuse(NO_REASON)
    return found


def _acceptance(data: dict[str, Any]) -> Acceptance:
    item = runtime().district.items.get(data["item"])
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
        key=data["once"],
    )


def _in_page_words(rejected: Rejected) -> Rejected:
    """A form sent again after a change has no key to speak of: say what happened."""
    if all(reason.field != "Idempotency-Key" for reason in rejected.reasons):
        return rejected
    return Invalid(
        Reason(
            "",
            msgid("这张表已经提交过，又改了内容"),
            msgid("请先到受理台看看是否已受理；确实是另一件事，再点一次“受理”"),
        )
    )


def _found(asked: str) -> dict[str, Any]:
    district = runtime().district
    matters = matters_for(asked)[:MOST_MATTERS] if asked else []
    found = district.search_items(asked, MOST_FOUND)
    return {
        "asked": asked,
        "found": found,
        "refusal": district.refusal_for(asked) or (None if found else certificate_named(asked)),
        "matters": [(m, department_short(district.departments[m.department])) for m in matters],
        "common": [item for item in district.items.values() if item.item_class in FOR_RESIDENTS],
        "kinds": [kind for kind in district.rules.kinds if kind.code != APPLY],
    }


def _first_form() -> Form:
    asked = flask.request.args
    channel = USUAL_CHANNEL.get(signed_in().role, "desk")
    matter = runtime().district.out_of_scope.get(asked.get("matter", ""))
    said = asked.get("q", "").strip()
    title = said or (matter.name if matter else "")
    return Form(
        {
            "item": asked.get("item", ""),
            "matter": asked.get("matter", ""),
            "kind": asked.get("kind") or APPLY,
            "title": title,
            "urgency": "normal",
            "channel": channel,
            "language": "zh",
        }
    )


def _form_page(form: Form, certificate: NotIssued | None = None) -> str:
    district = runtime().district
    item: Item | None = district.items.get(str(form.value("item")))
    matter = district.out_of_scope.get(str(form.value("matter")))
    kinds = {kind.code: kind for kind in district.rules.kinds}
    code = matter.department if matter else (item.department if item else None)
    return flask.render_template(
        "intake/desk_accept.html",
        form=form,
        item=item,
        matter=matter,
        kind=kinds.get(str(form.value("kind")), kinds[APPLY]),
        department=district.departments.get(code or ""),
        certificate=certificate,
        labels={name: gettext(label) for name, label in LABELS.items()},
        urgencies=[(u.code, named(u), _note(u)) for u in district.rules.urgencies],
        channels=_options(c for c in district.rules.channels if c.code not in ONLINE),
        once=secrets.token_urlsafe(12),
    )


def _note(choice: Choice) -> str:
    """The pack's notes are Chinese only."""
    return choice.note or "" if language() == CHINESE else ""


def _options(choices: Iterable[Choice]) -> list[tuple[str, str]]:
    return [(choice.code, named(choice)) for choice in choices]
