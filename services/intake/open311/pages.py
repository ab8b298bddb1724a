"""Open311 GeoReport v2 below ``/open311/v2``: discovery, services, requests, in XML and JSON.

It keeps to the published specification (wiki.open311.org/GeoReport_v2), so its answers and its
errors are GeoReport's own, not the problems of the other APIs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import flask
import marshmallow as ma

from services.intake.api import LONGEST_KEY
from services.intake.open311 import handlers, queries
from services.intake.open311.formats import FORMATS, TYPES, Value, as_json, as_xml
from services.intake.open311.pack import Offer, Service, offer_of
from services.intake.open311.queries import Search
from services.intake.open311.schemas import RequestForm, SearchForm
from services.intake.pages_common import lang, runtime
from services.intake.problems import field_error
from services.intake.reason import Rejected
from services.intake.staff.tries import OPEN311, counted
from shared.characters import unstorable
from shared.clock import now
from shared.track_link import track_url
from shared.web.acting import client_address
from shared.web.auth import public
from shared.web.i18n import gettext, msgid
from shared.web.problem import FieldError
from shared.years import NO_SUCH_YEAR, within_years

blueprint = flask.Blueprint("open311_pages", __name__, url_prefix="/open311/v2")

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGED = "2026-11-22T00:00:00+08:00"
"""When what this serves last changed its shape."""
MOST_NUMBERS = 100
_TOO_OFTEN = FieldError("", msgid("报得太频繁了"), msgid("请过一小时再报；着急的请打 12345"))


class Wrong(Exception):
    """What GeoReport answers with an error."""

    def __init__(self, status: int, *errors: FieldError) -> None:
        super().__init__(status)
        self.status, self.errors = status, errors


@dataclass(frozen=True)
class Period:
    """Of one search."""

    since: datetime
    until: datetime


def _georeport(root: str) -> Callable[[Callable[..., Any]], Callable[..., flask.Response]]:
    """Answer a view's value as `root` in the format of the address, and its errors likewise."""

    def decorate(view: Callable[..., Any]) -> Callable[..., flask.Response]:
        def respond(written: str, **named: str) -> flask.Response:
            if written not in FORMATS:
                return _refused(Wrong(HTTPStatus.NOT_FOUND, _format_unknown()), "json")
            try:
                return _answer(root, view(**named), written, _created(root))
            except Wrong as wrong:
                return _refused(wrong, written)
            except Rejected as rejected:
                told = [field_error(reason) for reason in rejected.reasons]
                return _refused(Wrong(HTTPStatus.BAD_REQUEST, *told), written)

        respond.__name__, respond.__doc__ = view.__name__, view.__doc__
        return respond

    return decorate


def _created(root: str) -> int:
    filed = root == "service_requests" and flask.request.method == "POST"
    return HTTPStatus.CREATED if filed else HTTPStatus.OK


