"""The pages of ledger: the one list of what was heard, with a line to write down the next one."""

from collections.abc import Mapping
from secrets import token_hex
from typing import Any, cast

import flask
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from services.intake.desk.pages_accept import ACCEPT, NO_REASON, REFUSE
from services.intake.grids.territory import territory_of
from services.intake.ledger import actions, pages_catalogue, pages_shown, queries, schemas
from services.intake.ledger.demand import BY_HAND, STATES, Demand
from services.intake.ledger.queries import Entry
from services.intake.pages_common import actor, may_reveal, named, refuse, runtime
from services.intake.reason import Rejected, msgid
from shared.district import NotIssued
from shared.permissions import Place, may
from shared.web import auth, reveal
from shared.web.auth import permit, requires, shows, signed_in
from shared.web.forms import Form, read_form
from shared.web.i18n import gettext
from shared.web.problem import plain

blueprint = flask.Blueprint("ledger_pages", __name__)
blueprint.record_once(lambda state: pages_shown.install(cast("flask.Flask", state.app)))
blueprint.register_blueprint(pages_catalogue.blueprint)

ACTS: Mapping[str, tuple[str, str, str, Any]] = {
    "answer": (msgid("答复"), msgid("怎么答复的"), "a", schemas.DemandNoteIn),
    "to-case": (msgid("转为办件"), "", "c", schemas.DemandCaseForm),
    "watch": (msgid("持续关注"), msgid("为什么先放一放"), "w", schemas.DemandNoteIn),
    "link": (msgid("关联上报"), "", "u", schemas.DemandLinkIn),
    "finish": (msgid("已落实"), msgid("怎么落实的"), "e", schemas.DemandNoteIn),
}
"""Action -> its name, the label of its words, its key, its form."""
DONE = {
    "answer": msgid("已记下答复"),
    "to-case": msgid("已转为办件"),
    "watch": msgid("会持续关注，每次梳理都会列出来"),
    "link": msgid("已关联"),
    "finish": msgid("已落实，记下了"),
}
LABELS = {
    "words": msgid("听到了什么"),
    "theme": msgid("分类"),
    "channel": msgid("从哪里听到的"),
    "item": msgid("对应的事项"),
    "grid": msgid("网格"),
    "heard_from": msgid("谁听到的"),
    "tags": msgid("标签"),
    "name": msgid("谁说的"),
    "phone": msgid("联系电话"),
    "note": msgid("内容"),
    "report": msgid("上报编号"),
    "kind": msgid("是哪一类"),
    "title": msgid("事由"),
    "department": msgid("转给哪个部门"),
    "applicant.name": msgid("谁说的"),
    "applicant.phone": msgid("联系电话"),
    "not_a_certificate": msgid("为什么不是开证明"),
}
USUAL_CHANNEL = {auth.GRID: "grid"}
FILTERS = ("community", "theme", "state", "channel", "month", "before")


@blueprint.get("/desk/ledger")
@requires("demand.read")
def ledger() -> str:
    """The list, and a line for the next one."""
    return _page(None, Form())


@blueprint.post("/desk/ledger")
@requires("demand.record")
@shows("demand.read")
def record() -> ResponseReturnValue:
    """Write down what was heard."""
    form = read_form(schemas.HeardForm())
    if form.ok:
        said = form.data | {"tags": _tags(form.data["tags"])}
        try:
            made = actions.record(runtime(), actor(), said)
        except Rejected as rejected:
            refuse(form, rejected, LABELS)
        else:
            flask.flash(gettext("已记下 %(number)s", number=made.demand.number), "done")
            return flask.redirect("/desk/ledger", 303)
    return _page(None, Form(), heard=form), 422


@blueprint.get("/desk/ledger/<number>")
@requires("demand.read")
def demand(number: str) -> str:
    """One entry beside the list."""
    return _page(_here(number), Form())


@blueprint.post("/desk/ledger/<number>/reveal")
@requires("person.reveal")
@shows("demand.read")
def reveal_demand(number: str) -> ResponseReturnValue:
    """Show the whole, with a reason that is kept."""
    found, form = _here(number), reveal.read_reveal()
    permit("person.reveal", Place(community=found.demand.community))
    if not form.ok:
        return _page(found, Form(), reveal_form=form), 422
    reveal.record(runtime().database, number, reveal.reason_of(form))
    return _page(found, Form(), whole=True)


@blueprint.post("/desk/ledger/<number>/<action>")
@requires("demand.record")
@shows("demand.read")
def act_on_demand(number: str, action: str) -> ResponseReturnValue:
    """Do something about it; what is wrong comes back in the form, and so does what is asked."""
    if action not in ACTS:
        raise plain(404)
    found, certificate = _here(number), None
    form = read_form(ACTS[action][3]())
    if form.ok:
        try:
            certificate = _undecided(found, form) if action == "to-case" else None
            if form.ok and certificate is None:
                return _done(action, actions.act(runtime(), number, action, actor(), form.data))
        except Rejected as rejected:
            refuse(form, rejected, LABELS)
    return _page(found, form, action, certificate=certificate), 422


