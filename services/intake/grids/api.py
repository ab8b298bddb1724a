"""The JSON API of grids, below ``/api/intake``."""

import secrets
from collections.abc import Callable
from typing import Any, cast

import flask

from services.intake.api import actor_of
from services.intake.case import Actor
from services.intake.grids import (
    actions,
    actions_photos,
    care_store,
    notice_store,
    present,
    report_store,
    schemas,
)
from services.intake.grids.notice import OPEN_STATES
from services.intake.grids.work import GridWork, work_for
from services.intake.reason import Forbidden, Invalid, Reason, allow, msgid
from services.intake.rules import own_community
from shared.clock import now
from shared.runtime import Runtime
from shared.uploads.refused import FIELD
from shared.web.auth import requires, signed_in
from shared.web.blueprint import ApiBlueprint, file_body
from shared.web.context import web_of
from shared.web.i18n import ENGLISH, language
from shared.web.problem import ProblemSchema

api = ApiBlueprint("grids", __name__, url_prefix="/api/intake", description="Grids and reports")
_HEX = 32
_AGAIN = "Made by the phone: sent again, it is the same photo"
_SENT = file_body(
    "JPEG, PNG or WebP, at most 10 MB",
    id={"type": "string", "pattern": "^[0-9a-f]{32}$", "description": _AGAIN},
)


@api.route("/reports", methods=["POST"])
@requires("report.make")
@api.arguments(schemas.ReportIn())
@api.alt_response(409, schema=ProblemSchema, description="The id was used for another report")
@api.response(201, schemas.ReportOut)
def make_report(said: dict[str, Any]) -> Any:
    """Take a report in, once for each id: 200 with the same report when it was sent before."""
    made = actions.make(_runtime(), actions.draft_of(said, _actor(), _actor().community or ""))
    shown = present.report(made.report, _work(), english=_english()) | {"repeated": made.repeated}
    return shown, 200 if made.repeated else 201


@api.route("/reports/<number>/files", methods=["POST"])
@requires("report.make")
@api.response(201, schemas.GridPhotoOut)
@api.alt_response(404, schema=ProblemSchema, description="No such report")
@api.alt_response(409, schema=ProblemSchema, description="Too many, or the id is another photo's")
@api.doc(requestBody=_SENT)  # type: ignore[untyped-decorator]
def add_photo(number: str) -> Any:
    """Add a photo, once for each id. It is written anew, without EXIF and position."""
    actions_photos.check(_runtime(), number, _actor())
    found = actions_photos.of_request(secrets.token_hex(16), [_photo_id()])
    if not found:
        raise Invalid(Reason(FIELD, msgid("没有选照片"), msgid("请拍一张或选一张照片")))
    return actions_photos.add(_runtime(), number, _actor(), found[0])


@api.route("/reports")
@requires("report.read")
@api.arguments(schemas.ReportQuery(), location="query")
@api.response(200, schemas.ReportPage)
def list_reports(asked: dict[str, Any]) -> Any:
    """Reports of one's own community: what is due first on top."""
    wanted = report_store.Wanted(
        community=_actor().community,
        states=actions.states_of(asked["state"]),
        kind=asked["kind"],
        grid=asked["grid"],
        case=asked["case"],
        handler=_actor().username if asked["mine"] else "",
    )
    with _runtime().database.read() as connection:
        found, total = report_store.search(connection, wanted, asked["page"], asked["page_size"])
    items = [present.report(one, _work(), english=_english()) for one in found]
    return _page(items, asked, total)


@api.route("/reports/<number>")
@requires("report.read")
@api.response(200, schemas.ReportOut)
def show_report(number: str) -> Any:
    """One report with its timeline."""
    with _runtime().database.read() as connection:
        one = report_store.get(connection, number)
        allow(own_community(_actor(), one.community), as_=Forbidden)
        told = report_store.timeline(connection, number)
    shown = present.report(one, _work(), english=_english())
    return shown | {"timeline": present.lines(told)}


def _acts(action: str, schema: Any) -> Callable[..., Any]:
    permission = "report.manage" if action in actions.MANAGED else "report.handle"

    @requires(permission)
    @api.arguments(schema)
    @api.alt_response(409, schema=ProblemSchema, description="Not in this state")
    @api.response(200, schemas.ReportOut)
    def view(said: dict[str, Any], number: str) -> Any:
        report = actions.act(_runtime(), number, action, _actor(), said)
        return present.report(report, _work(), english=_english())

    view.__name__ = f"{action.replace('-', '_')}_report"
    view.__doc__ = _TOLD[action]
    return api.route(f"/reports/<number>/{action}", methods=["POST"], endpoint=view.__name__)(view)


