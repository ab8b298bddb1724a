"""People's own data at the desk: find whose it is, take a request, do it (PIPL 44 to 50).

No address names anybody: a person is who brought a certain case.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import flask
from werkzeug.wrappers import Response

from services.intake import queries
from services.intake.acceptance import read_id_no, read_phone
from services.intake.case import Applicant, Case
from services.intake.pages_common import actor, full_day, lang, refuse, runtime
from services.intake.reason import Reason, Rejected
from services.intake.refusal import Refusal
from services.intake.rights import actions, handlers, rights, views
from services.intake.rights import queries as rights_queries
from services.intake.rights.forms import (
    CorrectForm,
    EraseForm,
    ExportForm,
    FindForm,
    RefuseForm,
    RequestForm,
)
from services.intake.rights.handlers import Asked
from services.intake.rights.queries import Matters, Wanted
from services.intake.rights.retention import retention_of
from shared.case_number import BadCaseNumber, parse
from shared.clock import local, now
from shared.mask import mask_text
from shared.permissions import may
from shared.web.auth import requires, shows, signed_in
from shared.web.forms import Form, read_form
from shared.web.i18n import gettext, msgid
from shared.web.problem import FieldError, Problem

blueprint = flask.Blueprint("people", __name__)

NOBODY = FieldError(
    "q", msgid("没有找到：这里没有登记过这个号码"), msgid("请核对号码；也可以按办件编号找")
)
LABELS = {
    "q": msgid("手机号、身份证号或办件编号"),
    "kind": msgid("要求什么"),
    "channel": msgid("怎么提出的"),
    "checked": msgid("怎么核对的身份"),
    "wish": msgid("本人怎么说"),
    "why_export": msgid("为什么查"),
    "cases": msgid("哪些办件"),
    "erased": msgid("哪些办件"),
    "name": msgid("姓名"),
    "phone": msgid("手机号"),
    "id_no": msgid("身份证号"),
    "why_correct": msgid("为什么更正"),
    "why_erase": msgid("为什么删除"),
    "reason": msgid("理由"),
}
"""What the fields are called where something is wrong with them."""
ASKED, COPIED, CORRECTED, ERASED = "request", "export", "correct", "erase"
"""The forms of the page, each by where it is sent."""


@blueprint.get("/desk/people")
@requires("person.export")
def door() -> str:
    """Find somebody; and the register of requests."""
    return _door(Form())


@blueprint.post("/desk/people")
@requires("person.export")
def find() -> Response | tuple[str, int] | tuple[str, int, Mapping[str, str]]:
    """Go to the person; the address says nothing about them. Who looked for whom is recorded."""
    form = read_form(FindForm())
    if form.ok:
        try:
            found = actions.search(runtime(), _wanted(form.data["q"]))
        except Problem as resting:
            return _door(form.refuse_problem(resting)), resting.status, resting.headers
        if found.door:
            return flask.redirect(f"/desk/people/of/{found.door}", code=303)
        form.refuse(NOBODY)
    return _door(form), 422


@blueprint.get("/desk/people/of/<number>")
@requires("person.export")
@shows("person.read")
def show(number: str) -> str:
    """What is held of the person of this case, masked, and what can be done about it."""
    return page(number, Form())


@blueprint.post("/desk/people/of/<number>/request")
@requires("person.export")
@shows("person.read")
def take(number: str) -> Response | tuple[str, int]:
    """Take their request into the register."""
    form, about = read_form(RequestForm()), queries.read_number(number)

    def work() -> None:
        asked, by = Asked(about=about, **form.data), actor()
        taken = runtime().database.run(lambda tx: handlers.take_request(tx, asked, by))
        told = gettext("已登记 %(number)s，%(day)s前答复。", number=taken.number, day=_day(taken))
        flask.flash(told, "done")

    return _done(number, form, work, ASKED)


@blueprint.post("/desk/people/of/<number>/export")
@requires("person.export")
@shows("person.read")
def export(number: str) -> flask.Response | Response | tuple[str, int]:
    """Everything intake holds of them, to print or to take away."""
    form = read_form(ExportForm())
    if not form.ok:
        return page(number, form, COPIED), 422
    said, by = form.data, actor()
    held = actions.export_of(runtime(), queries.read_number(number), said["why_export"], by)
    return given_out(held, number, as_file=said["form"] == "json")


@blueprint.post("/desk/people/of/<number>/correct")
@requires("person.correct")
@shows("person.read")
def correct(number: str) -> Response | tuple[str, int]:
    """Put their details right in the chosen cases."""
    form = read_form(CorrectForm())

    def work() -> None:
        said = form.data
        right = Applicant(said["name"], said["phone"], said["id_no"])
        actions.correct(
            runtime(),
            said["cases"],
            actor(),
            right,
            said["why_correct"],
            without_id=said["without_id"],
        )
        flask.flash(gettext("已更正，其他系统会跟着改。"), "done")

    return _done(number, form, work, CORRECTED)


@blueprint.post("/desk/people/of/<number>/erase")
@requires("person.erase")
@shows("person.read")
def erase(number: str) -> Response | tuple[str, int]:
    """Forget them in the chosen cases, for good."""
    form = read_form(EraseForm())

    def work() -> None:
        said = form.data
        actions.erase(runtime(), said["erased"], actor(), said["why_erase"])
        flask.flash(gettext("已删除，其他系统会跟着删。"), "done")

    return _done(number, form, work, ERASED)


@blueprint.post("/desk/people/of/<number>/refuse/<request>")
@requires("person.export")
@shows("person.read")
def refuse_one(number: str, request: str) -> Response | tuple[str, int]:
    """Answer a request with no, and why."""
    form = read_form(RefuseForm())

    def work() -> None:
        why = form.data["reason"]
        actions.refuse(runtime(), request, signed_in(), actor(), why)
        flask.flash(gettext("已答复不能办，请把理由告诉本人。"), "done")

    return _done(number, form, work, request)


def page(number: str, form: Form, sent: str = "") -> str:
    """Show the person, with what was wrong in the form that was sent: one of them, or a request."""
    with runtime().database.read() as connection:
        found = rights_queries.of_same_person(connection, number, actor().community)
        held = rights_queries.counts(connection, found)
    user = signed_in()
    return flask.render_template(
        "intake/person.html",
        number=queries.read_number(number),
        found=found,
        held=held,
        form=form,
        sent=sent,
        blank=Form(),
        labels=_labels(),
        present=_present(found, number),
        matters=[_row(one) for one in (*found.cases, *found.refusals)],
        elsewhere=things_of(found),
        cut=views.cut_words() if found.cut else "",
        choices=_choices(found),
        open_chosen=Form({"cases": _open(found)}),
        may_correct=may(user, "person.correct"),
        may_erase=may(user, "person.erase"),
        without_names=lambda text, one: mask_text(text, one.name),
        may_refuse=lambda kind: may(user, actions.DOES[kind]),
        **words(),
    )


def things_of(found: Matters) -> list[dict[str, Any]]:
    """What the packages hold beside the cases: what, number, of whom, when and where."""
    names, where = views.thing_names(), views.community_name
    return [
        {
            "what": names[one.kind],
            "number": one.number,
            "name": one.said.get("name", ""),
            "at": one.at,
            "where": where(one.community),
        }
        for one in found.elsewhere
    ]


def given_out(held: dict[str, Any], number: str, *, as_file: bool) -> flask.Response:
    """What is held as a JSON file, or as a page to print. Nobody keeps a copy on the way."""
    if as_file:
        response = flask.Response(json.dumps(held, ensure_ascii=False, indent=2) + "\n")
        response.content_type = "application/json; charset=utf-8"
        name = f"geren-xinxi-{number}.json"
        response.headers.set("Content-Disposition", "attachment", filename=name)
    else:
        paper = flask.render_template(
            "intake/person_paper.html",
            held=held,
            number=number,
            at=now(),
            district=_district(),
            things=views.thing_names(),
        )
        response = flask.Response(paper)
    response.headers["Cache-Control"] = "no-store"
    return response


def words() -> dict[str, Any]:
    """Names of closed lists, in the reader's language."""
    english = lang() == "en"

    def named(names: dict[str, tuple[str, str]]) -> dict[str, str]:
        return {code: pair[english] for code, pair in names.items()}

    return {
        "kinds": named(rights.KINDS),
        "channels": named(rights.CHANNELS),
        "checks": named(rights.CHECKS),
        "states": named(rights.STATES),
    }


