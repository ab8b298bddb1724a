"""What went wrong, said the same way everywhere: field, reason, remedy.

A program gets RFC 9457 `application/problem+json`; a person gets a calm page. Texts are Chinese
message ids; they are translated when the answer is written.
"""

import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from http import HTTPStatus
from typing import Any, TypeVar, cast

import flask
import marshmallow as ma
import structlog
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from shared.db import Unavailable
from shared.inputs import REMEDIES
from shared.web.context import is_api
from shared.web.i18n import gettext, msgid

CONTENT_TYPE = "application/problem+json"
URN = "urn:baitong:problem:"
_LOCATIONS = ("json", "query", "querystring", "form", "path", "view_args", "headers", "files")
_Raised = TypeVar("_Raised", bound=Exception)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that is wrong: its dotted path, the reason, and what to do about it."""

    field: str
    reason: str
    remedy: str = ""
    values: Mapping[str, Any] = dataclass_field(default_factory=dict)

    def told(self) -> dict[str, str]:
        """Say it in the reader's language."""
        return {
            "field": self.field,
            "reason": gettext(self.reason, **self.values),
            "remedy": gettext(self.remedy, **self.values) if self.remedy else "",
        }


class Problem(Exception):
    """An answer that is not the one hoped for; raise it anywhere below a view.

    `title`, `detail` and the texts of `errors` are Chinese message ids; `values` fills their
    `%(name)s`. `code` ends the problem's type: `urn:baitong:problem:<code>`. `way` is where a page
    leads on to: an address and the words of its link; the home page without it.
    """

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        errors: Sequence[FieldError] = (),
        *,
        detail: str = "",
        values: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        error_id: str = "",
        way: tuple[str, str] | None = None,
    ) -> None:
        """Keep the parts; nothing is translated yet."""
        super().__init__(title)
        self.status = status
        self.code = code
        self.title = title
        self.errors = tuple(errors)
        self.detail = detail
        self.values = dict(values or {})
        self.headers = dict(headers or {})
        self.error_id = error_id
        self.way = way

    def body(self) -> dict[str, Any]:
        """Write the RFC 9457 body in the reader's language."""
        body: dict[str, Any] = {
            "type": URN + self.code,
            "title": gettext(self.title, **self.values),
            "status": self.status,
            "detail": gettext(self.detail, **self.values) if self.detail else "",
            "errors": [error.told() for error in self.errors],
        }
        if self.error_id:
            body["error_id"] = self.error_id
        return body


class FieldErrorSchema(ma.Schema):
    """One field of a problem, for the API's description."""

    field = ma.fields.String(metadata={"description": "Dotted path of the field", "example": "id"})
    reason = ma.fields.String(metadata={"description": "Why it cannot be taken"})
    remedy = ma.fields.String(metadata={"description": "What to do about it"})


class ProblemSchema(ma.Schema):
    """RFC 9457 problem, for the API's description."""

    type = ma.fields.String(metadata={"example": URN + "invalid-fields"})
    title = ma.fields.String(metadata={"description": "What went wrong, for people"})
    status = ma.fields.Integer(metadata={"example": 422})
    detail = ma.fields.String(metadata={"description": "What to do, for people"})
    errors = ma.fields.List(ma.fields.Nested(FieldErrorSchema))
    error_id = ma.fields.String(metadata={"description": "Name it when you report a 500"})


_PLAIN: dict[int, tuple[str, str, str]] = {
    400: ("bad-request", msgid("请求看不懂"), msgid("请检查后再发一次。")),
    401: ("sign-in", msgid("请先登录"), msgid("登录后再试。")),
    403: ("forbidden", msgid("您没有办这件事的权限"), msgid("需要的话，请找主管开通。")),
    404: (
        "not-found",
        msgid("没有找到"),
        msgid("地址可能写错了，或内容已移走。请从首页重新进入。"),
    ),
    405: ("method-not-allowed", msgid("不能这样操作"), msgid("请返回上一页，用页面上的按钮操作。")),
    406: ("not-acceptable", msgid("没有您要的格式"), msgid("请改用 JSON 或网页。")),
    409: ("conflict", msgid("已有别的改动"), msgid("请刷新看看最新情况，再决定怎么办。")),
    410: ("gone", msgid("内容已移走"), msgid("请从首页重新进入。")),
    412: ("stale", msgid("内容已被别人改过"), msgid("请刷新后再改。")),
    413: ("too-large", msgid("内容太大"), msgid("请把照片压缩，或分几次提交。")),
    415: ("media-type", msgid("不支持这种格式"), msgid("请用 application/json 发送。")),
    422: ("invalid-fields", msgid("有几处需要改正"), msgid("请按每一项的提示改正后再提交。")),
    428: ("precondition-required", msgid("请先取得最新内容"), msgid("请刷新后再改。")),
    429: ("too-many", msgid("操作太频繁"), msgid("请过一会儿再试。")),
    500: (
        "internal",
        msgid("系统出错了"),
        msgid("已经记下来了。请稍后再试；急事请到窗口或拨打 12345。"),
    ),
    503: ("unavailable", msgid("暂时不能使用"), msgid("请稍后再试；急事请到窗口或拨打 12345。")),
}
_CSRF = (msgid("页面放得太久了"), msgid("为了安全，请返回上一页，刷新后再提交一次。"))
_BAD_JSON = (msgid("请求正文不是有效的 JSON"), msgid("请检查引号、逗号和括号。"))

