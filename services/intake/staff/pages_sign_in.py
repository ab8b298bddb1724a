"""Signing in and out. Residents never need to."""

import flask
import marshmallow as ma
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from services.intake.pages_common import refuse, runtime, workplace
from services.intake.reason import Rejected
from services.intake.seed import DEMO_PASSWORD
from services.intake.staff import sessions
from services.intake.staff.actions import LONGEST_USERNAME, PASSWORD, entered, sign_in
from services.intake.staff.pages_account import choose_first, go, welcome
from services.intake.staff.passwords import LONGEST_PASSWORD
from shared.web.auth import (
    ROLES,
    current_session,
    current_user,
    forget,
    public,
    safe_next,
)
from shared.web.forms import Form, read_form
from shared.web.i18n import gettext, msgid
from shared.web.problem import FieldError, Problem

blueprint = flask.Blueprint("sign_in", __name__)

WRONG = FieldError(
    "username", msgid("用户名或密码不对"), msgid("请核对后再试；忘了密码请找系统管理员")
)


BY_PROVIDER = "by_provider"
"""Where the form session says that somebody came by the identity provider."""


class SignInForm(ma.Schema):
    """Username and password."""

    class Meta:
        """Where to go next comes along."""

        unknown = ma.EXCLUDE

    username = fields.String(required=True, validate=validate.Length(max=LONGEST_USERNAME))
    password = fields.String(required=True, validate=validate.Length(max=LONGEST_PASSWORD))


@blueprint.get("/sign-in")
@public("session.begin")
def ask() -> str | Response:
    """The form; who is signed in already goes on."""
    user = current_user()
    if user is not None:
        return flask.redirect(safe_next(flask.request.args.get("next"), workplace(user)[0]), 303)
    return sign_in_page(Form(), flask.request.args.get("next"))


@blueprint.post("/sign-in")
@public("session.begin")
def enter() -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Go on to where one came from, or to where one's day begins."""
    form, wish = read_form(SignInForm()), flask.request.form.get("next")
    if form.ok:
        try:
            account = sign_in(form.data["username"], form.data["password"])
            if account is not None and account.must_change:
                return choose_first(account, wish)
            if account is not None:
                entered(account, PASSWORD, form.data["password"])
                return welcome(account, wish)
            form.refuse(WRONG)
        except Problem as refused:
            return sign_in_page(form.refuse_problem(refused), wish), refused.status, refused.headers
        except Rejected as refused:
            refuse(form, refused, {})
    return sign_in_page(form, wish), 422


@blueprint.post("/sign-out")
@public("session.end")
def sign_out() -> Response:
    """Back to the front door; this session's token is good nowhere any more."""
    session = current_session()
    if session is not None:
        username, one = session.user.username, session.id
        runtime().database.run(lambda tx: sessions.end(tx, username, one))
    # Who came by the identity provider is still signed in there, and is told so.
    by_provider = flask.session.pop(BY_PROVIDER, False)
    return forget(go("/sign-out/done" if by_provider else "/"))


def sign_in_page(form: Form, wish: str | None) -> str:
    """The form, and the way to the identity provider where there is one."""
    return flask.render_template(
        "intake/sign_in.html",
        form=form,
        next=safe_next(wish, ""),
        demo=_demo_accounts() if runtime().settings.embedded else [],
        demo_password=DEMO_PASSWORD,
        provider=runtime().settings.identity_provider,
    )


def _demo_accounts() -> list[tuple[str, str]]:
    """One demo account for each role, in the order of a matter's way; the embedded run has them."""
    first: dict[str, str] = {}
    for person in runtime().district.staff.values():
        first.setdefault(person.role, person.username)
    return [(first[role], gettext(label)) for role, label in ROLES.items() if role in first]