def _door(form: Form) -> str:
    community = actor().community
    with runtime().database.read() as connection:
        waiting = rights_queries.list_requests(connection, community, waiting=True)
        answered = rights_queries.list_requests(connection, community, waiting=False, limit=20)
    kept = retention_of(runtime().district)
    return flask.render_template(
        "intake/people.html",
        form=form,
        waiting=waiting,
        answered=answered,
        labels=_labels(),
        workdays=kept.answer_workdays,
        confirmed=kept.answer_confirmed,
        **words(),
    )


def _done(
    number: str, form: Form, work: Callable[[], None], sent: str
) -> Response | tuple[str, int]:
    """Do it and go back to the person; or show what is wrong."""
    if form.ok:
        try:
            work()
        except Rejected as rejected:
            refuse(form, _at_field(rejected, sent), LABELS)
        else:
            return flask.redirect(f"/desk/people/of/{queries.read_number(number)}", code=303)
    return page(number, form, sent), 422


def _at_field(rejected: Rejected, sent: str) -> Rejected:
    """What is wrong with a case stands where the sent form has its cases."""
    field = "erased" if sent == ERASED else "cases"
    return Rejected(
        *(
            replace(reason, field=field) if reason.field in ("case", "cases") else reason
            for reason in rejected.reasons
        )
    )


