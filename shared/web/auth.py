"""Who is asking: one signed token, checked by every service without asking intake.

Programs send it as a Bearer header, pages as the cookie `baitong_session`. The API takes the
cookie only for reading, so a foreign page can never make a signed-in browser change anything.
Residents are not signed in.
"""

import functools
import secrets
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ParamSpec, TypeVar
from urllib.parse import quote, urlsplit

import flask
import structlog

from shared import clock
from shared.permissions import (
    ADMIN,
    AUDITOR,
    BACK_OFFICE,
    DEPARTMENT,
    DESK,
    GRID,
    LEADER,
    MANAGER,
    PARTNER,
    PERMISSIONS,
    PUBLIC,
    SUPERVISOR,
    Place,
    User,
    may,
)
from shared.web.context import is_api, web_of
from shared.web.i18n import gettext, msgid
from shared.web.problem import Problem, plain, wants_page
from shared.web.tokens import (
    TTL,
    Session,
    TokenError,
    issue_token,
    read_session,
    read_token,
    signed,
)

ROLES: dict[str, str] = {
    DESK: msgid("百通岗"),
    BACK_OFFICE: msgid("后台办理"),
    GRID: msgid("网格员"),
    MANAGER: msgid("社区负责人"),
    DEPARTMENT: msgid("职能部门"),
    LEADER: msgid("单位负责人"),
    SUPERVISOR: msgid("区级督办"),
    PARTNER: msgid("社区合伙人"),
    ADMIN: msgid("系统管理"),
    AUDITOR: msgid("安全审计"),
}

COOKIE = "baitong_session"
SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"
IDLE = timedelta(hours=1)
"""How long a browser's session lasts when nobody does anything."""
RENEW_AFTER = timedelta(minutes=5)
log = structlog.get_logger(__name__)
_FLASHED = "_flashes"
"""Where flask keeps what the next page is to say."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_P = ParamSpec("_P")
_R = TypeVar("_R")


def role_label(role: str) -> str:
    """Name a role in the reader's language. Raises KeyError for an unknown role."""
    return gettext(ROLES[role])


def current_session() -> Session | None:
    """Give the session of this request, or None when no one is signed in."""
    if not flask.has_request_context():
        return None
    if "baitong_session" not in flask.g:
        flask.g.baitong_session = _identify()
    session: Session | None = flask.g.baitong_session
    return session


def current_user() -> User | None:
    """Give the signed-in person of this request, or None."""
    session = current_session()
    return session.user if session else None


def signed_in() -> User:
    """Give the signed-in person; for views below `requires`. Raises Problem 401 when no one is."""
    user = current_user()
    if user is None:
        raise plain(401, headers=_challenge())
    return user


def _identify() -> Session | None:
    token = _bearer()
    if token is None and not (is_api() and flask.request.method not in _SAFE):
        token = flask.request.cookies.get(COOKIE)
    if not token:
        return None
    try:
        session = _going_on(token)
    except TokenError as error:
        flask.g.baitong_token_error = str(error)
        return None
    return session


def _going_on(token: str) -> Session:
    """The session of a token, unless it was ended before its time."""
    session = read_session(token, web_of().secret)
    if web_of().session_over(session):
        raise TokenError("ended")
    return session


def _bearer() -> str | None:
    kind, _, token = flask.request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def _challenge() -> dict[str, str]:
    challenge = 'Bearer realm="baitong"'
    reason = flask.g.get("baitong_token_error")
    if reason:
        challenge += f', error="invalid_token", error_description="token {reason}"'
    return {"WWW-Authenticate": challenge}


