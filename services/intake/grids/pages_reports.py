"""Reports at the desk: the list with the chosen one beside it, and the four steps."""

from typing import Any

import flask
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from services.intake.files import actions as files_actions
from services.intake.files.store import get_file
from services.intake.grids import actions, notice_store, report_store, report_words, schemas, show
from services.intake.grids.pages_blueprint import blueprint
from services.intake.grids.report import STATES, Report, possible
from services.intake.grids.report_store import Wanted
from services.intake.pages_common import actor, may_reveal, named, refuse, runtime
from services.intake.reason import Rejected, Unknown, msgid
from shared.clock import now
from shared.permissions import Place, may
from shared.uploads.links import FOR_STAFF, NotALink, file_behind
from shared.web import reveal
from shared.web.auth import permit, requires, shows, signed_in
from shared.web.forms import Form, page_asked, read_form
from shared.web.i18n import gettext
from shared.web.problem import plain
from shared.web.words import pages as count_pages

PAGE_SIZE = 30
ACTS: dict[str, tuple[str, str, Any]] = {
    "take": (msgid("接单"), "", schemas.GridNoteIn),
    "dispatch": (msgid("派单"), msgid("要交代的话"), schemas.DispatchIn),
    "press": (msgid("督单"), msgid("催什么"), schemas.GridNoteIn),
    "solve": (msgid("报告解决"), msgid("怎样解决的"), schemas.GridSaidIn),
    "approve": (msgid("审单通过"), "", schemas.GridNoteIn),
    "return": (msgid("审单退回"), msgid("哪里还没解决"), schemas.GridSaidIn),
    "to-case": (msgid("转为办件"), "", schemas.GridCaseIn),
    "dismiss": (msgid("不予处理"), msgid("为什么不用处理"), schemas.GridSaidIn),
}
"""Action -> its name, the label of its words where they are asked for, and its form."""
WITH_CHOICES = ("dispatch", "to-case")
"""What asks for more than words."""
KEYS = {"take": "a", "dispatch": "d", "solve": "s", "approve": "a", "to-case": "c", "press": "u"}
DONE = {
    "take": msgid("已接单"),
    "dispatch": msgid("已派单"),
    "press": msgid("已督单"),
    "solve": msgid("已报告解决，等审单"),
    "approve": msgid("审单通过"),
    "return": msgid("已退回承办人"),
    "to-case": msgid("已转为办件"),
    "dismiss": msgid("已记下理由"),
}


@blueprint.get("/desk/reports")
@requires("report.read")
def reports() -> str:
    """The list."""
    return _page(None, Form())


@blueprint.get("/desk/reports/<number>")
@requires("report.read")
def report(number: str) -> str:
    """One report beside the list."""
    return _page(show.report_here(number), Form())


@blueprint.post("/desk/reports/<number>/<action>")
@requires("report.handle")
@shows("report.read")
def act_on_report(number: str, action: str) -> ResponseReturnValue:
    """Do something about it; what is wrong comes back in the form."""
    if action not in ACTS:
        raise plain(404)
    one = show.report_here(number)
    if action in actions.MANAGED:
        permit("report.manage", Place(community=one.community))
    form = read_form(ACTS[action][2]())
    if form.ok:
        try:
            after = actions.act(runtime(), number, action, actor(), form.data)
        except Rejected as rejected:
            refuse(form, rejected, dict.fromkeys(form.values, ""))
        else:
            flask.flash(gettext(DONE[action]), "done")
            return flask.redirect(_next(after), 303)
    return _page(show.report_here(number), form, action), 422


@blueprint.post("/desk/reports/<number>/reveal")
@requires("person.reveal")
@shows("report.read")
def reveal_report(number: str) -> ResponseReturnValue:
    """Show the whole, with a reason that is kept."""
    one = show.report_here(number)
    for permission in ("report.read", "person.reveal"):
        permit(permission, Place(community=one.community))
    form = reveal.read_reveal()
    if not form.ok:
        return _page(one, Form(), reveal_form=form), 422
    reveal.record(runtime().database, number, reveal.reason_of(form))
    return _page(one, Form(), whole=True)


