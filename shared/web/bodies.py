"""How much a request may bring: bodies, query values, nesting. What is more is refused unread."""

from collections.abc import Mapping
from typing import Any

import flask
from werkzeug.exceptions import RequestEntityTooLarge

from shared.characters import shown
from shared.web.i18n import msgid
from shared.web.problem import FieldError, Problem, plain

MOST_BODY = 256 * 1024
"""Bytes of a JSON body or a page's form."""
MOST_UPLOAD = 12 * 1024 * 1024
"""Bytes of a multipart form sent to an address of files, its parts together."""
MOST_FIELDS = 500
"""Fields of a form; the longest of our pages has some sixty."""
MOST_PARAMETERS = 50
LONGEST_PARAMETER = 2000
"""Characters of one value in an address; the server itself takes no line beyond 8,192 bytes."""
DEEPEST = 12
"""Lists and objects inside each other; our own deepest body has four."""
UPLOADS = "/files"

_LONG = (msgid("太长，最多 %(max)s 个字"), msgid("请缩短"))
_TOO_DEEP = (msgid("请求正文嵌套过深"), msgid("请检查括号；每个接口的文档里写着它要的样子。"))


def install(app: flask.Flask) -> None:
    """Bound every request of `app`, before anything reads it."""
    app.config.update(
        MAX_CONTENT_LENGTH=MOST_UPLOAD,
        MAX_FORM_MEMORY_SIZE=MOST_BODY,
        MAX_FORM_PARTS=MOST_FIELDS,
    )
    app.before_request(_bound_body)
    app.before_request(_bound_query)


def _bound_body() -> None:
    request = flask.request
    most = MOST_UPLOAD if _is_upload(request) else MOST_BODY
    request.max_content_length = most
    if (request.content_length or 0) > most:
        raise RequestEntityTooLarge


def _is_upload(request: flask.Request) -> bool:
    return request.path.endswith(UPLOADS) and request.mimetype == "multipart/form-data"


def _bound_query() -> None:
    query = flask.request.args
    if sum(len(query.getlist(name)) for name in query) > MOST_PARAMETERS:
        raise plain(400)
    too_long = [
        FieldError(shown(name)[:100], *_LONG, {"max": LONGEST_PARAMETER})
        for name in query
        if any(len(value) > LONGEST_PARAMETER for value in query.getlist(name))
    ]
    if too_long:
        problem = plain(422)
        problem.errors = tuple(too_long)
        raise problem


def too_deep() -> Problem:
    """Make the 400 of a body whose lists and objects are nested without end."""
    return Problem(400, "too-deep", _TOO_DEEP[0], detail=_TOO_DEEP[1])


def refuse_deep(document: Any) -> None:
    """Refuse a JSON document that is nested deeper than any of ours.

    Works level by level, so that the nesting cannot exhaust the stack here.

    Raises:
        Problem: 400.
    """
    level = [document]
    for _ in range(DEEPEST + 1):
        level = [inside for one in level for inside in _inside(one)]
        if not level:
            return
    raise too_deep()


def _inside(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []
