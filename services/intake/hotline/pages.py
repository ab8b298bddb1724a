"""The pages of hotline: spreadsheets taken in, orders and their cases, results sent back."""

from typing import Any

import flask
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from services.intake.hotline import actions, import_timers, store, store_results, workbook
from services.intake.hotline.pack import hotline_of
from services.intake.hotline.store import BadRow
from services.intake.hotline.words import IMPORTS, told
from services.intake.pages_common import actor, refuse, runtime
from services.intake.reason import Rejected, Unknown
from shared.clock import local, now
from shared.permissions import may
from shared.uploads.refused import FIELD
from shared.web.auth import requires, shows, signed_in
from shared.web.download import disposition
from shared.web.forms import Form, page_asked
from shared.web.i18n import gettext, msgid, ngettext
from shared.web.words import pages as count_pages

blueprint = flask.Blueprint("hotline_pages", __name__)

PAGE_SIZE = 30
LATEST = 10
BAD_SHOWN = 200
"""Bad rows on the page; all of them are in the file."""
LONGEST_Q = 60
LABELS = {FIELD: msgid("表格")}
KINDS = {"xlsx": workbook.XLSX, "csv": workbook.CSV}


@blueprint.get("/desk/hotline")
@requires("hotline.read")
def hotline() -> str:
    """Orders; for who imports them, the spreadsheets and what is to be sent back as well."""
    return _page(Form())


@blueprint.post("/desk/hotline/files")
@requires("hotline.import")
@shows("hotline.read")
def take_file() -> Response | tuple[str, int]:
    """Take a spreadsheet in, and go where its progress is seen."""
    form = Form()
    try:
        import_id = actions.take_file(runtime(), signed_in())
    except Rejected as rejected:
        return _page(refuse(form, rejected, LABELS)), 422
    return flask.redirect(f"/desk/hotline/imports/{import_id}", code=303)


@blueprint.get("/desk/hotline/template.xlsx")
@requires("hotline.read")
def template() -> flask.Response:
    """A spreadsheet to fill in."""
    return _file(actions.template(runtime()), gettext("12345工单导入模板"), "xlsx")


@blueprint.get("/desk/hotline/imports/<import_id>")
@requires("hotline.import")
def show_import(import_id: str) -> str:
    """How far an import is, and what was not taken."""
    return flask.render_template("hotline/import.html", **_import(import_id))


@blueprint.get("/desk/hotline/imports/<import_id>/progress")
@requires("hotline.import")
def progress(import_id: str) -> str:
    """The part of the page that is kept fresh."""
    return flask.render_template("hotline/_progress.html", **_import(import_id))


@blueprint.get("/desk/hotline/imports/<import_id>/bad.xlsx")
@requires("hotline.import")
def bad_rows(import_id: str) -> flask.Response:
    """All rows that were not taken."""
    try:
        data = actions.bad_rows_file(runtime(), import_id)
    except Unknown as error:
        raise NotFound from error
    return _file(data, gettext("12345没有收的行"), "xlsx")


@blueprint.post("/desk/hotline/returns")
@requires("hotline.import")
def put_together() -> Response:
    """Put what is finished into a file to be sent back."""
    by = actor()
    made = runtime().database.run(lambda tx: store_results.put_together(tx, by))
    if made is None:
        flask.flash(gettext("现在没有要回传的结果。"))
    else:
        flask.flash(gettext("回传表已备好，请下载；交给 12345 后点“已回传”。"), "done")
    return flask.redirect("/desk/hotline#returns", code=303)


@blueprint.get("/desk/hotline/returns/<return_id>.<kind>")
@requires("hotline.import")
def return_file(return_id: str, kind: str) -> flask.Response:
    """A file of results."""
    if kind not in KINDS:
        raise NotFound
    try:
        data = actions.return_file(runtime(), return_id, kind)
    except Unknown as error:
        raise NotFound from error
    return _file(data, gettext("12345办理结果"), kind)


@blueprint.post("/desk/hotline/returns/<return_id>/acknowledge")
@requires("hotline.import")
def acknowledge(return_id: str) -> Response:
    """The hotline has this file."""
    try:
        noted = runtime().database.run(lambda tx: store_results.acknowledge_return(tx, return_id))
    except Unknown as error:
        raise NotFound from error
    flask.flash(ngettext("%(num)s 件记为已回传。", "%(num)s 件记为已回传。", noted), "done")
    return flask.redirect("/desk/hotline#returns", code=303)


def _page(form: Form) -> str:
    page, q = page_asked(), flask.request.args.get("q", "").strip()[:LONGEST_Q]
    imports_here = may(signed_in(), "hotline.import")
    with runtime().database.read() as connection:
        wanted = actions.wanted_by(actor(), q)
        orders, total = store.list_orders(connection, wanted, page, PAGE_SIZE)
        more = _for_importers(connection) if imports_here else {}
    return flask.render_template(
        "hotline/hotline.html",
        form=form,
        labels={name: gettext(text) for name, text in LABELS.items()},
        orders=orders,
        total=total,
        page=page,
        pages=count_pages(total, PAGE_SIZE),
        q=q,
        search=Form({"q": q}),
        states=IMPORTS,
        imports_here=imports_here,
        **more,
    )


def _for_importers(connection: Any) -> dict[str, Any]:
    return {
        "imports": store.list_imports(connection, LATEST),
        "returns": store_results.list_returns(connection, LATEST),
        "pending": store_results.count_pending(connection),
        "most_rows": hotline_of(runtime().district).most_rows,
    }


def _import(import_id: str) -> dict[str, Any]:
    try:
        with runtime().database.read() as connection:
            found = store.get_import(connection, import_id)
            bad = store.bad_rows(connection, import_id, 0, BAD_SHOWN)
            known = store.remarked_rows(connection, import_id)
    except Unknown as error:
        raise NotFound from error
    return {
        "one": found,
        "bad": _with_reasons(bad),
        "remarked": _with_reasons(known),
        "state": gettext(IMPORTS[found.state]),
        "running": found.state != import_timers.DONE,
    }


def _with_reasons(rows: list[BadRow]) -> list[tuple[BadRow, list[dict[str, str]]]]:
    return [(one, [told(reason) for reason in one.reasons]) for one in rows]


def _file(data: bytes, name: str, kind: str) -> flask.Response:
    response = flask.Response(data)
    response.headers["Content-Type"] = KINDS[kind]
    saved_as = f"{name}-{local(now()):%Y%m%d}.{kind}"
    response.headers["Content-Disposition"] = disposition("attachment", saved_as)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