def requires(action: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Let only those in whose role may do `action` (`shared.permissions`).

    Put it right below the route. The API answers 401 or 403; a page sends to the sign-in page or
    shows 403. Where the thing asked for belongs is then for the view to check (`permit`).
    Raises ValueError at import for an unknown action.
    """
    if action not in PERMISSIONS:
        raise ValueError(f"action: {action!r} is not in shared/permissions.py; add it there")

    def decorate(view: Callable[_P, _R]) -> Callable[_P, _R]:
        @functools.wraps(view)
        def guarded(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            admit(action)
            return view(*args, **kwargs)

        doc: dict[str, Any] = deepcopy(getattr(view, "_apidoc", {}))
        manual = doc.setdefault("manual_doc", {})
        manual["security"] = [{"bearer": []}]
        responses = manual.setdefault("responses", {})
        responses[401] = "UNAUTHORIZED"
        responses[403] = "FORBIDDEN"
        guarded._apidoc = doc  # type: ignore[attr-defined]  # noqa: SLF001 - flask-smorest's place
        guarded.baitong_action = action  # type: ignore[attr-defined]
        return guarded

    return decorate


def shows(action: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Say that the page of what the address names is shown, e.g. with the faults of its form.

    Put it right below `requires`. Who sees it is recorded as `action`, which ends in ``.read``.
    """

    def decorate(view: Callable[_P, _R]) -> Callable[_P, _R]:
        view.baitong_shows = action  # type: ignore[attr-defined]
        return view

    return decorate


def public(action: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Say that everybody may: `shared.permissions.PUBLIC` says why.

    Raises ValueError at import for an action that is not there.
    """
    if action not in PUBLIC:
        raise ValueError(f"action: {action!r} is not public in shared/permissions.py")

    def decorate(view: Callable[_P, _R]) -> Callable[_P, _R]:
        view.baitong_public = action  # type: ignore[attr-defined]
        return view

    return decorate


def admit(action: str) -> User:
    """Give the signed-in person if their role may do `action`; for a view with several actions.

    Raises Problem 401 or 403, or on a page the redirect to the sign-in page.
    """
    user = current_user()
    if user is None:
        if wants_page() and flask.request.method in _SAFE:
            flask.abort(flask.redirect(sign_in_url(), code=303))
        raise plain(401, headers=_challenge())
    if not may(user, action):
        raise _refused(user, action)
    return user


def permit(action: str, place: Place) -> User:
    """Give the signed-in person if they may do `action` to what belongs there.

    Raises Problem 401 or 403 as `admit` does.
    """
    user = admit(action)
    if not may(user, action, place):
        raise _refused(user, action)
    return user


def _refused(user: User, action: str) -> Problem:
    log.warning("refused", action=action, username=user.username, role=user.role)
    return plain(403)


def sign_in_url() -> str:
    """Give the sign-in address that leads back to this page."""
    here = flask.request.full_path.rstrip("?")
    return f"{SIGN_IN}?next={quote(here, safe='/')}"


def safe_next(url: str | None, default: str = "/") -> str:
    """Give `url` if it stays on this site, else `default`: no open redirects.

    Backslashes, control characters and `//host` are refused, as browsers read them as hosts.
    """
    if not url or not url.startswith("/") or url.startswith("//") or "\\" in url:
        return default
    if any(ord(char) <= ord(" ") or ord(char) == 0x7F for char in url):  # noqa: PLR2004 - DEL
        return default
    try:
        parts = urlsplit(url)
    except ValueError:
        return default
    return url if not parts.scheme and not parts.netloc else default


def remember(response: flask.Response, user: User, began: datetime | None = None) -> flask.Response:
    """Sign `user` in: put the session cookie on `response`.

    `began` is a moment before it was looked at who they are, so that what ends their sessions
    meanwhile ends this one too.
    """
    start = clock.now()
    one = secrets.token_urlsafe(12)
    return _keep(response, Session(one, user, began or start, start, start + IDLE))


def renew(response: flask.Response) -> flask.Response:
    """Let a session that is in use go on, up to twelve hours after its beginning.

    Only what a person did counts: a list that asks for itself does not keep anybody signed in.
    """
    session = current_session()
    asked_by_hand = "X-Baitong-Live" not in flask.request.headers
    if session is None or flask.request.cookies.get(COOKIE) is None or not asked_by_hand:
        return response
    start = clock.now()
    if start - session.issued < RENEW_AFTER or _gives_cookie(response):
        return response
    until = min(start + IDLE, session.began + TTL)
    if until <= session.expires:
        return response
    return _keep(response, replace(session, issued=start, expires=until))


def _gives_cookie(response: flask.Response) -> bool:
    given = response.headers.getlist("Set-Cookie")
    return any(cookie.startswith(f"{COOKIE}=") for cookie in given)


def _keep(response: flask.Response, session: Session) -> flask.Response:
    web = web_of()
    response.set_cookie(
        COOKIE,
        signed(session, web.secret),
        max_age=int((session.expires - session.issued).total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=web.secure_cookies,
        path="/",
    )
    return response


def fresh_form_session() -> None:
    """Nobody goes on with the form token of who sat here before; what was just said stays."""
    said = flask.session.get(_FLASHED)
    flask.session.clear()
    if said:
        flask.session[_FLASHED] = said


def forget(response: flask.Response) -> flask.Response:
    """Sign out: take the session cookie off, the form token, and what the browser kept."""
    flask.session.clear()
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    response.delete_cookie(
        COOKIE, path="/", httponly=True, samesite="Lax", secure=web_of().secure_cookies
    )
    return response


__all__ = [
    "ADMIN",
    "AUDITOR",
    "BACK_OFFICE",
    "COOKIE",
    "DEPARTMENT",
    "DESK",
    "GRID",
    "IDLE",
    "LEADER",
    "MANAGER",
    "PARTNER",
    "ROLES",
    "SIGN_IN",
    "SIGN_OUT",
    "SUPERVISOR",
    "TTL",
    "Session",
    "TokenError",
    "User",
    "admit",
    "current_session",
    "current_user",
    "forget",
    "fresh_form_session",
    "issue_token",
    "permit",
    "public",
    "read_session",
    "read_token",
    "remember",
    "renew",
    "requires",
    "role_label",
    "safe_next",
    "shows",
    "sign_in_url",
    "signed_in",
]
