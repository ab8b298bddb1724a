"""What a person typed into a form that could not be taken, handed back so that nothing is lost.

A form sent after the session ended (401), or with a token that is too old (400), is refused before
its view reads it. The error page shows what was typed, to copy, and leads back to the form.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

import flask
from werkzeug.exceptions import HTTPException

from shared.characters import shown
from shared.web import auth
from shared.web.i18n import gettext, msgid
from shared.web.problem import URN

SECRET = frozenset({"csrf_token", "password", "again", "old", "next"})
"""Fields that are never shown: secrets, and what no person typed."""
LABELS = {
    "applicant.phone": msgid("手机号"),
    "comment": msgid("您的话"),
    "description": msgid("说明"),
    "id_no": msgid("身份证号"),
    "applicant.id_no": msgid("身份证号"),
    "legal_ground": msgid("法律依据"),
    "location": msgid("地点"),
    "name": msgid("姓名"),
    "note": msgid("理由或要求"),
    "phone": msgid("手机号"),
    "reason": msgid("理由"),
    "result": msgid("办理结果"),
    "terms": msgid("收费和时间"),
    "title": msgid("事由"),
    "username": msgid("用户名"),
    "wish": msgid("需要什么帮助"),
    "words": msgid("其他原因"),
}
"""What the fields are called that people write most into; the others show their names."""


@dataclass(frozen=True)
class Unsent:
    """What the error page says of a form that was not taken.

    Attributes:
        signed_out: whether signing in again is what helps; else the form has only to be reopened.
        back: the form's page on this site, or nothing where it is not known.
        fields: what each is called, and what stood in it.
        files: whether files were chosen, which have to be chosen again.

    """

    signed_out: bool
    back: str
    fields: list[tuple[str, str]]
    files: bool

    @property
    def sign_in(self) -> str:
        """The sign-in page, which leads back to the form's page."""
        return f"{auth.SIGN_IN}?next={quote(self.back, safe='/')}" if self.back else auth.SIGN_IN


def of_request(body: dict[str, Any]) -> Unsent | None:
    """What was typed into the form of this request; None where it failed for another reason."""
    csrf = body["type"] == f"{URN}csrf"
    if flask.request.method != "POST" or not (csrf or body["status"] == HTTPStatus.UNAUTHORIZED):
        return None
    signed_out = not csrf or (_needs_session() and auth.current_user() is None)
    own = _from_this_site()
    files = own and any(file.filename for file in flask.request.files.values())
    return Unsent(signed_out, _form_page(), _typed() if own else [], files)


def _needs_session() -> bool:
    view = flask.current_app.view_functions.get(flask.request.endpoint or "")
    return hasattr(view, "baitong_action")


def _typed() -> list[tuple[str, str]]:
    return [
        (gettext(LABELS[name]) if name in LABELS else shown(name), shown("\n".join(filled)))
        for name, given in flask.request.form.lists()
        if name not in SECRET and (filled := [text for text in given if text.strip()])
    ]


def _from_this_site() -> bool:
    """Whether our own page sent it: another site's form may not write on a page of ours."""
    site = flask.request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = flask.request.headers.get("Origin")
    return origin is None or _host(origin) == flask.request.host


def _form_page() -> str:
    """The address of the form: the one it was sent to, if that opens, or where it came from."""
    here = flask.request.full_path.rstrip("?")
    if _opens(flask.request.path):
        return auth.safe_next(here, "")
    came = flask.request.referrer or ""
    if _host(came) != flask.request.host:
        return ""
    parts = urlsplit(came)
    return auth.safe_next(f"{parts.path}?{parts.query}" if parts.query else parts.path, "")


def _opens(path: str) -> bool:
    adapter = flask.current_app.create_url_adapter(flask.request)
    try:
        return adapter is not None and bool(adapter.match(path, method="GET"))
    except HTTPException:
        return False


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""
