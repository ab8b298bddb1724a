"""Rectification notices 整改通知书: the list, a new one, the paper, and what a check found."""

from typing import Any

import flask
from flask.typing import ResponseReturnValue

from services.intake.grids import actions, notice, notice_store, schemas, show
from services.intake.grids.notice import Notice
from services.intake.grids.pages_blueprint import blueprint
from services.intake.pages_common import actor, named, refuse, runtime
from services.intake.reason import Rejected, msgid
from shared.clock import now
from shared.permissions import Place, may
from shared.web.auth import requires, shows, signed_in
from shared.web.forms import Form, page_asked, read_form
from shared.web.i18n import gettext
from shared.web.problem import plain
from shared.web.words import pages as count_pages

PAGE_SIZE = 30
BASE = "/desk/reports/notices"
LABELS = {
    "addressee": msgid("发给谁"),
    "place": msgid("地点"),
    "wrong": msgid("哪里要整改"),
    "basis": msgid("依据"),
    "until": msgid("整改期限"),
    "checker": msgid("谁来复查"),
    "found": msgid("看到的情况"),
}
FOUND = {
    "passed": msgid("复查合格"),
    "failed": msgid("还没改好，重定期限"),
    "held": msgid("没有反弹，销号"),
    "came-back": msgid("反弹了，重新整改"),
    "withdraw": msgid("撤回通知书"),
}
"""What can be said of a notice -> how its button is called."""


@blueprint.get(BASE)
@requires("report.read")
def notices() -> str:
    """The list, what is to be looked at first on top."""
    return _page(None, Form())


@blueprint.route(f"{BASE}/new", methods=["GET", "POST"])
@requires("report.handle")
def new_notice() -> ResponseReturnValue:
    """Write one, by itself or of a report."""
    community = show.own_community()
    form = Form(_prefilled())
    if flask.request.method == "POST":
        form = read_form(schemas.RectificationIn())
        if form.ok:
            try:
                made = actions.issue(runtime(), actor(), community, form.data)
            except Rejected as rejected:
                refuse(form, rejected, LABELS)
            else:
                return flask.redirect(f"{BASE}/{made.number}/paper", 303)
    page = flask.render_template(
        "grids/notice_new.html",
        form=form,
        labels=_labels(),
        bases=[(named(one), named(one)) for one in show.work().notices.bases],
        days=show.work().notices.days,
        staff=show.staff_choices(community),
        grids=[(grid.code, grid.name) for grid in show.grids_of(community)],
    )
    return page, 200 if form.ok else 422


@blueprint.get(f"{BASE}/<number>")
@requires("report.read")
def notice_one(number: str) -> str:
    """One notice beside the list."""
    return _page(_here(number), Form())


@blueprint.get(f"{BASE}/<number>/paper")
@requires("report.read")
def notice_paper(number: str) -> str:
    """The paper, A4."""
    one = _here(number)
    community = runtime().district.communities[one.community]
    return flask.render_template("grids/notice_paper.html", one=one, community=community, now=now())


@blueprint.post(f"{BASE}/<number>/<verb>")
@requires("report.handle")
@shows("report.read")
def check_notice(number: str, verb: str) -> ResponseReturnValue:
    """Say what was found."""
    if verb not in FOUND:
        raise plain(404)
    _here(number)
    form = read_form(schemas.GridFoundIn())
    if form.ok:
        try:
            actions.check_notice(runtime(), number, verb, actor(), form.data)
        except Rejected as rejected:
            refuse(form, rejected, LABELS)
        else:
            flask.flash(gettext("已记下"), "done")
            return flask.redirect(f"{BASE}/{number}", 303)
    return _page(_here(number), form, verb), 422


def _here(number: str) -> Notice:
    with runtime().database.read() as connection:
        one = notice_store.get(connection, number)
    show.own_place(one)
    return one


def _prefilled() -> dict[str, Any]:
    """What a report says already."""
    number = flask.request.args.get("report", "")
    if not number:
        return {}
    report = show.report_here(number)
    said = [*show.found(report), report.words]
    wrong = "\n".join(one for one in said if one)
    return {"report": number, "place": report.place, "grid": report.grid, "wrong": wrong}


def _page(chosen: Notice | None, form: Form, refused: str = "") -> str:
    state, page = flask.request.args.get("state", ""), page_asked()
    states = (state,) if state in notice.STATES else notice.OPEN_STATES
    wanted = notice_store.Wanted(actor().community, states)
    with runtime().database.read() as connection:
        found, total = notice_store.search(connection, wanted, page, PAGE_SIZE)
        told = notice_store.timeline(connection, chosen.number) if chosen else []
    handles = chosen is not None and may(signed_in(), "report.handle", Place(chosen.community))
    return flask.render_template(
        "grids/notices.html",
        found=found,
        total=total,
        page=page,
        page_count=count_pages(total, PAGE_SIZE),
        filters=Form({"state": state}),
        states=[(code, gettext(label)) for code, label in notice.STATES.items()],
        state_names={code: gettext(label) for code, label in notice.STATES.items()},
        chosen=chosen,
        told=show.told(told, notice.LINES),
        acts=[
            (verb, gettext(FOUND[verb]), verb in ("failed", "came-back"))
            for verb in (notice.possible(chosen.state) if chosen and handles else ())
        ],
        form=form,
        refused=refused,
        labels=_labels(),
        days=show.work().notices.days,
        may_write=may(signed_in(), "report.handle"),
    )


def _labels() -> dict[str, str]:
    return {name: gettext(label) for name, label in LABELS.items()}
