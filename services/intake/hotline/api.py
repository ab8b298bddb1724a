"""The JSON API of hotline, below ``/api/intake``."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import flask

from services.intake.api import actor_of
from services.intake.hotline import actions, schemas, store, store_results
from services.intake.hotline.handlers import BAD, Taken
from services.intake.hotline.store import Import
from services.intake.hotline.store_results import Result
from services.intake.hotline.words import told
from services.intake.pages_common import runtime
from services.intake.views import reader_language
from services.intake.words import person
from shared.mask import mask_text
from shared.web.auth import requires, signed_in
from shared.web.blueprint import ApiBlueprint, file_body

api = ApiBlueprint("hotline", __name__, url_prefix="/api/intake", description="12345 orders")
LATEST = 50
_ORDER = (
    *("number", "case_number", "community", "title", "state", "deadline", "return_requested"),
    *("secret", "taken_at", "answered_at"),
)
_FILE = file_body(".xlsx, or .csv in UTF-8 or GB18030, at most 10 MB")


@api.route("/hotline/orders", methods=["POST"])
@requires("hotline.import")
@api.arguments(schemas.HotlineOrdersIn())
@api.response(200, schemas.HotlineTakenList)
def take_orders(given: Mapping[str, Any]) -> dict[str, Any]:
    """Take orders in: each becomes a case once; a bad one is named and the others go in."""
    return {"items": [_taken(one) for one in actions.take_orders(runtime(), given["orders"])]}


@api.route("/hotline/orders")
@requires("hotline.read")
@api.arguments(schemas.HotlineOrdersQuery(), location="query")
@api.response(200, schemas.HotlineOrderPage)
def list_orders(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Orders and their cases, newest first; an officer sees those of their own community."""
    wanted = actions.wanted_by(actor_of(signed_in()), asked["q"])
    with runtime().database.read() as connection:
        rows, total = store.list_orders(connection, wanted, asked["page"], asked["page_size"])
    return {
        "items": [{name: row[name] for name in _ORDER} for row in rows],
        "page": asked["page"],
        "page_size": asked["page_size"],
        "total": total,
    }


@api.route("/hotline/files", methods=["POST"])
@requires("hotline.import")
@api.response(202, schemas.HotlineImportOut)
@api.doc(requestBody=_FILE)  # type: ignore[untyped-decorator]
def take_file() -> flask.Response:
    """Take a spreadsheet in; its rows are worked off from now on, see `imports/{import_id}`."""
    import_id = actions.take_file(runtime(), signed_in())
    response = flask.jsonify(_import(import_id))
    response.status_code = 202
    response.headers["Location"] = f"/api/intake/hotline/imports/{import_id}"
    return response


@api.route("/hotline/imports")
@requires("hotline.import")
@api.response(200, schemas.HotlineImportList)
def list_imports() -> flask.Response:
    """The latest imports."""
    with runtime().database.read() as connection:
        found = store.list_imports(connection, LATEST)
    items = [_import_json(one) for one in found]
    return flask.jsonify(items=items, page=1, page_size=LATEST, total=len(items))


@api.route("/hotline/imports/<import_id>")
@requires("hotline.import")
@api.response(200, schemas.HotlineImportOut)
def show_import(import_id: str) -> flask.Response:
    """How far an import is."""
    return flask.jsonify(_import(import_id))


@api.route("/hotline/imports/<import_id>/bad-rows")
@requires("hotline.import")
@api.arguments(schemas.HotlinePageQuery(), location="query")
@api.response(200, schemas.HotlineBadRowPage)
def bad_rows(asked: Mapping[str, Any], import_id: str) -> dict[str, Any]:
    """The rows that were not taken: which, why, and what to do."""
    page, size = asked["page"], asked["page_size"]
    with runtime().database.read() as connection:
        known = store.get_import(connection, import_id)
        found = store.bad_rows(connection, import_id, (page - 1) * size, size)
    items = [
        {"row": one.row, "number": one.number, "errors": [told(r) for r in one.reasons]}
        for one in found
    ]
    return {"items": items, "page": page, "page_size": size, "total": known.bad}


@api.route("/hotline/results")
@requires("hotline.import")
@api.arguments(schemas.HotlineResultsQuery(), location="query")
@api.response(200, schemas.HotlineResultPage)
def list_results(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Results that were not acknowledged. Reading them marks nothing."""
    since = store_results.read_cursor(asked["since"])
    with runtime().database.read() as connection:
        found, following = store_results.pending(connection, since, asked["page_size"])
        waiting = store_results.count_pending(connection)
    return {
        "items": [_result(one) for one in found],
        "next": str(following) if following else None,
        "pending": waiting,
    }


@api.route("/hotline/results/acknowledge", methods=["POST"])
@requires("hotline.import")
@api.arguments(schemas.HotlineAcknowledgeIn())
@api.response(200, schemas.HotlineFoundList)
def acknowledge(given: Mapping[str, Any]) -> dict[str, Any]:
    """The hotline has these results: each version is noted once, and offered no more."""
    items = [(one["number"], one["version"]) for one in given["items"]]
    found = runtime().database.run(lambda tx: store_results.acknowledge(tx, items))
    return {"items": [{"number": number, "found": what} for number, what in found.items()]}


def _result(one: Result) -> dict[str, Any]:
    return asdict(one) | {"resolved_by": person(one.resolved_by, reader_language())}


def _taken(one: Taken) -> dict[str, Any]:
    said = [told(reason) for reason in one.reasons]
    return {
        "number": one.number,
        "state": one.state,
        "case_number": one.case_number,
        "errors": said if one.state == BAD else [],
        "remarks": [] if one.state == BAD else said,
    }


def _import(import_id: str) -> dict[str, Any]:
    with runtime().database.read() as connection:
        return _import_json(store.get_import(connection, import_id))


def _import_json(one: Import) -> dict[str, Any]:
    known = asdict(one)
    return {
        "id": one.id,
        "state": one.state,
        "file_name": mask_text(one.file_name),
        "by": one.by_name,
        "at": one.at.isoformat(),
        "finished_at": one.finished_at.isoformat() if one.finished_at else None,
        "done": one.done,
        **{name: known[name] for name in ("total", "accepted", "known", "bad")},
    }
