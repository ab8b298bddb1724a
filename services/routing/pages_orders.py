"""``/orders``: what a department has to do, live, in a list beside the order, and by keys."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import flask
from flask.typing import ResponseReturnValue

from services.routing import (
    access,
    actions,
    acts,
    fresh,
    lists,
    present,
    present_detail,
    replies,
    schemas,
    store,
)
from services.routing.api import problem_of, runtime
from services.routing.lists import MOST, TABS, Wanted
from services.routing.order import Order
from services.routing.present import matter_name
from services.routing.rules import STATE_LABELS, Refused
from services.routing.schemas_pages import SignBody
from services.routing.suggesting import duties
from services.routing.supervision import supervision_for
from shared.clock import now
from shared.contracts.departments import VERBS
from shared.district import District, once_a_district
from shared.permissions import User, may
from shared.web import auth as web_auth
from shared.web.auth import requires, shows, signed_in
from shared.web.forms import Form, read_form
from shared.web.i18n import ENGLISH, gettext, language, msgid, ngettext
from shared.web.person import as_file, asked_on_page
from shared.web.problem import Problem, plain
from shared.web.reveal import read_reveal, reason_of
from shared.web.words import pages as count_pages

PAGE_SIZE = 30
TAB_LABELS = {
    "unsigned": msgid("待签收"),
    "working": msgid("办理中"),
    "soon": msgid("将到期"),
    "late": msgid("已超期"),
    "review": msgid("待审核"),
    "returns": msgid("退单和裁定"),
    "done": msgid("已完成"),
}
LAMP_LABELS = {
    "red": msgid("已超期"),
    "yellow": msgid("将到期"),
    "green": msgid("正常"),
    "none": msgid("不限时"),
}
ROLE_LABELS = {"lead": msgid("主办"), "assist": msgid("协办")}
DONE_WORDS = {
    "signed": msgid("已签收，请在 %(until)s 前联系居民"),
    "contacted": msgid("已记下与居民的联系"),
    "progressed": msgid("已记下进展"),
    "return_requested": msgid("退单申请已提交，等督办裁定；裁定前仍由贵单位负责"),
    "extension_requested": msgid("延期申请已提交，等单位负责人审批"),
    "completed": msgid("已答复居民，请等评价"),
    "in_review": msgid("答复已交单位负责人审核，通过后发给居民"),
    "joint": msgid("已答复，协办单位都办结后发给居民"),
    "dispatch": msgid("已派单，时钟从现在开始计"),
    "grant-return": msgid("已同意退单"),
    "refuse-return": msgid("退单不成立，部门继续办理"),
    "grant-extension": msgid("已同意延期"),
    "refuse-extension": msgid("已驳回延期申请"),
    "arbitrate": msgid("已裁定并派单"),
    "pause": msgid("已中止办结计时，联系居民照常计时"),
    "resume": msgid("已恢复计时"),
    "assist": msgid("已增加协办单位"),
    "drop-assist": msgid("已取消协办"),
    "press": msgid("已发出督办"),
    "on-site": msgid("已请单位负责人到现场"),
    "on-site-done": msgid("已记下现场办理情况"),
    "send-back": msgid("已退回重办"),
    "approve": msgid("审核通过"),
    "close": msgid("已办结归档"),
}
_FILTERS = ("tab", "q", "department", "state", "lamp", "urgency", "community", "matter", "role")
_REPLIES = {verb: schemas.REPLY_BODIES[verb] for verb in VERBS}


@dataclass
class Shown:
    """What a page of ``/orders`` shows beside its list, and what was wrong with it."""

    number: str = ""
    act: str = ""
    form: Form | None = None
    revealing: Form | None = None
    whole: bool = False
    signed: list[tuple[str, str]] | None = None


@requires("order.read")
def orders() -> ResponseReturnValue:
    """The list; the detail stands beside it once an order is chosen."""
    return _page(Shown())


@requires("order.read")
def order(number: str) -> ResponseReturnValue:
    """One order beside the list."""
    return _page(Shown(number, flask.request.args.get("act", "")))


@requires("order.read")
def rows() -> ResponseReturnValue:
    """Tabs and rows alone, asked for again while the page stands open."""
    chosen = flask.request.args.get("chosen", "")
    return fresh.answer(flask.render_template("routing/_orders_parts.html", **_list(chosen)))


@requires("person.reveal")
@shows("order.read")
def reveal(number: str) -> ResponseReturnValue:
    """The order with its applicant unmasked, for a reason that is kept."""
    asked = read_reveal()
    if not asked.ok:
        return flask.make_response(_page(Shown(number, revealing=asked)), 422)
    actions.reveal(runtime(), number, signed_in(), reason_of(asked))
    return _page(Shown(number, whole=True))


@requires("order.reply")
def sign() -> ResponseReturnValue:
    """Sign all that were chosen; each by itself, and each that was refused with the reason."""
    form = read_form(SignBody())
    if not form.ok:
        return flask.make_response(_page(Shown(form=form)), 422)
    outcomes = [(number, _signed(number, signed_in())) for number in form.data["orders"]]
    refused = [(number, reason) for number, reason in outcomes if reason]
    done = len(outcomes) - len(refused)
    if done:
        words = msgid("已签收 %(num)s 张，请尽快联系居民")
        flask.flash(ngettext(words, words, done))
    if refused:
        return flask.make_response(_page(Shown(signed=refused)), 200)
    return flask.redirect(_here(), 303)


@requires("order.read")
def act(number: str, verb: str) -> ResponseReturnValue:
    """Answer, or decide; what is wrong comes back in the form."""
    schema = _REPLIES.get(verb) or (verb in actions.DECISIONS and actions.DECISIONS[verb].body)
    if not schema:
        raise plain(404)
    web_auth.admit("order.reply" if verb in VERBS else actions.DECISIONS[verb].action)
    form = read_form(schema())
    if form.ok:
        _do(number, verb, form)
    if not form.ok:
        return flask.make_response(_page(Shown(number, verb, form)), 422)
    flask.flash(_done_words(number, verb))
    if flask.request.args.get("back") == "supervise":
        return flask.redirect(flask.url_for("pages.supervise"), 303)
    return flask.redirect(_here(number if _still_there(number) else ""), 303)


@requires("person.export")
def person() -> ResponseReturnValue:
    """All that routing holds of a person as a file, asked for on intake's page of that person."""
    return as_file(actions.export(runtime(), signed_in(), asked_on_page()))