@blueprint.get("/desk/reports/photos/<token>")
@requires("report.read")
def photo(token: str) -> flask.Response:
    """Give a photo to the person its link was made for."""
    try:
        secret = runtime().settings.secret_key
        file_id = file_behind(token, f"staff:{signed_in().username}", secret, FOR_STAFF)
        with runtime().database.read() as connection:
            file = get_file(connection, file_id)
    except (NotALink, Unknown) as error:
        raise NotFound from error
    _own_photo(file.case_number)
    small = flask.request.args.get("preview") == "1"
    return files_actions.serve(runtime(), file, preview=small)


def _own_photo(number: str) -> None:
    """Let only those see it who may see the report it belongs to, or the case that came of it."""
    with runtime().database.read() as connection:
        own = Wanted(community=actor().community, number=number)
        of_case = Wanted(community=actor().community, case=number)
        known = report_store.count(connection, own) or report_store.count(connection, of_case)
    if not known:
        raise NotFound


def _next(after: Report) -> str:
    """A case that came of it is looked at next."""
    return f"/desk/{after.case_number}" if after.case_number else f"/desk/reports/{after.number}"


def _page(
    chosen: Report | None,
    form: Form,
    refused: str = "",
    *,
    whole: bool = False,
    reveal_form: Form | None = None,
) -> str:
    args = flask.request.args
    state = args.get("state", "open")
    kind, mine = args.get("kind", ""), args.get("mine", "")
    wanted = Wanted(
        community=actor().community,
        states=actions.states_of(state),
        kind=kind if show.work().kind(kind) else "",
        handler=actor().username if mine else "",
        due_before=now() if state == "late" else None,
    )
    page = page_asked()
    with runtime().database.read() as connection:
        found, total = report_store.search(connection, wanted, page, PAGE_SIZE)
        counts = report_store.counts(connection, Wanted(community=actor().community))
        own = actor().community
        late = report_store.count(connection, Wanted(community=own, due_before=now()))
        told = report_store.timeline(connection, chosen.number) if chosen else []
        about = notice_store.Wanted(own, (), report=chosen.number) if chosen else None
        notices = notice_store.search(connection, about, 1, 10)[0] if about else []
    return flask.render_template(
        "grids/reports.html",
        found=found,
        total=total,
        page=page,
        page_count=count_pages(total, PAGE_SIZE),
        counts=counts,
        late=late,
        filters=Form({"state": state, "kind": kind, "mine": mine}),
        states=_states(),
        kinds=show.choices(show.work().kinds),
        chosen=chosen,
        told=show.told(told, report_words.LINES, whole=whole),
        photos=show.photos_of(chosen) if chosen else [],
        notices=notices,
        acts=_acts(chosen),
        form=form,
        refused=refused or args.get("act", ""),
        whole=whole,
        reveal_form=reveal_form or Form(),
        may_reveal=bool(chosen) and may_reveal(chosen.community if chosen else ""),
        staff=show.staff_choices(chosen.community) if chosen and chosen.open else [],
        case_kinds=[(one.code, named(one)) for one in runtime().district.rules.kinds[1:]],
        departments=[(one.code, named(one)) for one in runtime().district.departments.values()],
        now=now(),
        lamp=show.lamp,
        may_make=may(signed_in(), "report.make"),
        may_handle=chosen and may(signed_in(), "report.handle", Place(chosen.community)),
    )


def _states() -> list[tuple[str, str]]:
    every = [("open", gettext("没办完的")), ("late", gettext("已超期"))]
    every += [(state, gettext(label)) for state, label in STATES.items()]
    return [*every, ("all", gettext("全部"))]


def _acts(chosen: Report | None) -> list[dict[str, Any]]:
    """What this person may do now, the next action first."""
    if chosen is None:
        return []
    user = signed_in()
    return [
        {
            "code": action,
            "label": gettext(ACTS[action][0]),
            "words": gettext(ACTS[action][1]) if ACTS[action][1] else "",
            "form": bool(ACTS[action][1]) or action in WITH_CHOICES,
            "key": KEYS.get(action, ""),
        }
        for action in possible(chosen.state)
        if actions.may_act(user, action, chosen, show.work())
    ]
