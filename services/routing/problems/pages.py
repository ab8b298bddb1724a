"""The pages of problems, clusters and look-backs below ``/supervise``."""

from typing import Any

import flask
from flask.typing import ResponseReturnValue

from services.routing import present as orders_present
from services.routing.api import problem_of, runtime
from services.routing.problems import actions, cluster, look_back, problem, schemas
from services.routing.problems.rules import WHY_LABELS
from services.routing.rules import Refused
from services.routing.supervision import supervision_for
from shared.permissions import may
from shared.web.auth import requires, shows, signed_in
from shared.web.forms import Form, page_asked, read_form
from shared.web.i18n import gettext, msgid
from shared.web.problem import plain
from shared.web.words import pages as count_pages

pages = flask.Blueprint("problem_pages", __name__, url_prefix="/supervise")
PAGE_SIZE = 30
MOST_PAGE = 100_000
CANDIDATES_SHOWN = 20
DONE_WORDS = {
    "assign": msgid("责任已明确，相关单位会收到通知"),
    "step": msgid("已增加一项措施"),
    "step-done": msgid("这项措施已完成"),
    "review": msgid("已记下这次调度"),
    "attach": msgid("工单已并入"),
    "press": msgid("已提级督办"),
    "solve": msgid("已报告解决，到期会提醒回头看"),
    "held": msgid("没有反弹，问题已销号"),
    "came-back": msgid("反弹了，问题已重新打开并提级"),
    "close": msgid("已撤出清单"),
}


# -- problems --------------------------------------------------------------------------------------


@pages.route("/problems")
@requires("problem.read")
def problems() -> ResponseReturnValue:
    """The list; for a supervisor with what the rules propose."""
    return _problems_page(Form())


def _problems_page(form: Form, refused: str = "") -> str:
    user, state = signed_in(), flask.request.args.get("state", "")
    if state not in problem.STATES:
        state = ""
    manages = may(user, "problem.manage")
    asked = {"state": state, "department": "", "page": _page(), "page_size": PAGE_SIZE}
    found = actions.problems(runtime(), user, asked)
    first = {"page": 1, "page_size": CANDIDATES_SHOWN}
    return flask.render_template(
        "routing/problems.html",
        found=found,
        page_count=count_pages(found["total"], PAGE_SIZE),
        state=state,
        states=[(code, gettext(label)) for code, label in problem.STATE_LABELS.items()],
        counts=actions.counts(runtime(), user),
        candidates=actions.candidates(runtime(), first) if manages else None,
        manages=manages,
        rule=_rule().problems,
        form=form,
        refused=refused,
    )


@pages.route("/problems/new", methods=["GET", "POST"])
@requires("problem.manage")
def new_problem() -> ResponseReturnValue:
    """Put a problem on the list by hand."""
    form = Form(flask.request.args.to_dict())
    if flask.request.method == "POST":
        form = read_form(schemas.ProblemBody())
        number = _try(form, lambda: actions.open_problem(runtime(), form.data, signed_in()))
        if form.ok:
            flask.flash(gettext("已列入问题清单：%(number)s", number=number))
            return flask.redirect(flask.url_for(".show_problem", number=number), 303)
    page = flask.render_template(
        "routing/problems_new.html",
        form=form,
        departments=_departments(),
        whys=[(code, gettext(label)) for code, label in WHY_LABELS.items()],
    )
    return page, 200 if form.ok else 422


@pages.route("/problems/candidates/<order>/<verb>", methods=["POST"])
@requires("problem.manage")
def decide_candidate(order: str, verb: str) -> ResponseReturnValue:
    """Take what is proposed, or dismiss it with a reason."""
    form = _read(actions.CANDIDATE_BODIES, verb)
    number = _try(
        form, lambda: actions.decide_candidate(runtime(), order, verb, form.data, signed_in())
    )
    if not form.ok:
        return flask.make_response(_problems_page(form, order), 422)
    if number:
        flask.flash(gettext("已列入问题清单：%(number)s", number=number))
        return flask.redirect(flask.url_for(".show_problem", number=number), 303)
    flask.flash(gettext("已记下理由，这件不会再提出"))
    return flask.redirect(flask.url_for(".problems"), 303)


@pages.route("/problems/<number>")
@requires("problem.read")
def show_problem(number: str) -> ResponseReturnValue:
    """One problem with its timeline."""
    return _problem_page(number, Form())


@pages.route("/problems/<number>/<verb>", methods=["POST"])
@requires("problem.manage")
@shows("problem.read")
def act(number: str, verb: str) -> ResponseReturnValue:
    """Do something to a problem; what is wrong comes back in the form."""
    form = _read({name: one.body for name, one in actions.PROBLEM_ACTS.items()}, verb)
    _try(form, lambda: actions.act(runtime(), number, verb, form.data, signed_in()))
    if not form.ok:
        return flask.make_response(_problem_page(number, form, verb), 422)
    flask.flash(gettext(DONE_WORDS[verb]))
    return flask.redirect(flask.url_for(".show_problem", number=number), 303)


def _problem_page(number: str, form: Form, act: str = "") -> str:
    shown = actions.problem(runtime(), number, signed_in())
    chosen = act or flask.request.args.get("act", "")
    if not form.values and chosen == "assign":
        form = Form(
            {
                "lead": shown["lead"]["code"],
                "assisting": [one["code"] for one in shown["assisting"]],
                "responsible": shown["responsible"],
            }
        )
    return flask.render_template(
        "routing/problems_one.html",
        problem=shown,
        manages=may(signed_in(), "problem.manage"),
        act=chosen,
        form=form,
        departments=_departments(),
        rule=_rule().problems,
        step=flask.request.values.get("step", ""),
    )


