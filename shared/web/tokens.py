"""Tokens: who is signed in, in a form that every service can check without asking intake."""

import functools
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from shared import clock
from shared.permissions import User

TTL = timedelta(hours=12)
"""How long a signing in lasts at most, used or not."""
_PARTY = "baitong"
_ALGORITHM = "HS256"


class TokenError(Exception):
    """A token that is expired, forged, or not one of ours; the message says which."""


@dataclass(frozen=True, slots=True)
class Session:
    """One signing in: by its id it can be ended before its time. Moments are aware, UTC.

    Attributes:
        id: random.
        user: who signed in.
        began: when they did.
        issued: when this token of it was made; a session in use gets a new one now and then.
        expires: when this token ends, unless it is renewed.
    """

    id: str
    user: User
    began: datetime
    issued: datetime
    expires: datetime


def issue_token(
    user: User,
    secret: str,
    ttl: timedelta = TTL,
    *,
    now: datetime | None = None,
    began: datetime | None = None,
) -> str:
    """Sign a token that says who `user` is until `ttl` has passed: for programs.

    `began` as for `shared.web.auth.remember`.
    """
    start = now or clock.now()
    one = secrets.token_urlsafe(12)
    return signed(Session(one, user, began or start, start, start + ttl), secret)


def read_token(token: str, secret: str) -> User:
    """Give the user a token names. Raises TokenError when it is expired, forged or not ours."""
    return read_session(token, secret).user


def read_session(token: str, secret: str) -> Session:
    """Give the session of a token. Raises TokenError as `read_token` does."""
    session = _verified(token, secret)
    if session.expires <= clock.now():
        raise TokenError("expired")
    return session


def signed(session: Session, secret: str) -> str:
    """The token of a session."""
    claims = asdict(session.user)
    claims["sub"] = claims.pop("username")
    claims["grids"] = list(session.user.grids)
    claims |= {"sid": session.id, "auth_time": session.began.timestamp()}
    claims |= {"iss": _PARTY, "aud": _PARTY, "iat": session.issued, "exp": session.expires}
    return jwt.encode(claims, secret, algorithm=_ALGORITHM)


@functools.lru_cache(maxsize=1024)
def _verified(token: str, secret: str) -> Session:
    """The session of a token. The same bytes stay genuine, so it is found out once."""
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=[_ALGORITHM],
            issuer=_PARTY,
            audience=_PARTY,
            # The clock is ours, so that a test can stop it; the check is below.
            options={
                "require": ["exp", "iat", "sub", "iss", "aud", "sid", "auth_time"],
                "verify_exp": False,
                "verify_iat": False,
            },
        )
        return Session(
            id=str(claims["sid"]),
            user=_user_of(claims),
            began=datetime.fromtimestamp(float(claims["auth_time"]), UTC),
            issued=datetime.fromtimestamp(float(claims["iat"]), UTC),
            expires=datetime.fromtimestamp(float(claims["exp"]), UTC),
        )
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise TokenError("invalid") from error


def _user_of(claims: dict[str, Any]) -> User:
    return User(
        username=claims["sub"],
        name=claims["name"],
        role=claims["role"],
        community=claims.get("community"),
        department=claims.get("department"),
        partner=claims.get("partner"),
        grids=tuple(claims.get("grids", ())),
    )
