"""The pages of routing: ``/orders`` for departments, ``/supervise`` for supervisors."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import flask
from flask.typing import ResponseReturnValue

from services.routing import access, actions, lists, present, replies, schemas
from services.routing.api import problem_of, runtime
from services.routing.lists import TABS, Wanted
from services.routing.order import Order
from services.routing.rules import STATE_LABELS, Refused
from services.routing.suggest import suggester_for
from shared.clock import now
from shared.contracts.departments import VERBS
from shared.web import auth as web_auth
from shared.web.auth import requires, shows, signed_in
from shared.web.forms import Form, read_form
from shared.web.i18n import gettext, msgid
from shared.web.person import as_file, asked_on_page
from shared.web.problem import plain
from shared.web.reveal import read_reveal, reason_of
from shared.web.words import pages as count_pages

pages = flask.Blueprint("pages", __name__, static_folder="static", static_url_path="/orders/static")

PAGE_SIZE = 30
SHOWN = 20
"""Orders in each list of ``/supervise``; the number above it says how many there are."""
TAB_LABELS = {
    "unsigned": msgid("待签收"),
    "working": msgid("办理中"),
    "soon": msgid("将到期"),
    "late": msgid("已超期"),
    "returns": msgid("退单"),
    "done": msgid("已完成"),
}
DONE_WORDS = {
    "signed": msgid("已签收，请在 %(until)s 前联系居民"),
    "contacted": msgid("已记下与居民的联系"),
    "progressed": msgid("已记下进展"),
    "return_requested": msgid("退单申请已提交，等督办裁定；裁定前仍由贵单位负责"),
    "extension_requested": msgid("延期申请已提交，等督办审批"),
    "completed": msgid("已答复居民，请等评价"),
    "dispatch": msgid("已派单，时钟从现在开始计"),
    "grant-return": msgid("已同意退单"),
    "refuse-return": msgid("退单不成立，部门继续办理"),
    "grant-extension": msgid("已同意延期"),
    "refuse-extension": msgid("已驳回延期申请"),
    "press": msgid("已催办"),
    "send-back": msgid("已退回重办"),
    "approve": msgid("审单通过"),
    "close": msgid("已办结归档"),
}
FORMS = {
    "contacted": schemas.REPLY_BODIES["contacted"],
    "progressed": schemas.REPLY_BODIES["progressed"],
    "return_requested": schemas.REPLY_BODIES["return_requested"],
    "extension_requested": schemas.REPLY_BODIES["extension_requested"],
    "completed": schemas.REPLY_BODIES["completed"],
} | {verb: decision.body for verb, decision in actions.DECISIONS.items()}
"""What can be opened beside an order with ``?act=``."""


@pages.route("/orders")
@requires("order.read")
def orders() -> ResponseReturnValue:
    """The list; the detail stands beside it once an order is chosen."""
    return _page("", Form())


@pages.route("/orders/<number>")
@requires("order.read")
def order(number: str) -> ResponseReturnValue:
    """One order beside the list."""
    return _page(number, Form())


@pages.route("/orders/<number>/reveal", methods=["POST"])
@requires("person.reveal")
@shows("order.read")
def reveal(number: str) -> ResponseReturnValue:
    """The order with its applicant unmasked, for a reason that is kept."""
    asked = read_reveal()
    if not asked.ok:
        return flask.make_response(_page(number, Form(), revealing=asked), 422)
    order = actions.reveal(runtime(), number, signed_in(), reason_of(asked))
    return _page(number, Form(), revealed=order)


@pages.route("/orders/<number>/<verb>", methods=["POST"])
@requires("order.read")
def act(number: str, verb: str) -> ResponseReturnValue:
    """Answer, or decide; what is wrong comes back in the form."""
    schema = schemas.REPLY_BODIES.get(verb) or FORMS.get(verb)
    if schema is None:
        raise plain(404)
    web_auth.admit("order.reply" if verb in VERBS else "order.decide")
    form = read_form(schema())
    if form.ok:
        _do(number, verb, form)
    if not form.ok:
        return flask.make_response(_page(number, form, verb), 422)
    flask.flash(_done_words(number, verb))
    back = flask.request.args.get("back")
    if back == "supervise":
        return flask.redirect(flask.url_for(".supervise"), 303)
    kept = urlencode(_filters())
    here = flask.url_for(".order", number=number)
    return flask.redirect(f"{here}?{kept}" if kept else here, 303)


@pages.route("/orders/person", methods=["POST"])
@requires("person.export")
def person() -> ResponseReturnValue:
    """All that routing holds of a person as a file, asked for on intake's page of that person."""
    return as_file(actions.export(runtime(), signed_in(), asked_on_page()))


