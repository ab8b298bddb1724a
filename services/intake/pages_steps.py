"""The steps of a matter: one table of what an officer can do next, its key, form and handler."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import flask
import marshmallow as ma
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from services.intake import handlers, queries, rules
from services.intake.case import ACCEPTED, AWAITING, BACK_OFFICE, RESOLVED, Actor, Case
from services.intake.masked import masked
from services.intake.pages_common import (
    actor,
    case_here,
    kept_query,
    refuse,
    runtime,
    stops,
)
from services.intake.pages_offers import OFFERS
from services.intake.reason import Rejected
from shared.db import Transaction
from shared.web.auth import admit, requires, shows
from shared.web.forms import Form, read_form
from shared.web.i18n import gettext, msgid

blueprint = flask.Blueprint("steps", __name__)

LONG = 4000
MOST_NAMES = 100
"""Materials in one form; an item asks for a dozen."""
SHORT = 1000
Data = Mapping[str, Any]
Run = Callable[[Transaction, str, Actor, Data], Case]


def _text(most: int, *, required: bool = False) -> fields.String:
    length = validate.Length(min=1 if required else 0, max=most)
    return fields.String(validate=length, required=required, load_default="")


def _needed(most: int) -> fields.String:
    return fields.String(validate=validate.Length(min=1, max=most), required=True)


def _names(least: int = 0, **kwargs: Any) -> fields.List[Any]:
    name = fields.String(validate=validate.Length(max=SHORT))
    return fields.List(name, validate=validate.Length(min=least, max=MOST_NAMES), **kwargs)


@dataclass(frozen=True)
class Step:
    """One thing an officer can do to a matter.

    Attributes:
        action: the domain's name for it, and the end of its address.
        key: the key that leads to it from the matter.
        label: on the button; `title` heads its page, `submit` does it, `told` says it is done.
        labels: what its fields are called, for the list of what is wrong.
        paper: what is printed when it is done, if anything.

    """

    action: str
    key: str
    label: str
    title: str
    submit: str
    told: str
    run: Run
    fields: Mapping[str, fields.Field[Any]]
    labels: Mapping[str, str] = field(default_factory=dict)
    paper: str = ""

    @property
    def permission(self) -> str:
        """Who may do it, see `shared.permissions`."""
        return f"case.{self.action}"

    def form(self) -> Form:
        """Read this request's form."""
        return read_form(ma.Schema.from_dict(dict(self.fields))())


def _give_notice(tx: Transaction, number: str, officer: Actor, data: Data) -> Case:
    more = [*data["missing"], *(line.strip() for line in data["more"].splitlines())]
    return handlers.give_notice(tx, number, officer, [name for name in more if name])


STEPS: tuple[Step, ...] = (
    Step(
        "notice",
        "g",
        msgid("一次性告知"),
        msgid("一次性告知"),
        msgid("出具告知书"),
        msgid("告知书已出具。请打印，当面交给居民。"),
        _give_notice,
        {"missing": _names(load_default=list), "more": _text(SHORT)},
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
        {"received": _names(1, required=True)},
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
        {"result": _needed(LONG)},
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
        {"note": _text(SHORT)},
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
            "reason": _needed(SHORT),
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
        {"grade": _needed(10), "comment": _text(SHORT)},
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
        {"reason": _needed(SHORT)},
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
        {"category": _needed(40), "wish": _needed(SHORT)},
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
        {"reason": _needed(SHORT)},
        {"reason": msgid("为什么撤回")},
    ),
)
"""In the order in which their buttons stand; the likeliest of a matter goes first."""

BY_ACTION = {step.action: step for step in STEPS}
AT_FIRST = {"desk": "resolve", "back_office": "back-office", "department": "transfer"}
"""Where the pack says an item is handled -> the step that comes first."""
LIKELY = {AWAITING: "materials", BACK_OFFICE: "resolve"}


def steps_for(case: Case) -> list[tuple[Step, bool]]:
    """What can be done to this matter now, the likeliest first and marked."""
    first = _likeliest(case)
    open_ = [step for step in STEPS if case.may(step.action) and _sensible(case, step.action)]
    ordered = sorted(open_, key=lambda step: step.action != first)
    return [(step, step.action == first) for step in ordered]


def _sensible(case: Case, action: str) -> bool:
    """Leave out what the rules would refuse anyway."""
    if action == "notice":
        return not (rules.notice_once(case) or rules.notice_on_the_spot(case))
    return action != "rate" or rules.rated_once(case) is None


def _likeliest(case: Case) -> str:
    if case.state == RESOLVED:
        return "rate" if _sensible(case, "rate") else "close"
    if case.state != ACCEPTED:
        return LIKELY.get(case.state, "")
    if case.missing and _sensible(case, "notice"):
        return "notice"
    item = runtime().district.items.get(case.item.code) if case.item else None
    return AT_FIRST[item.handled_at] if item else "transfer"


def show(step: Step, number: str) -> str | Response:
    """The form of one step, or, if the matter has moved on, the matter."""
    admit(step.permission)
    case = case_here(number)
    if not case.may(step.action):
        flask.flash(gettext("这件事已经往前走了，请看最新情况。"), "warn")
        return flask.redirect(_back(case.number), code=303)
    return _page(step, case, Form(OFFERS[step.action].first(masked(case))))


def do(step: Step, number: str) -> str | Response | tuple[str, int]:
    """Do one step, then show the matter, or the paper that belongs to it."""
    case, form = case_here(number), step.form()
    if form.ok:
        try:
            _run(step, case.number, form.data)
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
    runtime().database.run(lambda tx: step.run(tx, number, officer, data))


def _back(number: str, paper: str = "") -> str:
    return f"/desk/{number}{f'/{paper}' if paper else ''}{kept_query()}"


def _page(step: Step, case: Case, form: Form) -> str:
    with runtime().database.read() as connection:
        entries = queries.timeline(connection, case.number)
    return flask.render_template(
        "intake/desk_step.html",
        step=step,
        case=masked(case),
        form=form,
        labels={name: gettext(label) for name, label in step.labels.items()},
        offer=OFFERS[step.action].choices(masked(case)),
        entries=stops(case, entries),
        query=kept_query(),
    )