@blueprint.get("/discovery.<written>")
@public("open311.use")
@_georeport("discovery")
def discovery() -> Mapping[str, Any]:
    """Where this is served, in which formats, and whom to ask."""
    district = runtime().district
    return {
        "changeset": CHANGED,
        "contact": gettext(
            "%(name)s政务服务热线 %(phone)s", name=district.name, phone=district.phone
        ),
        "key_service": gettext("上报不需要密钥；同一地址每小时最多 30 件"),
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": f"{runtime().settings.public_address}/open311/v2",
                "changeset": CHANGED,
                "type": "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }


@blueprint.get("/services.<written>")
@public("open311.use")
@_georeport("services")
def services() -> list[Mapping[str, Any]]:
    """What can be reported."""
    return [_service(one) for one in _offer().services.values()]


@blueprint.get("/services/<code>.<written>")
@public("open311.use")
@_georeport("service_definition")
def definition(code: str) -> Mapping[str, Any]:
    """What is asked of one service: in which community it is."""
    service = _offer().services.get(code)
    if service is None:
        raise Wrong(HTTPStatus.NOT_FOUND, _unknown("service_code", msgid("没有这个服务代码")))
    communities = runtime().district.communities.values()
    return {
        "service_code": service.code,
        "attributes": [
            {
                "variable": False,
                "code": "address_id",
                "datatype": "singlevaluelist",
                "required": False,
                "datatype_description": gettext(
                    "12 位社区代码；也可在 address_string 里写社区名称"
                ),
                "order": 1,
                "description": gettext("在哪个社区"),
                "values": [{"key": one.code, "name": one.short_name} for one in communities],
            }
        ],
    }


@blueprint.post("/requests.<written>")
@public("open311.use")
@_georeport("service_requests")
def file_request() -> list[Mapping[str, Any]]:
    """File one request; a repeated one with the same Idempotency-Key is filed once."""
    given = _read(RequestForm(), flask.request.form)
    if counted(OPEN311).begin(client_address()).rest:
        raise Wrong(HTTPStatus.TOO_MANY_REQUESTS, _TOO_OFTEN)
    key = flask.request.headers.get("Idempotency-Key", "")[:LONGEST_KEY]
    told = {name: str(value) for name, value in given.items()} | {"key": key, "language": lang()}
    offer = _offer()
    outcome = runtime().database.run(lambda tx: handlers.file_request(tx, offer, told))
    if outcome.case is None:
        redirect = outcome.refusal.redirect if outcome.refusal else ""
        raise Wrong(HTTPStatus.BAD_REQUEST, FieldError("description", redirect, ""))
    settings = runtime().settings
    link = track_url(settings.public_address, outcome.case.number, settings.secret_key)
    return [
        {
            "service_request_id": outcome.case.number,
            "service_notice": gettext("请记下编号；查进度：%(link)s", link=link),
            "account_id": given.get("account_id"),
        }
    ]


@blueprint.get("/requests.<written>")
@public("open311.use")
@_georeport("service_requests")
def requests() -> list[Mapping[str, Any]]:
    """Requests filed here: of the last 90 days, unless asked otherwise."""
    given = _read(SearchForm(), flask.request.args)
    numbers = _listed(given["service_request_id"])
    if len(numbers) > MOST_NUMBERS:
        raise Wrong(HTTPStatus.BAD_REQUEST, _unknown("service_request_id", msgid("编号太多了")))
    statuses = _listed(given["status"])
    if not queries.known_statuses(statuses):
        raise Wrong(HTTPStatus.BAD_REQUEST, _unknown("status", msgid("只有 open 和 closed")))
    period = _period(given, _offer().most_days)
    services = _listed(given["service_code"])
    return _found(Search(numbers, services, period.since, period.until, statuses))


@blueprint.get("/requests/<number>.<written>")
@public("open311.use")
@_georeport("service_requests")
def request(number: str) -> list[Mapping[str, Any]]:
    """One request."""
    found = _found(Search((number,)))
    if not found:
        raise Wrong(
            HTTPStatus.NOT_FOUND, _unknown("service_request_id", msgid("没有这个编号的上报"))
        )
    return found


def _found(asked: Search) -> list[Mapping[str, Any]]:
    offer, district = _offer(), runtime().district
    with runtime().database.read() as connection:
        found = queries.find(connection, asked, offer.most_requests)
    return [queries.as_georeport(one, offer, district, lang()) for one in found]


def _offer() -> Offer:
    return offer_of(runtime().district)


def _service(service: Service) -> Mapping[str, Any]:
    english = lang() == "en"
    department = runtime().district.departments.get(service.department or "")
    group = (department.name_en if english else department.short) if department else ""
    return {
        "service_code": service.code,
        "service_name": service.name_en if english and service.name_en else service.name,
        "description": service.description_en if english else service.description,
        "metadata": True,
        "type": "realtime",
        "keywords": ",".join(service.keywords),
        "group": group,
    }


def _read(form: ma.Schema, given: Mapping[str, str]) -> dict[str, Any]:
    """The fields that are there and not empty.

    Raises:
        Wrong: naming each that cannot be read.
    """
    said = {name: text for name, text in given.items() if text.strip()}
    wrong = list(unstorable(said))
    if wrong:
        raise Wrong(HTTPStatus.BAD_REQUEST, _unknown("", msgid("有不能保存的字符")))
    try:
        read: dict[str, Any] = form.load(said)
    except ma.ValidationError as error:
        told = [
            FieldError(field, "；".join(map(str, why)), "")
            for field, why in error.normalized_messages().items()  # type: ignore[no-untyped-call]
        ]
        raise Wrong(HTTPStatus.BAD_REQUEST, *told) from error
    return read


def _period(given: Mapping[str, Any], most_days: int) -> Period:
    for field in ("start_date", "end_date"):
        if given[field] is not None and not within_years(given[field]):
            raise Wrong(HTTPStatus.BAD_REQUEST, _unknown(field, NO_SUCH_YEAR))
    until = given["end_date"] or now()
    earliest = timedelta(days=most_days)
    since = given["start_date"] or until - earliest
    if until - since > earliest:
        raise Wrong(
            HTTPStatus.BAD_REQUEST,
            FieldError(
                "start_date",
                msgid("一次最多查 %(days)s 天"),
                msgid("请分几次查"),
                {"days": most_days},
            ),
        )
    return Period(since, until)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


def _unknown(field: str, reason: str) -> FieldError:
    return FieldError(field, reason, "")


def _format_unknown() -> FieldError:
    return FieldError("", msgid("只有 .xml 和 .json 两种格式"), "")


def _refused(wrong: Wrong, written: str) -> flask.Response:
    told = [{"code": str(int(wrong.status)), "description": _said(one)} for one in wrong.errors]
    return _answer("errors", told, written, wrong.status)


def _said(error: FieldError) -> str:
    told = error.told()
    said = gettext("；").join(text for text in (told["reason"], told["remedy"]) if text)
    return f"{error.field}: {said}" if error.field else said


def _answer(root: str, value: Value, written: str, status: int) -> flask.Response:
    body = as_json(value) if written == "json" else as_xml(root, value)
    return flask.Response(body, status, {"Content-Type": TYPES[written]})