def _wanted(text: str) -> Wanted:
    """A case's number, an identity number or a telephone number, by what it looks like."""
    community = actor().community
    try:
        return Wanted(number=str(parse(text)), community=community)
    except BadCaseNumber:
        phone, id_no = read_phone(text), read_id_no(text)
        return Wanted(
            "" if isinstance(phone, Reason) else phone,
            "" if isinstance(id_no, Reason) else id_no,
            community=community,
        )


def _row(one: Any) -> dict[str, Any]:
    """A case or a refusal as the list shows it, with until when it is kept."""
    kept = retention_of(runtime().district)
    is_case = hasattr(one, "applicant")
    period = kept.cases.get(one.kind) if is_case else kept.refusals
    ended = one.closed_at if is_case else one.at
    return {
        "number": one.number,
        "title": one.title,
        "case": one if is_case else None,
        "name": one.applicant.name if is_case else one.applicant_name,
        "phone": one.applicant.phone if is_case else one.applicant_phone,
        "id_no": one.applicant.id_no if is_case else "",
        "until": period.ends(ended) if period and ended else None,
        "archive": bool(period and period.archive),
        "erased_at": one.erased_at,
    }


def _choices(found: Matters) -> dict[str, Sequence[tuple[Any, ...]]]:
    """What can be chosen to be corrected, and to be erased, or why it cannot be yet."""
    present = [case for case in found.cases if case.erased_at is None]
    refused = [one for one in found.refusals if one.erased_at is None]
    listed = [(case.number, f"{case.number} {case.title}") for case in present]
    return {"correct": listed, "erase": [*map(_erasable, present), *map(_erasable, refused)]}


def _erasable(one: Case | Refusal) -> tuple[Any, ...]:
    """A choice to erase this; one that cannot be chosen, and why, while it must be kept."""
    label = f"{one.number} {one.title}"
    if handlers.may_be_erased(runtime().district, one, now()) is None:
        return one.number, label
    until = _row(one)["until"]
    if until is None:
        return one.number, label, gettext("还在办，办完以后才能删"), True
    day = full_day(until)
    return one.number, label, gettext("按规定要保存到 %(day)s，期内不能删", day=day), True


def _present(found: Matters, number: str) -> Applicant | None:
    """Who the person is said to be, in this case or else in the newest."""
    known = {case.number: case.applicant for case in found.cases if case.erased_at is None}
    return known.get(queries.read_number(number)) or next(iter(known.values()), None)


def _open(found: Matters) -> list[str]:
    """What is chosen to be corrected unless somebody chooses otherwise."""
    return [case.number for case in found.cases if case.erased_at is None and case.open]


def _day(taken: rights.PersonRequest) -> str:
    due = local(taken.due_at)
    return f"{due:%Y-%m-%d}" if lang() == "en" else f"{due.month}月{due.day}日"


def _labels() -> dict[str, str]:
    return {name: gettext(label) for name, label in LABELS.items()}


def _district() -> str:
    known = runtime().district
    return known.name_en if lang() == "en" else known.full_name