def _undecided(found: Entry, form: Form) -> NotIssued | None:
    """The certificate an officer has not decided about yet, as at the desk (`pages_accept`).

    Raises:
        Rejected: fields are wrong.
    """
    decision = form.data.pop("decision")
    if decision == REFUSE:
        form.data["not_a_certificate"] = ""
        return None
    certificate = actions.certificate_in(runtime(), found, actor(), form.data)
    if certificate is not None and decision == ACCEPT:
        form.refuse(NO_REASON)
    return certificate


def _done(action: str, after: Demand) -> Response:
    """On to what came of it: the case, the refusal to print, or the entry."""
    if action == "to-case" and not after.case_number:
        flask.flash(gettext("告知单已出具。请打印，当面交给居民。"), "done")
        return flask.redirect(f"/desk/refusals/{after.answer}", 303)
    flask.flash(gettext(DONE[action]), "done")
    made = f"/desk/{after.case_number}" if action == "to-case" else ""
    return flask.redirect(made or f"/desk/ledger/{after.number}", 303)


def _here(number: str) -> Entry:
    return actions.entry(runtime(), number, actor())


def _tags(text: str) -> list[str]:
    plain_text = text.replace("，", "、").replace(",", "、").replace(" ", "、")
    return [tag for tag in plain_text.split("、") if tag]


def _page(
    chosen: Entry | None,
    form: Form,
    refused: str = "",
    *,
    heard: Form | None = None,
    whole: bool = False,
    reveal_form: Form | None = None,
    certificate: NotIssued | None = None,
) -> str:
    filters = _filters()
    wanted = actions.wanted(actor(), filters.data)
    with runtime().database.read() as connection:
        found = queries.search(connection, wanted)
        themes = queries.counts(connection, _of_month(wanted), "theme")
        states = dict(queries.counts(connection, _of_month(wanted), "state"))
        lines = pages_shown.lines(connection, chosen, whole=whole)
    user = signed_in()
    return flask.render_template(
        "ledger/ledger.html",
        found=found.entries,
        more=queries.place_text(found.more),
        filters=filters,
        themes=themes,
        states=states,
        month=_of_month(wanted).month,
        state_options=[("waiting", gettext("还没着落的")), *pages_shown.options(STATES)],
        channels=[(one.code, named(one)) for one in runtime().district.rules.channels],
        theme_options=pages_shown.theme_options(),
        communities=pages_shown.community_options() if actor().community is None else [],
        months=pages_shown.months(),
        grids=[(one.code, one.name) for one in territory_of(runtime().district).of(_community())],
        heard=heard or _empty(),
        labels={name: gettext(label) for name, label in LABELS.items()},
        may_record=may(user, "demand.record"),
        chosen=chosen,
        lines=lines,
        acts=_acts(chosen),
        may_talk=_may_talk(chosen),
        form=form,
        refused=refused,
        certificate=certificate,
        whole=whole,
        reveal_form=reveal_form or Form(),
        may_reveal=bool(chosen) and may_reveal(chosen.demand.community if chosen else ""),
        case_kinds=[(one.code, named(one)) for one in runtime().district.rules.kinds[1:]],
        departments=[(one.code, named(one)) for one in runtime().district.departments.values()],
    )


def _community() -> str:
    return actor().community or ""


def _empty() -> Form:
    """The form before anybody typed; its key makes it one entry however often it is sent."""
    return Form({"id": token_hex(16), "channel": USUAL_CHANNEL.get(signed_in().role, "desk")})


def _filters() -> Form:
    given = {name: flask.request.args.get(name, "") for name in FILTERS}
    wrong = schemas.LedgerQuery().validate(given)
    kept = {name: "" if name in wrong else value for name, value in given.items()}
    return Form(kept, data=kept)


def _of_month(wanted: queries.Wanted) -> queries.Wanted:
    """What the numbers on top are of: the month that is asked for, or else this one."""
    month = wanted.month or pages_shown.months()[0][0]
    return queries.Wanted(community=wanted.community, month=month)


def _may_talk(chosen: Entry | None) -> bool:
    """Whether this person may have it talked over, and nobody does yet."""
    if chosen is None or chosen.demand.deliberation_number or not chosen.demand.may("link"):
        return False
    return may(signed_in(), "deliberation.manage", Place(community=chosen.demand.community))


def _acts(chosen: Entry | None) -> list[dict[str, str]]:
    """What this person may do now."""
    if chosen is None:
        return []
    place = Place(community=chosen.demand.community)
    if not may(signed_in(), "demand.record", place):
        return []
    return [
        {
            "code": code,
            "label": gettext(ACTS[code][0]),
            "words": gettext(ACTS[code][1]) if ACTS[code][1] else "",
            "key": ACTS[code][2],
        }
        for code in BY_HAND
        if chosen.demand.may(code)
    ]