UNSTORABLE = (msgid("含有不能保存的字符"), msgid("请去掉看不见的字符，重新输入"))
_FILL = msgid("请填写这一项")
_CHANGE = msgid("请改正后再提交")
_DROP = msgid("请去掉这一项，或核对名称")
_REASONS: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern), reason, remedy)
    for pattern, reason, remedy in (
        (r"Missing data for required field\.", msgid("没有填写"), _FILL),
        (r"Field may not be null\.", msgid("不能为空"), _FILL),
        (r"Unknown field\.", msgid("没有这一项"), _DROP),
        (r"Not a valid integer\.", msgid("不是整数"), msgid("请填数字，例如 3")),
        (r"Not a valid number\.", msgid("不是数字"), msgid("请填数字，例如 3")),
        (r"Not a valid boolean\.", msgid("不是“是”或“否”"), _CHANGE),
        (r"Not a valid string\.", msgid("不是文字"), _CHANGE),
        (r"Not a valid list\.", msgid("不是列表"), _CHANGE),
        (r"Not a valid date\.", msgid("不是有效的日期"), msgid("请按 2026-11-21 的样子填写")),
        (r"Not a valid time\.", msgid("不是有效的时间"), msgid("请按 09:30 的样子填写")),
        (
            r"Not a valid (?:naive |aware )?datetime\.",
            msgid("不是有效的日期时间"),
            msgid("请按 2026-11-21T09:30:00+08:00 的样子填写"),
        ),
        (r"Not a valid UUID\.", msgid("不是有效的编号"), msgid("请核对编号")),
        (r"Not a valid email address\.", msgid("不是有效的邮箱"), msgid("请核对邮箱地址")),
        (r"Not a valid URL\.", msgid("不是有效的网址"), msgid("请核对网址")),
        (r"Not a valid .*\.", msgid("格式不对"), _CHANGE),
        (
            r"Shorter than minimum length (?P<min>\S+)\.",
            msgid("太短，至少 %(min)s 个字"),
            msgid("请补充完整"),
        ),
        (
            r"Longer than maximum length (?P<max>\S+)\.",
            msgid("太长，最多 %(max)s 个字"),
            msgid("请缩短"),
        ),
        (
            r"Length must be between (?P<min>\S+) and (?P<max>\S+)\.",
            msgid("长度应为 %(min)s 到 %(max)s 个字"),
            _CHANGE,
        ),
        (r"Length must be (?P<equal>\S+)\.", msgid("长度应为 %(equal)s 个字"), _CHANGE),
        (
            r"Must be greater than or equal to (?P<min>\S+) and less than .* to (?P<max>\S+)\.",
            msgid("应在 %(min)s 到 %(max)s 之间"),
            _CHANGE,
        ),
        (r"Must be greater than or equal to (?P<min>\S+)\.", msgid("不能小于 %(min)s"), _CHANGE),
        (r"Must be less than or equal to (?P<max>\S+)\.", msgid("不能大于 %(max)s"), _CHANGE),
        (r"Must be greater than (?P<min>\S+)\.", msgid("应大于 %(min)s"), _CHANGE),
        (r"Must be less than (?P<max>\S+)\.", msgid("应小于 %(max)s"), _CHANGE),
        (
            r"Must be one of: (?P<choices>.*)\.",
            msgid("不在可选范围内：%(choices)s"),
            msgid("请从可选项里选一个"),
        ),
        (r"String does not match expected pattern\.", msgid("格式不对"), _CHANGE),
        (r"Invalid (?:value|input|input type)\.", msgid("内容不对"), _CHANGE),
    )
)


def explain(field: str, message: str) -> FieldError:
    """Turn a marshmallow message into a reason and a remedy; our own Chinese passes through."""
    for pattern, reason, remedy in _REASONS:
        match = pattern.fullmatch(message)
        if match:
            return FieldError(field, reason, remedy, match.groupdict())
    return FieldError(field, message, REMEDIES.get(message, _CHANGE))


def field_errors(messages: Any) -> list[FieldError]:
    """Flatten marshmallow's nested messages into one entry a field, with dotted paths."""
    if isinstance(messages, Mapping) and messages and set(messages) <= set(_LOCATIONS):
        inner = [value for value in messages.values() if isinstance(value, Mapping)]
        if inner:
            return [error for value in inner for error in field_errors(value)]
    return [explain(path, text) for path, text in _flat(messages, "")]


