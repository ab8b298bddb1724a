"""One Flask application a service: API, pages, errors, sign-in, languages and safe headers."""

import functools
import hashlib
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import flask
import structlog
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from werkzeug.exceptions import NotFound

from shared.characters import shown, storable
from shared.web import acting, auth, bodies, i18n, limits, nav, problem, reveal, unsent, words
from shared.web.blueprint import BaitongApi
from shared.web.context import KEY, Web, is_api, web_of
from shared.web.forms import Form

HERE = Path(__file__).parent
STATIC = HERE / "static"
TEMPLATES = HERE / "templates"
SECRET_LENGTH = 32
YEAR = 365 * 24 * 3600
ELDER_COOKIE = "elder"
HEALTH = "/healthz"
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), display-capture=(), "
    "payment=(), usb=(), midi=(), serial=(), browsing-topics=()",
}
VARY = ("Cookie", "Accept-Language", "Authorization")
log = structlog.get_logger(__name__)


class Sessions(SecureCookieSessionInterface):
    """Flask's sessions, which hold the form token; a program has no such cookie to read."""

    def open_session(self, app: flask.Flask, request: flask.Request) -> Any:
        """Read the cookie's session, where there is one."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


class WebApp(flask.Flask):
    """Flask whose unexpected errors are logged once, by `problem`, with an id."""

    session_interface = Sessions()

    def log_exception(self, exc_info: Any) -> None:
        """Leave it to `problem`, which knows the id that is shown to the person."""


def base_app(
    service: str,
    *,
    secret: str,
    import_name: str,
    template_folder: str | None,
    translations: Path | None,
    district_name: str,
    secure_cookies: bool = False,
) -> flask.Flask:
    """Make the web application of `service`; all services share `secret`, so one sign-in serves.

    Raises ValueError for a secret shorter than 32 bytes, FileNotFoundError for a catalogue that
    is not there.
    """
    if len(secret.encode()) < SECRET_LENGTH:
        raise ValueError(
            f"secret: shorter than {SECRET_LENGTH} bytes, so tokens could be forged; "
            "make one with `python -c 'import secrets; print(secrets.token_urlsafe(48))'`"
        )
    app = WebApp(
        import_name,
        static_folder=str(STATIC),
        static_url_path="/static",
        template_folder=template_folder,
    )
    own = app.jinja_loader
    kit = FileSystemLoader(TEMPLATES)
    app.jinja_loader = ChoiceLoader([own, kit] if own is not None else [kit])
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.config.update(
        SECRET_KEY=secret,
        SESSION_COOKIE_NAME="baitong_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure_cookies,
        WTF_CSRF_TIME_LIMIT=int(auth.TTL.total_seconds()),
        API_TITLE=f"Baitong {service}",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=f"/api/{service}",
        OPENAPI_JSON_PATH="openapi.json",
    )
    catalogues = [i18n.SHARED_CATALOGUE, *([translations] if translations else [])]
    web = Web(
        service=service,
        secret=secret,
        district_name=district_name,
        secure_cookies=secure_cookies,
        english=i18n.read_catalogue(*catalogues),
    )
    app.extensions[KEY] = web
    bodies.install(app)  # before anything reads a form
    CSRFProtect(app)
    i18n.install(app)
    words.install(app)
    problem.install(app)
    web.api = BaitongApi(app)
    web.api.spec.components.security_scheme(
        "bearer",
        {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    )
    _install_globals(app)
    app.add_url_rule(HEALTH, "healthz", auth.public("platform.read")(_healthz))
    app.before_request(_refuse_unstorable)
    limits.install(app)
    acting.install(app)
    app.after_request(_finish)
    return app


def health_check(app: flask.Flask, name: str, check: Callable[[], object]) -> None:
    """Ask `check` whenever /healthz is asked; it says it is ill by raising anything."""
    web_of(app).health_checks[name] = check


def _healthz() -> flask.Response:
    web = web_of()
    checks: list[dict[str, Any]] = []
    for name, check in web.health_checks.items():
        started = time.perf_counter()
        fault = ""
        try:
            check()
        except Exception as error:
            log.exception("health_check_failed", service=web.service, check=name)
            fault = type(error).__name__  # the message may hold an address with a password
        took = round((time.perf_counter() - started) * 1000, 1)
        checks.append({"name": name, "ok": not fault, "error": fault, "ms": took})
    healthy = all(check["ok"] for check in checks)
    response = flask.jsonify(
        status="ok" if healthy else "failing", service=web.service, checks=checks
    )
    response.status_code = 200 if healthy else 503
    return response


def _refuse_unstorable() -> None:
    """Let no address through that holds what no database can.

    Raises NotFound for such a path, Problem 422 for such a query.
    """
    if not storable(flask.request.path):
        raise NotFound
    query = flask.request.args
    wrong = [shown(name) for name in query if not all(map(storable, [name, *query.getlist(name)]))]
    if wrong:
        raise problem.unstorable_text(*wrong)


def _finish(response: flask.Response) -> flask.Response:
    given = {name.lower() for name in response.headers.keys()}  # noqa: SIM118 - not a dict
    response.headers.extend([pair for pair in HEADERS.items() if pair[0].lower() not in given])
    web = web_of()
    if web.secure_cookies:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={YEAR}")
    endpoint = flask.request.endpoint or ""
    static = endpoint.endswith("static") and response.status_code < HTTPStatus.BAD_REQUEST
    if not static:
        response.headers.setdefault("Cache-Control", "no-store")
        if "vary" in given:
            response.vary.update(VARY)
        else:
            response.headers["Vary"] = ", ".join(VARY)
    elif "v" in flask.request.args:
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    else:
        response.headers["Cache-Control"] = "public, max-age=3600"
    if not (static or is_api()):
        auth.renew(response)
    for cookie, chosen in ((i18n.COOKIE, i18n.chosen_language()), (ELDER_COOKIE, _elder_asked())):
        if chosen is not None and not is_api():
            response.set_cookie(
                cookie, chosen, max_age=YEAR, samesite="Lax", secure=web.secure_cookies, path="/"
            )
    return response


def _elder_asked() -> str | None:
    asked = flask.request.args.get("elder")
    return asked if asked in {"0", "1"} else None


def elder() -> bool:
    """Tell whether this reader wants 长者模式: bigger type, fewer things."""
    asked = _elder_asked()
    return (asked if asked is not None else flask.request.cookies.get(ELDER_COOKIE)) == "1"


@functools.cache
def _fingerprint(name: str, changed_ns: int) -> str:  # noqa: ARG001 - a change makes a new entry
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """Give the address of a file of shared/web/static that changes whenever the file does.

    Raises NotFound for a file that is not there.
    """
    file = STATIC / name
    if not file.is_file():
        raise NotFound(f"asset: {name} is not in shared/web/static")
    return f"/static/{name}?v={_fingerprint(name, file.stat().st_mtime_ns)}"


def here_with(**changes: Any) -> str:
    """Give this page's address with some query parameters changed; None takes one away."""
    query: dict[str, list[str]] = flask.request.args.to_dict(flat=False)
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = [str(value)]
    path = flask.request.path
    return f"{path}?{urlencode(query, doseq=True)}" if query else path


def _install_globals(app: flask.Flask) -> None:
    app.jinja_env.globals.update(
        asset=asset,
        current_user=auth.current_user,
        role_label=auth.role_label,
        nav_items=nav.items,
        nav_sections=nav.sections,
        nav_leader=nav.LEADER,
        language=i18n.language,
        elder=elder,
        here_with=here_with,
        web=web_of,
        empty_form=Form(),
        reveal_reasons=reveal.reason_choices,
        unsent=unsent.of_request,
    )