_TOLD = {
    "take": "Take it 接单.",
    "dispatch": "Give it to somebody of the community 派单.",
    "press": "Press on it 督单.",
    "solve": "Say what was done about it.",
    "approve": "Review it 审单: it is done.",
    "return": "Review it: not solved, and why.",
    "dismiss": "Nothing is to be done, and why.",
    "to-case": "Make a case of it, transferred at once where a department is named.",
}
_BODIES: dict[str, Any] = {
    "take": schemas.GridNoteIn(),
    "dispatch": schemas.DispatchIn(),
    "press": schemas.GridNoteIn(),
    "solve": schemas.GridSaidIn(),
    "approve": schemas.GridNoteIn(),
    "return": schemas.GridSaidIn(),
    "dismiss": schemas.GridSaidIn(),
    "to-case": schemas.GridCaseIn(),
}
for _action, _body in _BODIES.items():
    _acts(_action, _body)


@api.route("/rectifications")
@requires("report.read")
@api.arguments(schemas.RectificationQuery(), location="query")
@api.response(200, schemas.RectificationPage)
def list_notices(asked: dict[str, Any]) -> Any:
    """Rectification notices of one's own community, what is to be looked at first on top."""
    states = (asked["state"],) if asked["state"] else OPEN_STATES
    wanted = notice_store.Wanted(community=_actor().community, states=states)
    with _runtime().database.read() as connection:
        found, total = notice_store.search(connection, wanted, asked["page"], asked["page_size"])
    return _page([present.notice(one) for one in found], asked, total)


@api.route("/rectifications", methods=["POST"])
@requires("report.handle")
@api.arguments(schemas.RectificationIn())
@api.response(201, schemas.RectificationOut)
def issue_notice(said: dict[str, Any]) -> Any:
    """Give a rectification notice."""
    actor = _actor()
    return present.notice(actions.issue(_runtime(), actor, actor.community or "", said))


@api.route("/rectifications/<number>")
@requires("report.read")
@api.response(200, schemas.RectificationOut)
def show_notice(number: str) -> Any:
    """One notice with its timeline."""
    with _runtime().database.read() as connection:
        one = notice_store.get(connection, number)
        allow(own_community(_actor(), one.community), as_=Forbidden)
        told = notice_store.timeline(connection, number)
    return present.notice(one) | {"timeline": present.lines(told)}


@api.route("/rectifications/<number>/<verb>", methods=["POST"])
@requires("report.handle")
@api.arguments(schemas.GridFoundIn())
@api.alt_response(409, schema=ProblemSchema, description="Not in this state")
@api.response(200, schemas.RectificationOut)
def check_notice(said: dict[str, Any], number: str, verb: str) -> Any:
    """Say what was found: passed, failed, held, came-back, withdraw."""
    return present.notice(actions.check_notice(_runtime(), number, verb, _actor(), said))


@api.route("/care")
@requires("care.read")
@api.arguments(schemas.CareQuery(), location="query")
@api.response(200, schemas.CarePage)
def list_care(asked: dict[str, Any]) -> Any:
    """The care list of one's own community, masked; whose visit is due first on top."""
    wanted = care_store.Wanted(
        community=_actor().community,
        worker=_actor().username if asked["mine"] else "",
        grid=asked["grid"],
        due_before=now() if asked["due"] else None,
    )
    database = _runtime().database
    with database.read() as connection:
        found, total = care_store.search(
            connection, database.keys, wanted, asked["page"], asked["page_size"]
        )
    return _page([present.care(one, _work(), english=_english()) for one in found], asked, total)


@api.route("/care", methods=["POST"])
@requires("care.manage")
@api.arguments(schemas.CareIn())
@api.response(201, schemas.CareOut)
def add_care(said: dict[str, Any]) -> Any:
    """Put somebody on the care list."""
    actor = _actor()
    person = actions.add_care(_runtime(), actor, actor.community or "", said)
    return present.care(person, _work(), english=_english())


@api.route("/care/<number>", methods=["PUT"])
@requires("care.manage")
@api.arguments(schemas.CareChangeIn())
@api.response(200, schemas.CareOut)
def change_care(said: dict[str, Any], number: str) -> Any:
    """Change what is kept of somebody."""
    person = actions.change_care(_runtime(), number, _actor(), said)
    return present.care(person, _work(), english=_english())


@api.route("/care/<number>/end", methods=["POST"])
@requires("care.manage")
@api.arguments(schemas.GridSaidIn())
@api.response(204)
def end_care(said: dict[str, Any], number: str) -> None:
    """Take somebody off the list; who they are and what was sensitive is forgotten."""
    actions.end_care(_runtime(), number, _actor(), said["note"])


def _photo_id() -> str:
    given = flask.request.form.get("id", "")
    if len(given) in (0, _HEX) and all(char in "0123456789abcdef" for char in given):
        return given
    text, remedy = msgid("照片的编号不对"), msgid("要 32 位十六进制数字，或者不填")
    raise Invalid(Reason("id", text, remedy))


def _page(items: list[Any], asked: dict[str, Any], total: int) -> dict[str, Any]:
    page = {"page": asked["page"], "page_size": asked["page_size"], "total": total}
    return {"items": items} | page


def _english() -> bool:
    return language() == ENGLISH


def _work() -> GridWork:
    return work_for(_runtime().district)


def _actor() -> Actor:
    return actor_of(signed_in())


def _runtime() -> Runtime:
    return cast("Runtime", web_of().service_context)
