"""Pages of points: a partner's passbook and vouchers; for staff the ledger and handing over."""

import secrets
from typing import Any

import flask
from flask.typing import ResponseReturnValue

from services.partners import access, ledger, ledger_store, queries, reward
from services.partners import queries_points as points
from services.partners.api import here
from services.partners.api_points import do_cancel, do_hand_over, do_redeem
from services.partners.refusal import Refused, Unknown
from services.partners.words import refusal_told
from shared.permissions import may
from shared.web import auth
from shared.web.forms import page_asked, typed
from shared.web.i18n import gettext, msgid
from shared.web.words import pages as count_pages

blueprint = flask.Blueprint("partners_points", __name__)
PAGE_SIZE = 20
LATEST = 50
CANCELLED = msgid("已取消，%(price)s 积分退回存折。")
HANDED_OVER = msgid("已领取，谢谢。")


@blueprint.get("/points")
@auth.requires("passbook.read")
def home() -> str:
    """The passbook of the partner, or the ledger for staff."""
    user = auth.signed_in()
    return _ledger(user) if access.is_staff(user) else _passbook(access.own_partner(user))


@blueprint.get("/points/<owner>")
@auth.requires("passbook.read")
def passbook_of(owner: str) -> str:
    """Another's passbook, for staff."""
    access.admit_to_passbook(auth.signed_in(), owner)
    return _passbook(owner)


def _passbook(owner: str) -> str:
    with here().database.read() as connection:
        partner = queries.get_partner(connection, owner)
        balance = points.balance(connection, owner)
        lines = points.passbook(connection, owner, page_asked(), PAGE_SIZE)
        rewards = points.list_rewards(connection)
        vouchers = queries.page_of(connection, points.vouchers(owner=owner), 1, LATEST)
        to_give = queries.page_of(connection, points.vouchers(giver=owner), 1, LATEST)
    return flask.render_template(
        "partners/passbook.html",
        partner=partner,
        balance=balance,
        lines=lines,
        pages=count_pages(lines.total, PAGE_SIZE),
        kinds=ledger.KINDS,
        rewards=rewards,
        vouchers=vouchers.items,
        voucher_states=reward.STATES,
        gives=bool(to_give.total),
        mine=not access.is_staff(auth.current_user()),
        wish=secrets.token_urlsafe(16),
    )


def _ledger(user: auth.User) -> str:
    district = may(user, "ledger.read")
    with here().database.read() as connection:
        entries = points.ledger(connection, page_asked(), PAGE_SIZE) if district else None
        mismatch = ledger_store.verify(connection) if district else None
        totals = points.totals(connection)
        names = queries.partner_names(connection)
        waiting = queries.page_of(connection, points.vouchers(), 1, LATEST)
    return flask.render_template(
        "partners/ledger.html",
        entries=entries,
        pages=count_pages(entries.total, PAGE_SIZE) if entries else 1,
        mismatch=mismatch,
        totals=totals,
        kinds=ledger.KINDS,
        accounts=_account_names(names),
        waiting=[v for v in waiting.items if v["state"] == reward.ISSUED],
    )


def _account_names(names: dict[str, tuple[str, str]]) -> dict[str, Any]:
    system = {code: {"name": gettext(name)} for code, name in ledger.SYSTEM_ACCOUNTS.items()}
    return system | {code: {"name": zh, "name_en": en} for code, (zh, en) in names.items()}


@blueprint.post("/points/redeem/<code>")
@auth.requires("reward.redeem")
def redeem(code: str) -> ResponseReturnValue:
    """Points for a voucher; the page's own wish makes a second press harmless."""

    def act() -> str:
        bought = do_redeem(code, "".join(typed("wish")[:1]) or None)
        return gettext("兑换成功，券号 %(voucher)s。", voucher=bought.voucher)

    return _told(act)


@blueprint.post("/points/vouchers/<voucher>/cancel")
@auth.requires("voucher.settle")
def cancel(voucher: str) -> ResponseReturnValue:
    """Undo before it is handed over."""
    return _told(lambda: gettext(CANCELLED, price=do_cancel(voucher).price))


@blueprint.post("/points/hand-over")
@auth.requires("voucher.settle")
def hand_over() -> ResponseReturnValue:
    """Whoever holds the voucher says its code; the reward is given."""

    def act() -> str:
        do_hand_over("".join(typed("voucher")[:1]))
        return gettext(HANDED_OVER)

    return _told(act)


def _told(act: Any) -> ResponseReturnValue:
    try:
        flask.flash(act())
    except Refused as error:
        flask.flash(refusal_told(error), "error")
    except Unknown:
        flask.flash(gettext("没有这张兑换券，请核对号码。"), "error")
    return flask.redirect("/points", 303)
