"""The care list 关爱名单: who needs care, why, their grid worker; masked, health with consent."""

from typing import Any

import flask
from flask.typing import ResponseReturnValue

from services.intake.grids import actions, care_store, report_store, schemas, show
from services.intake.grids.care_person import CarePerson
from services.intake.grids.pages_blueprint import blueprint
from services.intake.grids.work import find
from services.intake.pages_common import actor, may_reveal, named, refuse, runtime
from services.intake.reason import Rejected, msgid
from shared.clock import now
from shared.permissions import Place, may
from shared.web import reveal
from shared.web.auth import permit, requires, shows, signed_in
from shared.web.forms import Form, page_asked, read_form
from shared.web.i18n import gettext
from shared.web.words import pages as count_pages

PAGE_SIZE = 30
LABELS = {
    "name": msgid("姓名"),
    "phone": msgid("手机号"),
    "id_no": msgid("身份证号"),
    "address": msgid("住址"),
    "grid": msgid("网格"),
    "groups": msgid("属于哪类人群"),
    "needs": msgid("需要怎样照顾"),
    "consent": msgid("单独同意"),
    "worker": msgid("由哪位网格员负责"),
    "every_days": msgid("几天走访一次"),
    "note": msgid("为什么移出"),
}

CHANGED = msgid("已修改")
CONSENT_GONE = msgid("已撤回单独同意，照顾需要和涉及健康的类别都已清除")

PERSONAL = ("name", "phone", "id_no", "address", "needs")
"""What a change leaves as it is where nothing is typed, so that the form shows nobody."""


@blueprint.get("/desk/care")
@requires("care.read")
def care() -> str:
    """The list, whose visit is due first on top."""
    return _page(None, Form())


@blueprint.route("/desk/care/new", methods=["GET", "POST"])
@requires("care.manage")
def new_care() -> ResponseReturnValue:
    """Put somebody on the list."""
    community = show.own_community()
    form = Form()
    if flask.request.method == "POST":
        form = read_form(schemas.CareIn())
        if form.ok:
            try:
                made = actions.add_care(runtime(), actor(), community, form.data)
            except Rejected as rejected:
                refuse(form, rejected, LABELS)
            else:
                flask.flash(gettext("已加入关爱名单"), "done")
                return flask.redirect(f"/desk/care/{made.number}", 303)
    return _form_page(form, community, "/desk/care/new"), 200 if form.ok else 422


@blueprint.get("/desk/care/<number>")
@requires("care.read")
def care_one(number: str) -> str:
    """One of the list."""
    return _page(_here(number), Form())


@blueprint.post("/desk/care/<number>/reveal")
@requires("person.reveal")
@shows("care.read")
def reveal_care(number: str) -> ResponseReturnValue:
    """Show the whole, with a reason that is kept."""
    person = _here(number)
    for action in ("care.read", "person.reveal"):
        permit(action, Place(community=person.community))
    form = reveal.read_reveal()
    if not form.ok:
        return _page(person, Form(), reveal_form=form), 422
    reveal.record(runtime().database, number, reveal.reason_of(form))
    return _page(person, Form(), whole=True)


@blueprint.route("/desk/care/<number>/change", methods=["GET", "POST"])
@requires("care.manage")
@shows("care.read")
def change_care(number: str) -> ResponseReturnValue:
    """Change what is kept of somebody."""
    person = _here(number)
    if flask.request.method != "POST":
        return _change_page(person, Form(_values(person)))
    form = read_form(schemas.CareChangeIn(partial=PERSONAL))
    if form.ok:
        try:
            actions.change_care(runtime(), number, actor(), form.data | _personal(person, form))
        except Rejected as rejected:
            refuse(form, rejected, LABELS)
            return _refused_change(number, form, rejected)
        back = person.consents_no_more(form.data["consent"])
        flask.flash(gettext(CONSENT_GONE if back else CHANGED), "done")
        return flask.redirect(f"/desk/care/{number}", 303)
    return _change_page(person, form), 422


@blueprint.post("/desk/care/<number>/end")
@requires("care.manage")
@shows("care.read")
def end_care(number: str) -> ResponseReturnValue:
    """Take somebody off the list."""
    person = _here(number)
    form = read_form(schemas.GridSaidIn())
    if form.ok:
        try:
            actions.end_care(runtime(), number, actor(), form.data["note"])
        except Rejected as rejected:
            refuse(form, rejected, LABELS)
        else:
            flask.flash(gettext("已移出名单，个人信息已清除"), "done")
            return flask.redirect("/desk/care", 303)
    return _page(person, form), 422