def _flat(messages: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(messages, Mapping):
        for key, value in messages.items():
            step = "" if key == "_schema" else str(key)
            yield from _flat(value, ".".join(part for part in (path, step) if part))
    elif isinstance(messages, (list, tuple)):
        for value in messages:
            yield from _flat(value, path)
    else:
        yield path, str(messages)


def invalid(messages: Any) -> Problem:
    """Make the 422 of a request whose fields are wrong."""
    code, title, detail = _PLAIN[422]
    return Problem(422, code, title, field_errors(messages), detail=detail)


def unstorable_text(*paths: str) -> Problem:
    """Make the 422 of fields with characters that nothing can hold (`shared.characters`)."""
    code, title, detail = _PLAIN[422]
    return Problem(
        422, code, title, [FieldError(path, *UNSTORABLE) for path in paths], detail=detail
    )


def plain(status: int, *, headers: Mapping[str, str] | None = None) -> Problem:
    """Make the usual problem of an HTTP status."""
    if status in _PLAIN:
        code, title, detail = _PLAIN[status]
        return Problem(status, code, title, detail=detail, headers=headers)
    name = HTTPStatus(status).phrase
    return Problem(status, name.lower().replace(" ", "-"), name, headers=headers)


def problem_of(error: HTTPException) -> Problem:
    """Make a problem of what Flask, webargs, flask-smorest or flask-wtf raised."""
    status = error.code or 500
    if isinstance(error, InternalServerError):
        return _unexpected(error)
    if isinstance(error, CSRFError):
        return Problem(400, "csrf", _CSRF[0], detail=_CSRF[1])
    data: Mapping[str, Any] = getattr(error, "data", None) or {}
    headers = dict(data.get("headers") or {})
    headers.update(
        (name, value) for name, value in error.get_headers() if name in {"Allow", "Retry-After"}
    )
    messages = data.get("errors", data.get("messages"))
    if status == HTTPStatus.BAD_REQUEST and messages == {"json": ["Invalid JSON body."]}:
        return Problem(400, "bad-json", _BAD_JSON[0], detail=_BAD_JSON[1])
    found = plain(status, headers=headers)
    if messages:
        found.errors = tuple(field_errors(messages))
    if data.get("message"):
        found.detail = str(data["message"])
    return found


def _unexpected(error: InternalServerError) -> Problem:
    error_id = secrets.token_hex(4)
    log.error(
        "request_failed",
        error_id=error_id,
        method=flask.request.method,
        path=_address(),
        exc_info=error.original_exception or error,
    )
    code, title, detail = _PLAIN[500]
    return Problem(500, code, title, detail=detail, error_id=error_id)


def _address() -> str:
    """The address as a pattern: what stands in it may open a resident's page."""
    rule = flask.request.url_rule
    return rule.rule if rule is not None else "?"


def wants_page() -> bool:
    """Tell whether the answer should be a page: asked for as HTML, and not from the API."""
    accept = flask.request.accept_mimetypes
    return not is_api() and bool(accept.provided and accept.accept_html)


def problem_response(problem: Problem) -> flask.Response:
    """Answer with `problem`: a page for a person, problem+json for a program."""
    body = problem.body()
    if wants_page():
        response = flask.make_response(_page(body, problem.way))
    else:
        response = flask.jsonify(body)
        response.content_type = CONTENT_TYPE
    response.status_code = problem.status
    response.headers.extend(problem.headers)
    return response


def _page(body: Mapping[str, Any], way: tuple[str, str] | None) -> str:
    try:
        return flask.render_template("error.html", problem=body, way=way)
    except Exception:  # a broken layout must not hide the first error behind a second one
        log.exception("error_page_failed", status=body["status"])
        return flask.render_template_string(
            "<!doctype html><meta charset=utf-8><title>{{ p.title }}</title>"
            "<h1>{{ p.title }}</h1><p>{{ p.detail }}</p><p>{{ p.error_id }}</p>",
            p=body,
        )


def map_error(
    app: flask.Flask, error: type[_Raised], to_problem: Callable[[_Raised], Problem]
) -> None:
    """Answer every `error` raised below a view of `app` with the problem made of it."""

    def answer(raised: _Raised) -> flask.Response:
        return problem_response(to_problem(raised))

    app.register_error_handler(error, cast("Callable[[Exception], flask.Response]", answer))


def install(app: flask.Flask) -> None:
    """Answer Problem, marshmallow's ValidationError and a database that is away with problems."""
    map_error(app, Problem, lambda problem: problem)
    map_error(app, Unavailable, lambda _error: plain(503))
    map_error(app, ma.ValidationError, lambda error: invalid(error.messages))
