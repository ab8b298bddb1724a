"""The auditor's page and API of one service: who did or saw what, when, from where.

Mounted by ``shared.web.service`` in every service. Looking is an act itself, and recorded.
"""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import flask
import marshmallow as ma
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from shared.audit import reading
from shared.audit.chain import (
    BEYOND,
    CHANGED,
    CUT,
    FORGED,
    MISSING,
    PREVIOUS,
    UNREADABLE,
    Damage,
    Entry,
)
from shared.audit.reading import Verdict, Wanted
from shared.contracts import SERVICES
from shared.db import Database
from shared.web.auth import ROLES, requires
from shared.web.blueprint import ApiBlueprint, register_api
from shared.web.context import web_of
from shared.web.forms import Form
from shared.web.i18n import frame_text, gettext, msgid

PAGE_SIZE = 50
MOST_A_PAGE = 200
NEWEST = 20_000
"""Entries the page's button looks at: some seconds. The operator's command looks at all."""
SERVICE_NAMES = {
    "intake": msgid("受理"),
    "routing": msgid("转办"),
    "notify": msgid("通知"),
    "partners": msgid("合伙人"),
}
OTHER_ROLES = {
    "resident": msgid("居民"),
    "operator": msgid("运维人员"),
    "system": msgid("系统自动"),
}
WORDS = {
    CHANGED: msgid("第 %(seq)s 条的内容和当初记下的不一样，有人改过。"),
    MISSING: msgid("第 %(seq)s 条不见了。"),
    PREVIOUS: msgid("第 %(seq)s 条接不上前一条，两条中有一条被重写过。"),
    CUT: msgid("从第 %(seq)s 条起，末尾的记录被截掉了。"),
    FORGED: msgid("记录末尾的签名不是本平台签的，不能说明记录完整。"),
    BEYOND: msgid("第 %(seq)s 条是有人在末尾之后加上去的。"),
    UNREADABLE: msgid("第 %(seq)s 条的加密内容打不开：被改过，或者缺少密钥。"),
}
"""A damage, as the auditor reads it."""

_CALCULATED = re.compile(r"[\t\r\n]|[\s\ufeff\u200b\0]*[=+\-@＝＋－＠−﹣﹦﹢﹫]")
"""What a spreadsheet may take for a formula: half or full width, after blanks and line ends too."""


class _Day(fields.Date):
    """A day; an empty field of a form is none."""

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return super().deserialize(value or None, *args, **kwargs)


class AuditQuery(ma.Schema):
    """Which entries; what is empty limits nothing."""

    person = fields.String(
        load_default="", validate=validate.Length(max=60), metadata={"description": "Username"}
    )
    subject = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"description": "E.g. a case number"},
    )
    action = fields.String(
        load_default="",
        validate=validate.Length(max=100),
        metadata={"description": "* for anything: *.read"},
    )
    first = _Day(load_default=None, allow_none=True, metadata={"description": "First day, local"})
    last = _Day(load_default=None, allow_none=True, metadata={"description": "Last day, local"})
    upto = fields.Integer(
        load_default=0,
        validate=validate.Range(min=0, max=2**62),
        metadata={"description": "Greatest entry number, so that pages stay as entries are added"},
    )


class AuditPageQuery(AuditQuery):
    """Which entries, and which part of them."""

    page = fields.Integer(load_default=1, validate=validate.Range(min=1, max=1_000_000))
    page_size = fields.Integer(
        load_default=PAGE_SIZE, validate=validate.Range(min=1, max=MOST_A_PAGE)
    )


class AuditEntry(ma.Schema):
    """One entry, with all its hash is over."""

    seq = fields.Integer()
    at = fields.String(metadata={"description": "As it is hashed: UTC with microseconds"})
    username = fields.String()
    role = fields.String()
    address = fields.String()
    action = fields.String()
    subject = fields.String()
    reason = fields.String()
    detail = fields.Dict(allow_none=True)
    previous = fields.String()
    hash = fields.String()


class AuditEntries(ma.Schema):
    """A part of the entries, newest first."""

    items = fields.List(fields.Nested(AuditEntry))
    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()
    upto = fields.Integer()


class AuditVerdict(ma.Schema):
    """What a look at the chain found."""

    whole = fields.Boolean()
    first = fields.Integer()
    checked = fields.Integer()
    last = fields.Integer()
    damage = fields.String(allow_none=True)
    seq = fields.Integer(allow_none=True)


def install(app: flask.Flask) -> None:
    """Serve ``/audit/<service>`` and ``/api/<service>/audit``."""
    service = web_of(app).service
    app.register_blueprint(_pages(service))
    register_api(app, _api(service))


def _database() -> Database:
    found: Database = web_of().service_context.database
    return found


def _pages(service: str) -> flask.Blueprint:
    pages = flask.Blueprint("audit", __name__, url_prefix=f"/audit/{service}")
    pages.add_url_rule("", "entries", requires("audit.read")(_show))
    pages.add_url_rule("/verify", "verify", requires("audit.verify")(_verify), methods=["POST"])
    pages.add_url_rule("/export", "export", requires("audit.export")(_export))
    return pages


