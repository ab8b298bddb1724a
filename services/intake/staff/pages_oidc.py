"""Signing in at the district's identity provider, and out of it again."""

from datetime import datetime, timedelta
from typing import Any

import flask
import structlog
from flask.typing import ResponseReturnValue

from services.intake.pages_common import runtime
from services.intake.reason import Rejected
from services.intake.staff import accounts
from services.intake.staff.actions import PROVIDER, entered
from services.intake.staff.oidc import Asked, NotProven, Provider, ProviderDown
from services.intake.staff.pages_account import welcome
from services.intake.staff.pages_sign_in import BY_PROVIDER, sign_in_page
from shared.clock import now
from shared.web.auth import public, safe_next
from shared.web.forms import Form
from shared.web.i18n import msgid
from shared.web.problem import FieldError, plain

blueprint = flask.Blueprint("oidc", __name__)

ASKED = "oidc"
"""Where the signed form session, which only this browser has, keeps what it began."""
MOST_AT_ONCE = 3
"""Tabs in which somebody may be signing in; the oldest is forgotten."""
TIME_TO_RETURN = timedelta(minutes=10)
CALLBACK = "/sign-in/oidc/callback"
_KEPT = "intake_identity_provider"
log = structlog.get_logger(__name__)

DOWN = (msgid("%(provider)s现在连不上"), msgid("请稍后再试"))
TOO_LATE = (msgid("这次登录没有完成，可能是等得太久，或换了浏览器"), msgid("请再登录一次"))
CANCELLED = (msgid("您没有在%(provider)s完成登录"), msgid("需要的话，请再登录一次"))
NOT_PROVEN = (
    msgid("没能核实%(provider)s发来的身份"),
    msgid("请再登录一次；还是不行请找系统管理员"),
)
UNKNOWN = (
    msgid("%(provider)s认出了您（%(identity)s），但百通里还没有连着它的账号"),
    msgid("请把括号里的内容告诉本单位的系统管理员，请他为您开通"),
)
CHANGED = (msgid("这个账号刚刚被改动过"), msgid("请重新登录"))
DISABLED = (msgid("您在百通的账号已停用"), msgid("需要的话，请找系统管理员"))


@blueprint.get("/sign-in/oidc")
@public("session.begin")
def begin() -> ResponseReturnValue:
    """Off to the provider; this browser remembers what it asked for."""
    wish = safe_next(flask.request.args.get("next"), "")
    try:
        address, asked = provider().begin()
    except ProviderDown as error:
        return _down(error, wish)
    _remember(asked, wish)
    return flask.redirect(address, code=303)


@blueprint.get(CALLBACK)
@public("session.begin")
def back() -> ResponseReturnValue:
    """Back from the provider: who is it, and have they an account?"""
    answer, kept = flask.request.args, _recall(flask.request.args.get("state", ""))
    if kept is None:
        log.warning("oidc_refused", why="state: not begun in this browser, or too long ago")
        return _refused(400, TOO_LATE)
    asked, wish = Asked(answer["state"], kept["nonce"], kept["verifier"]), kept["next"]
    if answer.get("error") == "access_denied":
        return _refused(403, CANCELLED, wish)
    try:
        identity = provider().finish(answer, asked)
    except ProviderDown as error:
        return _down(error, wish)
    except NotProven as error:
        log.warning("oidc_refused", why=str(error))
        return _refused(403, NOT_PROVEN, wish)
    return _enter(identity, wish)


@blueprint.get("/sign-out/done")
@public("session.end")
def signed_out() -> ResponseReturnValue:
    """Signed out here; the provider is another matter, above all at a shared computer."""
    home = f"{runtime().settings.public_address}/"
    try:
        address = provider().sign_out_address(home)
    except ProviderDown as error:
        log.warning("oidc_provider_down", why=str(error))
        address = ""
    name = provider().settings.name
    return flask.render_template("intake/signed_out.html", provider=name, address=address)


def provider() -> Provider:
    """The district's identity provider; what it said of itself is kept between requests.

    Raises:
        Problem: 404 where there is none.
    """
    settings = runtime().settings
    if settings.identity_provider is None:
        raise plain(404)
    kept: Provider | None = flask.current_app.extensions.get(_KEPT)
    if kept is None or kept.settings is not settings.identity_provider:
        kept = Provider(settings.identity_provider, f"{settings.public_address}{CALLBACK}")
        flask.current_app.extensions[_KEPT] = kept
    return kept


def _enter(identity: str, wish: str) -> ResponseReturnValue:
    account = accounts.linked_to(runtime().database, identity)
    if account is None:
        return _refused(403, UNKNOWN, wish, identity=identity)
    if not account.active:
        username = account.user.username
        runtime().database.run(lambda tx: accounts.kept_out(tx, username, PROVIDER))
        return _refused(403, DISABLED, wish)
    try:
        entered(account, PROVIDER)
    except Rejected:
        return _refused(403, CHANGED, wish)
    response = welcome(account, wish)
    flask.session[BY_PROVIDER] = True
    return response


def _remember(asked: Asked, wish: str) -> None:
    known = list(flask.session.get(ASKED, {}).items())[1 - MOST_AT_ONCE :]
    until = (now() + TIME_TO_RETURN).isoformat()
    one = {"nonce": asked.nonce, "verifier": asked.verifier, "next": wish, "until": until}
    flask.session[ASKED] = dict([*known, (asked.state, one)])


def _recall(state: str) -> dict[str, Any] | None:
    """What this browser began under this state not long ago; once."""
    known: dict[str, dict[str, Any]] = dict(flask.session.get(ASKED, {}))
    one = known.pop(state, None)
    if one is None:
        return None
    flask.session[ASKED] = known
    return one if datetime.fromisoformat(one["until"]) > now() else None


def _down(error: ProviderDown, wish: str) -> ResponseReturnValue:
    log.warning("oidc_provider_down", why=str(error))
    return _refused(503, DOWN, wish)


def _refused(
    status: int, said: tuple[str, str], wish: str = "", **values: str
) -> ResponseReturnValue:
    """The sign-in page, with what went wrong on top; a password still opens it."""
    values["provider"] = provider().settings.name
    form = Form().refuse(FieldError("", *said, values))
    return sign_in_page(form, wish), status
