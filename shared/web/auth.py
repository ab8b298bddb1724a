"""Who is asking: one signed token, checked by every service without asking intake.

Programs send it as a Bearer header, pages as the cookie `baitong_session`. The API takes the
cookie only for reading, so a foreign page can never make a signed-in browser change anything.
Residents are not signed in.
"""

import functools
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, ParamSpec, TypeVar
from urllib.parse import quote, urlsplit

import flask
import jwt

from shared import clock
from shared.web.context import is_api, web_of
from shared.web.i18n import gettext, msgid
from shared.web.problem import plain, wants_page

DESK = "desk"
BACK_OFFICE = "back_office"
GRID = "grid"
DEPARTMENT = "department"
SUPERVISOR = "supervisor"
PARTNER = "partner"
ADMIN = "admin"
ROLES: dict[str, str] = {
    DESK: msgid("百通岗"),
    BACK_OFFICE: msgid("后台办理"),
    GRID: msgid("网格员"),
    DEPARTMENT: msgid("职能部门"),
    SUPERVISOR: msgid("区级督办"),
    PARTNER: msgid("社区合伙人"),
    ADMIN: msgid("系统管理"),
}

COOKIE = "baitong_session"
SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"
TTL = timedelta(hours=12)
_PARTY = "baitong"
_ALGORITHM = "HS256"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_P = ParamSpec("_P")
_R = TypeVar("_R")


class TokenError(Exception):
    """A token that is expired, forged, or not one of ours; the message says which."""


@dataclass(frozen=True, slots=True)
class User:
    """A signed-in person and what they answer for."""

    username: str
    name: str
    role: str
    community: str | None = None
    department: str | None = None
    partner: str | None = None
    grids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a role that is not in ROLES with ValueError."""
        if self.role not in ROLES:
            raise ValueError(f"role: {self.role!r} is unknown; use one of {', '.join(ROLES)}")


def role_label(role: str) -> str:
    """Name a role in the reader's language. Raises KeyError for an unknown role."""
    return gettext(ROLES[role])


def issue_token(
    user: User, secret: str, ttl: timedelta = TTL, *, now: datetime | None = None
) -> str:
    """Sign a token that says who `user` is until `ttl` has passed."""
    start = now or clock.now()
    claims = asdict(user)
    claims["sub"] = claims.pop("username")
    claims["grids"] = list(user.grids)
    claims |= {"iss": _PARTY, "aud": _PARTY, "iat": start, "exp": start + ttl}
    return jwt.encode(claims, secret, algorithm=_ALGORITHM)


def read_token(token: str, secret: str) -> User:
    """Give the user a token names. Raises TokenError when it is expired, forged or not ours."""
    user, expires = _verified(token, secret)
    if expires <= clock.now().timestamp():
        raise TokenError("expired")
    return user


@functools.lru_cache(maxsize=1024)
def _verified(token: str, secret: str) -> tuple[User, float]:
    """Who a token names and until when. The same bytes stay genuine, so it is found out once."""
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=[_ALGORITHM],
            issuer=_PARTY,
            audience=_PARTY,
            # The clock is ours, so that a test can stop it; the check is below.
            options={
                "require": ["exp", "iat", "sub", "iss", "aud"],
                "verify_exp": False,
                "verify_iat": False,
            },
        )
        expires = float(claims["exp"])
        user = User(
            username=claims["sub"],
            name=claims["name"],
            role=claims["role"],
            community=claims.get("community"),
            department=claims.get("department"),
            partner=claims.get("partner"),
            grids=tuple(claims.get("grids", ())),
        )
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError) as error:
        raise TokenError("invalid") from error
    return user, expires


def current_user() -> User | None:
    """Give the signed-in person of this request, or None."""
    if not flask.has_request_context():
        return None
    if "baitong_user" not in flask.g:
        flask.g.baitong_user = _identify()
    user: User | None = flask.g.baitong_user
    return user


def signed_in() -> User:
    """Give the signed-in person; for views below `requires`. Raises Problem 401 when no one is."""
    user = current_user()
    if user is None:
        raise plain(401, headers=_challenge())
    return user


def _identify() -> User | None:
    token = _bearer()
    if token is None and not (is_api() and flask.request.method not in _SAFE):
        token = flask.request.cookies.get(COOKIE)
    if not token:
        return None
    try:
        return read_token(token, web_of().secret)
    except TokenError as error:
        flask.g.baitong_token_error = str(error)
        return None


def _bearer() -> str | None:
    kind, _, token = flask.request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def _challenge() -> dict[str, str]:
    challenge = 'Bearer realm="baitong"'
    reason = flask.g.get("baitong_token_error")
    if reason:
        challenge += f', error="invalid_token", error_description="token {reason}"'
    return {"WWW-Authenticate": challenge}


def requires(*roles: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Let only signed-in people of `roles` in; without roles, everyone signed in.

    Put it right below the route. The API answers 401 or 403; a page sends to the sign-in page or
    shows 403. Raises ValueError at import for an unknown role.
    """
    unknown = set(roles) - set(ROLES)
    if unknown:
        raise ValueError(f"roles: {sorted(unknown)} are unknown; use some of {', '.join(ROLES)}")

    def decorate(view: Callable[_P, _R]) -> Callable[_P, _R]:
        @functools.wraps(view)
        def guarded(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            admit(*roles)
            return view(*args, **kwargs)

        doc: dict[str, Any] = deepcopy(getattr(view, "_apidoc", {}))
        manual = doc.setdefault("manual_doc", {})
        manual["security"] = [{"bearer": []}]
        responses = manual.setdefault("responses", {})
        responses[401] = "UNAUTHORIZED"
        responses[403] = "FORBIDDEN"
        guarded._apidoc = doc  # type: ignore[attr-defined]  # noqa: SLF001 - flask-smorest's place
        return guarded

    return decorate


def admit(*roles: str) -> User:
    """Give the signed-in person if they hold one of `roles`; for a whole blueprint's guard.

    Raises Problem 401 or 403, or on a page the redirect to the sign-in page.
    """
    user = current_user()
    if user is None:
        if wants_page() and flask.request.method in _SAFE:
            flask.abort(flask.redirect(sign_in_url(), code=303))
        raise plain(401, headers=_challenge())
    if roles and user.role not in roles:
        raise plain(403)
    return user


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


def remember(response: flask.Response, user: User) -> flask.Response:
    """Sign `user` in: put the session cookie on `response`."""
    web = web_of()
    response.set_cookie(
        COOKIE,
        issue_token(user, web.secret),
        max_age=int(TTL.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=web.secure_cookies,
        path="/",
    )
    return response


def forget(response: flask.Response) -> flask.Response:
    """Sign out: take the session cookie off."""
    response.delete_cookie(
        COOKIE, path="/", httponly=True, samesite="Lax", secure=web_of().secure_cookies
    )
    return response