def _api(service: str) -> ApiBlueprint:
    api = ApiBlueprint("audit_api", __name__, url_prefix=f"/api/{service}/audit")

    @api.route("")
    @requires("audit.read")
    @api.arguments(AuditPageQuery, location="query")
    @api.response(200, AuditEntries)
    def entries(query: dict[str, Any]) -> dict[str, Any]:
        """Who did or saw what, newest first. Asking is recorded."""
        page, page_size = query.pop("page"), query.pop("page_size")
        return _found(Wanted(**query), page, page_size)

    @api.route("/verify", methods=["POST"])
    @requires("audit.verify")
    @api.response(200, AuditVerdict)
    def verify() -> dict[str, Any]:
        """Look for the first broken link among the newest entries."""
        verdict = _checked()
        damage = verdict.damage
        return {
            "whole": damage is None,
            "first": verdict.first,
            "checked": verdict.checked,
            "last": verdict.head.seq if verdict.head else 0,
            "damage": damage.kind if damage else None,
            "seq": damage.seq if damage else None,
        }

    return api


def _found(wanted: Wanted, page: int, page_size: int) -> dict[str, Any]:
    found = reading.find(_database(), wanted, page=page, page_size=page_size)
    _recorded("audit.read", wanted, page=page)
    return {**vars(found), "items": [reading.as_json(entry) for entry in found.items]}


def _recorded(action: str, wanted: Wanted, **more: Any) -> None:
    asked = {"person": wanted.person, "action": wanted.action}
    asked |= {"first": _said(wanted.first), "last": _said(wanted.last)}
    given = {name: value for name, value in (asked | more).items() if value}
    _database().run(lambda tx: tx.record(action, wanted.subject, **given))


def _said(day: date | None) -> str:
    return day.isoformat() if day else ""


def _show(verdict: Verdict | None = None) -> ResponseReturnValue:
    form, asked = _asked()
    page, page_size = asked.pop("page"), asked.pop("page_size")
    wanted = Wanted(**asked)
    found = reading.find(_database(), wanted, page=page, page_size=page_size)
    _recorded("audit.read", wanted, page=page)
    return flask.render_template(
        "audit.html",
        form=form,
        found=found,
        filters={name: value for name, value in form.values.items() if value},
        verdict=verdict,
        verdict_words=_words(verdict) if verdict else "",
        services=[(name, frame_text(SERVICE_NAMES[name])) for name in SERVICES],
        role_words=_role_words,
    )


def _verify() -> ResponseReturnValue:
    return _show(_checked())


def _checked() -> Verdict:
    verdict = reading.verify(_database(), NEWEST)
    damage = str(verdict.damage) if verdict.damage else ""
    _database().run(
        lambda tx: tx.record("audit.verify", "", checked=verdict.checked, damage=damage)
    )
    return verdict


def _export() -> ResponseReturnValue:
    _form, asked = _asked()
    asked = {name: value for name, value in asked.items() if name not in {"page", "page_size"}}
    kind = "csv" if flask.request.args.get("kind") == "csv" else "jsonl"
    wanted = Wanted(**asked)
    _recorded("audit.export", wanted, kind=kind)
    entries = reading.every(_database(), wanted)
    lines = _csv(entries) if kind == "csv" else map(_jsonl, entries)
    mime = "text/csv" if kind == "csv" else "application/jsonl"
    answer = flask.Response(lines, mimetype=mime)
    name = f"audit-{web_of().service}.{kind}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _jsonl(entry: Entry) -> str:
    return reading.line(reading.as_json(entry))


def _csv(entries: Iterator[Entry]) -> Iterator[str]:
    """For a spreadsheet: with a mark that says UTF-8, and no cell that it would calculate."""
    names = list(AuditEntry().fields)
    yield "\ufeff" + _row(names)
    for entry in entries:
        exported = reading.as_json(entry)
        if exported["detail"] is not None:
            exported["detail"] = reading.line(exported["detail"]).rstrip("\n")
        yield _row([_plain(exported[name]) for name in names])


def _row(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


def _plain(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if _CALCULATED.match(text) else text


def _asked() -> tuple[Form, dict[str, Any]]:
    """The filter as it was typed, and what of it can be used; a wrong field limits nothing."""
    given = {name: text.strip() for name, text in flask.request.values.items()}
    schema = AuditPageQuery(unknown=ma.EXCLUDE)
    form = Form({name: given.get(name, "") for name in AuditQuery().fields})
    try:
        return form, schema.load(given)
    except ma.ValidationError as error:
        wrong = set(error.messages_dict)
        form.errors = {name: gettext("这里填得不对") for name in wrong}
        return form, schema.load({n: text for n, text in given.items() if n not in wrong})


def _words(verdict: Verdict) -> str:
    if verdict.damage is not None:
        return _damage_words(verdict.damage)
    if verdict.head is None or not verdict.checked:
        return gettext("还没有记录。")
    return gettext(
        "从第 %(first)s 条到第 %(last)s 条，共 %(count)s 条，一条不少，一字未改。",
        first=verdict.first,
        last=verdict.head.seq,
        count=verdict.checked,
    )


def _damage_words(damage: Damage) -> str:
    return gettext(WORDS[damage.kind], seq=damage.seq)


def _role_words(role: str) -> str:
    name = ROLES.get(role) or OTHER_ROLES.get(role)
    return gettext(name) if name else role
