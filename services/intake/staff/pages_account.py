"""One's own account: who one is here, and choosing a password, at first and later."""

from datetime import datetime, timedelta

import flask
import marshmallow as ma
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from services.intake.pages_common import refuse, runtime, workplace
from services.intake.reason import Rejected
from services.intake.staff import accounts
from services.intake.staff.accounts import Account
from services.intake.staff.actions import PASSWORD, entered, sign_in
from services.intake.staff.passwords import LONGEST_PASSWORD, hash_password
from shared.clock import now
from shared.web.auth import (
    fresh_form_session,
    public,
    remember,
    requires,
    safe_next,
    signed_in,
)
from shared.web.forms import Form, read_form
from shared.web.i18n import gettext, msgid
from shared.web.problem import FieldError, Problem

blueprint = flask.Blueprint("account", __name__)

CHOOSING = "choosing"
"""Where the signed form session keeps who has shown a one-time password."""
TIME_TO_CHOOSE = timedelta(minutes=10)
UNLIKE = FieldError("again", msgid("两次写的密码不一样"), msgid("请再写一遍"))
WRONG = FieldError("old", msgid("现在的密码不对"), msgid("请核对后再试"))


class FirstPassword(ma.Schema):
    """A password, twice."""

    class Meta:
        """The form may carry more than this."""

        unknown = ma.EXCLUDE

    password = fields.String(required=True, validate=validate.Length(max=LONGEST_PASSWORD))
    again = fields.String(required=True, validate=validate.Length(max=LONGEST_PASSWORD))


class AnotherPassword(FirstPassword):
    """The old one as well: who sits at an open screen does not know it."""

    old = fields.String(required=True, validate=validate.Length(max=LONGEST_PASSWORD))


def go(address: str) -> flask.Response:
    """Send the browser on after a form."""
    return flask.make_response(flask.redirect(address, code=303))


def welcome(account: Account, wish: str | None) -> flask.Response:
    """Sign somebody in: on to where they came from, or to where their day begins."""
    fresh_form_session()
    user = account.user
    return remember(go(safe_next(wish or None, workplace(user)[0])), user, account.seen_at)


def choose_first(account: Account, wish: str | None) -> flask.Response:
    """Ask somebody with a one-time password for their own; until then they are not signed in."""
    flask.session[CHOOSING] = {
        "username": account.user.username,
        "version": account.version,
        "until": (now() + TIME_TO_CHOOSE).isoformat(),
        "next": safe_next(wish, ""),
    }
    return go("/account/new-password")


@blueprint.route("/account/new-password", methods=["GET", "POST"])
@public("session.begin")
def first_password() -> ResponseReturnValue:
    """The first password of one's own, for who has just shown the one that was given."""
    account = _choosing()
    if account is None:
        flask.session.pop(CHOOSING, None)
        return flask.redirect("/sign-in", code=303)
    form = Form()
    if flask.request.method == "POST":
        form = read_form(FirstPassword())
        chosen = _chosen(account, form) if form.ok else None
        if chosen is not None and _entered(chosen, form):
            wish = flask.session.pop(CHOOSING)["next"]
            flask.flash(gettext("密码换好了，下次请用新密码登录"))
            return welcome(chosen, wish)
    page = flask.render_template("intake/new_password.html", form=form, user=account.user)
    return page, 200 if form.ok else 422


@blueprint.route("/account", methods=["GET", "POST"])
@requires("account.own")
def own() -> ResponseReturnValue:
    """Who one is here, and another password."""
    user, form = signed_in(), Form()
    account = accounts.find(runtime().database, user.username)
    if flask.request.method == "POST":
        form = read_form(AnotherPassword())
        chosen = _chosen(account, form) if form.ok and _shown(form, account) else None
        if chosen is not None:
            flask.flash(gettext("密码换好了；在别处登录着的，都已退出"))
            return remember(go("/account"), chosen.user, chosen.seen_at)
    page = flask.render_template(
        "intake/account.html", form=form, account=account, provider=_provider_only()
    )
    return page, 200 if form.ok else 422


def _provider_only() -> str:
    """What the identity provider is called where it keeps the passwords; else nothing."""
    provider = runtime().settings.identity_provider
    alone = provider is not None and provider.only
    return provider.name if alone and provider is not None else ""


def _choosing() -> Account | None:
    """Who may choose their first password in this browser now."""
    kept = flask.session.get(CHOOSING)
    if not kept or datetime.fromisoformat(kept["until"]) <= now():
        return None
    account = accounts.find(runtime().database, kept["username"])
    valid = account.active and account.must_change and account.version == kept["version"]
    return account if valid else None


def _shown(form: Form, account: Account) -> bool:
    """Whether the old password is right; counted like a signing in."""
    try:
        right = sign_in(account.user.username, form.data["old"]) is not None
    except Problem as resting:
        form.refuse_problem(resting)
        return False
    if not right:
        form.refuse(WRONG)
    return right


def _entered(account: Account, form: Form) -> bool:
    """Record that they are in, unless the account was changed meanwhile: then the form says so."""
    try:
        entered(account, PASSWORD)
    except Rejected as refused:
        refuse(form, refused, {})
        return False
    return True


def _chosen(account: Account, form: Form) -> Account | None:
    """Keep the new password, if it may be chosen; what is wrong stands in the form."""
    password = form.data["password"]
    if password != form.data["again"]:
        form.refuse(UNLIKE)
        return None
    try:
        kept = hash_password(password, account.user.username)
        return runtime().database.run(lambda tx: accounts.choose_password(tx, account, kept))
    except Rejected as refused:
        refuse(form, refused, {"password": "", "again": ""})
        return None
