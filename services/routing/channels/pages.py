"""``/orders/channels``: how orders get to departments, and who is onboarded how."""

from collections.abc import Callable
from typing import Any

import flask
import marshmallow as ma
from flask.typing import ResponseReturnValue

from services.routing.api import problem_of, runtime
from services.routing.channels import handlers, schemas, status, store
from services.routing.channels.api import known, shown_statuses, tested
from services.routing.channels.channel import KINDS, OLD_SECRET_LASTS, STATES
from services.routing.channels.trial import send_test
from services.routing.rules import Refused
from shared.bus.topology import department_queue
from shared.clock import now
from shared.permissions import Place, may
from shared.web.auth import permit, requires, signed_in
from shared.web.forms import Form, page_asked, read_form
from shared.web.i18n import gettext, msgid, ngettext
from shared.web.problem import plain
from shared.web.words import pages as count_pages

pages = flask.Blueprint("channel_pages", __name__)

PAGE_SIZE = 20
LAMPS = {"green": "ok", "yellow": "soon", "red": "late", "none": "none"}
"""Our levels -> the lamp's states in the web kit."""
KIND_HINTS = {
    "amqp": msgid("部门系统自己从 RabbitMQ 队列读；账号要在服务器上用命令开"),
    "webhook": msgid("平台把工单推送到部门系统的 https 网址，双方用同一个密钥签名"),
    "mail": msgid("要办的事发到部门邮箱，凭信里的链接办理，不用账号"),
    "page": msgid("不推送；部门登录工单页面办理"),
}


@pages.route("/orders/channels")
@requires("channel.read")
def channels() -> ResponseReturnValue:
    """Every department, or one's own: what waits, how long already, what was given up."""
    found = shown_statuses()
    return flask.render_template(
        "routing/channels.html",
        statuses=[_shown(one) for one in found],
        worst=[one.name for one in found if one.level == "red"],
        dead=sum(one.dead for one in found),
        waiting=sum(one.waiting + one.failed for one in found),
    )


@pages.route("/orders/channels/<code>")
@requires("channel.read")
def channel(code: str) -> ResponseReturnValue:
    """One department: its deliveries and, for the administrator, its onboarding."""
    known(code)
    permit("channel.read", Place(department=code))
    return _page(code, Form())


@pages.route("/orders/channels/<code>/<verb>", methods=["POST"])
@requires("channel.manage")
def manage(code: str, verb: str) -> ResponseReturnValue:
    """Onboard, offboard, another secret, resend, test; a secret is shown this once."""
    known(code)
    act = ACTS.get(verb)
    if act is None:
        raise plain(404)
    form = read_form(act[0]())
    secret = ""
    if form.ok:
        try:
            secret = act[1](code, form)
        except Refused as refused:
            form.refuse_problem(problem_of(refused.reason))
    if not form.ok:
        return flask.make_response(_page(code, form), 422)
    if secret:  # a redirect would have to carry it
        return _page(code, Form(), secret=secret)
    return flask.redirect(flask.url_for(".channel", code=code), 303)


def _onboard(code: str, form: Form) -> str:
    asked, by = form.data, signed_in().name
    made = runtime().database.run(
        lambda tx: handlers.onboard(tx, code, asked["kind"], asked["address"], by)
    )
    flask.flash(gettext("已接入，从现在起按这种方式送达"))
    return made.secret


def _offboard(code: str, _form: Form) -> str:
    runtime().database.run(lambda tx: handlers.offboard(tx, code))
    flask.flash(gettext("已停用，部门改在页面办理"))
    return ""


def _rotate(code: str, _form: Form) -> str:
    secret = runtime().database.run(lambda tx: handlers.rotate(tx, code))
    hours = int(OLD_SECRET_LASTS.total_seconds() // 3600)
    flask.flash(gettext("已换密钥，旧的 %(hours)s 小时内仍有效", hours=hours))
    return secret


def _resend(code: str, form: Form) -> str:
    many = runtime().database.run(lambda tx: handlers.resend(tx, code, form.data["ids"]))
    flask.flash(ngettext("%(num)s 件会马上重送", "%(num)s 件会马上重送", many))
    return ""


def _test(code: str, _form: Form) -> str:
    went = tested(send_test(runtime(), code))
    if went["sent"]:
        flask.flash(gettext("测试已送到"), "done")
    else:
        why = went["error"]
        flask.flash(gettext("测试没有送到：%(error)s", error=why), "warn")
    return ""


ACTS: dict[str, tuple[type[ma.Schema], Callable[[str, Form], str]]] = {
    "onboard": (schemas.OnboardBody, _onboard),
    "offboard": (schemas.NoBody, _offboard),
    "rotate": (schemas.NoBody, _rotate),
    "resend": (schemas.ResendBody, _resend),
    "test": (schemas.NoBody, _test),
}
"""The last part of the address -> what it takes, and what it does; it returns a secret or none."""


def _page(code: str, form: Form, secret: str = "") -> str:
    state = flask.request.args.get("state", "")
    states = (state,) if state in STATES else STATES
    page = page_asked()
    with runtime().database.read() as connection:
        found = status.statuses(connection, runtime().district, [code], now())[0]
        listed, total = store.listed(connection, code, states, page, PAGE_SIZE)
    labels = {state: gettext(label) for state, label in status.STATE_LABELS.items()}
    return flask.render_template(
        "routing/channel.html",
        one=_shown(found),
        deliveries=[
            one | {"label": labels[one["state"]], "matter": status.type_label(one["type"])}
            for one in listed
        ],
        page=page,
        page_count=count_pages(total, PAGE_SIZE),
        total=total,
        may_manage=may(signed_in(), "channel.manage"),
        kinds=[
            (kind, gettext(status.KIND_LABELS[kind]), gettext(KIND_HINTS[kind])) for kind in KINDS
        ],
        queue=department_queue(code),
        hook=f"{runtime().settings.public_address}/api/routing/departments/{code}/webhook",
        command=f"deploy/department.sh onboard {code} --channel amqp",
        form=form,
        secret=secret,
    )


def _shown(one: status.Status) -> dict[str, Any]:
    data = one.as_data()
    return data | {"shape": LAMPS[data["lamp"]["level"]]}