def _personal(person: CarePerson, form: Form) -> dict[str, str]:
    """What is typed, or else as it was; but needs only as long as there is consent to them."""
    kept = {name: form.data.get(name) or getattr(person, name) for name in PERSONAL}
    if person.consents_no_more(form.data["consent"]):
        kept["needs"] = form.data.get("needs") or ""
    return kept


def _refused_change(number: str, form: Form, rejected: Rejected) -> ResponseReturnValue:
    """The form again; what another changed meanwhile as it is now, beside what was typed."""
    person = _here(number)
    if not any(reason.field == "version" for reason in rejected.reasons):
        return _change_page(person, form), 422
    form.values = {**form.values, **_values(person)}
    return _change_page(person, form), 409


def _change_page(person: CarePerson, form: Form) -> str:
    return _form_page(form, person.community, f"/desk/care/{person.number}/change", kept=True)


def _here(number: str) -> CarePerson:
    with runtime().database.read() as connection:
        person = care_store.get(connection, number)
    show.own_place(person)
    return person


def _page(
    chosen: CarePerson | None,
    form: Form,
    *,
    whole: bool = False,
    reveal_form: Form | None = None,
) -> str:
    args, page = flask.request.args, page_asked()
    wanted = care_store.Wanted(
        community=actor().community,
        worker=actor().username if args.get("mine") else "",
        grid=args.get("grid", "")[:20],
        due_before=now() if args.get("due") else None,
    )
    database = runtime().database
    with database.read() as connection:
        found, total = care_store.search(connection, database.keys, wanted, page, PAGE_SIZE)
        alone = care_store.left_alone(connection, [*found, *([chosen] if chosen else [])])
        about = report_store.Wanted(actor().community, care=chosen.number) if chosen else None
        visits = report_store.search(connection, about, 1, 10)[0] if about else []
    manages = may(signed_in(), "care.manage", Place(community=actor().community or ""))
    return flask.render_template(
        "grids/care.html",
        found=found,
        total=total,
        page=page,
        page_count=count_pages(total, PAGE_SIZE),
        filters=Form({name: args.get(name, "") for name in ("mine", "due", "grid")}),
        grids=[(grid.code, grid.name) for grid in show.grids_of(actor().community or "")],
        chosen=chosen,
        visits=visits,
        alone=alone,
        group_names=_group_names,
        consent_name=_consent_name(chosen),
        form=form,
        whole=whole,
        reveal_form=reveal_form or Form(),
        may_reveal=bool(chosen) and may_reveal(chosen.community if chosen else ""),
        manages=manages,
        labels=_labels(),
        now=now(),
    )


def _form_page(form: Form, community: str, action: str, *, kept: bool = False) -> str:
    with runtime().database.read() as connection:
        workers = care_store.workers(connection, community)
    return flask.render_template(
        "grids/care_form.html",
        form=form,
        labels=_labels(),
        action=action,
        groups=[
            (one.code, named(one), gettext("涉及健康，要单独同意") if one.sensitive else "")
            for one in show.work().groups
        ],
        consents=show.choices(show.work().consents),
        workers=[(username, name) for username, name, _grids in workers],
        grids=[(grid.code, grid.name) for grid in show.grids_of(community)],
        every_days=show.work().visit_every_days,
        kept=kept,
    )


def _values(person: CarePerson) -> dict[str, Any]:
    values: dict[str, Any] = {"grid": person.grid, "every_days": person.every_days}
    values["version"] = person.version
    consent = person.consent["how"] if person.consent else ""
    groups = {"groups": list(person.groups), "consent": consent}
    return values | groups | {"worker": person.worker_username}


def _group_names(person: CarePerson) -> str:
    known = [find(show.work().groups, code) for code in person.groups]
    return gettext("、").join(named(one) for one in known if one is not None)


def _consent_name(person: CarePerson | None) -> str:
    if person is None or not person.consent:
        return ""
    return named(find(show.work().consents, person.consent["how"]))


def _labels() -> dict[str, str]:
    return {name: gettext(label) for name, label in LABELS.items()}