# -- doing -----------------------------------------------------------------------------------------


def _signed(number: str, user: User) -> str:
    """Sign one; the reason where it was refused."""
    try:
        said = actions.answer(
            runtime(), number, acts.SIGN, {}, user=user, reply_id="", via=replies.PAGE
        )
    except Problem:
        return gettext("没有这张工单，或者不在贵单位")
    if said.applied:
        return ""
    refused = problem_of(said.reason)
    return gettext(refused.title, **refused.values)


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


def _done_words(number: str, verb: str) -> str:
    with runtime().database.read() as connection:
        found = lists.one(connection, number)
    until = present.short(found.contact_by) if found is not None and found.contact_by else ""
    waits = found is not None and verb == "completed" and found.state in ("in_review", "joint")
    words = gettext(DONE_WORDS[found.state if waits and found else verb])
    return words % {"until": until} if "%(until)s" in words else words


# -- showing ---------------------------------------------------------------------------------------


def _page(shown: Shown) -> str:
    """The list of the open tab and, beside it, the chosen order."""
    form, district = shown.form or Form(), runtime().district
    listed = _list(shown.number)
    chosen, offered = _chosen(shown) if shown.number else (None, [])
    return flask.render_template(
        "routing/orders.html",
        **listed,
        order=chosen,
        offered=offered[: acts.FIRST],
        folded=offered[acts.FIRST :],
        first_acts=acts.FIRST,
        act=shown.act,
        form=form,
        reveal_form=shown.revealing or Form(),
        refused=shown.signed or [],
        filters=Form(_filters()),
        narrowed=[name for name in _FILTERS if name != "tab" and _filters().get(name)],
        states=[(code, gettext(label)) for code, label in STATE_LABELS.items()],
        lamps=[(code, gettext(label)) for code, label in LAMP_LABELS.items()],
        roles=[(code, gettext(label)) for code, label in ROLE_LABELS.items()],
        communities=[(one.code, one.short_name) for one in district.communities.values()],
        matters=[_named(code, matter_name(district, code)) for code in _matters(district)],
        departments=departments(),
        rules=district.rules,
        pauses=_pauses(district),
        levels=[(one["level"], one["name"]) for one in _levels(district)],
    )


