"""JSON routes: flask-smorest's blueprint with types, strict about what it is sent."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from json import JSONDecodeError
from typing import Any, TypeVar

import flask
import flask_smorest
import marshmallow as ma
from flask_wtf.csrf import CSRFProtect
from webargs.core import missing
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import HTTPException, UnsupportedMediaType

from shared.characters import unstorable
from shared.web.bodies import refuse_deep, too_deep
from shared.web.context import API_PREFIXES, web_of
from shared.web.problem import (
    CONTENT_TYPE,
    ProblemSchema,
    problem_of,
    problem_response,
    unstorable_text,
)

JSON = "application/json"
_F = TypeVar("_F", bound=Callable[..., Any])
_Schema = ma.Schema | type[ma.Schema]


class StrictParser(FlaskParser):
    """Reads requests; a body that is there but is not JSON is refused with 415.

    Text that cannot be kept is refused with 422; in addresses, `base_app` sees to that.
    """

    def _raw_load_json(self, req: flask.Request) -> Any:
        try:
            loaded = super()._raw_load_json(req)
        except RecursionError as error:
            raise too_deep() from error
        except (JSONDecodeError, UnicodeDecodeError):
            raise  # webargs answers them with 400
        except ValueError as error:  # a whole number of more digits than Python reads (4,300)
            raise JSONDecodeError("a number is too long", "(a number)", 0) from error
        if loaded is missing and req.content_length:
            raise UnsupportedMediaType
        refuse_deep(loaded)
        wrong = () if loaded is missing else tuple(unstorable(loaded))
        if wrong:
            raise unstorable_text(*wrong)
        return loaded


class ApiBlueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # flask-smorest has no types
    """A group of JSON routes of one service; register it with `register_api`.

    Order of decorators: route, requires, arguments, response.
    """

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(_say_refusals)

    PAGINATION_ARGUMENTS_PARSER = StrictParser()

    def route(self, rule: str, **options: Any) -> Callable[[_F], _F]:
        """Serve `rule` with the function or MethodView below."""
        decorator: Callable[[_F], _F] = super().route(rule, **options)
        return decorator

    def arguments(
        self, schema: _Schema, **options: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Read the request by `schema` and hand the loaded value to the view."""
        decorator: Callable[[Callable[..., Any]], Callable[..., Any]] = super().arguments(
            schema, **options
        )
        return decorator

    def response(
        self, status_code: int, schema: _Schema | None = None, **options: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Answer with `status_code` and what the view returns, written by `schema`."""
        decorator: Callable[[Callable[..., Any]], Callable[..., Any]] = super().response(
            status_code, schema, **options
        )
        return decorator

    def alt_response(self, status_code: int, *args: Any, **options: Any) -> Callable[[_F], _F]:
        """Document another answer; a problem is always sent as one."""
        if options.get("schema") is ProblemSchema:
            options.setdefault("content_type", CONTENT_TYPE)
        decorator: Callable[[_F], _F] = super().alt_response(status_code, *args, **options)
        return decorator

    def refuses(self, why: Mapping[int, str], *statuses: int) -> Callable[[_F], _F]:
        """Document the problems it refuses by: of these statuses, each for its reason."""

        def decorate(view: _F) -> _F:
            for status in statuses:
                told = self.alt_response(status, schema=ProblemSchema, description=why[status])
                view = told(view)
            return view

        return decorate

    def paginate(
        self, pager: Any = None, **options: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Take `page` and `page_size`; the view gets `pagination_parameters`."""
        decorator: Callable[[Callable[..., Any]], Callable[..., Any]] = super().paginate(
            pager, **options
        )
        return decorator


def file_body(what: str, **with_it: dict[str, Any]) -> dict[str, Any]:
    """The described body of a route that takes one file, ``what``, and the fields ``with_it``."""
    file = {"type": "string", "format": "binary", "description": what}
    schema = {"type": "object", "required": ["file"], "properties": {"file": file, **with_it}}
    return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}


def _say_refusals(
    doc: dict[str, Any], doc_info: Any, *, method: str = "", **_: Any
) -> dict[str, Any]:
    """Name every refusal a route may answer with, so that none comes unannounced."""
    manual = doc_info.get("manual_doc", {})
    statuses = {404, 422, 429, 503}
    if method.lower() in {"post", "put", "patch", "delete"}:
        statuses |= {400, 409, 413, 415}
    if "security" in manual:
        statuses |= {401, 403}
    responses = doc.setdefault("responses", {})
    for status in sorted(statuses):
        if not {status, str(status)} & set(responses):
            responses[str(status)] = HTTPStatus(status).name
    return doc


class BaitongApi(flask_smorest.Api):  # type: ignore[misc]  # flask-smorest has no types
    """flask-smorest's API whose errors are RFC 9457 problems, in deed and in its description."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_RESPONSE_CONTENT_TYPE = JSON

    def _register_responses(self) -> None:
        self.DEFAULT_RESPONSE_CONTENT_TYPE = CONTENT_TYPE
        super()._register_responses()
        self.DEFAULT_RESPONSE_CONTENT_TYPE = JSON

    def handle_http_exception(self, error: HTTPException) -> flask.Response:
        """Answer an HTTP error with a problem: JSON for programs, a page for people."""
        return problem_response(problem_of(error))

    def register_blueprint(
        self, blp: Any, *, parameters: list[Any] | None = None, **options: Any
    ) -> None:
        """Register JSON routes; they need no form token, since they refuse the cookie."""
        csrf: CSRFProtect = self._app.extensions["csrf"]
        csrf.exempt(blp)
        super().register_blueprint(blp, parameters=parameters, **options)


def register_api(app: flask.Flask, blueprint: ApiBlueprint, **options: Any) -> None:
    """Serve and document `blueprint`. Its addresses must begin with an API prefix.

    Raises ValueError when they do not: outside it the cookie would be taken for writing.
    """
    prefix = f"{options.get('url_prefix') or blueprint.url_prefix or ''}/"
    if not prefix.startswith(API_PREFIXES):
        raise ValueError(
            f"url_prefix: {prefix!r} of blueprint {blueprint.name!r} is no API address; "
            f"begin it with {' or '.join(API_PREFIXES)}"
        )
    web_of(app).api.register_blueprint(blueprint, **options)
