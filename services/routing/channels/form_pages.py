"""``/orders/form/<token>``: a department answers one order from its mail, without an account.

The link opens that order while it is the department's, shows it masked as its own page does, and
every answer and every look is the department's in the audit, with the officer who is named.
"""

from typing import Any

import flask
import marshmallow as ma
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from services.routing import acts, lists, present, replies, schemas, store
from services.routing.api import problem_of, runtime
from services.routing.channels import store as channel_store
from services.routing.channels.links import NotALink, Opened, opened, still_theirs
from services.routing.order import Order
from services.routing.replies import ACCOUNT, MAIL, UNSIGNED, Outcome
from services.routing.states import AT_WORK, CANCELLED, CLOSED
from shared.actor import Actor
from shared.bus.event import new_id
from shared.clock import now
from shared.contracts.departments import VERBS
from shared.contracts.fields import text
from shared.db import Transaction
from shared.permissions import DEPARTMENT
from shared.web import reveal
from shared.web.auth import public
from shared.web.forms import Form, read_form
from shared.web.i18n import gettext, msgid
from shared.web.problem import Problem, plain

pages = flask.Blueprint("form_pages", __name__)

VERB_WORDS = {
    "signed": (msgid("签收"), msgid("已签收")),
    "contacted": (msgid("登记与居民的联系"), msgid("已记下与居民的联系")),
    "progressed": (msgid("填写进展"), msgid("已记下进展")),
    "completed": (msgid("答复办结"), msgid("答复已收到")),
    "extension_requested": (msgid("申请延期"), msgid("延期申请已提交，等督办审批")),
    "return_requested": (
        msgid("申请退单"),
        msgid("退单申请已提交，等督办裁定；裁定前仍由贵单位负责"),
    ),
}
"""verb -> the words of its form, and what is said when it was taken."""


def _officer() -> fields.String:
    return text(
        60,
        required=True,
        error_messages={"required": msgid("请写经办人姓名")},
    )


FORMS: dict[str, type[ma.Schema]] = {
    verb: type(f"Mailed{body.__name__}", (body,), {"officer": _officer(), "__doc__": body.__doc__})
    for verb, body in schemas.REPLY_BODIES.items()
}
"""verb -> its form: whoever acts is named, since nobody is signed in."""


class RevealBody(reveal.RevealForm):
    """Why the whole has to be seen, and by whom."""

    officer = fields.String(
        required=True,
        validate=validate.Length(min=1, max=60),
        error_messages={"required": msgid("请写经办人姓名")},
    )


@pages.route("/orders/form/<token>")
@public("form.open")
def form(token: str) -> ResponseReturnValue:
    """The order and what may be answered."""
    link, order = _opened(token)
    runtime().database.run(lambda tx: tx.record("order.read", order.number, by=_by(link)))
    return _page(token, link, order, "", Form())


@pages.route("/orders/form/<token>/<verb>", methods=["POST"])
@public("form.open")
def answer(token: str, verb: str) -> ResponseReturnValue:
    """One of the six answers; what is wrong comes back in its form."""
    link, order = _opened(token)
    if verb == "reveal":
        return _reveal(token, link, order)
    if verb not in VERBS:
        raise plain(404)
    given = read_form(FORMS[verb]())
    if given.ok:
        outcome = _apply(link, order, verb, given)
        if not outcome.applied:
            given.refuse_problem(problem_of(outcome.reason))
    if not given.ok:
        return flask.make_response(_page(token, link, order, verb, given), 422)
    flask.flash(gettext(VERB_WORDS[verb][1]), "done")
    return flask.redirect(flask.url_for(".form", token=token), 303)


def _reveal(token: str, link: Opened, order: Order) -> ResponseReturnValue:
    """The applicant, for a reason; only to whoever still has to speak with them."""
    if order.state not in AT_WORK:
        raise Problem(409, "refused", msgid("答复已送出，这里不再显示申请人"), detail=_ANSWERED)
    asked = read_form(RevealBody())
    if not asked.ok:
        return flask.make_response(_page(token, link, order, "reveal", asked), 422)
    why, officer = reveal.reason_of(asked), asked.data["officer"]
    runtime().database.run(
        lambda tx: tx.record(reveal.ACTION, order.number, why, by=_by(link), officer=officer)
    )
    return _page(token, link, order, "", Form(), whole=True)


def _apply(link: Opened, order: Order, verb: str, form: Form) -> Outcome:
    given = {name: value for name, value in form.values.items() if value}
    given.pop("reviewed_by", None)  # whoever has the link may write any name
    reply_id = str(given.pop("reply_id", "")) or new_id()

    def work(tx: Transaction) -> Outcome:
        data = given | {"order": order.number}
        return replies.apply_reply(
            tx, link.department, verb, reply_id=reply_id, data=data, via=MAIL
        )

    return runtime().database.run(work)


def _opened(token: str) -> tuple[Opened, Order]:
    """What the link opens.

    Raises:
        Problem: 404 for a link that is none, 410 for one whose order is no longer theirs.
    """
    try:
        link = opened(token, runtime().settings.secret_key)
    except NotALink as error:
        raise plain(404) from error
    with runtime().database.read() as connection:
        channel = channel_store.channel_in(connection, link.department)
        order = lists.one(connection, link.number)
    theirs = order is not None and order.department == link.department
    if order is None or not theirs or not still_theirs(link, channel):
        raise _over()
    if order.state in (CLOSED, CANCELLED) or order.erased_at is not None:
        raise _over()
    return link, order


def _over() -> Problem:
    detail = msgid("这张工单已办结、已撤回，或已不在贵单位手上；不用再办。有疑问请与区级督办联系。")
    return Problem(410, "link-over", msgid("这个链接已失效"), detail=detail)


_ANSWERED = msgid("链接只供办理时使用。如需再联系居民，请与区级督办联系。")


def _by(link: Opened) -> Actor:
    return Actor(f"{ACCOUNT}{link.department}", DEPARTMENT, address=UNSIGNED[MAIL])


def _page(
    token: str, link: Opened, order: Order, verb: str, form: Form, *, whole: bool = False
) -> str:
    district, moment = runtime().district, now()
    may_answer = acts.answers(order, moment, district)
    with runtime().database.read() as connection:
        history = store.history_of(connection, order.number)
    shown: dict[str, Any] = present.detail(order, history, district, moment, whole=whole)
    departments = [
        (code, present.department_name(district, code))
        for code in district.departments
        if code != link.department
    ]
    return flask.render_template(
        "routing/order_form.html",
        order=shown,
        token=token,
        verb=verb,
        form=form,
        verbs=[one for one in VERB_WORDS if one in may_answer],
        words={one: gettext(said[0]) for one, said in VERB_WORDS.items()},
        departments=departments,
        reply_id=new_id(),
        may_reveal=order.state in AT_WORK,
        rules=district.rules,
    )
