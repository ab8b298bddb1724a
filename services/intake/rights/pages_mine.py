"""My data 我的信息, for the resident.

Their link shows their matter, which four digits of a telephone open. A copy of everything held asks
for the whole telephone number: what is given out must not be had by guessing.
"""

import flask
import marshmallow as ma
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from services.intake.case import RESIDENT, Case
from services.intake.pages_common import refuse, runtime
from services.intake.reason import Rejected
from services.intake.residents.pages_track import RESTING, case_of, whole_phone
from services.intake.rights import actions, handlers, queries, rights
from services.intake.rights.handlers import Asked
from services.intake.rights.pages import given_out, things_of, words
from services.intake.rights.queries import Wanted
from services.intake.rights.retention import retention_of
from services.intake.rights.schemas import LONGEST_NUMBER, LONGEST_WISH
from services.intake.rights.views import cut_words
from services.intake.staff.tries import TRACK, TRACK_FROM, counted
from shared.web.acting import client_address
from shared.web.auth import public
from shared.web.forms import Form, read_form
from shared.web.i18n import gettext, msgid
from shared.web.problem import FieldError

blueprint = flask.Blueprint("rights", __name__)

LABELS = {
    "kind": msgid("您想"),
    "wish": msgid("请写清楚"),
    "phone": msgid("登记时留的手机号（全部号码）"),
}
NOT_THEIRS = FieldError(
    "phone",
    msgid("和登记的手机号对不上"),
    msgid("请核对后再填，也可以到窗口查阅"),
)


class DownloadForm(ma.Schema):
    """As what, and the proof of whose it is."""

    phone = fields.String(required=True, validate=validate.Length(max=LONGEST_NUMBER))
    form = fields.String(load_default="html", validate=validate.OneOf(["html", "json"]))


class AskForm(ma.Schema):
    """What is wrong, or that all of it should go."""

    kind = fields.String(required=True, validate=validate.OneOf([rights.CORRECT, rights.ERASE]))
    wish = fields.String(load_default="", validate=validate.Length(max=LONGEST_WISH))


@blueprint.get("/track/<token>/mine")
@public("case.track")
def mine(token: str) -> str:
    """What is held about this matter, and what may be asked."""
    return _page(token, Form())


@blueprint.post("/track/<token>/mine/export")
@public("person.ask")
def export(token: str) -> flask.Response | tuple[str, int]:
    """Everything intake holds about this matter, to print or to take away (PIPL 45)."""
    case, form = case_of(token), read_form(DownloadForm())
    wrong = _disproved(case, form.data["phone"]) if form.ok else None
    if wrong is not None:
        form.refuse(wrong)
    if not form.ok:
        return _page(token, form), 422
    held = actions.export_own(runtime(), case.number, RESIDENT)
    return given_out(held, case.number, as_file=form.data["form"] == "json")


@blueprint.post("/track/<token>/mine/ask")
@public("person.ask")
def ask(token: str) -> Response | tuple[str, int]:
    """Ask to have it corrected or erased: the community answers (PIPL 46, 47, 50)."""
    case, form = case_of(token), read_form(AskForm())
    if form.ok:
        said = form.data
        asked = Asked(said["kind"], case.number, said["wish"], rights.ONLINE, "link")
        try:
            runtime().database.run(lambda tx: handlers.take_request(tx, asked, RESIDENT))
        except Rejected as rejected:
            refuse(form, rejected, LABELS)
        else:
            flask.flash(gettext("收到了，社区会核实后答复您。"), "done")
            return flask.redirect(f"/track/{token}/mine", code=303)
    return _page(token, form), 422


def _disproved(case: Case, phone: str) -> FieldError | None:
    """Why this is not the whole number of the case, or nothing; wrong ones are counted."""
    from_here, at_this = counted(TRACK_FROM), counted(TRACK)
    one = from_here.begin(client_address())
    if one.rest:
        return RESTING
    guess = at_this.begin(case.number)
    if not phone.strip() or whole_phone(phone) != case.applicant.phone:
        return RESTING if guess.rest else NOT_THEIRS
    from_here.right(one)
    at_this.right(guess)
    return None


def _page(token: str, form: Form) -> str:
    case = case_of(token)
    with runtime().database.read() as connection:
        found = queries.matters(connection, Wanted(number=case.number))
        held = queries.counts(connection, found)
    kept = retention_of(runtime().district)
    period = kept.cases.get(case.kind)
    return flask.render_template(
        "intake/mine.html",
        case=case,
        token=token,
        form=form,
        held=held,
        requests=found.requests,
        elsewhere=things_of(found),
        cut=cut_words() if found.cut else "",
        period=period,
        until=period.ends(case.closed_at) if period and case.closed_at else None,
        workdays=kept.answer_workdays,
        labels={name: gettext(label) for name, label in LABELS.items()},
        hotline=runtime().district.phone,
        **words(),
    )
