"""Photos and materials at the desk and on the resident's page: add, look at, take away."""

from dataclasses import replace

import flask
import marshmallow as ma
from marshmallow import fields, validate
from werkzeug.exceptions import Forbidden as NotAllowed
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from services.intake.case import RESIDENT, Actor
from services.intake.desk import pages as desk_pages
from services.intake.files import actions, handlers, store
from services.intake.files.actions import Given, read_given
from services.intake.files.case_file import MATERIAL, PHOTO, CaseFile
from services.intake.files.present import LABELS, chosen, resident_of, staff_of
from services.intake.pages_common import actor, case_here, kept_query, refuse, runtime
from services.intake.reason import Rejected, Unknown
from services.intake.residents import pages_track
from shared.permissions import Place, may
from shared.uploads.links import FOR_RESIDENTS, FOR_STAFF, Ended, NotALink, file_behind
from shared.web.auth import public, requires, shows, signed_in
from shared.web.forms import Form, read_form
from shared.web.i18n import gettext, msgid
from shared.web.problem import Problem

blueprint = flask.Blueprint("files", __name__)

PDF = b"%PDF-"
"""How a PDF begins."""


class FileForm(ma.Schema):
    """What the file is; the file itself comes beside it."""

    what = fields.String(load_default=PHOTO, validate=validate.Length(max=220))


@blueprint.post("/desk/<number>/files")
@requires("file.add")
@shows("case.read")
def add(number: str) -> Response | tuple[str, int]:
    """Add one at the desk."""
    case = case_here(number)
    form = _added(case.number, actor())
    if form.ok:
        flask.flash(gettext("已添加。照片里的位置、手机型号等信息已去掉。"), "done")
        return flask.redirect(f"/desk/{case.number}{kept_query()}", code=303)
    return desk_pages.page(case_here(number), form), 422


@blueprint.post("/desk/<number>/files/<file_id>/remove")
@requires("file.remove")
def remove(number: str, file_id: str) -> Response:
    """Take one away at the desk."""
    case = case_here(number)
    actions.remove(runtime(), case.number, file_id, actor())
    flask.flash(gettext("已移除。"), "done")
    return flask.redirect(f"/desk/{case.number}{kept_query()}", code=303)


@blueprint.get("/files/<token>")
@requires("file.read")
def show(token: str) -> Response:
    """Give a file to the officer its link was made for; the audit says so."""
    file = _file_behind(token, staff_of(signed_in()))
    case = case_here(file.case_number)
    if not may(signed_in(), "file.read", Place(community=case.community)):
        raise NotAllowed
    preview = _preview_asked()
    if not preview:  # small ones stand on the matter's page, and who opened that is recorded
        runtime().database.run(lambda tx: handlers.record_read(tx, file))
    return actions.serve(runtime(), file, preview=preview)


@blueprint.post("/track/<token>/files")
@public("case.track")
def send(token: str) -> Response | tuple[str, int]:
    """Add one as the resident."""
    case = pages_track.case_of(token)
    form = _added(case.number, RESIDENT)
    if form.ok:
        flask.flash(gettext("收到了，首问责任人会看到。"), "done")
        return flask.redirect(f"/track/{token}#files", code=303)
    return pages_track.page(pages_track.case_of(token), token, Form(), form), 422


@blueprint.post("/track/<token>/files/<file_id>/remove")
@public("case.track")
def take_back(token: str, file_id: str) -> Response:
    """Take one's own away as the resident."""
    case = pages_track.case_of(token)
    actions.remove(runtime(), case.number, file_id, RESIDENT)
    flask.flash(gettext("已移除。"), "done")
    return flask.redirect(f"/track/{token}#files", code=303)


@blueprint.get("/track/<token>/files/<signature>")
@public("case.track")
def show_own(token: str, signature: str) -> Response:
    """Give a file to the resident who sent it."""
    case = pages_track.case_of(token)
    file = _file_behind(signature, resident_of(case), resident=True)
    if file.case_number != case.number or not file.added_by(RESIDENT):
        raise NotFound
    return actions.serve(runtime(), file, preview=_preview_asked())


def _added(number: str, by: Actor) -> Form:
    """The form, with what is wrong; the file is kept if nothing is."""
    form = read_form(FileForm())
    if not form.ok:
        return form
    kind, material = chosen(form.data["what"])
    try:
        actions.add(runtime(), number, by, _as_it_is(read_given(kind, material)))
    except Rejected as rejected:
        refuse(form, rejected, LABELS)
    return form


def _as_it_is(given: Given) -> Given:
    """A PDF is no photo: where the form's first choice was left as it stood, it is a material."""
    if given.kind == PHOTO and given.data.startswith(PDF):
        return replace(given, kind=MATERIAL)
    return given


def _file_behind(link: str, who: str, *, resident: bool = False) -> CaseFile:
    """The file of a link that was made for this person and has not ended.

    Raises:
        Problem: 410, it has ended.
        NotFound: forged, somebody else's, or the file was removed.

    """
    lasts = FOR_RESIDENTS if resident else FOR_STAFF
    try:
        file_id = file_behind(link, who, runtime().settings.secret_key, lasts)
        with runtime().database.read() as connection:
            return store.get_file(connection, file_id)
    except Ended as error:
        raise _link_ended() from error
    except (NotALink, Unknown) as error:
        raise NotFound from error


def _link_ended() -> Problem:
    return Problem(
        410,
        "link-ended",
        msgid("链接已过期"),
        detail=msgid("为了保护隐私，文件的链接只在短时间内有效。请回到办件页面，刷新后再打开。"),
    )


def _preview_asked() -> bool:
    return flask.request.args.get("preview") == "1"
