"""The steps of a matter: one table of what an officer can do next, its key, form and handler."""

import flask
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from services.intake import handlers, queries, rules, store
from services.intake.case import ACCEPTED, APPLY, AWAITING, BACK_OFFICE, RESOLVED, Actor, Case
from services.intake.desk.pages_offers import OFFERS
from services.intake.desk.pages_step import LONG, SHORT, Changed, Data, Step, names, needed, text
from services.intake.masked import masked
from services.intake.pages_common import (
    actor,
    case_here,
    item_of,
    kept_query,
    refuse,
    runtime,
    stops,
)
from services.intake.reason import Rejected
from services.intake.ways import pages_steps as ways_pages_steps
from services.intake.ways import rules as ways_rules
from shared.clock import now
from shared.db import Transaction
from shared.permissions import Place, may
from shared.web.auth import admit, requires, shows, signed_in
from shared.web.forms import Form
from shared.web.i18n import gettext, msgid

blueprint = flask.Blueprint("steps", __name__)


def _give_notice(tx: Transaction, number: str, officer: Actor, data: Data) -> Case:
    more = [*data["missing"], *(line.strip() for line in data["more"].splitlines())]
    return handlers.give_notice(tx, number, officer, [name for name in more if name])


_STEPS: tuple[Step, ...] = (
    Step(
        "notice",
        "g",
        msgid("一次性告知"),
        msgid("一次性告知"),
        msgid("出具告知书"),
        msgid("告知书已出具。请打印，当面交给居民。"),
        _give_notice,
        {"missing": names(load_default=list), "more": text(SHORT)},
        {"missing": msgid("还差的材料"), "more": msgid("清单之外还要的")},
        paper="notice",
    ),
    Step(
        "materials",
        "i",
        msgid("收到材料"),
        msgid("收到补来的材料"),
        msgid("记下收到的"),
        msgid("材料已登记。"),
        lambda tx, number, officer, data: handlers.take_materials(
            tx, number, officer, data["received"]
        ),
        {"received": names(1, required=True)},
        {"received": msgid("收到的材料")},
    ),
    Step(
        "resolve",
        "r",
        msgid("办结"),
        msgid("写明办理结果"),
        msgid("办结，告诉居民"),
        msgid("已办结，结果会告诉居民，并请居民评价。"),
        lambda tx, number, officer, data: handlers.resolve_case(
            tx, number, officer, data["result"]
        ),
        {"result": needed(LONG)},
        {"result": msgid("办理结果")},
    ),
    Step(
        "back-office",
        "b",
        msgid("转后台"),
        msgid("转社区后台办理"),
        msgid("转给后台"),
        msgid("已转社区后台。您仍是首问责任人。"),
        lambda tx, number, officer, data: handlers.move_to_back_office(
            tx, number, officer, data["note"]
        ),
        {"note": text(SHORT)},
        {"note": msgid("交代后台的话")},
    ),
    Step(
        "transfer",
        "t",
        msgid("转部门"),
        msgid("转职能部门办理"),
        msgid("转办"),
        msgid("已转办。您仍是首问责任人，进展会回到这里。"),
        lambda tx, number, officer, data: handlers.transfer_case(
            tx, number, officer, data["department"], data["reason"]
        ),
        {
            "department": fields.String(load_default=None, validate=validate.Length(max=40)),
            "reason": needed(SHORT),
        },
        {"department": msgid("转给谁"), "reason": msgid("为什么要转")},
    ),
    Step(
        "rate",
        "e",
        msgid("请居民评价"),
        msgid("请居民评价"),
        msgid("记下评价"),
        msgid("评价已记下。"),
        lambda tx, number, officer, data: handlers.rate_case(
            tx, number, officer, data["grade"], data["comment"]
        ),
        {"grade": needed(10), "comment": text(SHORT)},
        {"grade": msgid("评价"), "comment": msgid("还想说的")},
    ),
    Step(
        "close",
        "c",
        msgid("归档"),
        msgid("归档"),
        msgid("归档"),
        msgid("已归档。"),
        lambda tx, number, officer, _data: handlers.close_case(tx, number, officer),
        {},
    ),
    Step(
        "reopen",
        "o",
        msgid("没有解决"),
        msgid("没有解决，重新办理"),
        msgid("重新办理"),
        msgid("已重新办理。"),
        lambda tx, number, officer, data: handlers.reopen_case(tx, number, officer, data["reason"]),
        {"reason": needed(SHORT)},
        {"reason": msgid("哪里没有解决")},
    ),
    Step(
        "need",
        "d",
        msgid("请合伙人帮忙"),
        msgid("请社区合伙人帮忙"),
        msgid("发给合伙人"),
        msgid("需求已发给社区合伙人，谁接下了会回到这里。"),
        lambda tx, number, officer, data: handlers.raise_need(
            tx, number, officer, data["category"], wish=data["wish"]
        ),
        {"category": needed(40), "wish": needed(SHORT)},
        {"category": msgid("哪一类"), "wish": msgid("需要什么帮助")},
    ),
    Step(
        "withdraw",
        "w",
        msgid("撤回"),
        msgid("撤回这件事"),
        msgid("撤回，告诉居民"),
        msgid("已撤回。"),
        lambda tx, number, officer, data: handlers.withdraw_case(
            tx, number, officer, data["reason"]
        ),
        {"reason": needed(SHORT)},
        {"reason": msgid("为什么撤回")},
    ),
)
STEPS = (*_STEPS[:-2], *ways_pages_steps.STEPS, *_STEPS[-2:])
"""In the order in which their buttons stand; the likeliest of a matter goes first."""