def _list(chosen: str) -> dict[str, Any]:
    """Tabs and rows, for this request's filters."""
    user, moment, district = signed_in(), now(), runtime().district
    asked = schemas.OrderQuery(unknown="exclude").load(_filters() | _page_number())
    page = asked.pop("page")
    asked.pop("page_size")
    wanted = access.limited(user, Wanted(**asked))
    with runtime().database.read() as connection:
        counts = lists.tab_counts(connection, wanted, moment)
        if not wanted.tab and not chosen and not access.sees_all(user):
            wanted = replace(wanted, tab=_first_tab(counts))
        found = lists.search(connection, wanted, moment, page, PAGE_SIZE, most=MOST)
    kept = _kept(wanted)
    return {
        "rows": [_row(one, user, district, moment) for one in found.items],
        "page": found.page,
        "page_count": count_pages(min(found.total, MOST), PAGE_SIZE),
        "total": capped(found.total),
        "tabs": [(tab, gettext(TAB_LABELS[tab]), capped(counts[tab])) for tab in TABS],
        "wanted": wanted,
        "filter_query": kept,
        "narrowing": {name: value for name, value in kept.items() if name != "tab"},
        "chosen": chosen,
        "sees_all": access.sees_all(user),
        "urgencies": urgencies(district),
        "live_url": _live_url(chosen, wanted, page),
    }


def _row(one: Order, user: User, district: District, moment: Any) -> dict[str, Any]:
    offered = acts.allowed(one, user, moment, district) if one.allows(acts.SIGN) else []
    signable = any(act.verb == acts.SIGN for act in offered)
    return present.summary(one, district, moment) | {"signable": signable}


def _chosen(shown: Shown) -> tuple[dict[str, Any], list[acts.Act]]:
    """The order beside the list, masked unless it was revealed, and what may be done to it."""
    user, moment, district = signed_in(), now(), runtime().district
    with runtime().database.read() as connection:
        found = access.admit(user, lists.one(connection, shown.number))
        history = store.history_of(connection, shown.number)
        beside = present_detail.read(connection, found)
    detail = present.detail(found, history, district, moment, whole=shown.whole)
    more = present_detail.shown(found, beside, user, district, moment, whole=shown.whole)
    return detail | more, acts.allowed(found, user, moment, district, called=beside.called)


def capped(number: int) -> str:
    """A count as it is shown: where it was not counted to its end, it says so."""
    return f"{MOST}+" if number > MOST else str(number)


def departments() -> list[tuple[str, str]]:
    """All of them, to choose from."""
    district = runtime().district
    return [(code, present.department_name(district, code)) for code in district.departments]


def urgencies(district: District) -> list[tuple[str, str]]:
    """Code and name of every urgency."""
    english = language() == ENGLISH
    return [(one.code, one.name_en if english else one.name) for one in district.rules.urgencies]


def _pauses(district: District) -> list[tuple[str, str, str]]:
    """The reasons of the pack, and how long each may last."""
    english = language() == ENGLISH
    return [
        (
            one.code,
            one.name_en if english else one.name,
            gettext("最长 %(days)s 个工作日", days=one.longest_workdays),
        )
        for one in supervision_for(district).pauses.values()
    ]


def _levels(district: District) -> list[dict[str, Any]]:
    return present_detail.on_duty(supervision_for(district), present.local_day(now()))


def _named(code: str, name: str) -> tuple[str, str, str]:
    """A choice, and its language where the pack has the name in Chinese only."""
    return code, name, "" if name.isascii() else "zh-CN"


@once_a_district
def _matters(district: District) -> tuple[str, ...]:
    """The matters of the duty list, read once: a loaded pack never changes."""
    return tuple(duty.code for duty in duties.load(district))


# -- where one is ----------------------------------------------------------------------------------


def _first_tab(counts: dict[str, int]) -> str:
    """Where there is something to do first; the first tab where there is nothing at all."""
    return next((tab for tab in ("unsigned", "late", "soon", "working") if counts[tab]), TABS[0])


def _filters() -> dict[str, str]:
    """What the list is filtered by, kept in every link of the page."""
    given = ((name, flask.request.args.get(name, "").strip()) for name in _FILTERS)
    return {name: value for name, value in given if value}


def _page_number() -> dict[str, str]:
    page = flask.request.args.get("page", "").strip()
    return {"page": page} if page else {}


def _kept(wanted: Wanted) -> dict[str, str]:
    """What every link of the page keeps, the tab that is open by itself included."""
    return _filters() | ({"tab": wanted.tab} if wanted.tab else {})


def _live_url(chosen: str, wanted: Wanted, page: int) -> str:
    query = _kept(wanted) | ({"chosen": chosen} if chosen else {})
    query |= {"page": str(page)} if page > 1 else {}
    return f"{flask.url_for('pages.rows')}?{urlencode(query)}" if query else "/orders/rows"


def _still_there(number: str) -> bool:
    """What somebody did may have taken the order away from them: to the arbiter, for example."""
    with runtime().database.read() as connection:
        found = lists.one(connection, number)
    return found is not None and may(signed_in(), "order.read", access.place_of(found))


def _here(number: str = "") -> str:
    kept = urlencode(_filters())
    here = flask.url_for("pages.order", number=number) if number else flask.url_for("pages.orders")
    return f"{here}?{kept}" if kept else here