@pages.route("/supervise")
@requires("order.supervise")
def supervise() -> ResponseReturnValue:
    """What is late and who holds it, what waits for a decision, where it bounces."""
    district, moment = runtime().district, now()
    with runtime().database.read() as connection:
        found = {
            "late": lists.late_now(connection, moment, SHOWN),
            "to_dispatch": lists.to_dispatch(connection, SHOWN),
            "to_decide": lists.to_decide(connection, SHOWN),
            "to_review": lists.to_review(connection, SHOWN),
            "bounced": lists.most_bounced(connection, SHOWN),
        }
        loads, totals = lists.loads(connection, moment), lists.totals(connection, moment)
    return flask.render_template(
        "routing/supervise.html",
        totals=totals,
        loads=[(present.department_name(district, load.department), load) for load in loads],
        departments=_departments(),
        **{name: [_decidable(one) for one in orders] for name, orders in found.items()},
    )


def _do(number: str, verb: str, form: Form) -> None:
    """Act; a refusal is put into the form."""
    user = signed_in()
    try:
        if verb in VERBS:
            given = {name: value for name, value in form.values.items() if value}
            reply_id = given.pop("reply_id", "")
            said = actions.answer(
                runtime(), number, verb, given, user=user, reply_id=reply_id, via=replies.PAGE
            )
            if not said.applied:
                form.refuse_problem(problem_of(said.reason))
        else:
            actions.decide(runtime(), number, verb, form.data, user)
    except Refused as refused:
        form.refuse_problem(problem_of(refused.reason))


def _page(
    number: str,
    form: Form,
    act: str = "",
    *,
    revealing: Form | None = None,
    revealed: dict[str, Any] | None = None,
) -> str:
    """The list of the open tab and, beside it, the chosen order, masked unless ``revealed``."""
    user, moment, district = signed_in(), now(), runtime().district
    asked = schemas.OrderQuery(unknown="exclude").load(_filters())
    page, size = asked.pop("page"), PAGE_SIZE
    asked.pop("page_size")
    wanted = access.limited(user, Wanted(**asked))
    with runtime().database.read() as connection:
        counts = lists.tab_counts(connection, wanted, moment)
        if not wanted.tab and not number and not access.sees_all(user):
            wanted = replace(wanted, tab=_first_tab(counts))
        found = lists.search(connection, wanted, moment, page, size)
    chosen = revealed or (actions.shown(runtime(), number, user) if number else None)
    return flask.render_template(
        "routing/orders.html",
        orders=[present.summary(one, district, moment) for one in found.items],
        found=found,
        page_count=count_pages(found.total, size),
        tabs=[(tab, gettext(TAB_LABELS[tab]), counts[tab]) for tab in TABS],
        wanted=wanted,
        filters=Form(_filters()),
        filter_query=_kept(wanted),
        states=[(code, gettext(label)) for code, label in STATE_LABELS.items()],
        departments=_departments(),
        order=chosen,
        sees_all=access.sees_all(user),
        rules=district.rules,
        act=act or flask.request.args.get("act", ""),
        form=form,
        reveal_form=revealing or Form(),
    )


def _first_tab(counts: dict[str, int]) -> str:
    """Where there is something to do first; the first tab where there is nothing at all."""
    return next((tab for tab in ("unsigned", "late", "soon", "working") if counts[tab]), TABS[0])


def _filters() -> dict[str, str]:
    """What the list is filtered by, kept in every link of the page."""
    names = ("tab", "q", "department", "state", "lamp", "page")
    given = ((name, flask.request.args.get(name, "").strip()) for name in names)
    return {name: value for name, value in given if value}


def _kept(wanted: Wanted) -> dict[str, str]:
    """What every link of the page keeps, the tab that is open by itself included."""
    kept = {name: value for name, value in _filters().items() if name != "page"}
    return kept | ({"tab": wanted.tab} if wanted.tab else {})


def _departments() -> list[tuple[str, str]]:
    district = runtime().district
    return [(code, present.department_name(district, code)) for code in district.departments]


def _done_words(number: str, verb: str) -> str:
    with runtime().database.read() as connection:
        order = lists.one(connection, number)
    until = present.short(order.contact_by) if order is not None and order.contact_by else ""
    words = gettext(DONE_WORDS[verb])
    return words % {"until": until} if "%(until)s" in words else words


def _decidable(order: Order) -> dict[str, Any]:
    """An order in a list of ``/supervise``; what waits for a department is suggested anew."""
    district, moment = runtime().district, now()
    shown = present.summary(order, district, moment)
    suggestions = order.suggestions
    if order.state == "proposed" and not suggestions:
        text = f"{order.title}\n{order.description}\n{order.location}"
        suggester = suggester_for(district)
        suggestions = [
            one.as_data() for one in suggester.suggest(text, order.item_code, order.community_code)
        ]
    said = present.masking(order, whole=False)
    return shown | {
        "suggestions": present.suggested(suggestions, said),
        "return_request": present.asked(order.return_request, said),
        "extension": present.asked(order.extension, said),
        "grade": order.grade,
    }