BY_ACTION = {step.action: step for step in STEPS}
AT_FIRST = {"desk": "resolve", "back_office": "back-office", "department": "transfer"}
"""Where the pack says an item is handled -> the step that comes first."""
LIKELY = {AWAITING: "materials", BACK_OFFICE: "resolve"}


def steps_for(case: Case) -> list[tuple[Step, bool]]:
    """What can be done to this matter now, the likeliest first and marked."""
    first = _likeliest(case)
    open_ = [step for step in STEPS if _possible(case, step)]
    ordered = sorted(open_, key=lambda step: step.action != first)
    return [(step, step.action == first) for step in ordered]


def _possible(case: Case, step: Step) -> bool:
    """Whether the state, the rules and the reader's role allow it."""
    place = Place(community=case.community)
    allowed = may(signed_in(), step.permission, place)
    return allowed and _open(case, step.action) and _sensible(case, step.action)


def _open(case: Case, action: str) -> bool:
    """Whether the state allows it; what was promised is taken whatever the case is at (A24)."""
    return case.may(action) or (action == "materials" and case.promise_by is not None)


def _sensible(case: Case, action: str) -> bool:
    """Leave out what the rules would refuse anyway."""
    if action == "promise":
        return case.kind == APPLY and case.promise is None and bool(case.missing)
    if action == "refuse":
        return ways_rules.refused_application(case) is None
    if action == "publish":
        return case.publication is None and ways_rules.notice_asked_for(item_of(case)) is None
    if action == "notice":
        return not (rules.notice_once(case) or rules.notice_on_the_spot(case, now()))
    return action != "rate" or rules.ratable(case)


def _likeliest(case: Case) -> str:
    if case.state == RESOLVED:
        return "rate" if _sensible(case, "rate") else "close"
    if case.state != ACCEPTED:
        return LIKELY.get(case.state, "")
    if case.needed and _sensible(case, "notice"):
        return "notice"
    item = item_of(case)
    return AT_FIRST[item.handled_at] if item else "transfer"


def show(step: Step, number: str) -> str | Response:
    """The form of one step, or, if the matter has moved on, the matter."""
    admit(step.permission)
    case = case_here(number)
    if not _open(case, step.action):
        flask.flash(gettext("这件事已经往前走了，请看最新情况。"), "warn")
        return flask.redirect(_back(case.number), code=303)
    return _page(step, case, Form(OFFERS[step.action].first(masked(case))))


def do(step: Step, number: str) -> str | Response | tuple[str, int]:
    """Do one step, then show the matter, or the paper that belongs to it.

    What somebody else did meanwhile is told first; what was typed stays, and sent again it counts.
    """
    case, form = case_here(number), step.form()
    if form.ok:
        try:
            _run(step, case.number, form.data)
        except Changed:
            latest = case_here(number)
            return _page(step, latest, form, since=form.data["version"]), 409
        except Rejected as rejected:
            refuse(form, rejected, step.labels)
        else:
            flask.flash(gettext(step.told), "done")
            return flask.redirect(_back(case.number, step.paper), code=303)
    return _page(step, case_here(number), form), 422


def _serve(step: Step) -> None:
    """An address for each step: who looks at its form opens the matter, who sends it does it.

    A paper has its own address for looking, and shows the form until the paper is there.
    """
    address = f"/desk/<number>/{step.action}"

    def showing(number: str) -> str | Response:
        return show(step, number)

    def doing(number: str) -> str | Response | tuple[str, int]:
        return do(step, number)

    if not step.paper:
        view = requires("case.read")(showing)
        blueprint.add_url_rule(address, f"show_{step.action}", view, methods=["GET"])
    act = requires(step.permission)(shows("case.read")(doing))
    blueprint.add_url_rule(address, f"do_{step.action}", act, methods=["POST"])


for _step in STEPS:
    _serve(_step)


def _run(step: Step, number: str, data: Data) -> None:
    officer = actor()

    def work(tx: Transaction) -> Case:
        seen = data["version"]
        if seen is not None and store.load(tx, number).version != seen:
            raise Changed
        return step.run(tx, number, officer, data)

    runtime().database.run(work)


def _back(number: str, paper: str = "") -> str:
    return f"/desk/{number}{f'/{paper}' if paper else ''}{kept_query()}"


def _page(step: Step, case: Case, form: Form, since: int | None = None) -> str:
    """The form; with `since`, what happened to the case after that version, before one goes on."""
    with runtime().database.read() as connection:
        entries = queries.timeline(connection, case.number)
    later = [entry for entry in entries if since is not None and entry.seq > since]
    seen = case.version if later else form.value("version") or case.version
    return flask.render_template(
        "intake/desk_step.html",
        step=step,
        case=masked(case),
        form=form,
        labels={name: gettext(label) for name, label in step.labels.items()},
        offer=OFFERS[step.action].choices(masked(case)),
        entries=stops(case, entries),
        changes=stops(case, later),
        possible=case.may(step.action),
        version=seen,
        query=kept_query(),
    )