# -- clusters --------------------------------------------------------------------------------------


@pages.route("/clusters")
@requires("cluster.read")
def clusters() -> ResponseReturnValue:
    """What keeps coming back, the fastest growing first."""
    state = flask.request.args.get("state", "")
    state = state if state in cluster.STATES else cluster.WATCHED
    asked = {"state": state, "page": _page(), "page_size": PAGE_SIZE}
    found = actions.clusters(runtime(), asked)
    return flask.render_template(
        "routing/clusters.html",
        found=found,
        page_count=count_pages(found["total"], PAGE_SIZE),
        state=state,
        states=[(code, gettext(label)) for code, label in cluster.STATE_LABELS.items()],
    )


@pages.route("/clusters/<number>")
@requires("cluster.read")
def show_cluster(number: str) -> ResponseReturnValue:
    """Why these belong together, which they are, and how they grow."""
    return _cluster_page(number, Form())


@pages.route("/clusters/<number>/<verb>", methods=["POST"])
@requires("problem.manage")
@shows("cluster.read")
def decide_cluster(number: str, verb: str) -> ResponseReturnValue:
    """Make a problem of it, dismiss it, or watch it again."""
    form = _read(actions.CLUSTER_BODIES, verb)
    made = _try(
        form, lambda: actions.decide_cluster(runtime(), number, verb, form.data, signed_in())
    )
    if not form.ok:
        return flask.make_response(_cluster_page(number, form, verb), 422)
    if made:
        flask.flash(gettext("已列入问题清单：%(number)s", number=made))
        return flask.redirect(flask.url_for(".show_problem", number=made), 303)
    dismissed = verb == "dismiss"
    flask.flash(gettext("已记下理由，不立问题") if dismissed else gettext("已放回观察"))
    return flask.redirect(flask.url_for(".clusters"), 303)


def _cluster_page(number: str, form: Form, act: str = "") -> str:
    return flask.render_template(
        "routing/clusters_one.html",
        cluster=actions.cluster(runtime(), number),
        manages=may(signed_in(), "problem.manage"),
        act=act or flask.request.args.get("act", ""),
        form=form,
        departments=_departments(),
    )


# -- look-backs ------------------------------------------------------------------------------------


@pages.route("/look-backs", methods=["GET", "POST"])
@requires("problem.manage")
def look_backs() -> ResponseReturnValue:
    """What is to be looked at again; a new one for an order by hand."""
    form = Form()
    if flask.request.method == "POST":
        form = read_form(schemas.ArrangeBody())
        _try(
            form,
            lambda: actions.arrange_look_back(runtime(), form.data["order"], signed_in()),
        )
        if form.ok:
            flask.flash(gettext("已安排回头看"))
            return flask.redirect(flask.url_for(".look_backs"), 303)
    return flask.make_response(_look_backs_page(form), 200 if form.ok else 422)


@pages.route("/look-backs/<number>/<verb>", methods=["POST"])
@requires("problem.manage")
def settle_look_back(number: str, verb: str) -> ResponseReturnValue:
    """What was found: it held, or it came back."""
    form = _read({name: one.body for name, one in actions.LOOK_BACK_ACTS.items()}, verb)
    _try(form, lambda: actions.settle_look_back(runtime(), number, verb, form.data, signed_in()))
    if not form.ok:
        return flask.make_response(_look_backs_page(form, number, verb), 422)
    held = verb == "held"
    flask.flash(gettext("已记下：没有反弹") if held else gettext("已记下：反弹了，重新办理并提级"))
    return flask.redirect(flask.url_for(".look_backs"), 303)


def _look_backs_page(form: Form, number: str = "", verb: str = "") -> str:
    state = flask.request.args.get("state", "")
    state = state if state in look_back.STATES else look_back.DUE
    asked = {"state": state, "page": _page(), "page_size": PAGE_SIZE}
    found = actions.look_backs(runtime(), asked)
    chosen = number or flask.request.args.get("look", "")
    return flask.render_template(
        "routing/problems_look_backs.html",
        found=found,
        page_count=count_pages(found["total"], PAGE_SIZE),
        state=state,
        states=[(code, gettext(label)) for code, label in look_back.STATE_LABELS.items()],
        rule=_rule().problems,
        chosen=chosen,
        verb=verb or flask.request.args.get("found", "held"),
        form=form,
        order_form=form if "order" in form.values else Form(),
    )


# -- inside ----------------------------------------------------------------------------------------


def _read(bodies: Any, verb: str) -> Form:
    """The form of this act.

    Raises:
        Problem: 404 for an act that is not there.
    """
    if verb not in bodies:
        raise plain(404)
    return read_form(bodies[verb]())


def _try(form: Form, work: Any) -> Any:
    """Do it, if the form is well; a refusal is put into it."""
    if not form.ok:
        return None
    try:
        return work()
    except Refused as refused:
        form.refuse_problem(problem_of(refused.reason))
        return None


def _page() -> int:
    return min(page_asked(), MOST_PAGE)


def _rule() -> Any:
    return supervision_for(runtime().district)


def _departments() -> list[tuple[str, str]]:
    district = runtime().district
    return [(code, orders_present.department_name(district, code)) for code in district.departments]
